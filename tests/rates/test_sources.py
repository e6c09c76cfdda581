"""Each source reads its own wire exactly, and refuses what cannot be trusted."""

import asyncio
import gzip
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import httpx
import pytest

from app.rates import fetch as fetching
from app.rates.base import Pair, Rate, Source
from app.rates.coinbase import Coinbase
from app.rates.coingecko import CoinGecko
from app.rates.kraken import MARKETS, Kraken
from tests.rates.market import Market, Reply
from tests.still import NOON, StillWorld

Make = Callable[[StillWorld, str], Source]
SOURCES: list[Make] = [Kraken, Coinbase, CoinGecko]
every_source = pytest.mark.parametrize("make", SOURCES, ids=lambda make: make.name)


def source(make: Make, market: Market, world: StillWorld) -> Source:
    return make(world, market.urls()[make.name])  # type: ignore[attr-defined]


def prices(rates: list[Rate]) -> dict[Pair, Decimal]:
    return {rate.pair: rate.price for rate in rates}


@every_source
async def test_many_pairs_cost_one_request(make: Make, market: Market, world: StillWorld) -> None:
    pairs = [("BTC", "USD"), ("ETH", "EUR"), ("SOL", "USD"), ("USDC", "USD"), ("ETH", "BTC")]
    rates = await source(make, market, world).rates(pairs)
    found = prices(rates)
    assert found[("BTC", "USD")] == 50_000
    assert found[("ETH", "EUR")] == 1600
    assert found[("USDC", "USD")].quantize(Decimal("1.000000")) == Decimal("1.0001")
    assert found[("ETH", "BTC")] == Decimal("0.04")
    assert len(found) == 5
    assert market.asked.total() == 1
    assert {rate.at for rate in rates} == {NOON}
    assert not any(rate.declared for rate in rates)


@every_source
async def test_unknown_pairs_are_left_out_without_a_request(
    make: Make, market: Market, world: StillWorld
) -> None:
    asked = source(make, market, world)
    assert await asked.rates([]) == []
    assert await asked.rates([("ZZZ", "USD"), ("ETH", "ZZZ"), ("ETH", "SATS")]) == []
    assert market.asked.total() == 0


@every_source
async def test_a_partial_answer_is_what_it_is(
    make: Make, market: Market, world: StillWorld
) -> None:
    market.say[make.name, "ETH"] = None  # type: ignore[attr-defined]
    rates = await source(make, market, world).rates([("ETH", "USD"), ("BTC", "USD")])
    assert prices(rates) == {("BTC", "USD"): 50_000}


NOT_AN_ANSWER = {
    "500": Reply(status=500),
    "429": Reply(status=429),
    "a redirect": Reply(status=302, headers={"location": "http://127.0.0.1:1/"}),
    "nothing": Reply(body=b""),
    "garbage": Reply(body=b"\xff\x00<html>"),
    "a number": Reply(body=b"1"),
    "an array": Reply(body=b"[]"),
    "a bare NaN": Reply(body=b'{"bitcoin":{"usd":NaN,"last_updated_at":1}}'),
    "depth": Reply(body=b'{"a":' + b"[" * 100_000),
    "deep and closed": Reply(body=b'{"a":' + b"[" * 90_000 + b"]" * 90_000 + b"}"),
    "an error in a 200": Reply(
        body=b'{"error":["EGeneral:Internal error"],"status":{"error_code":429,"x":"y"}}'
    ),
    "another shape": Reply(
        body=b'{"data":{"rates":[1]},"result":{"XXBTZUSD":{"a":1}},"bitcoin":{"usd":"x"}}'
    ),
    "a long body": Reply(body=b" " * 65_536, parts=20),
    "compression": Reply(body=gzip.compress(b"{}"), headers={"content-encoding": "gzip"}),
}


@every_source
@pytest.mark.parametrize("reply", NOT_AN_ANSWER.values(), ids=NOT_AN_ANSWER.keys())
async def test_what_is_no_answer_is_refused(
    make: Make, reply: Reply, market: Market, world: StillWorld
) -> None:
    market.reply[make.name] = reply  # type: ignore[attr-defined]
    with pytest.raises((httpx.HTTPError, ValueError)):
        await source(make, market, world).rates([("BTC", "USD")])


@every_source
async def test_a_slow_answer_is_not_waited_for(
    make: Make, market: Market, world: StillWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "SECONDS_MAX", 0.1)
    market.after_seconds = 2
    started = asyncio.get_running_loop().time()
    with pytest.raises(httpx.TimeoutException):
        await source(make, market, world).rates([("BTC", "USD")])
    assert asyncio.get_running_loop().time() - started < 1


@every_source
async def test_a_closed_port_is_an_http_error(make: Make, world: StillWorld) -> None:
    with pytest.raises(httpx.HTTPError):
        await make(world, "http://127.0.0.1:1").rates([("BTC", "USD")])


@every_source
@pytest.mark.parametrize(
    "said", ["0", "-1", "1e400", "-0", "1e-400", "0.0000000000000000000000001", "9" * 400]
)
async def test_a_number_that_is_no_price_harms_no_other(
    make: Make, said: str, market: Market, world: StillWorld
) -> None:
    market.say[make.name, "ETH"] = said  # type: ignore[attr-defined]
    found = prices(await source(make, market, world).rates([("ETH", "USD"), ("BTC", "USD")]))
    assert found[("BTC", "USD")] == 50_000
    assert ("ETH", "USD") not in found or not found[("ETH", "USD")].is_finite()


