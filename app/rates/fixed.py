"""Rates somebody wrote down: the operator's own, and the sandbox's.

The operator's (`[rates.fixed]`) are for tokens no market knows. The sandbox's never
change and never touch a network, so a test that passes today passes for ever.
"""

from collections.abc import Collection, Mapping
from decimal import Decimal
from types import MappingProxyType

from app.domain.money import WIDE, round_rate
from app.rates.base import RATE_MAX, RATE_MIN, Pair, Rate
from app.world import World

# Dollars for one unit of each asset, and units of each currency for one dollar.
SANDBOX_ASSETS: Mapping[str, Decimal] = MappingProxyType(
    {
        "USDC": Decimal(1),
        "USDT": Decimal(1),
        "DAI": Decimal(1),
        "PYUSD": Decimal(1),
        "EURC": Decimal("1.25"),
        "ETH": Decimal(2000),
        "BTC": Decimal(50_000),
        "LTC": Decimal(80),
        "SOL": Decimal(100),
        "BNB": Decimal(500),
        "AVAX": Decimal(20),
        "ICP": Decimal(5),
        "POL": Decimal("0.5"),
    }
)
_SANDBOX_CURRENCIES = """
    USD 1       EUR 0.8     GBP 0.75    CHF 0.9     CAD 1.4     AUD 1.5     NZD 1.6
    JPY 150     CNY 7       HKD 8       SGD 1.3     KRW 1300    INR 80      IDR 16000
    THB 35      VND 25000   PHP 55      MYR 4.5     TWD 32      PKR 280     BDT 120
    BRL 5       MXN 20      ARS 1000    CLP 900     COP 4000    PEN 4       UYU 40
    SEK 10      NOK 10.5    DKK 6       PLN 4       CZK 22      HUF 350     RON 4
    TRY 40      ILS 3.5     AED 3.6725  SAR 3.75    KWD 0.3     BHD 0.376   JOD 0.709
    ZAR 18      NGN 1500    KES 130     GHS 12      EGP 50      MAD 10      UAH 40
"""
_words = _SANDBOX_CURRENCIES.split()
SANDBOX_CURRENCIES: Mapping[str, Decimal] = MappingProxyType(
    dict(zip(_words[::2], map(Decimal, _words[1::2]), strict=True))
)


class Fixed:
    """A table that somebody wrote."""

    def __init__(self, world: World, table: Mapping[Pair, Decimal], name: str = "fixed") -> None:
        self.name = name
        self._world = world
        self._table = table

    async def rates(self, pairs: Collection[Pair]) -> list[Rate]:
        """Return what is written, as true now: it is true as long as it stands."""
        now = self._world.now()
        return [
            Rate(pair=pair, price=self._table[pair], source=self.name, at=now, declared=True)
            for pair in pairs
            if pair in self._table
        ]


def read(written: Mapping[str, Decimal]) -> dict[Pair, Decimal]:
    """Read `[rates.fixed]`: "ETH/USD" = 2000. Raises `ValueError` naming a wrong line."""
    table: dict[Pair, Decimal] = {}
    for line, price in written.items():
        asset, slash, code = line.partition("/")
        if not (asset and slash and code) or "/" in code:
            raise ValueError(f"{line}: must be ASSET/CURRENCY")
        if not price.is_finite() or not RATE_MIN <= price <= RATE_MAX:
            raise ValueError(f"{line}: must be a price above zero")
        table[(asset, code)] = price
    return table


def sandbox(world: World) -> Fixed:
    """Return the sandbox's rates: every asset in every currency, crossed through dollars."""
    per_dollar = dict(SANDBOX_CURRENCIES)
    for asset, dollars in SANDBOX_ASSETS.items():
        per_dollar[asset] = WIDE.divide(Decimal(1), dollars)
    table = {
        (asset, code): round_rate(WIDE.multiply(dollars, per))
        for asset, dollars in SANDBOX_ASSETS.items()
        for code, per in per_dollar.items()
        if asset != code
    }
    return Fixed(world, table, "sandbox")
