"""Training: every run in lock-step, one update whole, and what it costs."""
