"""One update of one run, with all its numbers."""

from gdplay.ui import one_update

one_update.page()
