"""What gradient descent does, with a link from each statement to an experiment showing it."""

from gdplay.ui import guide

guide.page()
