"""Batch, mini-batch and stochastic gradient descent side by side."""

from gdplay.ui import compare

compare.page()
