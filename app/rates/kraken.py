"""Kraken's public ticker: all pairs in one request, no key.

The price is the middle of the best bid and ask, which is of this moment where the
last trade may be hours old. A pair whose bid and ask lie far apart has no market and
is left out. Kraken names things in its own way: BTC is XBT, and old pairs answer
with prefixes (XBTUSD as XXBTZUSD).
"""

from collections.abc import Collection
from decimal import Decimal

import msgspec

from app.domain.money import WIDE
from app.rates.base import NO_PRICE, Pair, Rate, cleaned
from app.rates.fetch import fetch
from app.world import World

URL = "https://api.kraken.com"
GAP_BPS_MAX = 500  # between bid and ask
UNKNOWN_PAIR = "EQuery:Unknown asset pair"

_MARKETS = {
    "BTC": "USD EUR GBP CAD JPY CHF AUD",
    "ETH": "USD EUR GBP CAD JPY CHF AUD BTC",
    "USDC": "USD EUR GBP CAD CHF AUD",
    "USDT": "USD EUR GBP CAD JPY CHF AUD",
    "DAI": "USD EUR",
    "SOL": "USD EUR GBP BTC ETH",
    "LTC": "USD EUR GBP BTC ETH",
    "POL": "USD EUR",
    "AVAX": "USD EUR",
    "BNB": "USD EUR",
    "ICP": "USD EUR",
    "EURC": "USD EUR",
    "PYUSD": "USD EUR",
    # Currencies in dollars, for prices no market quotes: ICP in GBP.
    "EUR": "USD",
    "GBP": "USD",
    "AUD": "USD",
}
_INVERTED = "CAD CHF JPY"  # quoted as so many of them for one dollar
_NAMES = {"BTC": "XBT"}


class Ticker(msgspec.Struct, frozen=True):
    """One market: best ask and best bid, each price first."""

    a: list[Decimal]
    b: list[Decimal]


class Answer(msgspec.Struct, frozen=True):
    error: list[str] = []
    result: dict[str, Ticker] = {}


class Market(msgspec.Struct, frozen=True, kw_only=True):
    """A pair as Kraken trades it."""

    symbol: str  # XBTUSD
    keys: tuple[str, ...]  # what the answer may call it
    inverted: bool = False


def _market(asset: str, currency: str, *, inverted: bool = False) -> Market:
    base, quote = _NAMES.get(asset, asset), _NAMES.get(currency, currency)
    keys = (f"{one}{base}{two}{quote}" for one in ("", "X", "Z") for two in ("", "Z", "X"))
    return Market(symbol=base + quote, keys=tuple(keys), inverted=inverted)


MARKETS: dict[Pair, Market] = {
    (asset, currency): _market(asset, currency)
    for asset, currencies in _MARKETS.items()
    for currency in currencies.split()
} | {(code, "USD"): _market("USD", code, inverted=True) for code in _INVERTED.split()}


class Kraken:
    """Kraken's order books."""

    name = "kraken"

    def __init__(self, world: World, url: str = URL) -> None:
        self._world = world
        self._url = f"{url.rstrip('/')}/0/public/Ticker"
        self._gone: set[Pair] = set()  # what Kraken says it does not trade

    async def rates(self, pairs: Collection[Pair]) -> list[Rate]:
        """Return what Kraken's books say now."""
        known = [pair for pair in pairs if pair in MARKETS and pair not in self._gone]
        return await self._ask(known) if known else []

    async def _ask(self, pairs: list[Pair]) -> list[Rate]:
        """Ask for all in one request, and in halves when one of them is unknown.

        One delisted market fails Kraken's whole answer; halving finds it once.
        """
        symbols = ",".join(MARKETS[pair].symbol for pair in pairs)
        answer, at = await fetch(self._world, self._url, {"pair": symbols}, Answer)
        if UNKNOWN_PAIR in answer.error:
            if len(pairs) == 1:
                self._gone.update(pairs)
                return []
            half = len(pairs) // 2
            return [*await self._ask(pairs[:half]), *await self._ask(pairs[half:])]
        if answer.error:
            raise ValueError("Kraken answered with an error")
        rates: list[Rate] = []
        for pair in pairs:
            market = MARKETS[pair]
            ticker = next((answer.result[key] for key in market.keys if key in answer.result), None)
            price = _middle(ticker) if ticker else None
            if price is not None:
                price = WIDE.divide(Decimal(1), price) if market.inverted else price
                rates.append(Rate(pair=pair, price=cleaned(price), source=self.name, at=at))
        return rates


def _middle(ticker: Ticker) -> Decimal | None:
    """Return the middle of a market, or None when there is no market."""
    if not ticker.a or not ticker.b:
        raise ValueError("a ticker without prices")
    ask, bid = cleaned(ticker.a[0]), cleaned(ticker.b[0])
    if ask.is_nan() or bid.is_nan() or bid > ask:
        return NO_PRICE
    middle = WIDE.divide(WIDE.add(ask, bid), Decimal(2))
    gap = WIDE.subtract(ask, bid)
    return middle if gap * 10_000 <= middle * GAP_BPS_MAX else None
