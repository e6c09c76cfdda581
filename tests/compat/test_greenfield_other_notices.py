"""Refunds, payouts and payment requests are told as BTCPay Server tells them."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest_asyncio

from app.compat.greenfield.other_notices import TYPES
from app.compat.greenfield.webhook import NAME
from app.compat.moments import MOMENTS
from app.domain.event import EventType
from tests.compat.test_greenfield_payouts import METHOD, WOO, api, call, claim
from tests.components import Receiver
from tests.houses import new_database
from tests.services.office import PostOffice, open_office
from tests.still import StillWorld

COMMON = (
    "deliveryId",
    "webhookId",
    "originalDeliveryId",
    "isRedelivery",
    "type",
    "timestamp",
    "storeId",
)


@pytest_asyncio.fixture
async def office(tmp_path: Path, receiver: Receiver) -> AsyncIterator[PostOffice]:
    world = StillWorld(at=datetime.now(UTC))
    async with open_office(new_database("sqlite", tmp_path), tmp_path, world, receiver) as opened:
        await opened.endpoint(dialect=NAME)
        yield opened


async def heard(office: PostOffice) -> list[Any]:
    """Return what a shop was told, without what every notice says, in order."""
    await office.carry()
    told = [json.loads(one.body) for one in office.receiver.heard]
    for one in told:
        assert tuple(one)[: len(COMMON)] == COMMON
        assert one["storeId"] == office.account
    return [
        {name: value for name, value in one.items() if name not in COMMON or name == "type"}
        for one in told
        if not one["type"].startswith("Invoice") or one["type"] == "InvoiceRefund"
    ]


async def test_a_payout_is_told_from_its_making_to_its_end(office: PostOffice) -> None:
    site = office.site
    pull = await call(site, "POST", api(site, "pull-payments"), WOO)
    made = await claim(site, pull["id"])
    one = f"/api/v1/payouts/{made['id']}"
    await call(site, "POST", one, {"revision": 0})
    await call(site, "POST", f"{one}/mark", {"state": "InProgress"})
    await call(site, "POST", f"{one}/mark-paid")
    await call(site, "DELETE", f"/api/v1/pull-payments/{pull['id']}")
    same = {"payoutId": made["id"], "pullPaymentId": pull["id"]}
    assert await heard(office) == [
        {"type": "PayoutCreated", **same, "payoutState": "AwaitingApproval"},
        {"type": "PayoutApproved", **same, "payoutState": "AwaitingPayment"},
        {"type": "PayoutUpdated", **same, "payoutState": "InProgress"},
        {"type": "PayoutUpdated", **same, "payoutState": "Completed"},
    ]


async def test_a_refund_names_its_invoice_and_its_pull_payment(office: PostOffice) -> None:
    site = office.site
    intent = await site.intent()
    await site.pay(intent["id"], confirmations=2)
    await site.settle()
    body = {"refundVariant": "Fiat", "payoutMethodId": METHOD}
    made = await call(site, "POST", f"/api/v1/invoices/{intent['id']}/refund", body)
    assert await heard(office) == [
        {
            "type": "InvoiceRefund",
            "invoiceId": intent["id"],
            "metadata": {},
            "pullPaymentId": made["id"],
        }
    ]


async def test_a_payment_request_is_told_until_it_is_completed(office: PostOffice) -> None:
    site = office.site
    asked = {"title": "Roof", "amount": "10.00", "currency": "USD"}
    made = await call(site, "POST", api(site, "payment-requests"), asked)
    one = f"/api/v1/payment-requests/{made['id']}"
    await call(site, "PUT", one, asked | {"title": "Roof, May"})
    view = await site.house.bills.pay(office.account, made["id"])
    chosen = {"ledger": "sandbox_usdc"}
    await site.post(f"/v1/payment_intents/{view.id}/ledger", chosen, key=None)
    await site.pay(view.id, confirmations=2)
    await site.settle()
    await call(site, "DELETE", one)
    same = {"paymentRequestId": made["id"]}
    assert await heard(office) == [
        {"type": "PaymentRequestCreated", **same, "status": "Pending"},
        {"type": "PaymentRequestUpdated", **same, "status": "Pending"},
        {"type": "PaymentRequestStatusChanged", **same, "status": "Completed"},
        {"type": "PaymentRequestCompleted", **same, "status": "Completed"},
        {"type": "PaymentRequestArchived", **same, "status": "Completed"},
    ]


def test_no_event_of_ours_is_told_twice_over_and_none_of_these_is_forgotten() -> None:
    ours = {one for one in EventType if one.startswith(("voucher.", "claim.", "bill."))}
    assert set(TYPES) == ours
    assert not set(TYPES) & set(MOMENTS)
