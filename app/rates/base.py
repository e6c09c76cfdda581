"""Where prices come from. A source is asked for many pairs at once and may fail.

What a source says is believed only when it could be a price, and only as far as the
other sources agree: these two judgements are here, free of clocks and networks.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from statistics import median
from typing import Protocol

import msgspec

from app.domain.money import WIDE, round_rate

Pair = tuple[str, str]  # (asset, currency): one ETH in USD is ("ETH", "USD")

RATE_MIN = Decimal("1e-15")  # SHIB in BTC is near 1e-10
RATE_MAX = Decimal("1e15")  # BTC in IRR is near 1e11
NO_PRICE = Decimal("NaN")  # a source said something that is none: never believed
SKEW_MAX = timedelta(seconds=60)  # how far ahead of us a source's clock may be
# Units that are meant to be worth the same. Elsewhere a rate of exactly 1 is a
# default that stands for no rate, and here one beyond the band is no such unit.
PEGS = (
    frozenset({"USD", "USDC", "USDT", "DAI", "PYUSD", "BMD", "BSD", "PAB"}),
    frozenset({"EUR", "EURC"}),
)
PEG_MIN, PEG_MAX = Decimal("0.5"), Decimal(2)


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """One source's word on one pair: `price` units of currency for one asset."""

    pair: Pair
    price: Decimal
    source: str
    at: datetime
    declared: bool = False  # the operator wrote it: believed even where a market would not be


class Source(Protocol):
    """A place that knows prices."""

    name: str

    async def rates(self, pairs: Collection[Pair]) -> list[Rate]:
        """Return what this source knows of `pairs`; leave out what it does not.

        Raises `httpx.HTTPError` or `ValueError` when the answer cannot be trusted.
        """


def believable(rate: Rate, now: datetime) -> bool:
    """Tell whether a rate could be a price at all."""
    price = rate.price
    if not price.is_finite() or not RATE_MIN <= price <= RATE_MAX or rate.at > now + SKEW_MAX:
        return False
    if rate.declared:
        return True
    if any(rate.pair[0] in peg and rate.pair[1] in peg for peg in PEGS):
        return PEG_MIN <= price <= PEG_MAX
    return price != 1


def cleaned(price: Decimal) -> Decimal:
    """Return a price cut to what arithmetic can bear, or NaN when it is no price."""
    return round_rate(price) if price.is_finite() and RATE_MIN <= price <= RATE_MAX else NO_PRICE


def crossed(asset: Rate, currency: Rate) -> Rate:
    """Return an asset's price in a currency from one source's prices of both in dollars."""
    assert asset.source == currency.source, "two sources never make one price"
    return Rate(
        pair=(asset.pair[0], currency.pair[0]),
        price=cleaned(WIDE.divide(asset.price, currency.price)),
        source=asset.source,
        at=min(asset.at, currency.at),
        declared=asset.declared and currency.declared,
    )


def agreed(rates: Sequence[Rate], spread_bps_max: int) -> list[Rate]:
    """Return the rates that stand by their median, or none when no majority does.

    Two sources that differ by more than the spread cannot be told apart, so neither
    is believed.
    """
    if not rates:
        return []
    prices = [rate.price for rate in rates]
    middle = median(prices)
    reach = middle * spread_bps_max
    if len(rates) == 2 and (max(prices) - min(prices)) * 10_000 > reach:
        return []
    near = [rate for rate in rates if abs(rate.price - middle) * 10_000 <= reach]
    return near if 2 * len(near) > len(rates) else []
