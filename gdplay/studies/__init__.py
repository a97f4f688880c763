"""One question each: what to run, what was read, and the words for it."""
