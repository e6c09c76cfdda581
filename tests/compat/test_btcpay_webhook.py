"""Every moment of an invoice is told as BTCPay Server tells it, field for field."""

import base64
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from app.compat.bitpay.ipn import ALL
from app.compat.greenfield.webhook import BODIES, ELSEWHERE, NAME, TYPES
from app.compat.moments import MOMENTS, Moment
from app.domain.event import EventType
from app.errors import Conflict
from tests.components import Receiver
from tests.houses import new_database
from tests.services.office import PostOffice, open_office
from tests.sites import Site
from tests.still import StillWorld

# What its plugins for WooCommerce were sent, in that order; its types are Python's.
COMMON = {
    "deliveryId": str,
    "webhookId": str,
    "originalDeliveryId": str,
    "isRedelivery": bool,
    "type": str,
    "timestamp": int,
    "storeId": str,
    "invoiceId": str,
    "metadata": dict,
}
PAYMENT = {"afterExpiration": bool, "paymentMethodId": str, "payment": dict}
MORE: dict[str, dict[str, type]] = {
    "InvoiceCreated": {},
    "InvoiceReceivedPayment": PAYMENT,
    "InvoicePaymentSettled": PAYMENT,
    "InvoiceProcessing": {"overPaid": bool},
    "InvoiceExpired": {"partiallyPaid": bool},
    "InvoiceSettled": {"manuallyMarked": bool, "overPaid": bool},
    "InvoiceInvalid": {"manuallyMarked": bool},
    "InvoiceExpiredPaidPartial": {},
    "InvoicePaidAfterExpiration": {},
}
OF_PAYMENT = {
    "id": str,
    "receivedDate": int,
    "value": str,
    "fee": str,
    "status": str,
    "destination": str,
}
METADATA = {"orderId": "12", "buyerEmail": "ann@example.test", "taxIncluded": "0"}


@pytest_asyncio.fixture
async def office(tmp_path: Path, receiver: Receiver) -> AsyncIterator[PostOffice]:
    world = StillWorld(at=datetime.now(UTC))
    async with open_office(new_database("sqlite", tmp_path), tmp_path, world, receiver) as opened:
        await opened.endpoint(dialect=NAME)
        yield opened


async def heard(office: PostOffice, intent: str) -> list[Any]:
    """Return what the shop was told of an invoice, each body looked at field for field."""
    await office.carry()
    told = [json.loads(one.body) for one in office.receiver.heard]
    found = [one for one in told if one["invoiceId"] == intent]
    for one in found:
        fields = COMMON | MORE[one["type"]]
        assert list(one) == list(fields)
        assert {name: type(value) for name, value in one.items()} == fields
        assert one["storeId"] == office.account
        assert one["deliveryId"] == one["originalDeliveryId"]
        assert one["isRedelivery"] is False
        if "payment" in one:
            assert {name: type(value) for name, value in one["payment"].items()} == OF_PAYMENT
            assert one["payment"]["destination"]
    return found


def types(told: list[Any]) -> list[str]:
    return [one["type"] for one in told]


async def standing(site: Site, intent: str) -> tuple[str, str, str]:
    """Return where an invoice stands for those who ask, over either wire."""
    read = await site.get(f"/api/v1/stores/{site.account.id}/invoices/{intent}")
    basic = base64.b64encode(site.sk.encode()).decode()
    shown = await site.get(
        f"/invoices/{intent}",
        key=None,
        headers={"Authorization": f"Basic {basic}", "Content-Type": "application/json"},
    )
    return read["status"], read["additionalStatus"], shown["data"]["status"]


async def pay(site: Site, intent: str, **how: Any) -> None:
    await site.pay(intent, **how)
    await site.settle()


async def mine(site: Site, count: int = 12) -> None:
    await site.post("/v1/sandbox/blocks", {"count": count})
    await site.settle()


