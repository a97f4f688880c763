"""What follows from a loss without a run, and what is read off one."""
