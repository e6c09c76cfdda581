"""Two webs and two workers on one PostgreSQL do each thing once, and hear each other."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from app.world import World
from tests.components import Receiver
from tests.crash.crowd import Crowd, Ledger
from tests.crash.test_kill import SUCCEEDED, WANTED, furnish, settled
from tests.crash.till import Till
from tests.houses import new_database
from tests.sim import laws

SHOPPING_SECONDS = 6.0
HEARD_SECONDS = 10.0  # from the payment to the other process's screen; rings take milliseconds
SHOPPERS = 6


async def heard_until(url: str, intent: str, type: str) -> list[str]:
    """Follow an intent's stream until an event of a type; return every type heard."""
    heard: list[str] = []
    async with (
        httpx.AsyncClient(timeout=HEARD_SECONDS, trust_env=False) as http,
        http.stream("GET", f"{url}/v1/payment_intents/{intent}/events") as stream,
    ):
        assert stream.status_code == 200
        async for line in stream.aiter_lines():
            if line.startswith("event: "):
                heard.append(line.removeprefix("event: "))
            if heard[-1:] == [type]:
                break
    return heard


@pytest.mark.timeout(600)
async def test_a_fleet_does_each_thing_once(
    tmp_path: Path, postgres_database: Callable[..., str], receiver: Receiver
) -> None:
    ledger = Ledger(1, fails=False)
    receiver.answer = ledger.answer
    till = Till(tmp_path, new_database("postgresql", tmp_path, postgres_database))
    key = await furnish(till, receiver)
    try:
        webs = [till.start("serve", "--no-workers", web=True) for _ in range(2)]
        for _ in range(2):
            till.start("work")
        for one in till.processes:
            await asyncio.to_thread(one.ready)

        crowd = Crowd([one.url for one in webs], key, 1)
        async with httpx.AsyncClient(timeout=10, trust_env=False) as http:
            http.headers["Authorization"] = f"Bearer {key}"
            asked = {"amount": "5.00", "currency": "USD", "ledgers": ["sandbox_usdc"]}
            made = await http.post(f"{webs[0].url}/v1/payment_intents", json=asked)
            id = made.json()["id"]
            screen = asyncio.create_task(heard_until(webs[1].url, id, SUCCEEDED))
            await asyncio.sleep(0.3)
            paid_at = time.monotonic()
            await http.post(f"{webs[0].url}/v1/sandbox/transfers", json={"payment_intent": id})
            heard = await asyncio.wait_for(screen, HEARD_SECONDS)
            assert time.monotonic() - paid_at < HEARD_SECONDS
            assert heard == [
                "payment_intent.created",
                "payment.seen",
                "payment_intent.processing",
                "payment.confirmed",
                SUCCEEDED,
            ]

        done = asyncio.Event()
        shopping = asyncio.create_task(crowd.shop(SHOPPERS, done))
        await asyncio.sleep(SHOPPING_SECONDS)
        done.set()
        await shopping
        await settled(till, len(crowd.paid) + 1)
    finally:
        till.stop()
    books = laws.read_books(till.database, World().now())
    assert crowd.faults == []
    assert crowd.paid
    assert laws.broken(books) == []
    assert set(ledger.heard.values()) == {1}, "a webhook was sent twice though nobody died"
    assert ledger.told_of(SUCCEEDED) == dict.fromkeys([id, *crowd.paid], len(WANTED))
