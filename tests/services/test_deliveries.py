"""What is owed is delivered: signed, in order, again and again, and never silently dropped."""

import asyncio
import threading
from typing import Any

import msgspec
import pytest
from structlog.testing import capture_logs

from app.domain.event import EventType
from app.domain.manner import STANDARD
from app.domain.webhook import DeliveryStatus
from app.services.endpoints import EndpointChanges
from tests.components import Answer, Heard
from tests.services.office import PostOffice, told


async def test_an_attempt_is_kept_with_what_the_receiver_said(office: PostOffice) -> None:
    made = await office.endpoint()
    office.receiver.script(Answer(503, b"later\x00, " + b"please " * 1000), 200)
    await office.happen()
    await office.carry()
    office.world.advance(seconds=6)
    await office.carry()
    (owed,) = await office.owed(made.id)
    shown = await office.outbox.get(office.account, owed.id)
    assert (shown.status, shown.attempts) == (DeliveryStatus.SUCCEEDED, 2)
    assert shown.delivered_at == office.world.now()
    assert isinstance(shown.tries, tuple)
    first, second = shown.tries
    assert (first.number, first.status_code, first.error) == (1, 503, None)
    assert first.body.startswith("later\ufffd, please please")
    assert len(first.body) <= 2048
    assert (second.number, second.status_code, second.body) == (2, 200, "")


async def test_only_what_an_endpoint_wants_is_owed_to_it(office: PostOffice) -> None:
    await office.endpoint("/some", event_types=("payment.seen",))
    await office.endpoint("/all")
    await office.happen()
    await office.happen(version=2, type=EventType.PAYMENT_SEEN)
    await office.carry()
    paths = sorted(one.path for one in office.receiver.heard)
    assert paths == ["/all", "/all", "/some"]


async def test_an_event_that_was_rolled_back_was_never_owed(office: PostOffice) -> None:
    await office.endpoint()

    def broken(tx: Any) -> None:
        office.site.house.events.append(
            tx,
            account=office.account,
            aggregate="pi_1",
            version=1,
            type=EventType.INTENT_CREATED,
            livemode=False,
            data={},
        )
        raise RuntimeError("the fact was none")

    with pytest.raises(RuntimeError):
        await office.store.write(broken)
    await office.carry()
    assert office.receiver.heard == []


async def test_an_aggregate_is_told_in_order_and_a_failure_holds_back_only_its_own(
    office: PostOffice,
) -> None:
    await office.endpoint()
    failing = {("pi_1", 1)}

    def answer(heard: Heard) -> Answer:
        return Answer(500) if (told(heard)["id"], told(heard)["version"]) in failing else Answer()

    office.receiver.answer = answer
    for version in (1, 2, 3):
        for aggregate in ("pi_1", "pi_2"):
            await office.happen(aggregate, version)
    await office.carry()
    assert office.said() == [("pi_1", 1), ("pi_2", 1), ("pi_2", 2), ("pi_2", 3)]
    office.receiver.clear()
    office.world.advance(seconds=4)
    await office.happen("pi_1", 4)
    await office.carry()
    assert office.said() == []
    office.world.advance(seconds=2)
    await office.carry()
    assert office.said() == [("pi_1", 1), ("pi_1", 2), ("pi_1", 3), ("pi_1", 4)]


async def test_the_ladder_is_climbed_step_by_step_to_its_end(office: PostOffice) -> None:
    made = await office.endpoint()
    office.receiver.answer = Answer(500)
    await office.happen()
    await office.carry()
    for count, step in enumerate(STANDARD.ladder_seconds, start=1):
        (owed,) = await office.owed(made.id)
        assert owed.due_at is not None
        wait = (owed.due_at - office.world.now()).total_seconds()
        assert step <= wait <= step * 1.1
        assert len(office.receiver.heard) == count
        office.world.advance(seconds=wait - 0.01)
        await office.carry()
        assert len(office.receiver.heard) == count, "nothing goes out before its time"
        office.world.advance(seconds=0.01)
        await office.carry()
    (owed,) = await office.owed(made.id)
    assert (owed.status, owed.attempts, owed.due_at) == (DeliveryStatus.FAILED, 10, None)
    assert len({one.headers["webhook-id"] for one in office.receiver.heard}) == 1
    assert len({one.body for one in office.receiver.heard}) == 1
    stamps = [int(one.headers["webhook-timestamp"]) for one in office.receiver.heard]
    assert stamps == sorted(set(stamps)), "each attempt is signed at its own time"


async def test_what_waited_behind_a_delivery_that_failed_for_good_goes_on(
    office: PostOffice,
) -> None:
    made = await office.endpoint()
    office.receiver.answer = lambda heard: Answer(500 if told(heard)["version"] == 1 else 200)
    await office.happen(version=1)
    await office.happen(version=2)
    for _ in range(len(STANDARD.ladder_seconds) + 1):
        await office.carry()
        office.world.advance(hours=27)
    first, second = await office.owed(made.id)
    assert (first.status, second.status) == (DeliveryStatus.FAILED, DeliveryStatus.SUCCEEDED)


