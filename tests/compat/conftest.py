"""The house of the web's tests, for the wires that are spoken before it."""

from tests.web.conftest import house_site, site

__all__ = ["house_site", "site"]
