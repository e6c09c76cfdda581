"""A screen sees everything in order, whatever rings it missed and however often it left."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from unittest.mock import patch

import pytest

from app.errors import NotFound
from app.services.follow import BATCH, Message
from app.services.requests import IntentChanges
from app.services.views import IntentView
from tests.services.desk import DEEP, Desk, open_desk

PATIENCE_SECONDS = 10.0


@pytest.fixture
async def desk(database: str, tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(database, tmp_path) as opened:
        yield opened


async def watch(desk: Desk, intent: IntentView, after: int = 0) -> list[Message]:
    """Follow an intent to its end."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        return [one async for one in desk.house.follow.follow(intent.id, after) if one]


async def pay(desk: Desk, intent: IntentView) -> None:
    await desk.record(desk.transfer(intent, confirmations=DEEP))


async def test_a_screen_hears_all_in_order_and_ends_with_the_intent(desk: Desk) -> None:
    intent = await desk.intent()
    watching = asyncio.ensure_future(watch(desk, intent))
    await asyncio.sleep(0.05)
    await pay(desk, intent)
    heard = await watching
    assert [one.version for one in heard] == [1, 2, 3, 4]
    assert [one.type for one in heard] == [
        "payment_intent.created",
        "payment.seen",
        "payment.confirmed",
        "payment_intent.succeeded",
    ]
    assert heard[-1].view.status == "succeeded"


async def test_a_screen_that_hears_no_bell_looks_by_itself(desk: Desk) -> None:
    intent = await desk.intent()
    with (
        patch.object(desk.house.bell, "ring", lambda name: None),
        patch("app.services.follow.HEARTBEAT_SECONDS", 0.05),
    ):
        watching = asyncio.ensure_future(watch(desk, intent))
        await asyncio.sleep(0.1)
        await pay(desk, intent)
        assert [one.version for one in await watching] == [1, 2, 3, 4]


async def test_a_screen_that_returns_goes_on_where_it_was(desk: Desk) -> None:
    intent = await desk.intent()
    await pay(desk, intent)
    for seen in range(4):
        assert await desk.house.follow.begin(intent.id, seen)
        versions = [one.version for one in await watch(desk, intent, seen)]
        assert versions == list(range(seen + 1, 5))
    assert not await desk.house.follow.begin(intent.id, 4), "there is nothing more to come"


async def test_a_long_history_is_told_to_its_end(desk: Desk) -> None:
    intent = await desk.intent()
    for number in range(2 * BATCH):
        changes = IntentChanges(metadata={"number": number})
        await desk.house.intents.change(desk.account.id, intent.id, changes)
    await desk.house.intents.cancel(desk.account.id, intent.id)
    heard = await watch(desk, intent)
    assert [one.version for one in heard] == list(range(1, 2 * BATCH + 3))


async def test_many_screens_of_one_intent_all_see_its_end(desk: Desk) -> None:
    intent = await desk.intent()
    watching = [asyncio.ensure_future(watch(desk, intent)) for _ in range(20)]
    await asyncio.sleep(0.1)
    await pay(desk, intent)
    assert {one[-1].type for one in await asyncio.gather(*watching)} == {"payment_intent.succeeded"}


async def test_a_deeper_payment_is_progress_and_not_history(desk: Desk) -> None:
    intent = await desk.intent("10000.00")
    sent = desk.transfer(intent, confirmations=0, block=None, block_hash=None)
    await desk.record(sent)
    following = desk.house.follow.follow(intent.id, 0)
    async with asyncio.timeout(PATIENCE_SECONDS):
        for _ in range(3):  # created, seen, processing
            await anext(following)
        coming = asyncio.ensure_future(anext(following))
        await asyncio.sleep(0.1)
        await desk.record(desk.transfer(intent, tx=sent.tx))
        while (progress := await coming) is None:  # a ring that came late is a heartbeat
            coming = asyncio.ensure_future(anext(following))
    assert (progress.version, progress.type) == (None, "progress")
    assert [one.confirmations for one in progress.view.payments] == [1]
    await following.aclose()  # type: ignore[attr-defined]


async def test_a_house_that_closes_lets_its_screens_go(desk: Desk) -> None:
    intent = await desk.intent()
    watching = asyncio.ensure_future(watch(desk, intent))
    await asyncio.sleep(0.05)
    desk.house.retire()
    assert [one.version for one in await watching] == [1]


async def test_nobody_follows_what_is_not_there(desk: Desk) -> None:
    with pytest.raises(NotFound):
        await desk.house.follow.begin("pi_nobody", 0)
