"""An invoice's own address is notified as Bitpay notified it: unsigned, in order, six times."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from app.compat.bitpay import ipn
from app.compat.bitpay.ipn import ALL, HAPPENINGS
from app.compat.moments import Moment
from app.domain.webhook import DeliveryStatus
from app.errors import Invalid
from app.services.requests import NewIntent
from tests.components import Answer, Heard, Receiver
from tests.houses import new_database
from tests.services.office import PostOffice, open_office
from tests.still import StillWorld

FLAT = [
    *("id", "url", "posData", "status", "btcPrice", "price", "currency", "invoiceTime"),
    *("expirationTime", "currentTime", "btcPaid", "btcDue", "rate", "exceptionStatus"),
    *("buyerFields", "paymentSubtotals", "paymentTotals", "amountPaid", "exchangeRates"),
    "orderId",
]


@pytest_asyncio.fixture
async def office(tmp_path: Path, receiver: Receiver) -> AsyncIterator[PostOffice]:
    world = StillWorld(at=datetime.now(UTC))
    async with open_office(new_database("sqlite", tmp_path), tmp_path, world, receiver) as opened:
        yield opened


async def invoice(
    office: PostOffice, path: str, *, full: bool = False, extended: bool = False
) -> str:
    """Make an intent whose maker wants to be told at a path of the receiver."""
    house = office.site.house
    beside = house.bound_endpoints.beside(
        f"{office.receiver.url}{path}",
        dialect=ipn.NAME,
        event_types=ipn.wanted(full=full, extended=extended),
        field="notificationURL",
    )
    new = NewIntent(
        amount="10.00",
        currency="USD",
        ledgers=("sandbox_btc",),
        order_id=path,
        metadata={"posData": "{}", "buyerEmail": "ann@example.test"},
    )
    view, _ = await house.intents.create(office.site.account, new, beside=beside)
    return view.id


def told(office: PostOffice, path: str) -> list[Any]:
    return [json.loads(one.body) for one in office.receiver.heard if one.path == path]


async def test_an_invoice_is_told_of_at_its_own_address_by_its_flags(office: PostOffice) -> None:
    site = office.site
    for path, flags in (("/bare", {}), ("/full", {"full": True}), ("/all", {"extended": True})):
        id = await invoice(office, path, **flags)
        await site.pay(id, confirmations=0)
        await site.settle()
    await site.post("/v1/sandbox/blocks", {"count": 12})
    await site.settle()
    await office.carry()
    (bare,) = told(office, "/bare")
    assert list(bare) == FLAT
    assert (bare["status"], bare["exceptionStatus"], bare["orderId"]) == (
        "confirmed",
        False,
        "/bare",
    )
    assert bare["buyerFields"] == {"buyerEmail": "ann@example.test"}
    assert (bare["price"], bare["currency"], bare["posData"]) == (10, "USD", "{}")
    assert bare["invoiceTime"] == int(office.world.now().timestamp() * 1000)
    assert [one["status"] for one in told(office, "/full")] == ["paid", "confirmed", "complete"]
    everything = told(office, "/all")
    assert [one.get("status") or one["event"]["name"] for one in everything] == [
        "invoice_created",
        "invoice_receivedPayment",
        "paid",
        "invoice_paidInFull",
        "confirmed",
        "invoice_confirmed",
        "complete",
        "invoice_completed",
    ]
    for flat, extended in zip(everything[2::2], everything[3::2], strict=True):
        assert list(extended) == ["event", "data"]
        assert extended["data"] == flat
    assert everything[-1]["event"] == {"code": 1006, "name": "invoice_completed"}
    for one in office.receiver.heard:
        assert not [name for name in one.headers if "sig" in name.lower()]
        assert one.headers["content-type"] == "application/json"


async def test_every_end_has_its_code(office: PostOffice) -> None:
    site = office.site
    ids = {
        path: await invoice(office, path, extended=True)
        for path in ("/left", "/part", "/stuck", "/cancel", "/accept", "/late")
    }
    await site.pay(ids["/part"], share="0.5", confirmations=12)
    await site.pay(ids["/stuck"], stuck=True)
    await site.settle()
    await site.post(f"/v1/payment_intents/{ids['/cancel']}/cancel")
    await site.advance(1000)
    await site.pay(ids["/late"], share="1", confirmations=12)
    await site.settle()
    await site.post(f"/v1/payment_intents/{ids['/accept']}/accept")
    await site.advance(100_000)
    await office.carry()
    codes = {
        path: [one["event"]["code"] for one in told(office, path) if "event" in one] for path in ids
    }
    assert codes == {
        "/left": [1001, 1004],
        "/part": [1001, 1002, 1004, 2000],
        "/stuck": [1001, 1002, 1003, 1013],
        "/cancel": [1001, 1008],
        "/accept": [1001, 1004, 2008],
        "/late": [1001, 1004, 1002, 1009],
    }
    last = {path: told(office, path)[-1]["data"] for path in ids}
    said = {path: (one["status"], one["exceptionStatus"]) for path, one in last.items()}
    assert said == {
        "/left": ("expired", False),
        "/part": ("expired", "paidPartial"),
        "/stuck": ("invalid", False),
        "/cancel": ("invalid", "marked"),
        "/accept": ("complete", "marked"),
        "/late": ("expired", "paidLater"),
    }


async def test_it_is_tried_six_times_ten_minutes_apart_and_holds_up_no_other(
    office: PostOffice,
) -> None:
    site = office.site
    dead, alive = await invoice(office, "/dead", full=True), await invoice(office, "/alive")

    def answer(heard: Heard) -> Answer:
        refused = heard.path == "/dead" and json.loads(heard.body)["status"] == "paid"
        return Answer(404 if refused else 201)

    office.receiver.answer = answer
    for id in (dead, alive):
        await site.pay(id, confirmations=12)
    await site.settle()
    await office.carry()
    assert [one["status"] for one in told(office, "/alive")] == ["confirmed"]
    for count in range(1, 6):
        office.world.advance(seconds=599)
        await office.carry()
        assert [one["status"] for one in told(office, "/dead")] == ["paid"] * count
        office.world.advance(seconds=1)
        await office.carry()
    states = [one.status for one in await office.owed() if one.topic == "invoice_paidInFull"]
    assert states == [DeliveryStatus.FAILED]
    tries = [one["status"] for one in told(office, "/dead")]
    assert tries == [*["paid"] * 6, "confirmed", "complete"], "then what waited goes on"


async def test_the_address_is_nobodys_endpoint_and_may_not_be_our_own(office: PostOffice) -> None:
    id = await invoice(office, "/one", extended=True)
    other = (await office.site.intent())["id"]
    listed = await office.site.get("/v1/webhook_endpoints")
    assert listed["data"] == []
    await office.site.post(f"/v1/payment_intents/{other}/cancel")
    await office.carry()
    assert {one["data"]["id"] for one in told(office, "/one")} == {id}
    deliveries = (await office.site.get("/v1/deliveries"))["data"]
    assert [one["topic"] for one in deliveries] == ["invoice_created.extended"]
    with pytest.raises(Invalid) as refused:
        office.site.house.bound_endpoints.beside(
            "http://169.254.169.254/", dialect=ipn.NAME, event_types=(), field="notificationURL"
        )
    assert [one.field for one in refused.value.faults] == ["notificationURL"]


def test_every_moment_has_its_codes_and_no_code_stands_twice() -> None:
    assert set(HAPPENINGS) == set(Moment)
    assert len({one.code for one in ALL}) == len({one.name for one in ALL}) == len(ALL)
    assert ipn.wanted(full=False, extended=False) == ("invoice_confirmed",)
    full = set(ipn.wanted(full=True, extended=False))
    assert full < set(ipn.wanted(full=False, extended=True)) < ipn.Bitpay.topics
