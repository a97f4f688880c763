"""The gallery: experiments, lessons and worked examples as files that any file host serves."""

from gdplay.gallery.site import write_site

__all__ = ["write_site"]
