"""Deliveries in the tables: order, leases, and the indexes that make them cheap."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest_asyncio
from sqlalchemy import text

from app.domain.event import EventType
from app.domain.webhook import Delivery, DeliveryStatus
from app.services.endpoints import NewEndpoint
from app.storage import deliveries, endpoints
from app.storage.store import Tx
from tests.houses import database, open_house
from tests.still import StillWorld

__all__ = ["database"]
ANY = (0, 2**31 - 1)


class Shelf:
    """One account with one endpoint, and what is owed to it."""

    def __init__(self, house: Any, world: StillWorld, account: str, endpoint: str) -> None:
        self.house = house
        self.store = house.store
        self.world = world
        self.account = account
        self.endpoint = endpoint

    async def owe(self, aggregate: str, version: int) -> None:
        def write(tx: Tx) -> None:
            self.house.events.append(
                tx,
                account=self.account,
                aggregate=aggregate,
                version=version,
                type=EventType.INTENT_UPDATED,
                livemode=False,
                data={},
            )

        await self.store.write(write)

    async def next(self) -> Delivery | None:
        found: Delivery | None = await self.store.read(
            lambda tx: deliveries.next_of(tx, self.endpoint)
        )
        return found

    async def put_off(self, delivery: Delivery, seconds: float) -> None:
        due_at = self.world.now() + timedelta(seconds=seconds)
        later = msgspec.structs.replace(delivery, attempts=1, due_at=due_at)
        await self.store.write(lambda tx: deliveries.save(tx, later))

    async def claim(self, holder: str, failures: tuple[int, int] = ANY) -> list[str]:
        found: list[str] = await self.store.write(
            lambda tx: endpoints.claim(tx, holder, 60, 10, failures=failures)
        )
        return found


@pytest_asyncio.fixture
async def shelf(database: str, tmp_path: Path) -> AsyncIterator[Shelf]:
    world = StillWorld()
    async with open_house(database, tmp_path, world, secret_key="tests") as house:
        account = await house.accounts.create("A shop", livemode=False)
        made, _ = await house.endpoints.create(
            account.id, NewEndpoint(url="https://hooks.example/")
        )
        yield Shelf(house, world, account.id, made.id)


async def test_what_stands_behind_a_failure_waits_as_long_as_it(shelf: Shelf) -> None:
    for version in (1, 2, 3):
        await shelf.owe("pi_1", version)
    first = await shelf.next()
    assert first is not None
    await shelf.put_off(first, 300)
    assert await shelf.next() is None
    assert await shelf.claim("one") == [shelf.endpoint], "what is held back still looks due"
    await shelf.store.write(lambda tx: deliveries.defer(tx, shelf.endpoint))
    due = await shelf.store.read(deliveries.earliest_due)
    assert due == shelf.world.now() + timedelta(seconds=300), "and now it does not"
    await shelf.store.write(lambda tx: endpoints.release(tx, shelf.endpoint, "one"))
    assert await shelf.claim("one") == []
    done = msgspec.structs.replace(first, status=DeliveryStatus.SUCCEEDED, due_at=None)

    def finish(tx: Tx) -> None:
        deliveries.save(tx, done)
        deliveries.bring_forward(tx, done)

    await shelf.store.write(finish)
    second = await shelf.next()
    assert second is not None
    assert second.sequence == first.sequence + 1


async def test_a_lease_is_one_hands_until_it_runs_out(shelf: Shelf) -> None:
    await shelf.owe("pi_1", 1)
    assert await shelf.claim("one") == [shelf.endpoint]
    assert await shelf.claim("two") == []
    shelf.world.advance(seconds=59)
    renew = endpoints.renew
    assert await shelf.store.write(lambda tx: renew(tx, shelf.endpoint, "one", 60))
    shelf.world.advance(seconds=59)
    assert await shelf.claim("two") == []
    shelf.world.advance(seconds=2)
    assert await shelf.claim("two") == [shelf.endpoint]
    assert not await shelf.store.write(lambda tx: renew(tx, shelf.endpoint, "one", 60))
    await shelf.store.write(lambda tx: endpoints.release(tx, shelf.endpoint, "one"))
    assert await shelf.claim("three") == [], "a stranger's release releases nothing"


async def test_a_claim_tells_failing_endpoints_apart(shelf: Shelf) -> None:
    await shelf.owe("pi_1", 1)
    assert await shelf.claim("one", (1, 10)) == []
    assert await shelf.claim("one", (0, 1)) == [shelf.endpoint]


async def test_nothing_due_is_nothing_to_claim(shelf: Shelf) -> None:
    assert await shelf.claim("one") == []
    assert await shelf.store.read(deliveries.earliest_due) is None
    await shelf.owe("pi_1", 1)
    first = await shelf.next()
    assert first is not None
    await shelf.put_off(first, 10)
    assert await shelf.claim("one") == []
    shelf.world.advance(seconds=10)
    assert await shelf.claim("one") == [shelf.endpoint]


async def test_what_is_due_is_found_by_an_index(shelf: Shelf) -> None:
    """The partial indexes apply only when the status is spelled out in the statement."""

    def read(tx: Tx) -> str:
        if not tx.is_sqlite:
            tx.execute(text("SET LOCAL enable_seqscan = off"))
        explain = "EXPLAIN QUERY PLAN" if tx.is_sqlite else "EXPLAIN"
        statement = f"{explain} SELECT min(due_at) FROM deliveries WHERE {deliveries.PENDING}"
        return str(tx.execute(text(statement)).all())

    assert "ix_deliveries_" in await shelf.store.read(read)


async def test_the_endpoints_of_other_intents_are_not_read(shelf: Shelf) -> None:
    """Each intent may have an endpoint of its own; whoever owes an event looks at two keys."""

    def read(tx: Tx) -> list[str]:
        if not tx.is_sqlite:
            tx.execute(text("SET LOCAL enable_seqscan = off"))
        explain = "EXPLAIN QUERY PLAN" if tx.is_sqlite else "EXPLAIN"
        plans = []
        for which in ("intent IS NULL", "intent = 'pi_1'"):
            found = f"SELECT id FROM endpoints WHERE account = 'acct_1' AND {which}"
            plans.append(str(tx.execute(text(f"{explain} {found}")).all()))
        return plans

    for plan in await shelf.store.read(read):
        assert "ix_endpoints_listening" in plan
        assert "intent" in plan.split("ix_endpoints_listening")[1], "and by its second column too"