async def test_a_sale_is_told_from_its_making_to_its_end(office: PostOffice) -> None:
    site = office.site
    intent = (await site.intent(metadata=METADATA, order_id="12"))["id"]
    await pay(site, intent, confirmations=0)
    await mine(site)
    told = await heard(office, intent)
    assert types(told) == [
        "InvoiceCreated",
        "InvoiceReceivedPayment",
        "InvoiceProcessing",
        "InvoicePaymentSettled",
        "InvoiceSettled",
    ]
    created, received, processing, payment_settled, settled = told
    assert all(one["metadata"] == METADATA for one in told)
    assert (processing["overPaid"], settled["overPaid"]) == (False, False)
    assert settled["manuallyMarked"] is False
    assert created["timestamp"] == int(office.world.now().timestamp())
    for one, status in ((received, "Processing"), (payment_settled, "Settled")):
        assert one["afterExpiration"] is False
        assert one["paymentMethodId"] == "USDC-SANDBOX"
        assert (one["payment"]["value"], one["payment"]["status"]) == ("10", status)
        tx, _, index = one["payment"]["id"].rpartition("-")
        assert (tx.startswith("sbx_"), index) == (True, "0")


async def test_what_is_final_at_once_is_told_in_the_same_order(office: PostOffice) -> None:
    """As a payment over Lightning is: everything in one breath, and nothing left out."""
    intent = (await office.site.intent())["id"]
    await pay(office.site, intent, confirmations=12)
    assert types(await heard(office, intent)) == [
        "InvoiceCreated",
        "InvoiceReceivedPayment",
        "InvoicePaymentSettled",
        "InvoiceProcessing",
        "InvoiceSettled",
    ]


async def test_parts_and_too_much_are_told_as_such(office: PostOffice) -> None:
    site = office.site
    intent = (await site.intent())["id"]
    await pay(site, intent, share="0.4", confirmations=0)
    await pay(site, intent, share="1.2", confirmations=0)
    await mine(site)
    told = await heard(office, intent)
    assert types(told) == [
        "InvoiceCreated",
        "InvoiceReceivedPayment",
        "InvoiceReceivedPayment",
        "InvoiceProcessing",
        "InvoicePaymentSettled",
        "InvoicePaymentSettled",
        "InvoiceSettled",
    ]
    assert [one["overPaid"] for one in told if "overPaid" in one] == [True, True]


async def test_the_end_is_told_with_what_came(office: PostOffice) -> None:
    site = office.site
    nothing = (await site.intent())["id"]
    some = (await site.intent())["id"]
    await pay(site, some, share="0.4", confirmations=12)
    await site.advance(1000)
    left = await heard(office, nothing)
    assert types(left) == ["InvoiceCreated", "InvoiceExpired"]
    assert left[-1]["partiallyPaid"] is False
    partly = await heard(office, some)
    assert types(partly) == [
        "InvoiceCreated",
        "InvoiceReceivedPayment",
        "InvoicePaymentSettled",
        "InvoiceExpired",
        "InvoiceExpiredPaidPartial",
    ]
    assert partly[3]["partiallyPaid"] is True


async def test_money_after_the_end_is_told_and_when_it_is_enough(office: PostOffice) -> None:
    site = office.site
    late, later = (await site.intent())["id"], (await site.intent())["id"]
    await pay(site, later, share="0.4", confirmations=12)
    await site.post(f"/v1/payment_intents/{late}/ledger", {"ledger": "sandbox_usdc"})
    await site.advance(1000)
    await pay(site, late, share="1", confirmations=12)
    for _ in range(2):
        await pay(site, later, share="0.3", confirmations=12)
    told = await heard(office, late)
    assert types(told)[1:] == [
        "InvoiceExpired",
        "InvoiceReceivedPayment",
        "InvoicePaidAfterExpiration",
    ]
    assert told[2]["afterExpiration"] is True
    assert told[2]["payment"]["status"] == "Settled"
    assert types(await heard(office, later))[3:] == [
        "InvoiceExpired",
        "InvoiceExpiredPaidPartial",
        "InvoiceReceivedPayment",
        "InvoiceReceivedPayment",
        "InvoicePaidAfterExpiration",
    ]


async def test_a_chain_that_takes_too_long_is_told_and_so_is_the_merchants_word(
    office: PostOffice,
) -> None:
    site = office.site
    stuck, given_up, taken = [(await site.intent())["id"] for _ in range(3)]
    await pay(site, stuck, stuck=True)
    await site.post(f"/v1/payment_intents/{given_up}/cancel")
    await site.advance(1000)
    await site.post(f"/v1/payment_intents/{taken}/accept")
    await site.advance(100_000)
    failed = (await heard(office, stuck))[-1]
    assert (failed["type"], failed["manuallyMarked"]) == ("InvoiceInvalid", False)
    canceled = (await heard(office, given_up))[-1]
    assert (canceled["type"], canceled["manuallyMarked"]) == ("InvoiceInvalid", True)
    told = await heard(office, taken)
    assert types(told) == ["InvoiceCreated", "InvoiceExpired", "InvoiceSettled"]
    assert (told[-1]["manuallyMarked"], told[-1]["overPaid"]) == (True, False)


