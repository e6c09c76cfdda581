"""A status has one writer: what it writes and what it tells come together, each once."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select

from app.domain.intent import Oddity, Status
from app.errors import Conflict
from app.services.link_requests import NewLink
from app.storage import tables
from tests.services.desk import DEEP, MINUTES_15, Desk, open_desk

HANDS = 8


@pytest.fixture
async def desk(database: str, tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(database, tmp_path) as opened:
        yield opened
        await opened.check_laws()


async def test_an_intent_that_ends_is_told_once_by_however_many_clocks(desk: Desk) -> None:
    made = [await desk.intent() for _ in range(5)]
    desk.world.advance(MINUTES_15)
    await asyncio.gather(*(desk.house.arrivals.look_again_at_due() for _ in range(HANDS)))
    for intent in made:
        assert await desk.history(intent) == ["payment_intent.expired"]
    assert await desk.house.arrivals.look_again_at_due() == 0, "it looks for ever"


async def test_merchant_and_clock_and_chain_at_once_agree_on_one_end(desk: Desk) -> None:
    for _ in range(5):
        intent = await desk.intent()
        sent = desk.transfer(intent, confirmations=DEEP, at=desk.world.now())
        desk.world.advance(MINUTES_15)
        await asyncio.gather(
            desk.house.arrivals.look_again_at_due(),
            desk.house.intents.cancel(desk.account.id, intent.id),
            desk.record(sent),
            desk.house.intents.accept(desk.account.id, intent.id),
            return_exceptions=True,
        )
        ends = [one for one in await desk.history(intent) if one.split(".")[1] in
                ("succeeded", "canceled")]  # fmt: skip
        assert len(ends) == 1
        assert ends[0].endswith((await desk.look(intent)).status)


async def test_every_event_carries_the_intent_as_it_was_then(desk: Desk) -> None:
    intent = await desk.intent()
    await desk.record(desk.transfer(intent, amount=4_000_000))
    await desk.record(desk.transfer(intent, amount=6_000_000, confirmations=DEEP))
    for event in await desk.events(intent.id):
        told = msgspec.json.decode(event.data)
        assert told["object"]["version"] == event.version
        assert ("payment" in told) == event.type.startswith("payment.")
    assert [
        msgspec.json.decode(one.data)["object"]["amount_received"]
        for one in await desk.events(intent.id)
    ] == ["0.00", "4.00", "10.00", "10.00", "10.00"]


async def test_an_oddity_that_comes_alone_is_told_as_an_update(desk: Desk) -> None:
    """The clock closes it; a later look with other facts changes the exception only."""
    intent = await desk.intent()
    await desk.record(desk.transfer(intent, amount=4_000_000))
    found = await desk.look(intent)
    assert (found.status, found.exception) == (Status.REQUIRES_PAYMENT, Oddity.UNDERPAID)
    assert await desk.history(intent) == ["payment.seen"]


async def test_a_link_counts_each_success_once(desk: Desk) -> None:
    link, _ = await desk.house.links.create(
        desk.account, NewLink(name="Tea", currency="USD", amount="3.00")
    )
    made = [await desk.intent("3.00") for _ in range(3)]

    def tie(tx: object) -> None:
        table = tables.intents
        tx.execute(table.update().values(link=link.id))  # type: ignore[attr-defined]

    await desk.house.store.write(tie)
    for intent in made[:2]:
        sent = desk.transfer(intent, confirmations=DEEP)
        await asyncio.gather(*(desk.record(sent) for _ in range(HANDS)))
    await desk.record(msgspec.structs.replace(sent, removed=True))
    count = select(tables.links.c.redemptions)
    assert await desk.house.store.read(lambda tx: tx.execute(count).scalar_one()) == 2


async def test_only_what_is_closed_and_unpaid_may_be_accepted(desk: Desk) -> None:
    open, closed = await desk.intent(expires_in_seconds=3600), await desk.intent()
    desk.world.advance(MINUTES_15)
    await desk.look(closed)
    with pytest.raises(Conflict):
        await desk.house.intents.accept(desk.account.id, open.id)
    view = await desk.house.intents.accept(desk.account.id, closed.id)
    assert (view.status, view.exception) == (Status.SUCCEEDED, Oddity.MARKED)
    again = await desk.house.intents.accept(desk.account.id, closed.id)
    assert again.version == view.version
    with pytest.raises(Conflict):
        await desk.house.intents.cancel(desk.account.id, closed.id)


async def test_money_on_its_way_forbids_canceling(desk: Desk) -> None:
    intent = await desk.intent()
    await desk.record(desk.transfer(intent))
    with pytest.raises(Conflict):
        await desk.house.intents.cancel(desk.account.id, intent.id)
