"""What was delivered can be delivered again, and what was missed can be caught up on."""

from datetime import timedelta

import pytest

from app.domain.event import EventType
from app.domain.webhook import DeliveryStatus
from app.errors import Conflict, Invalid, NotFound
from app.services import outbox
from app.services.endpoints import EndpointChanges
from app.services.once import Once
from app.services.outbox import Filter, NewReplay
from tests.components import Answer
from tests.services.office import PostOffice


async def test_a_delivery_that_is_done_is_made_anew_and_keeps_its_history(
    office: PostOffice,
) -> None:
    made = await office.endpoint()
    event = await office.happen()
    await office.carry()
    (first,) = await office.owed(made.id)
    again = await office.outbox.redeliver(office.account, first.id)
    assert (again.id != first.id, again.event, again.attempts) == (True, event.id, 0)
    await office.carry()
    assert [one.headers["webhook-id"] for one in office.receiver.heard] == [event.id] * 2
    assert office.receiver.heard[0].body == office.receiver.heard[1].body
    shown = await office.outbox.get(office.account, first.id)
    assert (shown.status, len(shown.tries or ())) == (DeliveryStatus.SUCCEEDED, 1)


async def test_a_delivery_that_is_pending_has_its_next_attempt_at_once(
    office: PostOffice,
) -> None:
    made = await office.endpoint()
    office.receiver.script(500, 500)
    await office.happen()
    await office.carry()
    (owed,) = await office.owed(made.id)
    key = Once.of(office.account, "again", b"")
    for _ in range(2):
        again = await office.outbox.redeliver(office.account, owed.id, key)
        assert (again.id, again.next_attempt_at) == (owed.id, office.world.now())
    await office.carry()
    (owed,) = await office.owed(made.id)
    assert (owed.attempts, len(office.receiver.heard)) == (2, 2)


async def test_what_was_held_for_a_disabled_endpoint_can_be_sent_once_it_is_on_again(
    office: PostOffice,
) -> None:
    made = await office.endpoint()
    office.receiver.script(410)
    await office.happen("pi_1")
    await office.happen("pi_2")
    await office.carry()
    held = await office.owed(made.id)
    with pytest.raises(Conflict):
        await office.outbox.redeliver(office.account, held[1].id)
    await office.endpoints.change(office.account, made.id, EndpointChanges(active=True))
    await office.outbox.redeliver(office.account, held[1].id)
    await office.carry()
    assert office.said() == [("pi_1", 1), ("pi_2", 1)]


async def test_a_replay_owes_everything_since_a_time_once_per_key(office: PostOffice) -> None:
    await office.happen("pi_old")
    office.world.advance(hours=1)
    since = office.world.now()
    for number in range(3):
        await office.happen(f"pi_{number}")
        await office.happen(f"pi_{number}", 2, EventType.PAYMENT_SEEN)
    all_of_it = await office.endpoint("/all")
    await office.endpoint("/seen", event_types=("payment.seen",))
    await office.endpoint("/off", active=False)
    key = Once.of(office.account, "replay", b"")
    for _ in range(2):
        replay = await office.outbox.replay(office.account, NewReplay(since=since), key)
        assert (replay.events, replay.deliveries, replay.has_more) == (6, 9, False)
    await office.carry()
    paths = [one.path for one in office.receiver.heard]
    assert (paths.count("/all"), paths.count("/seen"), len(paths)) == (6, 3, 9)
    one = NewReplay(since=since, endpoint=all_of_it.id)
    replay = await office.outbox.replay(office.account, one)
    assert replay.deliveries == 6, "what it had before, it is owed again"
    replay = await office.outbox.replay(office.account, one)
    assert replay.deliveries == 0, "what it is owed already, it is not owed twice"


async def test_a_replay_keeps_the_order_and_can_be_gone_on_with(
    office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "REPLAY_EVENTS_MAX", 4)
    since = office.world.now()
    for version in range(1, 11):
        await office.happen("pi_1", version)
    await office.endpoint()
    after, has_more, replays = 0, True, 0
    while has_more:
        new = NewReplay(since=since, after=after)
        replay = await office.outbox.replay(office.account, new)
        after, has_more, replays = replay.after, replay.has_more, replays + 1
    await office.carry()
    assert replays == 3
    assert office.said() == [("pi_1", version) for version in range(1, 11)]


async def test_a_replay_wants_a_zone_and_an_endpoint_of_ones_own(office: PostOffice) -> None:
    await office.endpoint()
    now = office.world.now()
    with pytest.raises(Invalid, match="since"):
        await office.outbox.replay(office.account, NewReplay(since=now.replace(tzinfo=None)))
    with pytest.raises(Invalid, match="endpoint"):
        await office.outbox.replay(office.account, NewReplay(since=now, endpoint="we_other"))


async def test_deliveries_are_listed_and_narrowed(office: PostOffice) -> None:
    one, two = await office.endpoint("/one"), await office.endpoint("/two")
    office.receiver.answer = lambda heard: Answer(500 if heard.path == "/two" else 200)
    for number in range(3):
        await office.happen(f"pi_{number}")
        office.world.advance(seconds=1)
    await office.carry()
    page, more = await office.outbox.page(office.account, Filter(), None, 4)
    rest, end = await office.outbox.page(office.account, Filter(), page[-1].id, 4)
    assert (len(page), more, len(rest), end) == (4, True, 2, False)
    assert len({shown.id for shown in page + rest}) == 6
    failing, _ = await office.outbox.page(office.account, Filter(endpoint=two.id), None, 10)
    for shown in failing:
        assert shown.last_attempt is not None
        assert (shown.status, shown.last_attempt.status_code) == (DeliveryStatus.PENDING, 500)
    done = Filter(status=DeliveryStatus.SUCCEEDED)
    found, _ = await office.outbox.page(office.account, done, None, 10)
    assert {shown.endpoint for shown in found} == {one.id}
    of_event, _ = await office.outbox.page(office.account, Filter(event=found[0].event), None, 10)
    assert {shown.endpoint for shown in of_event} == {one.id, two.id}


async def test_what_is_not_yours_is_not_there(office: PostOffice) -> None:
    made = await office.endpoint()
    await office.happen()
    (owed,) = await office.owed(made.id)
    stranger = (await office.site.newcomer()).account.id
    with pytest.raises(NotFound):
        await office.outbox.get(stranger, owed.id)
    with pytest.raises(NotFound):
        await office.outbox.redeliver(stranger, owed.id)
    assert await office.outbox.page(stranger, Filter(), None, 10) == ([], False)
    since = office.world.now() - timedelta(hours=1)
    replay = await office.outbox.replay(stranger, NewReplay(since=since))
    assert (replay.events, replay.deliveries) == (0, 0)
