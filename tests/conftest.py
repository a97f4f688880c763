"""Settings that have to come before any test is imported."""

import os

# Small matrices are slower on several threads, and on a busy machine by far.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
