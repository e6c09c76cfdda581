"""Prices are agreed, fresh and cheap, or refused by name."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from decimal import Decimal

import httpx
import pytest

from app.errors import PriceUnavailable, UnknownCurrency
from app.rates.fixed import Fixed
from app.rates.registry import build
from app.services.prices import Prices
from app.settings import RateSettings
from app.world import authorities
from tests.rates.market import Market, Reply, opened
from tests.rates.told import engine
from tests.still import NOON, StillWorld

ETH = ("ETH", "USD")
BTC = ("BTC", "USD")


@pytest.fixture(scope="module")
def open_market() -> Iterator[Market]:
    with opened() as market:
        yield market


@pytest.fixture
def market(open_market: Market) -> Market:
    open_market.reset()
    return open_market


@pytest.fixture
async def world() -> AsyncIterator[StillWorld]:
    async with httpx.AsyncClient(trust_env=False, verify=authorities()) as http:
        yield StillWorld(http=http)


@pytest.fixture
def prices(market: Market, world: StillWorld) -> Prices:
    return engine(world, build(RateSettings(urls=market.urls()), world))


async def test_a_price_is_the_median_of_the_sources(prices: Prices, market: Market) -> None:
    market.say["kraken", "ETH"] = "1990"
    market.say["coinbase", "ETH"] = "2000"
    market.say["coingecko", "ETH"] = "2020"
    found = await prices.get([ETH], sandbox=False)
    assert round(found[ETH].price, 9) == 2000
    assert found[ETH].sources == ("kraken", "coinbase", "coingecko")
    assert found[ETH].at == NOON
    assert found[ETH].pair == ETH


async def test_fresh_answers_cost_nothing(
    prices: Prices, market: Market, world: StillWorld
) -> None:
    first = await prices.get([ETH, BTC], sandbox=False)
    assert market.asked == {"kraken": 1, "coinbase": 1, "coingecko": 1}
    world.advance(59)
    market.dollars["ETH"] = "2010"
    assert await prices.get([BTC, ETH], sandbox=False) == first
    assert market.asked.total() == 3
    world.advance(1)
    assert (await prices.get([ETH], sandbox=False))[ETH].price == 2010
    assert market.asked.total() == 6


async def test_a_thundering_herd_makes_one_request_per_source(
    prices: Prices, market: Market
) -> None:
    market.after_seconds = 0.05
    pairs = [ETH, BTC, ("ETH", "EUR"), ("SOL", "JPY")]
    herd = [prices.get([pairs[index % 4]], sandbox=False) for index in range(200)]
    await asyncio.gather(*herd)
    assert market.asked == {"kraken": 1, "coinbase": 1, "coingecko": 1}


async def test_an_outlier_is_dropped(prices: Prices, market: Market) -> None:
    market.say["coinbase", "ETH"] = "3000"
    found = await prices.get([ETH], sandbox=False)
    assert found[ETH].price == 2000
    assert found[ETH].sources == ("kraken", "coingecko")


async def test_two_sources_that_disagree_are_both_refused(prices: Prices, market: Market) -> None:
    market.reply["coingecko"] = Reply(status=500)
    market.say["coinbase", "ETH"] = "2100"
    with pytest.raises(PriceUnavailable, match="ETH in USD: the sources disagree") as refused:
        await prices.get([BTC, ETH], sandbox=False)
    assert refused.value.facts == {"asset": "ETH", "currency": "USD"}
    assert set(await prices.some([BTC, ETH], sandbox=False)) == {BTC}


@pytest.mark.parametrize("said", ["0", "-2000", "NaN", "Infinity", "1e400", "1", "1.000", "1e-30"])
async def test_no_impossible_rate_becomes_a_price(
    said: str, prices: Prices, market: Market
) -> None:
    for name in ("kraken", "coinbase", "coingecko"):
        market.say[name, "ETH"] = said
    with pytest.raises(PriceUnavailable):
        await prices.get([ETH], sandbox=False)
    asked = market.asked.total()
    with pytest.raises(PriceUnavailable):
        await prices.get([ETH], sandbox=False)
    assert market.asked.total() == asked


async def test_one_impossible_rate_harms_no_other(prices: Prices, market: Market) -> None:
    market.say["kraken", "ETH"] = "0"
    found = await prices.get([ETH, BTC], sandbox=False)
    assert found[ETH].sources == ("coinbase", "coingecko")
    assert len(found[BTC].sources) == 3


async def test_a_stale_timestamp_is_not_priced_on(
    prices: Prices, market: Market, world: StillWorld
) -> None:
    market.updated_at -= 300
    assert (await prices.get([ETH], sandbox=False))[ETH].sources == ("kraken", "coinbase")
    market.reply["kraken"] = market.reply["coinbase"] = Reply(status=500)
    world.advance(300)
    with pytest.raises(PriceUnavailable, match="no source has a fresh answer"):
        await prices.get([ETH], sandbox=False)


async def test_a_price_names_the_oldest_answer_it_rests_on(prices: Prices, market: Market) -> None:
    market.updated_at -= 100
    assert (await prices.get([ETH], sandbox=False))[ETH].at == NOON - timedelta(seconds=100)


async def test_an_outage_costs_nothing_per_request(
    prices: Prices, market: Market, world: StillWorld
) -> None:
    await prices.get([ETH], sandbox=False)
    for name in ("kraken", "coinbase", "coingecko"):
        market.reply[name] = Reply(status=500)
    world.advance(60)
    market.asked.clear()
    for _ in range(20):  # the old answers are not stale yet
        assert (await prices.get([ETH], sandbox=False))[ETH].price == 2000
    assert market.asked.total() == 3
    for seconds in (5, 10, 20, 40, 80, 160):
        world.advance(seconds)
        market.asked.clear()
        for _ in range(20):
            await prices.some([ETH], sandbox=False)
        assert market.asked.total() == 3
    with pytest.raises(PriceUnavailable):
        await prices.get([ETH], sandbox=False)


async def test_a_source_comes_back(prices: Prices, market: Market, world: StillWorld) -> None:
    market.reply["kraken"] = Reply(status=503)
    assert (await prices.get([ETH], sandbox=False))[ETH].sources == ("coinbase", "coingecko")
    [kraken, *_] = prices.status()
    assert (kraken.error, kraken.failures, kraken.retry_seconds) == ("http 503", 1, 5)
    del market.reply["kraken"]
    world.advance(5)
    found = await prices.get([ETH], sandbox=False)
    assert found[ETH].sources == ("kraken", "coinbase", "coingecko")
    assert market.asked == {"kraken": 2, "coinbase": 1, "coingecko": 1}
    [kraken, *_] = prices.status()
    assert (kraken.error, kraken.failures, kraken.retry_seconds) == (None, 0, 0)


async def test_a_source_that_says_we_ask_too_often_is_left_alone(
    prices: Prices, market: Market, world: StillWorld
) -> None:
    market.reply["coingecko"] = Reply(status=429)
    await prices.get([ETH], sandbox=False)
    world.advance(59)
    await prices.get([ETH], sandbox=False)
    assert market.asked["coingecko"] == 1
    assert prices.status()[2].error == "http 429"


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(body=b"<html>"), "bad answer"),
        (Reply(body=b'{"error":["EService:Unavailable"]}'), "bad answer"),
        (Reply(after_seconds=5), "timeout"),
        (Reply(body=b" " * 65_536, parts=20), "bad answer"),
    ],
)
async def test_a_failing_source_is_named_and_the_others_price(
    reply: Reply, kind: str, prices: Prices, market: Market
) -> None:
    market.reply["kraken"] = reply
    found = await prices.get([ETH], sandbox=False)
    assert found[ETH].sources == ("coinbase", "coingecko")
    assert prices.status()[0].error == kind


async def test_a_missing_market_is_crossed_within_one_source(
    prices: Prices, market: Market
) -> None:
    found = await prices.get([("ICP", "GBP"), ("SOL", "SEK"), ("ETH", "USDC")], sandbox=False)
    assert found[("ICP", "GBP")].price == Decimal("3.125")  # Kraken has ICP/USD and GBP/USD
    assert found[("ICP", "GBP")].sources == ("kraken", "coinbase", "coingecko")
    assert found[("SOL", "SEK")].sources == ("coinbase", "coingecko")
    assert found[("SOL", "SEK")].price == 1000
    assert round(found[("ETH", "USDC")].price, 2) == Decimal("1999.80")
    assert market.asked.total() == 3


async def test_one_unit_is_one_only_when_it_is_the_same(prices: Prices, market: Market) -> None:
    found = await prices.get([("BTC", "BTC"), ("BTC", "SATS"), ("ETH", "ETH")], sandbox=False)
    assert [one.price for one in found.values()] == [1, 100_000_000, 1]
    assert [one.sources for one in found.values()] == [(), (), ()]
    assert market.asked.total() == 0
    for pair in [("USD", "USD"), ("EUR", "USD"), ("EUR", "EUR"), ("WBTC", "BTC"), ("SATS", "BTC")]:
        with pytest.raises(PriceUnavailable):
            await prices.get([pair], sandbox=False)


async def test_sats_are_counted_through_bitcoin(prices: Prices) -> None:
    found = await prices.get([("ETH", "SATS"), ("ETH", "BTC")], sandbox=False)
    assert found[("ETH", "SATS")].price == 4_000_000
    assert found[("ETH", "SATS")].pair == ("ETH", "SATS")
    assert found[("ETH", "BTC")].price == Decimal("0.04")


async def test_unknown_assets_and_currencies_are_named(prices: Prices, market: Market) -> None:
    with pytest.raises(UnknownCurrency, match="XYZ"):
        await prices.get([("ETH", "XYZ")], sandbox=False)
    with pytest.raises(PriceUnavailable, match="ZZZ in USD"):
        await prices.get([("ZZZ", "USD")], sandbox=False)
    assert market.asked.total() == 0
    assert await prices.get([], sandbox=False) == {}


async def test_the_sandbox_touches_no_network() -> None:
    world = StillWorld()  # its client refuses every call
    prices = engine(world, build(RateSettings(), world))
    pairs = [("USDC", "USD"), ETH, ("BTC", "EUR"), ("BTC", "SATS"), ("ETH", "SATS")]
    found = await prices.get(pairs, sandbox=True)
    assert [one.price for one in found.values()] == [1, 2000, 40_000, 10**8, 4_000_000]
    assert found[ETH].sources == ("sandbox",)
    assert found[ETH].at == NOON
    with pytest.raises(PriceUnavailable, match="the sandbox has no such rate"):
        await prices.get([("ZZZ", "USD")], sandbox=True)
    with pytest.raises(UnknownCurrency):
        await prices.get([("ETH", "XYZ")], sandbox=True)


async def test_the_operators_own_rate_is_believed_at_one() -> None:
    world = StillWorld()
    house, dollar = ("HOUSE", "USD"), ("USD", "USD")
    prices = engine(world, [Fixed(world, {house: Decimal(1), dollar: Decimal(1)})])
    found = await prices.get([house, dollar], sandbox=False)
    assert [one.price for one in found.values()] == [1, 1]


async def test_a_house_without_sources_refuses() -> None:
    with pytest.raises(PriceUnavailable):
        await engine(StillWorld(), []).get([ETH], sandbox=False)


async def test_status_tells_ages(prices: Prices, market: Market, world: StillWorld) -> None:
    market.updated_at -= 40
    assert [one.ok_at for one in prices.status()] == [None, None, None]
    await prices.get([ETH], sandbox=False)
    world.advance(10)
    kraken, _, coingecko = prices.status()
    assert (kraken.name, kraken.ok_at, kraken.newest_seconds) == ("kraken", NOON, 10)
    assert (coingecko.pairs, coingecko.oldest_seconds) == (1, 50)
