"""Tests that run the app in a real browser."""
