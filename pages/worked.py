"""Worked examples: each update with all its numbers, to be checked by hand."""

from gdplay.ui import worked

worked.page()