async def test_what_a_reorg_takes_back_is_not_told_and_comes_again(office: PostOffice) -> None:
    site = office.site
    intent = (await site.intent())["id"]
    await pay(site, intent, confirmations=1)
    await site.post("/v1/sandbox/reorgs", {"depth": 2})
    await site.settle()
    assert (await site.look(intent))["status"] == "requires_payment"
    await pay(site, intent, confirmations=12)
    assert types(await heard(office, intent)) == [
        "InvoiceCreated",
        "InvoiceReceivedPayment",
        "InvoiceProcessing",
        "InvoiceReceivedPayment",
        "InvoicePaymentSettled",
        "InvoiceProcessing",
        "InvoiceSettled",
    ]


async def test_too_much_for_a_merchant_who_wants_it_exact_is_settled_when_confirmed(
    office: PostOffice,
) -> None:
    site = office.site
    await site.patch("/v1/account", {"overpayment": "mismatch"})
    intent = (await site.intent())["id"]
    await pay(site, intent, share="1.5", confirmations=0)
    assert types(await heard(office, intent))[1:] == ["InvoiceReceivedPayment", "InvoiceProcessing"]
    assert await standing(site, intent) == ("Processing", "PaidOver", "paid")
    await mine(site)
    assert await standing(site, intent) == ("Settled", "PaidOver", "complete")
    told = await heard(office, intent)
    assert types(told)[3:] == ["InvoicePaymentSettled", "InvoiceSettled"]
    assert told[-1]["overPaid"] is True


async def test_an_order_of_ours_is_told_by_the_name_plugins_read(office: PostOffice) -> None:
    intent = (await office.site.intent(order_id="W-7", metadata={"cart": 3}))["id"]
    (created,) = await heard(office, intent)
    assert created["metadata"] == {"orderId": "W-7", "cart": 3}


async def test_a_test_is_of_an_invoice_nobody_has(office: PostOffice) -> None:
    made = await office.endpoint("/test", dialect=NAME, event_types=("InvoiceSettled",))
    await office.endpoints.test(office.account, made.id)
    await office.carry()
    (one,) = [json.loads(one.body) for one in office.receiver.heard if one.path == "/test"]
    assert {name: type(value) for name, value in one.items()} == COMMON
    assert "__test__" in one["invoiceId"]
    wordless = await office.endpoint("/ipn", dialect="bitpay", event_types=("invoice_confirmed",))
    with pytest.raises(Conflict, match="no word"):
        await office.endpoints.test(office.account, wordless.id)


def test_every_moment_has_a_word_and_every_event_of_an_invoice_its_moments() -> None:
    assert set(TYPES) == set(Moment)
    assert set(TYPES.values()) == set(MORE)
    assert not ELSEWHERE & set(TYPES.values())
    assert set(BODIES) <= set(Moment)
    of_invoices = {one for one in EventType if one.startswith(("payment_intent.", "payment."))}
    assert of_invoices <= set(MOMENTS)
    told = {one for found in MOMENTS.values() if isinstance(found, tuple) for one in found}
    computed = {Moment.CONFIRMED, Moment.MARKED_SETTLED, Moment.EXPIRED}
    computed |= {Moment.EXPIRED_PARTLY_PAID, Moment.PAID_LATE, Moment.PAYMENT_SETTLED}
    assert told | computed == set(Moment), "nothing is a word that is never said"


def test_the_page_of_the_docs_has_every_word_and_no_other() -> None:
    page = (Path(__file__).parents[2] / "docs" / "btcpay-webhooks.md").read_text()
    rows = [line.split("|")[2:4] for line in page.splitlines() if line.startswith("| ")][1:]
    words = {word for left, _ in rows for word in left.split("`")[1::2]} - {"manuallyMarked"}
    codes = {int(code) for _, right in rows for code in right.split("`")[1::2]}
    assert words == set(TYPES.values())
    assert codes == {one.code for one in ALL}
