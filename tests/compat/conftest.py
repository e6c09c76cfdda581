"""The house of the web's tests, and a shop on a real chain, for the wires spoken before them."""

from tests.compat.icpay_shop import chain, front, payer, shop
from tests.web.conftest import house_site, site

__all__ = ["chain", "front", "house_site", "payer", "shop", "site"]
