"""Sources by name, the operator's own rates, and the sandbox's."""

from decimal import Decimal

import pytest

from app.domain.money import CRYPTO
from app.rates.base import believable
from app.rates.fixed import SANDBOX_ASSETS, SANDBOX_CURRENCIES, sandbox
from app.rates.registry import SOURCES, build
from app.settings import RateSettings, SettingsError
from tests.still import NOON, StillWorld


def test_the_settings_choose_the_sources() -> None:
    world = StillWorld()
    assert [one.name for one in build(RateSettings(), world)] == ["kraken", "coinbase", "coingecko"]
    settings = RateSettings(sources=("fixed", "coingecko"), urls={"coingecko": "http://mirror/"})
    assert [one.name for one in build(settings, world)] == ["fixed", "coingecko"]
    assert build(RateSettings(sources=()), world) == ()
    assert set(RateSettings().sources) == set(SOURCES)


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        (RateSettings(sources=("karken",)), "rates.sources"),
        (RateSettings(sources=("kraken", "kraken")), "rates.sources"),
        (RateSettings(urls={"kraken": "ftp://x"}), "rates.urls.kraken"),
        (RateSettings(urls={"karken": "https://x"}), "rates.urls.karken"),
        (RateSettings(fixed={"ETHUSD": Decimal(1)}), "rates.fixed"),
        (RateSettings(fixed={"ETH/USD/": Decimal(1)}), "rates.fixed"),
        (RateSettings(fixed={"ETH/USD": Decimal(0)}), "rates.fixed"),
        (RateSettings(fixed={"ETH/USD": Decimal("NaN")}), "rates.fixed"),
    ],
)
def test_wrong_settings_are_named(settings: RateSettings, field: str) -> None:
    with pytest.raises(SettingsError) as refused:
        build(settings, StillWorld())
    assert [fault.field for fault in refused.value.faults] == [field]


async def test_the_operators_rates_are_read() -> None:
    settings = RateSettings(sources=("fixed",), fixed={"HOUSE/USD": Decimal("0.25")})
    [fixed] = build(settings, StillWorld())
    [rate] = await fixed.rates([("HOUSE", "USD"), ("HOUSE", "EUR")])
    assert (rate.pair, rate.price, rate.at) == (("HOUSE", "USD"), Decimal("0.25"), NOON)
    assert rate.declared


async def test_the_sandbox_prices_every_asset_in_every_currency() -> None:
    codes = [*SANDBOX_CURRENCIES, *SANDBOX_ASSETS]
    pairs = [(asset, code) for asset in SANDBOX_ASSETS for code in codes if asset != code]
    rates = await sandbox(StillWorld()).rates(pairs)
    assert [rate.pair for rate in rates] == pairs
    assert all(believable(rate, NOON) for rate in rates)
    prices = {rate.pair: rate.price for rate in rates}
    assert prices[("USDC", "USD")] == 1
    assert prices[("ETH", "USD")] == 2000
    assert prices[("BTC", "EUR")] == 40_000
    assert prices[("BTC", "JPY")] == 7_500_000
    assert prices[("ETH", "BTC")] == Decimal("0.04")
    assert prices[("EURC", "EUR")] == 1
    assert set(SANDBOX_ASSETS) == set(CRYPTO) - {"SATS"}
