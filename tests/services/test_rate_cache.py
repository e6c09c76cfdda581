"""Sources are asked seldom, together and never in vain, and what they said grows old."""

import asyncio
from collections.abc import Collection
from datetime import timedelta

import pytest

from app.errors import PriceUnavailable
from app.rates.base import Pair, Rate
from app.services.prices import WANTED_MAX
from tests.rates.told import Told, engine
from tests.still import NOON, StillWorld

ETH = ("ETH", "USD")
BTC = ("BTC", "USD")


@pytest.fixture
def world() -> StillWorld:
    return StillWorld()


async def test_who_comes_while_a_request_is_out_shares_it_or_the_next(world: StillWorld) -> None:
    source = Told("one", world, ETH_USD="2000", BTC_USD="50000")
    source.gate = asyncio.Event()
    prices = engine(world, [source])
    first = asyncio.create_task(prices.get([ETH], sandbox=False))
    await asyncio.sleep(0.01)
    same = [asyncio.create_task(prices.get([ETH], sandbox=False)) for _ in range(50)]
    other = [asyncio.create_task(prices.get([BTC, ETH], sandbox=False)) for _ in range(50)]
    await asyncio.sleep(0.01)
    source.gate.set()
    await asyncio.gather(first, *same, *other)
    assert source.asked == [{ETH}, {BTC}]


async def test_one_who_gives_up_takes_nobody_along(world: StillWorld) -> None:
    source = Told("one", world, ETH_USD="2000")
    source.gate = asyncio.Event()
    prices = engine(world, [source])
    gone = asyncio.create_task(prices.get([ETH], sandbox=False))
    stays = asyncio.create_task(prices.get([ETH], sandbox=False))
    await asyncio.sleep(0.01)
    gone.cancel()
    source.gate.set()
    assert (await stays)[ETH].price == 2000
    assert gone.cancelled()
    assert len(source.asked) == 1


async def test_a_price_grows_stale_even_while_it_is_fresh_in_the_cache(world: StillWorld) -> None:
    source = Told("one", world, ETH_USD="2000")
    source.age_seconds = 290
    prices = engine(world, [source])
    found = await prices.get([ETH], sandbox=False)
    assert found[ETH].at == NOON - timedelta(seconds=290)
    world.advance(9)
    assert await prices.get([ETH], sandbox=False) == found
    world.advance(1)
    with pytest.raises(PriceUnavailable):
        await prices.get([ETH], sandbox=False)


async def test_a_source_with_a_bug_silences_nobody(world: StillWorld) -> None:
    broken, sound = Told("broken", world), Told("sound", world, ETH_USD="2000")
    broken.error = KeyError("price")
    prices = engine(world, [broken, sound])
    assert (await prices.get([ETH], sandbox=False))[ETH].sources == ("sound",)
    assert prices.status()[0].error == "bug: KeyError"


async def test_a_source_answers_only_what_it_was_asked(world: StillWorld) -> None:
    class Chatty(Told):
        async def rates(self, pairs: Collection[Pair]) -> list[Rate]:
            return await super().rates([*pairs, BTC])

    chatty = Chatty("chatty", world, ETH_USD="2000", BTC_USD="50000")
    prices = engine(world, [chatty])
    await prices.get([ETH], sandbox=False)
    assert prices.status()[0].pairs == 1


async def test_a_market_that_vanishes_has_no_price(world: StillWorld) -> None:
    source = Told("one", world, ETH_USD="2000", BTC_USD="50000")
    prices = engine(world, [source])
    await prices.get([ETH, BTC], sandbox=False)
    del source.said["ETH_USD"]
    world.advance(60)
    assert set(await prices.some([ETH, BTC], sandbox=False)) == {BTC}


async def test_two_sources_never_make_one_cross(world: StillWorld) -> None:
    dollars, euros = Told("a", world, ETH_USD="2000"), Told("b", world, EUR_USD="1.25")
    prices = engine(world, [dollars, euros])
    with pytest.raises(PriceUnavailable):
        await prices.get([("ETH", "EUR")], sandbox=False)


