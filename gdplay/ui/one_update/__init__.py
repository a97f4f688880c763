"""The One update page."""
