"""Rows that a visitor brings: as a data set, as text in a link, and as people keep them."""
