"""The Batch size page."""