@pytest.mark.parametrize("said", ["NaN", "sNaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize("make", [Kraken, Coinbase], ids=lambda make: make.name)
async def test_words_for_no_number_are_no_price(
    make: Make, said: str, market: Market, world: StillWorld
) -> None:
    market.say[make.name, "ETH"] = said  # type: ignore[attr-defined]
    found = prices(await source(make, market, world).rates([("ETH", "USD"), ("BTC", "USD")]))
    assert found[("BTC", "USD")] == 50_000
    assert ("ETH", "USD") not in found or found[("ETH", "USD")].is_nan()


async def test_digits_are_kept_as_they_came(market: Market, world: StillWorld) -> None:
    market.say["coingecko", "ETH"] = "2000.12345678901234"  # a float would lose the last ones
    rates = await source(CoinGecko, market, world).rates([("ETH", "USD")])
    assert prices(rates) == {("ETH", "USD"): Decimal("2000.12345678901234")}


@pytest.mark.parametrize(
    ("pair", "price"),
    [
        (("EUR", "USD"), Decimal("1.25")),
        (("GBP", "USD"), Decimal("1.6")),
        (("JPY", "USD"), Decimal("0.008")),  # asked as USDJPY
        (("BTC", "JPY"), Decimal(6_250_000)),
        (("LTC", "USD"), Decimal(80)),
        (("USDT", "USD"), Decimal("0.9998")),
    ],
)
async def test_kraken_names_are_understood(
    pair: Pair, price: Decimal, market: Market, world: StillWorld
) -> None:
    assert prices(await source(Kraken, market, world).rates([pair])) == {pair: price}


def test_no_two_kraken_markets_answer_to_one_name() -> None:
    keys = [key for market in MARKETS.values() for key in market.keys]
    assert len(keys) == len(set(keys))


async def test_a_delisted_kraken_market_is_found_once(market: Market, world: StillWorld) -> None:
    market.delisted.add("SOLUSD")
    asked = source(Kraken, market, world)
    pairs = [("BTC", "USD"), ("ETH", "USD"), ("SOL", "USD"), ("LTC", "USD"), ("USDC", "USD")]
    assert ("SOL", "USD") not in prices(await asked.rates(pairs))
    market.asked.clear()
    assert len(await asked.rates(pairs)) == 4
    assert market.asked["kraken"] == 1


@pytest.mark.parametrize(
    ("ask", "bid", "price"),
    [
        ("2002", "1998", Decimal(2000)),
        ("2100", "1900", None),  # so wide that nobody trades there
        ("1900", "2100", "NaN"),  # crossed: a broken book
    ],
)
async def test_kraken_prices_the_middle_of_the_book(
    ask: str, bid: str, price: Decimal | str | None, market: Market, world: StillWorld
) -> None:
    body = f'{{"error":[],"result":{{"XETHZUSD":{{"a":["{ask}"],"b":["{bid}"],"c":["9"]}}}}}}'
    market.reply["kraken"] = Reply(body=body.encode())
    rates = await source(Kraken, market, world).rates([("ETH", "USD")])
    assert [str(rate.price) for rate in rates] == ([] if price is None else [str(price)])


async def test_coinbase_must_answer_in_the_currency_asked(
    market: Market, world: StillWorld
) -> None:
    market.reply["coinbase"] = Reply(body=b'{"data":{"currency":"EUR","rates":{"BTC":"0.1"}}}')
    with pytest.raises(ValueError, match="another currency"):
        await source(Coinbase, market, world).rates([("BTC", "USD")])


async def test_coingecko_says_how_old_its_word_is(market: Market, world: StillWorld) -> None:
    market.updated_at -= 240
    [rate] = await source(CoinGecko, market, world).rates([("ETH", "USD")])
    assert rate.at == NOON - timedelta(minutes=4)


@pytest.mark.parametrize("seconds", [0, -5, 1_767_268_800_000, 10**30])
async def test_a_time_that_is_none_is_refused(
    seconds: int, market: Market, world: StillWorld
) -> None:
    market.updated_at = seconds
    with pytest.raises(ValueError, match="a time that is none"):
        await source(CoinGecko, market, world).rates([("ETH", "USD")])


async def test_a_word_without_a_time_is_left_out(market: Market, world: StillWorld) -> None:
    market.reply["coingecko"] = Reply(body=b'{"ethereum":{"usd":2000},"bitcoin":{"usd":null}}')
    assert await source(CoinGecko, market, world).rates([("ETH", "USD"), ("BTC", "USD")]) == []


@pytest.mark.parametrize(
    ("age", "seconds"), [("30", 30), ("-1", 0), ("x", 0), ("999999999", 86_400), ("9" * 40, 0)]
)
async def test_time_spent_in_a_cache_counts(
    age: str, seconds: int, market: Market, world: StillWorld
) -> None:
    body = b'{"data":{"currency":"USD","rates":{"ETH":"0.0005"}}}'
    market.reply["coinbase"] = Reply(body=body, headers={"age": age})
    [rate] = await source(Coinbase, market, world).rates([("ETH", "USD")])
    assert rate.at == NOON - timedelta(seconds=seconds)
    assert rate.price == 2000
