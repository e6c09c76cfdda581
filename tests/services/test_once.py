"""A request with a key is done once and always answered alike."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.errors import IdempotencyMismatch, Invalid
from app.services.once import KEPT, Once
from app.services.requests import NewIntent
from app.services.views import IntentView
from tests.services.desk import DEEP, MINUTES_15, USDC, Desk, open_desk

HANDS = 8


@pytest.fixture
async def desk(database: str, tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(database, tmp_path) as opened:
        yield opened
        await opened.check_laws()


async def ask(desk: Desk, key: str, **more: Any) -> tuple[IntentView, bool]:
    asked = {"amount": "10.00", "currency": "USD", "ledgers": (USDC,)} | more
    new = NewIntent(**asked)
    once = Once.of(desk.account.id, key, msgspec.json.encode(new))
    return await desk.house.intents.create(desk.account, new, once)


async def test_a_repeated_request_is_answered_word_for_word(desk: Desk) -> None:
    first, created = await ask(desk, "k")
    assert created
    await desk.record(desk.transfer(first, confirmations=DEEP))  # much happens meanwhile
    desk.world.advance(KEPT.total_seconds())
    assert await ask(desk, "k") == (first, False)


async def test_a_key_asked_by_many_at_once_makes_one_intent(desk: Desk) -> None:
    answers = await asyncio.gather(*(ask(desk, "k") for _ in range(HANDS)))
    assert len({view.id for view, _ in answers}) == 1
    assert [created for _, created in answers].count(True) == 1
    assert await desk.all_events() == ["payment_intent.created"]


async def test_a_key_used_for_something_else_is_refused(desk: Desk) -> None:
    await ask(desk, "k")
    with pytest.raises(IdempotencyMismatch):
        await ask(desk, "k", amount="11.00")


async def test_a_refusal_is_not_remembered(desk: Desk) -> None:
    """What was never done may be corrected and asked again."""
    with pytest.raises(Invalid):
        await ask(desk, "k", amount="-1")
    _, created = await ask(desk, "k")
    assert created


async def test_keys_of_two_accounts_never_meet(desk: Desk) -> None:
    mine, _ = await ask(desk, "k")
    desk.account = await desk.house.accounts.create("Another", livemode=False)
    yours, created = await ask(desk, "k")
    assert created
    assert mine.id != yours.id


async def test_a_key_past_its_day_is_a_new_key(desk: Desk) -> None:
    first, _ = await ask(desk, "k")
    desk.world.advance((KEPT + timedelta(seconds=1)).total_seconds())
    answers = await asyncio.gather(*(ask(desk, "k") for _ in range(HANDS)))
    assert {view.id for view, _ in answers} != {first.id}
    assert len({view.id for view, _ in answers}) == 1


async def test_a_key_answered_with_an_open_order_stays_with_it(desk: Desk) -> None:
    await desk.policy(unique_orders=True)
    first, _ = await ask(desk, "one", order_id="o1")
    same, created = await ask(desk, "two", order_id="o1")
    assert (same.id, created) == (first.id, False)
    desk.world.advance(MINUTES_15)
    await desk.look(first)  # closed: the order is free again
    assert await ask(desk, "two", order_id="o1") == (same, False)
    assert (await ask(desk, "three", order_id="o1"))[0].id != first.id


async def test_orders_asked_by_many_at_once_have_one_open_intent(desk: Desk) -> None:
    await desk.policy(unique_orders=True)
    answers = await asyncio.gather(*(ask(desk, f"k{hand}", order_id="o1") for hand in range(HANDS)))
    assert len({view.id for view, _ in answers}) == 1


async def test_a_ruling_with_a_key_is_made_and_told_once(desk: Desk) -> None:
    view, _ = await ask(desk, "k")
    once = Once.of(desk.account.id, "cancel", b"cancel")
    views = await asyncio.gather(
        *(desk.house.intents.cancel(desk.account.id, view.id, once) for _ in range(HANDS))
    )
    assert all(one == views[0] for one in views)
    assert await desk.history(view) == ["payment_intent.canceled"]


def test_a_requests_name_depends_on_all_it_says() -> None:
    names = {
        Once.of("a", "k", *said)
        for said in ((b"ab", b"c"), (b"a", b"bc"), (b"abc",), (b"abc", b""), (b"",), ())
    }
    assert len(names) == 6
    assert Once.of("a", None, b"x") is None
