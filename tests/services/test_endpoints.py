"""Webhook endpoints are made, changed and taken down; their secrets are told once."""

import base64
from typing import Any

import pytest
from sqlalchemy import text

from app.domain.webhook import ENDPOINTS_MAX, DeliveryStatus
from app.errors import Conflict, Invalid, NotFound
from app.services.endpoints import EndpointChanges, NewEndpoint, NewSecret
from app.services.once import Once
from tests.components import Answer
from tests.services.office import PostOffice, verified


async def dump(office: PostOffice) -> str:
    """Return every row of the tables a secret might have slipped into."""

    def read(tx: Any) -> str:
        return "".join(
            str(tx.execute(text(f"SELECT * FROM {table}")).all())
            for table in ("endpoints", "replies", "events", "deliveries", "attempts")
        )

    return await office.store.read(read)


async def test_a_secret_is_shown_once_and_lies_sealed(office: PostOffice) -> None:
    key = Once.of(office.account, "key-1", b"body")
    new = NewEndpoint(url=f"{office.receiver.url}/hook")
    made, created = await office.endpoints.create(office.account, new, key)
    drawn = base64.b64decode(made.secret.removeprefix("whsec_"), validate=True)
    assert (created, len(drawn)) == (True, 32)
    rotated = await office.endpoints.rotate(
        office.account, made.id, NewSecret(), Once.of(office.account, "key-2", b"")
    )
    await office.endpoints.test(office.account, made.id)
    await office.carry()
    stored = await dump(office)
    for secret in (made.secret, rotated.secret):
        assert secret.removeprefix("whsec_") not in stored
    assert not hasattr(await office.endpoints.get(office.account, made.id), "secret")


async def test_the_same_key_makes_one_endpoint_and_rotates_once(office: PostOffice) -> None:
    key = Once.of(office.account, "key-1", b"body")
    new = NewEndpoint(url=f"{office.receiver.url}/hook")
    first = await office.endpoints.create(office.account, new, key)
    second = await office.endpoints.create(office.account, new, key)
    assert (first[0], first[1], second[1]) == (second[0], True, False)
    again = Once.of(office.account, "key-2", b"")
    rotations = [
        await office.endpoints.rotate(office.account, first[0].id, NewSecret(), again)
        for _ in range(2)
    ]
    assert rotations[0] == rotations[1]
    await office.happen()
    await office.carry()
    (heard,) = office.receiver.heard
    verified(heard, first[0].secret)
    verified(heard, rotations[0].secret)


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"url": "ftp://hooks.example/"}, "url"),
    ({"url": "http://user:pass@hooks.example/"}, "url"),
    ({"url": "http://10.0.0.1/"}, "url"),
    ({"url": "http://[::ffff:127.0.0.1]/"}, "url"),
    ({"event_types": ()}, "event_types"),
    ({"event_types": ("payment.unheard_of",)}, "event_types"),
    ({"dialect": "klingon"}, "dialect"),
    ({"signature": "scribbled"}, "signature"),
    ({"description": "x" * 501}, "description"),
    ({"description": "a\x00b"}, "description"),
]


async def test_a_wrong_field_is_named(office: PostOffice) -> None:
    made = await office.endpoint()
    for given, field in WRONG:
        with pytest.raises(Invalid) as refused:
            await office.endpoint(**given)
        assert [fault.field for fault in refused.value.faults] == [field]
        with pytest.raises(Invalid) as refused:
            await office.endpoints.change(office.account, made.id, EndpointChanges(**given))
        assert [fault.field for fault in refused.value.faults] == [field]


async def test_every_wrong_field_is_told_at_once(office: PostOffice) -> None:
    with pytest.raises(Invalid) as refused:
        await office.endpoint(url="nonsense", event_types=("x",))
    assert [one.field for one in refused.value.faults] == ["url", "event_types"]
    with pytest.raises(Invalid) as refused:  # whose words the types are in, nobody knows
        await office.endpoint(url="nonsense", event_types=("x",), dialect="klingon")
    assert [one.field for one in refused.value.faults] == ["url", "dialect"]


async def test_a_receiver_may_keep_the_secret_it_has(office: PostOffice) -> None:
    theirs = f"whsec_{base64.b64encode(b'a receiver that was here first').decode()}"
    made = await office.endpoint(secret=theirs)
    assert (made.secret, made.signature) == (theirs, "standard")
    await office.happen("pi_1")
    await office.carry()
    verified(office.receiver.heard[0], theirs)
    newer = f"whsec_{base64.b64encode(b'the same receiver, a year later').decode()}"
    rotated = await office.endpoints.rotate(office.account, made.id, NewSecret(secret=newer))
    assert rotated.secret == newer
    await office.happen("pi_2")
    await office.carry()
    verified(office.receiver.heard[1], newer)
    assert theirs.removeprefix("whsec_") not in await dump(office)


