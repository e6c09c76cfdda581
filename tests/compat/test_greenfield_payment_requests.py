"""Payment requests as BTCPay's clients make them, paid on our payment links."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from app.compat.greenfield.payment_requests import STATUSES
from app.domain.bill import BillStatus
from tests.compat.test_greenfield_payouts import api, call, refused
from tests.services import claim_laws
from tests.sites import Site

pytestmark = pytest.mark.asyncio(loop_scope="module")

ASKED = {"title": "Roof, May", "amount": "10.00", "currency": "USD"}


async def request(site: Site, **more: Any) -> Any:
    return await call(site, "POST", api(site, "payment-requests"), ASKED | more)


async def read(site: Site, made: Any) -> Any:
    return await call(site, "GET", f"/api/v1/payment-requests/{made['id']}")


async def pay(site: Site, made: Any, amount: str | None = None, **how: Any) -> Any:
    """Pay a request as its page does: by the link's form."""
    bill = await site.house.bills.get(site.account.id, made["id"])
    shortcode = bill.url.rpartition("/")[2]
    body = {} if amount is None else {"amount": amount}
    intent = await site.post(f"/v1/payment_links/{shortcode}/intents", body, key=None)
    chosen = {"ledger": "sandbox_usdc"}
    await site.post(f"/v1/payment_intents/{intent['id']}/ledger", chosen, key=None)
    await site.pay(intent["id"], **({"confirmations": 2} | how))
    return await site.look(intent["id"])


async def events(site: Site) -> list[str]:
    found = (await site.get("/v1/events?limit=100"))["data"]
    return [one["type"] for one in reversed(found) if one["type"].startswith("bill.")]


async def lawful(site: Site) -> None:
    assert claim_laws.broken(site.house.settings.database) == []


async def test_a_request_is_made_read_listed_changed_and_put_away(site: Site) -> None:
    due = int((site.world.now() + timedelta(days=7)).timestamp())
    made = await request(
        site, email="ada@example.org", referenceId="R-7", expiryDate=due, formId="Email"
    )
    assert made == {
        "id": made["id"],
        "storeId": site.account.id,
        "status": "Pending",
        "archived": False,
        "createdTime": int(site.world.now().timestamp()),
        "amount": "10.00",
        "currency": "USD",
        "title": "Roof, May",
        "description": None,
        "email": "ada@example.org",
        "expiryDate": due,
        "allowCustomPaymentAmounts": False,
        "referenceId": "R-7",
        "formId": "Email",
        "formResponse": None,
    }
    assert await read(site, made) == made
    assert await call(site, "GET", api(site, f"payment-requests/{made['id']}")) == made
    assert await call(site, "GET", api(site, "payment-requests")) == [made]
    one = f"/api/v1/payment-requests/{made['id']}"
    changed = await call(site, "PUT", one, ASKED | {"amount": "12.00", "description": "Tiles"})
    assert (changed["amount"], changed["description"], changed["email"]) == ("12.00", "Tiles", None)
    assert await call(site, "DELETE", one) is None
    assert await call(site, "DELETE", one) is None, "away is away"
    assert await call(site, "GET", api(site, "payment-requests")) == []
    assert (await read(site, made))["archived"] is True
    assert await refused(site, "PUT", one, ASKED) == (400, "invalid-state")
    assert await events(site) == ["bill.created", "bill.updated", "bill.archived"]
    await lawful(site)


async def test_a_request_is_paid_once_and_says_so(site: Site) -> None:
    made = await request(site, referenceId="R-8")
    intent = await pay(site, made, confirmations=0)
    assert (intent["amount"], intent["order_id"]) == ("10.00", "R-8")
    assert (await read(site, made))["status"] == "Processing"
    await site.post("/v1/sandbox/blocks", {"count": 3})
    await site.settle()
    assert (await read(site, made))["status"] == "Completed"
    assert await events(site) == ["bill.created", "bill.completed"]
    bill = await site.house.bills.get(site.account.id, made["id"])
    page = await site.http.get(bill.url.removeprefix(site.house.settings.url))
    assert page.status_code == 410
    assert "This payment is finished" in page.text
    assert "Nothing was charged" not in page.text
    await lawful(site)


