"""Where prices come from. A source is asked for many pairs at once and may fail."""

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import Protocol

import msgspec

Pair = tuple[str, str]  # (asset, currency): one ETH in USD is ("ETH", "USD")


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """One source's word on one pair: `price` units of currency for one asset."""

    pair: Pair
    price: Decimal
    source: str
    at: datetime


class Source(Protocol):
    """A place that knows prices."""

    name: str

    async def rates(self, pairs: Collection[Pair]) -> list[Rate]:
        """Return what this source knows of `pairs`; leave out what it does not.

        Raises `httpx.HTTPError` or `ValueError` when the answer cannot be trusted.
        """
