"""Killed again and again under load, a till forgets nothing it said and does nothing twice."""

import asyncio
import os
import random
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from sqlalchemy import create_engine, text

from app.domain.key import KeyKind
from app.services.endpoints import NewEndpoint
from app.storage.engines import driver_url
from app.world import World
from tests.components import Receiver
from tests.crash.crowd import Crowd, Ledger
from tests.crash.till import Process, Till
from tests.houses import DATABASES, new_database, open_house
from tests.sim import laws

KILLS = int(os.environ.get("KILLS", "10"))  # of each database; more by hand
SEED = int(os.environ.get("SEED", "1"))
SHOPPERS = 6
SETTLE_SECONDS = 180.0
LOOK_SECONDS = 0.25
LIFE_SECONDS_MAX = 1.5
STARTING_SHARE = 0.2  # of kills that hit a process on its way up
REPLAYED = 100  # keys asked again at the end
SUCCEEDED = "payment_intent.succeeded"
WANTED = (("*",), (SUCCEEDED,), (SUCCEEDED, "payment_intent.created"))  # one endpoint each

WAITING = text(
    "SELECT (SELECT count(*) FROM deliveries WHERE status = 'pending')"
    " + (SELECT count(*) FROM intents WHERE status = 'processing')"
)
SETTLED = text("SELECT count(*) FROM intents WHERE status = 'succeeded'")


async def furnish(till: Till, receiver: Receiver) -> str:
    """Make an account with endpoints that hear everything; return its secret key."""
    async with open_house(till.database, till.folder, World(), webhook_loopback=True) as house:
        account = await house.accounts.create("Kill", livemode=False)
        for number, types in enumerate(WANTED):
            new = NewEndpoint(url=f"{receiver.url}/{number}", event_types=types)
            await house.endpoints.create(account.id, new)
        return (await house.accounts.make_key(account, KeyKind.SECRET)).key


async def kill_again_and_again(till: Till, chance: random.Random) -> None:
    """Kill some at a random moment, start them again, until it is enough."""
    while till.kills < KILLS:
        victims: list[Process] = chance.sample(
            till.processes, chance.randint(1, len(till.processes))
        )
        if chance.random() > STARTING_SHARE:
            for one in victims:
                await asyncio.to_thread(one.ready)
        await asyncio.sleep(chance.uniform(0.0, LIFE_SECONDS_MAX))
        for one in victims:
            one.kill()
        for one in victims:
            one.start_again()
    for one in till.processes:
        await asyncio.to_thread(one.ready)


async def settled(till: Till, paid: int) -> None:
    """Return when every paid intent succeeded and everybody heard."""
    engine = create_engine(driver_url(till.database))
    deadline = time.monotonic() + SETTLE_SECONDS
    try:
        while True:
            with engine.connect() as connection:
                waiting = connection.execute(WAITING).scalar_one()
                done = connection.execute(SETTLED).scalar_one()
            if (waiting, done) == (0, paid):
                return
            assert time.monotonic() < deadline, f"{done} of {paid} settled, {waiting} waiting"
            await asyncio.sleep(LOOK_SECONDS)
    finally:
        engine.dispose()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", DATABASES)
async def test_a_killed_till_keeps_its_word(
    kind: str,
    tmp_path: Path,
    receiver: Receiver,
    postgres_database: Callable[..., str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    began, chance, ledger = time.monotonic(), random.Random(SEED), Ledger(SEED)
    receiver.answer = ledger.answer
    till = Till(tmp_path, new_database(kind, tmp_path, postgres_database))
    key = await furnish(till, receiver)
    try:
        if kind == "sqlite":
            till.start("serve", web=True)
        else:
            till.start("serve", "--no-workers", web=True)
            till.start("work")
            till.start("work")
        crowd = Crowd([one.url for one in till.processes if one.url], key, SEED)
        done = asyncio.Event()
        shopping = asyncio.create_task(crowd.shop(SHOPPERS, done))
        await kill_again_and_again(till, chance)
        done.set()
        await shopping
        await settled(till, len(crowd.paid))
        url = crowd.urls[0]
        async with httpx.AsyncClient(timeout=10, trust_env=False) as http:
            for one in crowd.created:
                await crowd.claim(http, url, one)
            for one in chance.sample(sorted(crowd.created), min(REPLAYED, len(crowd.created))):
                await crowd.repeat(http, one)
    finally:
        till.stop()
    books = laws.read_books(till.database, World().now())
    with capsys.disabled():
        print(
            f"\n{kind}: {till.kills} kills in {time.monotonic() - began:.0f} s, "
            f"{len(crowd.created)} intents, {len(crowd.paid)} paid, "
            f"{crowd.lost_answers} answers lost, {sum(ledger.heard.values())} webhooks heard "
            f"of {len(ledger.heard)}"
        )
    assert till.kills >= KILLS
    assert crowd.faults == []
    assert laws.broken(books) == []
    assert {one.order_id for one in books.intents} >= set(crowd.created)
    assert len({one.order_id for one in books.intents}) == len(books.intents)
    assert ledger.told_of(SUCCEEDED) == dict.fromkeys(crowd.paid, len(WANTED))
