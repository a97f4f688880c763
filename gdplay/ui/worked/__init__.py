"""The Worked examples page."""
