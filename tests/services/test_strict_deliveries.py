"""BTCPay Server's manner: one line for each webhook, seconds first, and a no is a no."""

import asyncio
import hashlib
import hmac
import json
from typing import Any

import pytest

from app.compat.greenfield.webhook import MANNER, NAME
from app.domain.event import EventType
from app.domain.webhook import DeliveryStatus
from app.services.endpoints import EndpointChanges, MadeEndpoint
from tests.components import Answer, Heard
from tests.services.office import PostOffice

SECRET = "of the shop's own"
LADDER = MANNER.ladder_seconds


async def hook(office: PostOffice, path: str = "/hook", **more: Any) -> MadeEndpoint:
    return await office.endpoint(path, **({"dialect": NAME, "secret": SECRET} | more))


def body(heard: Heard) -> Any:
    """Return what a webhook says, once its signature was found right."""
    digest = hmac.new(SECRET.encode(), heard.body, hashlib.sha256).hexdigest()
    assert heard.headers["btcpay-sig"] == f"sha256={digest}"
    assert heard.headers["content-type"] == "application/json"
    return json.loads(heard.body)


def bodies(office: PostOffice) -> list[Any]:
    return [body(one) for one in office.receiver.heard]


def heard_of(office: PostOffice) -> list[str]:
    return [one["invoiceId"] for one in bodies(office)]


async def test_a_failure_holds_up_the_whole_webhook_and_no_other(office: PostOffice) -> None:
    await hook(office, event_types=("InvoiceCreated",))
    await office.endpoint("/ours", event_types=("payment_intent.created",))
    office.receiver.answer = lambda heard: Answer(500 if heard.path == "/hook" else 200)
    first, second, third = [(await office.site.intent())["id"] for _ in range(3)]
    await office.carry()
    assert [one.path for one in office.receiver.heard].count("/ours") == 3
    office.receiver.clear()
    office.receiver.script(503)
    for seconds in (9, 1, 59):
        office.world.advance(seconds=seconds)
        await office.carry()
    assert office.paths() == ["/hook"], "after 10 s, and then after a minute"
    office.world.advance(seconds=1)
    fourth = (await office.site.intent())["id"]
    office.receiver.clear()
    await office.carry()
    told = [
        json.loads(one.body)["invoiceId"] for one in office.receiver.heard if one.path == "/hook"
    ]
    assert told == [first, second, third, fourth], "once it is heard, the line moves at once"


async def test_each_try_is_a_delivery_of_its_own_and_names_the_first(office: PostOffice) -> None:
    made = await hook(office)
    office.receiver.answer = Answer(500)
    await office.site.intent()
    await office.carry()
    for seconds in LADDER:
        office.world.advance(seconds=seconds - 1)
        await office.carry()
        before = len(office.receiver.heard)
        office.world.advance(seconds=1)
        await office.carry()
        assert len(office.receiver.heard) == before + 1, "not before its time, and not after"
    office.world.advance(days=1)
    await office.carry()
    told = bodies(office)
    assert len(told) == len(LADDER) + 1 == 9
    (owed,) = await office.owed(made.id)
    assert (owed.status, owed.attempts) == (DeliveryStatus.FAILED, 9)
    assert len({one["deliveryId"] for one in told}) == 9
    assert {one["originalDeliveryId"] for one in told} == {told[0]["deliveryId"]}
    assert [one["isRedelivery"] for one in told] == [False] + [True] * 8
    same = [
        {k: v for k, v in one.items() if k not in ("deliveryId", "isRedelivery")} for one in told
    ]
    assert all(one == same[0] for one in same)


@pytest.mark.parametrize("status", [400, 401, 404, 410, 301])
async def test_a_no_is_final_and_the_next_goes_at_once(office: PostOffice, status: int) -> None:
    made = await hook(office, event_types=("InvoiceCreated",))
    office.receiver.script(status)
    first, second = [(await office.site.intent())["id"] for _ in range(2)]
    await office.carry()
    assert heard_of(office) == [first, second]
    refused, told = await office.owed(made.id)
    assert (refused.status, refused.attempts, refused.due_at) == (DeliveryStatus.FAILED, 1, None)
    assert told.status is DeliveryStatus.SUCCEEDED
    assert (await office.look(made.id)).active, "not even 410 switches it off here"


@pytest.mark.parametrize("answer", [Answer(408), Answer(429), Answer(500), Answer(drop=True)])
async def test_what_time_may_heal_is_tried_again(office: PostOffice, answer: Answer) -> None:
    await hook(office, event_types=("InvoiceCreated",))
    office.receiver.script(answer)
    intent = (await office.site.intent())["id"]
    await office.carry()
    office.world.advance(seconds=10)
    await office.carry()
    assert heard_of(office) == [intent, intent]


