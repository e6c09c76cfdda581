"""ICPay's webhooks: its envelope and words, and a signature that its receivers find right."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from app.compat.icpay.webhook import TYPES, Icpay
from app.domain.event import Event, EventType
from app.domain.webhook import owe
from app.errors import Invalid
from app.services.endpoints import EndpointChanges, MadeEndpoint, NewSecret
from tests.components import Heard, Receiver
from tests.houses import new_database
from tests.services.office import PostOffice, open_office
from tests.still import StillWorld

SECRET = "sk_test_of_a_shop_1"
ALLOWED_SECONDS = 300
ENVELOPE = {
    *("id", "object", "api_version", "created", "data", "livemode"),
    *("pending_webhooks", "request", "type"),
}
PAYMENT = {
    *("id", "accountId", "paymentIntentId", "transactionId", "transactionSplitId"),
    *("canisterTxId", "status", "amount", "ledgerCanisterId", "ledgerTxId", "accountCanisterId"),
    *("basePaymentAccountId", "invoiceId", "metadata", "requestedAmount", "paidAmount"),
    *("createdAt", "network", "token", "intent"),
}


@pytest_asyncio.fixture
async def office(tmp_path: Path, receiver: Receiver) -> AsyncIterator[PostOffice]:
    world = StillWorld(at=datetime.now(UTC))
    async with open_office(new_database("sqlite", tmp_path), tmp_path, world, receiver) as opened:
        yield opened


def accepted(heard: Heard, secret: str, now: datetime) -> Any:
    """Return a body as a receiver takes it: either signature, told apart by what it holds."""
    said = heard.headers["x-icpay-signature"]
    signed, given = heard.body, said
    if "t=" in said and "v1=" in said:
        parts = dict(one.split("=", 1) for one in said.split(","))
        given = parts["v1"]
        assert heard.headers["x-icpay-timestamp"] == parts["t"]
        assert abs(now.timestamp() - int(parts["t"])) <= ALLOWED_SECONDS
        signed = parts["t"].encode() + b"." + heard.body
    else:
        assert heard.headers["x-icpay-timestamp"] is None
    expected = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(given, expected), "the signature is wrong"
    return json.loads(heard.body)


async def hook(office: PostOffice, path: str = "/hook", **more: Any) -> MadeEndpoint:
    return await office.endpoint(path, **({"dialect": "icpay", "secret": SECRET} | more))


def event(type: EventType) -> Event:
    return Event(
        id="evt_1",
        account="acct_1",
        sequence=1,
        aggregate="we_1",
        version=1,
        type=type,
        livemode=False,
        data=msgspec.Raw(b'{"object":{}}'),
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def test_the_signatures_are_those_another_tool_makes() -> None:
    """The digests were made by `openssl dgst -sha256 -hmac`."""
    body = b'{"id":"evt_1","type":"payment.completed"}'
    now = datetime.fromtimestamp(1767268800, UTC)
    test = event(EventType.ENDPOINT_TEST)
    bare = "7b26f60dbaf22f96299fcb8ef2514e0226dfe50b70e6c8e7700fcf0ff07f0bb0"
    stamped = "ebdba9e360ef3ccf6155539416357a7818b8951a7f04bc14aeb2d1a0159a0672"
    headers = Icpay().headers(test, body, [SECRET, "an older one"], now, "bare")
    assert headers == {"X-ICPay-Signature": bare}
    headers = Icpay().headers(test, body, [SECRET, "an older one"], now, "timestamped")
    assert headers == {
        "X-ICPay-Signature": f"t=1767268800,v1={stamped}",
        "X-ICPay-Timestamp": "1767268800",
    }


def test_every_event_has_a_word_or_is_known_to_have_none() -> None:
    assert set(TYPES) == set(EventType)
    wordless = [type for type, word in TYPES.items() if word is None]
    page = (Path(__file__).parents[2] / "docs" / "icpay.md").read_text()
    rows = [one.split("|")[1:3] for one in page.splitlines() if one.startswith("| `")]
    written = {
        ours: theirs.split("`")[1]
        for left, theirs in rows
        for ours in left.split("`")[1::2]
        if ours in TYPES
    }
    assert written == {type.value: word for type, word in TYPES.items() if word is not None}
    for type in wordless:
        told = event(type)
        assert Icpay().render(told, owe(told, "we_1", "dl_1", told.created_at)) is None


async def test_a_payment_is_completed_once_in_each_signature(office: PostOffice) -> None:
    await hook(office, "/stamped")
    await hook(office, "/bare", signature="bare")
    site = office.site
    intent = await site.intent(metadata={"orderId": "O-1"}, description="Tea")
    await site.pay(intent["id"], confirmations=12)
    await site.look(intent["id"])
    await office.carry()
    now = office.world.now()
    told: dict[str, list[Any]] = {"/stamped": [], "/bare": []}
    for one in office.receiver.heard:
        told[one.path].append(accepted(one, SECRET, now))
    assert told["/stamped"] == told["/bare"]
    types = [one["type"] for one in told["/bare"]]
    assert types == ["payment_intent.created", "payment.created", "payment.completed"]
    created, _, completed = told["/bare"]
    assert set(completed) == ENVELOPE
    assert completed["api_version"] == "2025-08-11"
    assert completed["created"] == int(now.timestamp())
    payment = completed["data"]["object"]
    assert set(payment) == PAYMENT | {"completedAt"}
    assert payment["paymentIntentId"] == payment["intent"]["id"] == intent["id"]
    assert payment["id"] == "pay_" + intent["id"].removeprefix("pi_")
    assert (payment["status"], payment["intent"]["status"]) == ("completed", "succeeded")
    assert (payment["network"], payment["token"]) == ("evm", "USDC")
    assert payment["amount"] == payment["requestedAmount"] == payment["paidAmount"] == "10000000"
    assert payment["metadata"] == payment["intent"]["metadata"] == {"orderId": "O-1"}
    assert payment["intent"]["amountUsd"] == 10
    assert 0 < payment["accountCanisterId"] < 2**32
    assert 0 < payment["intent"]["intentCode"] < 2**32
    assert payment["transactionId"].startswith("sbx_")
    made = created["data"]["object"]
    assert (made["id"], made["description"], made["amount"]) == (intent["id"], "Tea", "10000000")
    assert made["intentCode"] == payment["intent"]["intentCode"]
    protected = await site.get(f"/sdk/payments/{payment['id']}")
    assert protected["payment"]["id"] == payment["id"], "what is told can be asked for"


async def test_what_ends_without_money_is_cancelled_and_what_falls_short_failed(
    office: PostOffice,
) -> None:
    await hook(office)
    site = office.site
    left = await site.intent()
    short = await site.intent()
    for share in ("0.4", "0.1"):
        await site.pay(short["id"], share=share, confirmations=12)
        await site.settle()
    await site.advance(1000)
    await office.carry()
    told = [accepted(one, SECRET, office.world.now()) for one in office.receiver.heard]

    def said(intent: str) -> list[tuple[str, str]]:
        objects = [(one["type"], one["data"]["object"]) for one in told]
        return [
            (type, about["status"])
            for type, about in objects
            if about.get("paymentIntentId") == intent
        ]

    assert said(left["id"]) == [("payment.cancelled", "canceled")]
    assert said(short["id"]) == [
        ("payment.created", "mismatched"),
        ("payment.updated", "mismatched"),
        ("payment.failed", "mismatched"),
    ]
    last = [one["data"]["object"] for one in told if one["type"] == "payment.failed"]
    assert [(one["requestedAmount"], one["paidAmount"]) for one in last] == [
        ("10000000", "5000000")
    ]


async def test_money_that_was_sent_back_is_refunded_and_a_refusal_is_not_told(
    office: PostOffice,
) -> None:
    await hook(office, event_types=("refund_request.closed",))
    site = office.site
    for outcome, tx in (("declined", None), ("sent", "sbx_back")):
        intent = await site.intent()
        await site.pay(intent["id"], confirmations=12)
        await site.settle()
        path = f"/v1/payment_intents/{intent['id']}/refund_request"
        await site.post(path, {"address": "sandbox1friend"}, key=None)
        (request,) = (await site.get(f"/v1/refund_requests?payment_intent={intent['id']}"))["data"]
        closing = {"outcome": outcome} | ({"tx": tx} if tx else {})
        await site.post(f"/v1/refund_requests/{request['id']}/close", closing)
    await office.carry()
    (told,) = [accepted(one, SECRET, office.world.now()) for one in office.receiver.heard]
    assert (told["type"], told["data"]["object"]["status"]) == ("payment.refunded", "refunded")
    assert told["data"]["object"]["paymentIntentId"] == intent["id"]
    assert told["data"]["object"]["transactionId"] == "sbx_back"


async def test_a_test_send_is_signed_as_the_real_ones_are(office: PostOffice) -> None:
    made = await hook(office, secret=office.site.sk)
    await office.endpoints.test(office.account, made.id)
    await office.carry()
    (heard,) = office.receiver.heard
    told = accepted(heard, office.site.sk, office.world.now())
    assert (told["type"], told["data"]["object"]["id"]) == ("webhook_endpoint.test", made.id)
    with pytest.raises(AssertionError, match="signature"):
        accepted(heard, "sk_test_of_another_shop", office.world.now())


async def test_an_endpoint_changes_its_dialect_with_a_secret_both_can_use(
    office: PostOffice,
) -> None:
    drawn = await office.endpoint()
    spoken = EndpointChanges(dialect="icpay")
    changed = await office.endpoints.change(office.account, drawn.id, spoken)
    assert changed.signature == "timestamped", "the dialect's usual one, where none is named"
    bare = EndpointChanges(signature="bare")
    assert (await office.endpoints.change(office.account, drawn.id, bare)).signature == "bare"
    back = EndpointChanges(dialect="native")
    await office.endpoints.change(office.account, drawn.id, back)
    brought = await hook(office)
    with pytest.raises(Invalid) as refused:
        await office.endpoints.change(office.account, brought.id, back)
    assert [one.field for one in refused.value.faults] == ["dialect"]
    await office.endpoints.rotate(office.account, brought.id, NewSecret(overlap_seconds=0))
    await office.endpoints.change(office.account, brought.id, back)
    for secret in ("short", "s" * 201, "with a space in it", "é" * 20):
        with pytest.raises(Invalid) as refused:
            await hook(office, secret=secret)
        assert [one.field for one in refused.value.faults] == ["secret"]
