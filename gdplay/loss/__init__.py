"""What is minimised: mean losses over rows, and test functions."""
