"""A webhook is signed so that anybody's Standard Webhooks library finds it right."""

from datetime import timedelta

import pytest
from standardwebhooks.webhooks import WebhookVerificationError

from app.services.endpoints import NewSecret
from tests.services.office import PostOffice, verified


async def test_a_webhook_is_the_event_signed_as_the_standard_says(office: PostOffice) -> None:
    made = await office.endpoint()
    event = await office.happen()
    await office.carry()
    (heard,) = office.receiver.heard
    body = verified(heard, made.secret)
    assert (heard.method, heard.path) == ("POST", "/hook")
    assert heard.headers["content-type"] == "application/json"
    assert heard.headers["user-agent"].startswith("Opentill/")
    assert heard.headers["webhook-id"] == event.id == body["id"]
    assert heard.headers["webhook-timestamp"] == str(int(office.world.now().timestamp()))
    assert (body["object"], body["type"]) == ("event", "payment_intent.updated")
    assert (body["livemode"], body["sequence"]) == (False, event.sequence)
    assert body["timestamp"] == body["created_at"]
    assert body["data"] == {"object": {"id": "pi_1", "version": 1}}
    with pytest.raises(WebhookVerificationError):
        verified(heard, "whsec_" + "A" * 43 + "=")


async def test_while_a_secret_is_rotated_both_sign(office: PostOffice) -> None:
    made = await office.endpoint()
    rotated = await office.endpoints.rotate(office.account, made.id, NewSecret())
    assert rotated.secret != made.secret
    await office.happen("pi_1")
    await office.carry()
    (heard,) = office.receiver.heard
    assert len(heard.headers["webhook-signature"].split(" ")) == 2
    assert verified(heard, made.secret) == verified(heard, rotated.secret)
    office.world.advance(timedelta(hours=24).total_seconds())
    await office.happen("pi_2")
    await office.carry()
    assert len(office.receiver.heard[1].headers["webhook-signature"].split(" ")) == 1
    assert rotated.old_secret_until == office.world.now()


async def test_a_leaked_secret_can_be_cut_off_at_once(office: PostOffice) -> None:
    made = await office.endpoint()
    rotated = await office.endpoints.rotate(office.account, made.id, NewSecret(overlap_seconds=0))
    await office.happen()
    await office.carry()
    (heard,) = office.receiver.heard
    verified(heard, rotated.secret)
    with pytest.raises(WebhookVerificationError):
        verified(heard, made.secret)
