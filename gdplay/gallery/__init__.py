"""The gallery: experiments, lessons and worked examples as files that any file host serves."""

from gdplay.gallery.browser_app import write_app
from gdplay.gallery.site import write_site

__all__ = ["write_app", "write_site"]
