"""A payer asks for money back; the merchant sees the facts, acts, and says so."""

import html
from typing import Any

import pytest

from app.domain.refund import EDITS_MAX, REQUESTS_MAX
from tests.sites import Site, refused

pytestmark = pytest.mark.asyncio(loop_scope="module")
INTENTS, REFUNDS = "/v1/payment_intents", "/v1/refund_requests"
HERE, THERE = "sandbox1payer", "sandbox1elsewhere0123456789"


async def overpaid(site: Site) -> Any:
    made = await site.intent()
    await site.pay(made["id"], share="1.5", confirmations=2)
    return await site.look(made["id"])


async def ask(site: Site, id: str, **body: Any) -> Any:
    return await site.post(f"{INTENTS}/{id}/refund_request", {"address": HERE} | body, key=None)


async def types(site: Site) -> list[str]:
    events = (await site.get("/v1/events?limit=100"))["data"]
    return [one["type"] for one in reversed(events) if one["type"].startswith("refund")]


async def test_a_request_reaches_the_merchant_with_the_facts(site: Site) -> None:
    paid = await overpaid(site)
    told = await ask(site, paid["id"], reason="excess", email="ada@example.org", note=" Thanks ")
    assert (told["status"], told["reason"], told["address_short"]) == ("open", "excess", HERE)
    assert "ada@example.org" not in str(told)
    (one,) = (await site.get(REFUNDS))["data"]
    assert (one["payment_intent"], one["note"]) == (paid["id"], "Thanks")
    assert one["email"] == "ada@example.org"
    assert one["sender_differs"] is False
    assert [(it["sender"], it["amount"]) for it in one["payments"]] == [(HERE, "15")]
    assert await types(site) == ["refund_request.created"]
    (event,) = (await site.get("/v1/events?type=refund_request.created"))["data"]
    assert event["data"]["object"] == one
    assert await site.get(f"{REFUNDS}/{one['id']}") == one
    stranger = await site.newcomer()
    refused(await stranger.ask("GET", f"{REFUNDS}/{one['id']}"), 404)
    close = f"{REFUNDS}/{one['id']}/close"
    refused(await stranger.ask("POST", close, {"outcome": "sent"}), 404)
    refused(await site.ask("GET", REFUNDS, key=site.pk), 403)
    assert (await stranger.get(REFUNDS))["data"] == []


async def test_asking_again_changes_the_one_open_request(site: Site) -> None:
    paid = await overpaid(site)
    await ask(site, paid["id"])
    await ask(site, paid["id"])
    assert await types(site) == ["refund_request.created"], "the same again is no news"
    told = await ask(site, paid["id"], address=THERE, reason="mistake")
    assert told["address_short"] == "sandbox1…456789"
    (one,) = (await site.get(REFUNDS))["data"]
    assert (one["address"], one["sender_differs"]) == (THERE, True)
    assert await types(site) == ["refund_request.created", "refund_request.updated"]
    for number in range(EDITS_MAX - 1):
        await ask(site, paid["id"], note=f"{number}")
    answer = await site.ask(
        "POST", f"{INTENTS}/{paid['id']}/refund_request", {"address": HERE}, key=None
    )
    refused(answer, 429, "too_many_requests")
    assert answer.headers["retry-after"]