async def test_a_secret_nobody_could_sign_with_is_refused(office: PostOffice) -> None:
    made = await office.endpoint()
    for secret in ("", "sk_test_1234567890abcdef", "whsec_", "whsec_AAAA", "whsec_é", "é"):
        with pytest.raises(Invalid) as refused:
            await office.endpoint(secret=secret, signature="scribbled")
        assert {one.field for one in refused.value.faults} == {"secret", "signature"}
        with pytest.raises(Invalid) as refused:
            await office.endpoints.rotate(office.account, made.id, NewSecret(secret=secret))
        assert [one.field for one in refused.value.faults] == ["secret"]


async def test_a_star_is_every_type(office: PostOffice) -> None:
    every = await office.endpoint(event_types=("payment.seen", "*"))
    some = await office.endpoint(event_types=("payment.seen", "payment.seen"))
    assert every.event_types == ("*",)
    assert some.event_types == ("payment.seen",)


async def test_an_account_has_so_many_endpoints_and_no_more(office: PostOffice) -> None:
    made = [await office.endpoint(f"/{number}") for number in range(ENDPOINTS_MAX)]
    with pytest.raises(Conflict):
        await office.endpoint("/more")
    await office.endpoints.remove(office.account, made[0].id)
    await office.endpoint("/more")
    first, more = await office.endpoints.page(office.account, None, 15)
    rest, end = await office.endpoints.page(office.account, first[-1].id, 15)
    assert (len(first), more, len(rest), end) == (15, True, 5, False)


async def test_an_endpoint_that_was_switched_off_is_owed_nothing(office: PostOffice) -> None:
    made = await office.endpoint()
    await office.happen("pi_1")
    view = await office.endpoints.change(office.account, made.id, EndpointChanges(active=False))
    assert not view.active
    await office.happen("pi_2")
    await office.carry()
    assert office.receiver.heard == []
    (held,) = await office.owed(made.id)
    assert held.status is DeliveryStatus.FAILED
    with pytest.raises(Conflict):
        await office.endpoints.test(office.account, made.id)


async def test_a_change_leaves_the_rest_alone_and_counts_for_the_next_attempt(
    office: PostOffice,
) -> None:
    made = await office.endpoint("/old", description="one", event_types=("payment.seen",))
    office.receiver.answer = lambda heard: Answer(500 if heard.path == "/old" else 200)
    await office.endpoints.test(office.account, made.id)
    await office.carry()
    changes = EndpointChanges(url=f"{office.receiver.url}/new")
    view = await office.endpoints.change(office.account, made.id, changes)
    assert (view.description, view.event_types, view.failures) == ("one", ("payment.seen",), 0)
    office.world.advance(seconds=6)
    await office.carry()
    assert [one.path for one in office.receiver.heard] == ["/old", "/new"]


async def test_what_was_owed_to_an_endpoint_that_is_removed_is_canceled(
    office: PostOffice,
) -> None:
    made = await office.endpoint()
    await office.happen()
    await office.endpoints.remove(office.account, made.id)
    await office.carry()
    (owed,) = await office.owed(made.id)
    assert owed.status is DeliveryStatus.CANCELED
    assert office.receiver.heard == []
    with pytest.raises(NotFound):
        await office.endpoints.get(office.account, made.id)
    with pytest.raises(Conflict):
        await office.outbox.redeliver(office.account, owed.id)


async def test_a_test_event_goes_to_its_endpoint_alone(office: PostOffice) -> None:
    made = await office.endpoint("/this", event_types=("payment.seen",))
    await office.endpoint("/other")
    sent = await office.endpoints.test(office.account, made.id)
    await office.carry()
    (heard,) = office.receiver.heard
    body = verified(heard, made.secret)
    assert (heard.path, body["type"]) == ("/this", "webhook_endpoint.test")
    assert body["data"]["object"]["id"] == made.id
    shown = await office.outbox.get(office.account, sent.delivery)
    assert (shown.event, shown.status) == (sent.event, DeliveryStatus.SUCCEEDED)
    assert await office.types() == ["webhook_endpoint.test"]


async def test_what_is_not_yours_is_not_there(office: PostOffice) -> None:
    made = await office.endpoint()
    stranger = (await office.site.newcomer()).account.id
    with pytest.raises(NotFound):
        await office.endpoints.get(stranger, made.id)
    with pytest.raises(NotFound):
        await office.endpoints.change(stranger, made.id, EndpointChanges(active=False))
    with pytest.raises(NotFound):
        await office.endpoints.remove(stranger, made.id)
    with pytest.raises(NotFound):
        await office.endpoints.rotate(stranger, made.id, NewSecret())
    with pytest.raises(NotFound):
        await office.endpoints.test(stranger, made.id)
    await office.happen(account=stranger)
    await office.carry()
    assert office.receiver.heard == []


async def test_a_house_with_another_secret_key_says_so(office: PostOffice) -> None:
    made = await office.endpoint()
    await office.happen()
    hands = office.hands()
    hands._seal = type(hands._seal)("another secret key")
    await office.carry(hands)
    (owed,) = await office.owed(made.id)
    (attempt,) = (await office.outbox.get(office.account, owed.id)).tries or ()
    assert (attempt.error, office.receiver.heard) == ("secret_unreadable", [])
