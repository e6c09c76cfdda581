"""Many hands, many endpoints, broken things: nothing is lost, doubled or starved."""

import asyncio
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from structlog.testing import capture_logs

from app.domain.event import Event
from app.domain.webhook import Delivery
from app.house import House
from app.services import deliveries
from app.services.deliveries import HANDS_MAX, WARY_HANDS_MAX, Deliveries
from app.services.dialects import Native
from app.storage.migrate import migrate
from tests.components import Answer, Heard, Receiver
from tests.houses import settings_for
from tests.services.office import PostOffice, open_office, told
from tests.still import StillWorld


async def test_two_workers_on_one_database_deliver_each_once_and_in_order(
    postgres_database: Callable[..., str], tmp_path: Path, receiver: Receiver
) -> None:
    url, world = postgres_database(migrate), StillWorld(at=datetime.now(UTC))
    async with open_office(url, tmp_path, world, receiver) as office:
        settings = settings_for(url, tmp_path, secret_key="tests", webhook_loopback=True)
        second = House(settings, world)
        for number in range(4):
            await office.endpoint(f"/{number}")
        for version in range(1, 16):
            for aggregate in ("pi_1", "pi_2"):
                await office.happen(aggregate, version)
        receiver.answer = Answer(delay_seconds=0.002)
        try:
            await asyncio.gather(office.carry(), office.carry(second.deliveries))
        finally:
            await second.deliveries.close()
            await second.store.close()
        heard = Counter((one.path, one.headers["webhook-id"]) for one in receiver.heard)
        assert len(heard) == 4 * 30
        assert set(heard.values()) == {1}
        order: dict[tuple[str, str], list[int]] = defaultdict(list)
        for one in receiver.heard:
            order[one.path, told(one)["id"]].append(told(one)["version"])
        assert all(versions == list(range(1, 16)) for versions in order.values())


async def test_a_worker_carries_by_itself_as_soon_as_something_is_owed(
    office: PostOffice,
) -> None:
    await office.endpoint()
    async with office.working():
        for number in range(1, 4):
            await office.happen(f"pi_{number}")
            await asyncio.to_thread(office.receiver.wait, number, 20)
    await office.deliveries.close()
    assert office.said() == [("pi_1", 1), ("pi_2", 1), ("pi_3", 1)]


async def test_hands_on_their_way_are_called_back_when_the_house_closes(
    office: PostOffice,
) -> None:
    await office.endpoint()
    office.receiver.answer = Answer(delay_seconds=30)
    await office.happen()
    await office.deliveries.step()
    await asyncio.to_thread(office.receiver.wait, 1)
    await asyncio.wait_for(office.deliveries.close(), 5)
    (owed,) = await office.owed()
    assert (owed.status, owed.attempts) == ("pending", 0)


async def test_dead_endpoints_leave_hands_for_the_living(office: PostOffice) -> None:
    for number in range(HANDS_MAX + 1):
        await office.endpoint(f"/dead/{number}")
    office.receiver.answer = Answer(500)
    for number in range(3):
        await office.happen(f"pi_{number}")
    await office.carry()
    await office.endpoint("/alive")
    office.receiver.clear()
    gate = threading.Event()

    def answer(heard: Heard) -> Answer:
        if heard.path == "/alive":
            return Answer()
        gate.wait(30)
        return Answer(500)

    office.receiver.answer = answer
    office.world.advance(seconds=6)
    await office.deliveries.step()
    await office.until(lambda: len(office.paths()) == WARY_HANDS_MAX)
    await office.happen("pi_9")
    await office.deliveries.step()
    await office.until(lambda: "/alive" in office.paths())
    assert len(office.paths()) == WARY_HANDS_MAX + 1
    gate.set()


class Selective(Native):
    """A dialect that has no word for some events, and breaks on others."""

    def render(self, event: Event, delivery: Delivery) -> bytes | None:
        if event.aggregate == "pi_broken":
            raise ZeroDivisionError
        return None if event.aggregate == "pi_wordless" else super().render(event, delivery)

    def headers(
        self, event: Event, body: bytes, secrets: Sequence[str], now: datetime, signature: str
    ) -> dict[str, str]:
        return {"x-secrets": str(len(secrets))}


def selective(office: PostOffice) -> Deliveries:
    hands = office.hands()
    hands._dialects = {"native": Selective()}
    return hands


async def test_what_a_dialect_has_no_word_for_is_not_owed(office: PostOffice) -> None:
    await office.endpoint()
    await office.happen("pi_wordless")
    await office.happen("pi_1")
    await office.carry(selective(office))
    assert office.said() == [("pi_1", 1)]
    assert office.receiver.heard[0].headers["x-secrets"] == "1"
    assert [one.aggregate for one in await office.owed()] == ["pi_1"]


async def test_a_broken_dialect_rests_its_endpoint_and_no_other(office: PostOffice) -> None:
    await office.endpoint("/one")
    await office.happen("pi_broken")
    await office.endpoint("/two")
    await office.happen("pi_1")
    hands = selective(office)
    with capture_logs() as logs:
        for _ in range(3):
            await hands.step()
            await hands.settle()
    assert [one["event"] for one in logs] == ["delivery.broken"]
    assert [one.path for one in office.receiver.heard] == ["/two"]
    office.world.advance(seconds=deliveries.LEASE_SECONDS)
    await office.carry()
    assert [one.path for one in office.receiver.heard].count("/one") == 2


async def test_a_dialect_that_left_is_a_failure_with_a_name(office: PostOffice) -> None:
    await office.endpoint()
    await office.happen()
    hands = office.hands()
    hands._dialects = {}
    await office.carry(hands)
    (owed,) = await office.owed()
    (attempt,) = (await office.outbox.get(office.account, owed.id)).tries or ()
    assert attempt.error == "unknown_dialect"


async def test_a_long_backlog_is_worked_off_in_turns(office: PostOffice) -> None:
    await office.endpoint()
    for number in range(deliveries.TURN_MAX + 10):
        await office.happen(f"pi_{number}")
    await office.deliveries.step()
    await office.deliveries.settle()
    assert len(office.receiver.heard) == deliveries.TURN_MAX
    await office.carry()
    assert office.said() == [(f"pi_{number}", 1) for number in range(deliveries.TURN_MAX + 10)]