async def test_refreshing_keeps_the_wanted_warm(world: StillWorld) -> None:
    source = Told("one", world, ETH_USD="2000", BTC_USD="50000")
    prices = engine(world, [source])
    await prices.refresh()
    assert source.asked == []
    await prices.refresh([BTC])
    await prices.get([ETH], sandbox=False)
    assert source.asked == [{BTC}, {ETH}]
    await prices.refresh()  # young: nothing to do
    assert len(source.asked) == 2
    source.said["ETH_USD"] = "2001"
    world.advance(30)
    await prices.refresh()
    assert source.asked[2:] == [{ETH, BTC}]
    assert (await prices.get([ETH], sandbox=False))[ETH].price == 2001
    world.advance(3601)
    await prices.refresh()  # nobody wanted them for an hour
    assert len(source.asked) == 3


async def test_what_is_kept_is_bounded(world: StillWorld) -> None:
    source = Told("one", world)
    prices = engine(world, [source])
    await prices.some([(f"T{index}", "USD") for index in range(3 * WANTED_MAX)], sandbox=False)
    world.advance(60)
    await prices.refresh()
    assert len(source.asked[-1]) <= WANTED_MAX


async def test_a_joiner_waits_only_for_what_it_wants(world: StillWorld) -> None:
    source = Told("one", world, ETH_USD="2000", BTC_USD="50000")
    source.gate = first_gate = asyncio.Event()
    prices = engine(world, [source])
    first = asyncio.create_task(prices.get([ETH], sandbox=False))
    await asyncio.sleep(0.01)
    joiner = asyncio.create_task(prices.get([ETH], sandbox=False))
    other = asyncio.create_task(prices.get([BTC], sandbox=False))
    await asyncio.sleep(0.01)
    source.gate = asyncio.Event()  # the next flight is held up
    first_gate.set()
    await asyncio.gather(first, joiner)
    assert not other.done()
    source.gate.set()
    await other


async def test_a_failing_source_is_left_alone_while_others_are_asked(world: StillWorld) -> None:
    broken, sound = Told("broken", world), Told("sound", world, ETH_USD="2000")
    broken.error = ValueError("no")
    prices = engine(world, [broken, sound], fresh_seconds=1)
    for _ in range(60):
        await prices.get([ETH], sandbox=False)
        world.advance(1)
    assert len(sound.asked) == 60
    assert len(broken.asked) == 4  # after 0, 5, 15 and 35 seconds


async def test_what_is_asked_together_stays_together(world: StillWorld) -> None:
    source = Told("one", world, ETH_USD="2000", BTC_USD="50000")
    prices = engine(world, [source])
    await prices.get([ETH, BTC], sandbox=False)
    world.advance(60)
    await prices.get([ETH], sandbox=False)
    await prices.get([BTC], sandbox=False)
    assert source.asked == [{ETH, BTC}, {ETH, BTC}]


async def test_a_clock_ahead_of_ours_makes_no_price_of_the_future(world: StillWorld) -> None:
    source = Told("one", world, ETH_USD="2000")
    source.age_seconds = -50
    prices = engine(world, [source])
    assert (await prices.get([ETH], sandbox=False))[ETH].at == NOON
    source.age_seconds = -70
    world.advance(60)
    with pytest.raises(PriceUnavailable):
        await prices.get([ETH], sandbox=False)


async def test_a_flight_cut_off_does_not_ground_the_next(world: StillWorld) -> None:
    source = Told("one", world, ETH_USD="2000")
    prices = engine(world, [source])
    waiting = asyncio.create_task(prices.get([ETH], sandbox=False))
    await asyncio.sleep(0)
    for task in asyncio.all_tasks() - {asyncio.current_task(), waiting}:
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert (await prices.get([ETH], sandbox=False))[ETH].price == 2000