async def test_without_redelivery_there_is_one_try(office: PostOffice) -> None:
    made = await hook(office, retries=False)
    office.receiver.answer = Answer(500)
    await office.site.intent()
    await office.carry()
    office.world.advance(days=1)
    await office.carry()
    assert len(office.receiver.heard) == 1
    assert [one.status for one in await office.owed(made.id)] == [DeliveryStatus.FAILED]


async def test_the_notices_of_one_event_go_in_their_order(office: PostOffice) -> None:
    """Two notices of one event: the second waits for the first, in a loose order too."""
    for dialect, path in ((NAME, "/strict"), ("bitpay", "/loose")):
        types = ("invoice_confirmed", "invoice_completed") if dialect == "bitpay" else ("*",)
        await office.endpoint(path, dialect=dialect, event_types=types)
    intent = (await office.site.intent())["id"]
    await office.site.pay(intent, confirmations=12)
    await office.site.settle()
    refused: set[str] = set()

    def answer(heard: Heard) -> Answer:
        said = json.loads(heard.body)
        first = said.get("type") == "InvoiceProcessing" or said.get("status") == "confirmed"
        if first and heard.path not in refused:
            refused.add(heard.path)
            return Answer(503)
        return Answer()

    office.receiver.answer = answer
    await office.carry()
    office.world.advance(seconds=600)
    await office.carry()
    told: dict[str, list[str]] = {"/strict": [], "/loose": []}
    for one in office.receiver.heard:
        said = json.loads(one.body)
        told[one.path].append(said.get("type") or said["status"])
    assert told["/strict"] == [
        "InvoiceCreated",
        "InvoiceReceivedPayment",
        "InvoicePaymentSettled",
        "InvoiceProcessing",
        "InvoiceProcessing",
        "InvoiceSettled",
    ]
    assert told["/loose"] == ["confirmed", "confirmed", "complete"]


async def test_a_shop_may_ask_and_change_us_from_inside_its_handler(office: PostOffice) -> None:
    """Its plugin reads the invoice's payment methods and the invoice before it answers."""
    await hook(office)
    loop = asyncio.get_running_loop()
    answered: list[int] = []

    def handler(heard: Heard) -> Answer:
        said = json.loads(heard.body)
        invoice = f"/api/v1/stores/{said['storeId']}/invoices/{said['invoiceId']}"
        for method, path, asked in (
            ("GET", f"{invoice}/payment-methods", None),
            ("GET", invoice, None),
            (
                "PATCH",
                f"/v1/payment_intents/{said['invoiceId']}",
                {"metadata": {"heard": said["type"]}},
            ),
        ):
            asking = office.site.ask(method, path, asked)
            answered.append(asyncio.run_coroutine_threadsafe(asking, loop).result(5).status_code)
        return Answer()

    office.receiver.answer = handler
    intent = (await office.site.intent())["id"]
    await office.site.pay(intent, confirmations=12)
    await office.site.settle()
    await asyncio.wait_for(office.carry(), 20)
    types = [one["type"] for one in bodies(office)]
    assert len(types) == 5
    assert answered == [200] * 15
    assert (await office.site.look(intent))["metadata"] == {"heard": types[-1]}


async def test_a_redelivery_goes_through_the_same_line(office: PostOffice) -> None:
    made = await hook(office, event_types=("InvoiceCreated",))
    first, second = [(await office.site.intent())["id"] for _ in range(2)]
    await office.carry()
    done = await office.owed(made.id)
    again = await office.outbox.redeliver(office.account, done[1].id)
    once_more = await office.outbox.redeliver(office.account, again.id)
    await office.carry()
    assert once_more.id == again.id, "what waits is not doubled"
    assert heard_of(office) == [first, second, second]
    *_, last = bodies(office)
    assert (last["deliveryId"], last["originalDeliveryId"]) == (again.id, done[1].id)
    assert last["isRedelivery"] is True
    third = await office.outbox.redeliver(office.account, again.id)
    assert third.original == done[1].id, "a redelivery of a redelivery names the first"


async def test_an_endpoint_subscribes_in_the_words_of_its_dialect(office: PostOffice) -> None:
    made = await hook(office, event_types=("InvoiceSettled", "InvoiceSettled", "PayoutCreated"))
    assert made.event_types == ("InvoiceSettled", "PayoutCreated")
    await office.happen(type=EventType.REFUND_CREATED)
    assert await office.owed(made.id) == []
    with pytest.raises(Exception, match="event_types"):
        await hook(office, event_types=("payment_intent.succeeded",))
    with pytest.raises(Exception, match="event_types"):
        await office.endpoint(event_types=("InvoiceSettled",))
    with pytest.raises(Exception, match="event_types"):
        await office.endpoints.change(office.account, made.id, EndpointChanges(dialect="icpay"))
