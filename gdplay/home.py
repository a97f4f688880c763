"""Where the app's own files stand, who may frame it, and whom its address reaches.

In a checkout they stand beside the library; a wheel puts them into its environment's shared files.
"""

import os
import sysconfig
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

BESIDE = Path(__file__).parents[1]


def _home() -> Path:
    """Return the first folder that holds the server, or else the one beside the library."""
    if (BESIDE / "app.py").is_file():  # a browser's Python, which has no users, asks no further
        return BESIDE
    schemes = {sysconfig.get_default_scheme(), sysconfig.get_preferred_scheme("user")}
    shared = [Path(sysconfig.get_path("data", scheme)) / "share/gdplay" for scheme in schemes]
    return next((home for home in shared if (home / "app.py").is_file()), BESIDE)


HOME = _home()
"""The folder of `app.py`, `pages` and `.streamlit`."""

FRAMES = os.environ.get("GDPLAY_FRAMES", "")
"""The sites that may show the app in a frame, parted by blanks: see docs/hosting.md."""

HERE_ALONE = (
    "**localhost is this computer alone.** For phones in the same network, open the app by the "
    "Network URL that it printed when it started."
)


def is_here_alone(address: str) -> bool:
    """Whether an address leads back to the machine that asks, as localhost does."""
    host = urlsplit(address).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