async def test_the_merchant_closes_it_and_the_payer_sees_it(site: Site) -> None:
    paid = await overpaid(site)
    await ask(site, paid["id"])
    (one,) = (await site.get(f"{REFUNDS}?status=open"))["data"]
    body = {"outcome": "sent", "tx": "sbx_back", "note": "Sent on Monday"}
    closed = await site.post(f"{REFUNDS}/{one['id']}/close", body, once="c1")
    assert (closed["status"], closed["outcome"], closed["tx"]) == ("closed", "sent", "sbx_back")
    assert await site.post(f"{REFUNDS}/{one['id']}/close", body, once="c1") == closed
    assert await site.post(f"{REFUNDS}/{one['id']}/close", body) == closed
    refused(await site.ask("POST", f"{REFUNDS}/{one['id']}/close", {"outcome": "declined"}), 409)
    assert (await site.get(f"{REFUNDS}?status=open"))["data"] == []
    assert await types(site) == ["refund_request.created", "refund_request.closed"]
    seen = await site.get(f"{INTENTS}/{paid['id']}/refund_request", key=None)
    assert (seen["status"], seen["tx"], seen["answer"]) == ("closed", "sbx_back", "Sent on Monday")
    for path in (f"/i/{paid['id']}", f"/i/{paid['id']}/receipt"):
        page = (await site.http.get(path)).text
        assert f"A shop says that the money was sent to {HERE}." in html.unescape(page)
        assert "Sent on Monday" in page
    for _ in range(REQUESTS_MAX - 1):  # closed is closed: another may be asked, not for ever
        await ask(site, paid["id"])
        (one,) = (await site.get(f"{REFUNDS}?status=open"))["data"]
        await site.post(f"{REFUNDS}/{one['id']}/close", {"outcome": "declined"})
    assert "declined" in (await site.http.get(f"/i/{paid['id']}")).text
    path = f"{INTENTS}/{paid['id']}/refund_request"
    refused(await site.ask("POST", path, {"address": HERE}, key=None), 429)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"address": "0x12"}, "address"),
        ({"address": ""}, "address"),
        ({"email": "nobody"}, "email"),
        ({"note": "x" * 501}, "note"),
        ({"note": "\x00"}, "note"),
        ({"reason": "boredom"}, "reason"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_a_wrong_field_is_named(house_site: Site, body: dict[str, Any], field: str) -> None:
    site = await house_site.newcomer()
    paid = await overpaid(site)
    path = f"{INTENTS}/{paid['id']}/refund_request"
    problem = refused(await site.ask("POST", path, {"address": HERE} | body, key=None), 400)
    assert field in [one["field"] for one in problem["errors"]]
    refused(await site.ask("GET", path, key=None), 404)


async def test_where_nothing_came_nothing_goes_back(site: Site) -> None:
    made = await site.intent()
    path = f"{INTENTS}/{made['id']}/refund_request"
    refused(await site.ask("POST", path, {"address": HERE}, key=None), 409)
    refused(await site.ask("POST", f"{INTENTS}/pi_none/refund_request", {"address": HERE}), 404)
    page = await site.http.get(f"/i/{made['id']}/refund")
    assert "Nothing has arrived" in page.text
    assert "<textarea" not in page.text
    answer = await site.http.post(f"/i/{made['id']}/refund", data={"address": HERE})
    assert answer.status_code == 409


async def test_the_form_keeps_what_was_typed_and_says_what_is_wrong(site: Site) -> None:
    paid = await overpaid(site)
    assert f'href="/i/{paid["id"]}/refund"' in (await site.http.get(f"/i/{paid['id']}")).text
    path = f"/i/{paid['id']}/refund"
    empty = await site.http.get(path)
    assert '<option value="excess" selected>' in empty.text
    typed = {"address": '"><b>', "reason": "other", "email": "me", "note": "Please"}
    wrong = await site.http.post(path, data=typed)
    assert wrong.status_code == 400
    assert wrong.text.count('aria-invalid="true"') == 2
    assert "must be an e-mail address" in wrong.text
    assert 'value="&#34;&gt;&lt;b&gt;"' in wrong.text
    assert ">Please</textarea>" in wrong.text
    right = await site.http.post(path, data=typed | {"address": THERE, "email": ""})
    assert (right.status_code, right.headers["location"]) == (303, path)
    shown = html.unescape((await site.http.get(path)).text)
    assert "for the address sandbox1…456789. A shop has been told." in shown
    assert THERE not in shown, "the payer's view has the ends of the address alone"
    assert "Change my request" in shown


async def test_a_plain_paid_order_offers_no_refund(site: Site) -> None:
    made = await site.intent()
    await site.pay(made["id"], confirmations=2)
    await site.look(made["id"])
    assert "/refund" not in (await site.http.get(f"/i/{made['id']}")).text
