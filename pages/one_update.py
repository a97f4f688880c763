"""One update of one run, with all its numbers."""

from gdplay.ui.one_update import page as one_update

one_update.page()