async def test_a_request_may_be_paid_in_parts(site: Site) -> None:
    made = await request(site, allowCustomPaymentAmounts=True)
    await pay(site, made, "4.00")
    assert (await read(site, made))["status"] == "Pending"
    bill = await site.house.bills.get(site.account.id, made["id"])
    assert bill.amount_due == "6.00"
    shortcode = bill.url.rpartition("/")[2]
    path = f"/v1/payment_links/{shortcode}/intents"
    too_much = await site.ask("POST", path, {"amount": "6.01"}, key=None)
    assert too_much.status_code == 400
    one = f"/api/v1/payment-requests/{made['id']}"
    assert await refused(site, "PUT", one, ASKED | {"amount": "50"}) == (400, "invalid-state")
    await pay(site, made, "6.00")
    assert (await read(site, made))["status"] == "Completed"
    assert await events(site) == ["bill.created", "bill.completed"]
    await lawful(site)


async def test_an_invoice_is_made_for_a_request_or_the_one_that_waits_is_given(site: Site) -> None:
    made = await request(site, allowCustomPaymentAmounts=True, referenceId="R-9")
    path = f"/api/v1/payment-requests/{made['id']}/pay"
    first = await call(site, "POST", path, {"amount": "4.00"})
    assert (first["amount"], first["status"], first["storeId"]) == ("4.00", "New", site.account.id)
    assert first["metadata"]["orderId"] == "R-9"
    again = await call(site, "POST", path, {"allowPendingInvoiceReuse": True})
    assert again["id"] == first["id"]
    rest = await call(site, "POST", path, {})
    assert (rest["amount"], rest["id"] != first["id"]) == ("10.00", True)
    fixed = await request(site)
    path = f"/api/v1/payment-requests/{fixed['id']}/pay"
    assert await refused(site, "POST", path, {"amount": "4.00"}) == (422, ["amount"])
    await pay(site, fixed)
    assert await refused(site, "POST", path, {}) == (400, "already-paid")
    gone = await request(site)
    path = f"/api/v1/payment-requests/{gone['id']}"
    await call(site, "DELETE", path)
    assert await refused(site, "POST", f"{path}/pay", {}) == (400, "archived")
    due = int((site.world.now() + timedelta(hours=1)).timestamp())
    late = await request(site, expiryDate=due)
    await site.advance(3600)
    path = f"/api/v1/payment-requests/{late['id']}/pay"
    assert await refused(site, "POST", path, {}) == (400, "expired")


async def test_a_request_ends_on_its_day(site: Site) -> None:
    due = int((site.world.now() + timedelta(hours=1)).timestamp())
    made = await request(site, expiryDate=due)
    await site.advance(3600)
    assert (await read(site, made))["status"] == "Expired"


async def test_a_bill_is_no_link_that_changes_unheard(site: Site) -> None:
    made = await request(site)
    path = f"/v1/payment_links/{made['id']}"
    for method, body in (("PATCH", {"amount": "1.00"}), ("DELETE", None)):
        assert (await site.ask(method, path, body)).status_code == 409
    link = await site.link()
    one = f"/api/v1/payment-requests/{link['id']}"
    assert await refused(site, "GET", one) == (404, "payment-request-not-found")


async def test_payments_and_changes_at_once_do_not_lock_each_other_out(site: Site) -> None:
    made = await request(site, allowCustomPaymentAmounts=True)
    one = f"/api/v1/payment-requests/{made['id']}"
    body = ASKED | {"allowCustomPaymentAmounts": True}
    answers = await asyncio.gather(
        pay(site, made, "1.00"),
        *(site.ask("PUT", one, body | {"title": f"Roof {number}"}) for number in range(5)),
        pay(site, made, "2.00"),
    )
    assert {one.status_code for one in answers[1:-1]} == {200}
    bill = await site.house.bills.get(site.account.id, made["id"])
    assert bill.amount_due == "7.00"
    await lawful(site)


async def test_wrong_fields_are_named(site: Site) -> None:
    path = api(site, "payment-requests")
    for wrong, paths in (
        ({"title": ""}, ["title"]),
        ({"amount": None}, ["amount"]),
        ({"amount": "0"}, ["amount"]),
        ({"currency": "XXX"}, ["currency"]),
        ({"email": "nobody"}, ["email"]),
        ({"expiryDate": 10**15}, ["expiryDate"]),
        ({"referenceId": "x" * 256}, ["referenceId"]),
    ):
        assert await refused(site, "POST", path, ASKED | wrong) == (422, paths), wrong


async def test_every_status_has_a_word() -> None:
    assert set(STATUSES) == set(BillStatus)
