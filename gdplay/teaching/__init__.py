"""Experiments worth a look, and the words for them."""
