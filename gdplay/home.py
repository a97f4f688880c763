"""Where the app's own files stand: the server, its settings, the pages; and who may frame it.

In a checkout they stand beside the library; a wheel puts them into its environment's shared files.
"""

import os
import sysconfig
from pathlib import Path

BESIDE = Path(__file__).parents[1]


def _home() -> Path:
    """Return the first folder that holds the server, or else the one beside the library."""
    schemes = {sysconfig.get_default_scheme(), sysconfig.get_preferred_scheme("user")}
    shared = [Path(sysconfig.get_path("data", scheme)) / "share/gdplay" for scheme in schemes]
    return next((home for home in (BESIDE, *shared) if (home / "app.py").is_file()), BESIDE)


HOME = _home()
"""The folder of `app.py`, `pages` and `.streamlit`."""

FRAMES = os.environ.get("GDPLAY_FRAMES", "")
"""The sites that may show the app in a frame, parted by blanks: see docs/hosting.md."""
