"""CoinGecko's simple prices: all coins and currencies in one request, with their age.

An average over many exchanges, kept for some minutes on its side: the only source
here that says when its word was true, and what gives no time is left out.
"""

from collections.abc import Collection
from datetime import UTC, datetime
from decimal import Decimal

from app.rates.base import Pair, Rate, cleaned
from app.rates.fetch import fetch
from app.world import World

URL = "https://api.coingecko.com"
UPDATED = "last_updated_at"
COINS = {
    "BTC": "bitcoin",
    "ETH": "ethereum",
    "USDC": "usd-coin",
    "USDT": "tether",
    "DAI": "dai",
    "POL": "polygon-ecosystem-token",
    "BNB": "binancecoin",
    "AVAX": "avalanche-2",
    "SOL": "solana",
    "ICP": "internet-computer",
    "LTC": "litecoin",
    "EURC": "euro-coin",
    "PYUSD": "paypal-usd",
}
_CURRENCIES = """
    AED ARS AUD BDT BHD BMD BRL CAD CHF CLP CNY CZK DKK EUR GBP GEL HKD HUF IDR ILS INR JPY KRW
    KWD LKR MMK MXN MYR NGN NOK NZD PHP PKR PLN RUB SAR SEK SGD THB TRY TWD UAH USD VND ZAR
    BTC ETH LTC BNB
"""
CURRENCIES = frozenset(_CURRENCIES.split())

Answer = dict[str, dict[str, Decimal | None]]


class CoinGecko:
    """CoinGecko's averages."""

    name = "coingecko"

    def __init__(self, world: World, url: str = URL) -> None:
        self._world = world
        self._url = f"{url.rstrip('/')}/api/v3/simple/price"

    async def rates(self, pairs: Collection[Pair]) -> list[Rate]:
        """Return CoinGecko's last averages, each with the time it was made."""
        known = [(asset, code) for asset, code in pairs if asset in COINS and code in CURRENCIES]
        if not known:
            return []
        params = {
            "ids": ",".join(sorted({COINS[asset] for asset, _ in known})),
            "vs_currencies": ",".join(sorted({code.lower() for _, code in known})),
            "include_last_updated_at": "true",
            "precision": "full",
        }
        answer, _ = await fetch(self._world, self._url, params, Answer)
        rates: list[Rate] = []
        for asset, code in known:
            coin = answer.get(COINS[asset], {})
            price, updated = coin.get(code.lower()), coin.get(UPDATED)
            if price is None or updated is None:
                continue
            pair, at = (asset, code), _instant(updated)
            rates.append(Rate(pair=pair, price=cleaned(price), source=self.name, at=at))
        return rates


def _instant(seconds: Decimal) -> datetime:
    if not seconds.is_finite() or not 0 < seconds < 10**11:  # later, it is milliseconds
        raise ValueError("a time that is none")
    return datetime.fromtimestamp(int(seconds), UTC)
