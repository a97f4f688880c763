"""Batch, mini-batch and stochastic gradient descent side by side."""

from gdplay.ui.compare import page as compare

compare.page()
