"""Coinbase's exchange rates: one table in dollars answers every pair.

The table says how much of each thing one dollar buys, so ETH in EUR is the euros of
a dollar over the ether of a dollar. No key; no timestamp, so an answer is of the
moment it was asked for.
"""

from collections.abc import Collection
from decimal import Decimal, InvalidOperation

import msgspec

from app.domain.money import CRYPTO, FIAT, WIDE
from app.rates.base import NO_PRICE, Pair, Rate, cleaned
from app.rates.fetch import fetch
from app.world import World

URL = "https://api.coinbase.com"
BASE = "USD"
# Symbols that mean the same thing there as here. A symbol is a name anybody may
# take, so a token of the operator's own is never looked up by it.
ASSETS = frozenset(CRYPTO) - {"SATS"} | frozenset(FIAT)


class Table(msgspec.Struct, frozen=True):
    currency: str
    rates: dict[str, str]  # read as they are used: six hundred others do not matter


class Answer(msgspec.Struct, frozen=True):
    data: Table


class Coinbase:
    """Coinbase's own conversion table."""

    name = "coinbase"

    def __init__(self, world: World, url: str = URL) -> None:
        self._world = world
        self._url = f"{url.rstrip('/')}/v2/exchange-rates"

    async def rates(self, pairs: Collection[Pair]) -> list[Rate]:
        """Return what Coinbase's table says now."""
        known = [pair for pair in pairs if pair[0] in ASSETS and pair[1] in ASSETS]
        if not known:
            return []
        answer, at = await fetch(self._world, self._url, {"currency": BASE}, Answer)
        if answer.data.currency != BASE:
            raise ValueError("Coinbase answered in another currency")
        table = {BASE: "1", **answer.data.rates}
        rates: list[Rate] = []
        for asset, currency in known:
            if asset in table and currency in table:
                price = WIDE.divide(_number(table[currency]), _number(table[asset]))
                pair = (asset, currency)
                rates.append(Rate(pair=pair, price=cleaned(price), source=self.name, at=at))
        return rates


def _number(text: str) -> Decimal:
    """Read one line of the table; NaN when it is no number a price is made of."""
    try:
        return cleaned(Decimal(text))
    except InvalidOperation:
        return NO_PRICE