async def test_gone_switches_the_endpoint_off_and_tells_the_others(office: PostOffice) -> None:
    gone = await office.endpoint("/gone")
    await office.endpoint("/alive")
    office.receiver.answer = lambda heard: Answer(410 if heard.path == "/gone" else 200)
    await office.happen("pi_1")
    await office.happen("pi_2")
    with capture_logs() as logs:
        await office.carry()
    stored = await office.look(gone.id)
    assert (stored.active, stored.disabled_reason) == (False, "gone")
    heard = [one.path for one in office.receiver.heard]
    assert heard.count("/gone") == 1
    assert heard.count("/alive") == 3
    assert (await office.types())[-1] == "webhook_endpoint.disabled"
    states = {one.status for one in await office.owed(gone.id)}
    assert states == {DeliveryStatus.FAILED}, "held, not lost: they can be delivered again"
    assert [one["event"] for one in logs if one["log_level"] == "warning"] == ["endpoint.disabled"]
    event = (await office.site.house.events.after(office.account, 0))[-1]
    assert (event.aggregate, event.version) == (gone.id, 1)
    assert msgspec.json.decode(event.data)["object"]["disabled_reason"] == "gone"
    await office.happen("pi_3")
    await office.carry()
    assert [one.path for one in office.receiver.heard].count("/gone") == 1


async def test_an_endpoint_that_was_switched_on_again_hears_again(office: PostOffice) -> None:
    made = await office.endpoint()
    office.receiver.script(410)
    await office.happen("pi_1")
    await office.carry()
    view = await office.endpoints.change(office.account, made.id, EndpointChanges(active=True))
    assert (view.active, view.disabled_reason, view.failures) == (True, None, 0)
    await office.happen("pi_2")
    await office.carry()
    assert office.said() == [("pi_1", 1), ("pi_2", 1)]


async def test_ten_failures_over_an_hour_are_delinquency_and_a_success_ends_it(
    office: PostOffice,
) -> None:
    made = await office.endpoint("/dead?token=hidden")
    await office.endpoint("/other", event_types=("webhook_endpoint.delinquent",))
    office.receiver.answer = lambda heard: Answer(500 if heard.path.startswith("/dead") else 200)
    for number in range(10):
        await office.happen(f"pi_{number}")
    await office.carry()
    stored = await office.look(made.id)
    assert (stored.failures, stored.delinquent) == (10, False), "often, but not for long"
    office.world.advance(hours=1, seconds=1)
    with capture_logs() as logs:
        await office.carry()
    stored = await office.look(made.id)
    assert stored.delinquent
    assert stored.active, "it is marked, and still tried"
    assert (await office.types()).count("webhook_endpoint.delinquent") == 1
    assert [one.path for one in office.receiver.heard].count("/other") == 1
    assert "hidden" not in str(logs)
    office.receiver.answer = Answer()
    office.world.advance(hours=3)
    await office.carry()
    stored = await office.look(made.id)
    assert (stored.failures, stored.failing_since, stored.delinquent) == (0, None, False)
    assert {one.status for one in await office.owed(made.id)} == {DeliveryStatus.SUCCEEDED}


async def test_a_receiver_may_call_our_api_from_inside_its_handler(office: PostOffice) -> None:
    await office.endpoint()
    loop = asyncio.get_running_loop()
    answers: list[Any] = []

    def handler(heard: Heard) -> Answer:
        if told(heard)["id"] == "pi_1":
            made = asyncio.run_coroutine_threadsafe(office.site.intent(), loop)
            answers.append(made.result(5))
        return Answer()

    office.receiver.answer = handler
    await office.happen()
    await asyncio.wait_for(office.carry(), 10)
    assert answers[0]["status"] == "requires_payment"
    assert office.said()[1][0] == answers[0]["id"], "and what it caused is delivered too"


async def test_a_slow_receiver_delays_nobody_else(office: PostOffice) -> None:
    await office.endpoint("/slow")
    await office.endpoint("/quick")
    gate = threading.Event()

    def answer(heard: Heard) -> Answer:
        if heard.path == "/slow":
            gate.wait(30)
        return Answer()

    office.receiver.answer = answer
    async with office.working():
        for number in (1, 2, 3):
            await office.happen(f"pi_{number}")
            await office.until(lambda number=number: office.paths().count("/quick") == number)  # type: ignore[misc]
        assert office.paths().count("/slow") == 1
        gate.set()
        await office.until(lambda: office.paths().count("/slow") == 3)


async def test_a_receiver_that_takes_too_long_has_failed(office: PostOffice) -> None:
    made = await office.endpoint()
    office.receiver.answer = Answer(delay_seconds=30)
    await office.happen()
    await office.carry(office.hands(seconds_max=0.3))
    (owed,) = await office.owed(made.id)
    (attempt,) = (await office.outbox.get(office.account, owed.id)).tries or ()
    assert (attempt.status_code, attempt.error) == (None, "timeout")


async def test_a_crash_between_post_and_record_repeats_the_same_id(office: PostOffice) -> None:
    made = await office.endpoint()
    office.receiver.script(Answer(delay_seconds=1))
    await office.happen()
    dying = office.hands()
    await dying.step()
    await asyncio.to_thread(office.receiver.wait, 1)
    for hand in list(dying._hands):
        hand.cancel()
    await dying.settle()
    assert (await office.owed(made.id))[0].attempts == 0
    await office.deliveries.step()
    await office.deliveries.settle()
    assert len(office.receiver.heard) == 1, "the dead hand's lease still runs"
    office.world.advance(seconds=61)
    await office.carry()
    first, second = office.receiver.heard
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    assert (await office.owed(made.id))[0].status is DeliveryStatus.SUCCEEDED
