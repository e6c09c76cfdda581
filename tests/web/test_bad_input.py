"""Whatever is sent, the answer is a refusal that names the field, or the text as it came.

Nothing here may be a 5xx, and nothing refused may leave a trace.
"""

import re
from typing import Any

import pytest

from tests.sites import Site, refused, told

pytestmark = pytest.mark.asyncio(loop_scope="module")
INTENTS = "/v1/payment_intents"
LINKS = "/v1/payment_links"
TEN = {"amount": "10.00", "currency": "USD", "ledgers": ["sandbox_usdc"]}
TEA = {"name": "Tea", "currency": "USD", "amount": "3.00"}
LONE = "\ud800"  # half a character: JSON can write it, UTF-8 cannot
NUL = "\x00"  # PostgreSQL keeps no text with it
NASTY = """'; DROP TABLE intents; --<script>alert("1")</script>{{7*7}}${7*7}%s%n\\\u202e🍵é"""


def deep(levels: int) -> Any:
    value: Any = "x"
    for _ in range(levels):
        value = {"a": value}
    return value


def fields(problem: Any) -> set[str]:
    """Return the fields a problem names, each with the whole it lies in."""
    named = {str(one["field"]) for one in problem["errors"]}
    return named | {re.split(r"[.\[]", name)[0] for name in named}


AMOUNTS = [
    "NaN", "sNaN", "Infinity", "-Infinity", "inf", "1e400", "1E2", "1e-400", "0", "0.00", "-1",
    "-0.01", "+1", "0.001", "10.999", "1." + "0" * 200, "9" * 40, "1" + "0" * 5000,
    "1000000000000001",
    "", " ", "1 000", "1,000.00", "$5", "10.", ".5", "0x10", "١٠", "１０", "1_000", "10\n",
    "10" + NUL,
]  # fmt: skip
INTENT_CASES: list[tuple[dict[str, Any], str]] = [
    *(({"amount": amount}, "amount") for amount in AMOUNTS),
    *(({"amount": wrong}, "amount") for wrong in (10, 10.5, True, None, list[Any](), ["10"])),
    *(({"currency": code}, "currency") for code in ("XXX", "", "US", "usdollar", "U" * 500, LONE)),
    *(({"currency": code}, "currency") for code in (None, 840, ["USD"])),
    ({"currency": NASTY}, "currency"),
    ({"amount": "1.5", "currency": "JPY"}, "amount"),
    ({"ledgers": ["no_such"]}, "ledgers"),
    ({"ledgers": [NASTY]}, "ledgers"),
    ({"ledgers": [LONE]}, "ledgers"),
    ({"ledgers": []}, "ledgers"),
    ({"ledgers": ["sandbox_usdc"] * 51}, "ledgers"),
    ({"ledgers": 7}, "ledgers"),
    ({"ledgers": [1]}, "ledgers[0]"),
    ({"description": "x" * 1001}, "description"),
    ({"description": NUL}, "description"),
    ({"description": LONE}, "description"),
    ({"description": 5}, "description"),
    ({"order_id": "x" * 256}, "order_id"),
    ({"order_id": f"a{NUL}b"}, "order_id"),
    ({"order_id": LONE}, "order_id"),
    ({"order_id": 17}, "order_id"),
    ({"metadata": []}, "metadata"),
    ({"metadata": "x"}, "metadata"),
    ({"metadata": {"a": NUL}}, "metadata"),
    ({"metadata": {NUL: "a"}}, "metadata"),
    ({"metadata": {"": "a"}}, "metadata"),
    ({"metadata": {"k" * 65: "a"}}, "metadata"),
    ({"metadata": {LONE: "a"}}, "metadata"),
    ({"metadata": {"a": LONE}}, "metadata"),
    ({"metadata": {"a": [{"b": LONE}]}}, "metadata"),
    ({"metadata": {str(number): 1 for number in range(51)}}, "metadata"),
    ({"metadata": {"a": "x" * 17_000}}, "metadata"),
    ({"metadata": deep(9)}, "metadata"),
    ({"metadata": {"a": 10**400}}, "metadata"),
    ({"success_url": "javascript:alert(1)"}, "success_url"),
    ({"success_url": "data:text/html,x"}, "success_url"),
    ({"success_url": "//evil.example"}, "success_url"),
    ({"success_url": "/relative"}, "success_url"),
    ({"success_url": "https://"}, "success_url"),
    ({"success_url": "https://a b"}, "success_url"),
    ({"success_url": "https://a/\r\nSet-Cookie: x"}, "success_url"),
    ({"success_url": "https://[::1"}, "success_url"),
    ({"success_url": "https://a/" + "x" * 2048}, "success_url"),
    ({"success_url": f"https://a/{LONE}"}, "success_url"),
    ({"success_url": f"https://a/{NUL}"}, "success_url"),
    ({"cancel_url": "ftp://a"}, "cancel_url"),
    ({"expires_in_seconds": 59}, "expires_in_seconds"),
    ({"expires_in_seconds": 86_401}, "expires_in_seconds"),
    ({"expires_in_seconds": 10**30}, "expires_in_seconds"),
    ({"expires_in_seconds": -1}, "expires_in_seconds"),
    ({"expires_in_seconds": 60.5}, "expires_in_seconds"),
    ({"expires_in_seconds": "60"}, "expires_in_seconds"),
    ({"customer_email": "nobody"}, "customer_email"),
    ({"customer_email": "a@b.example\n"}, "customer_email"),
    ({"customer_email": f"a{NUL}@b.example"}, "customer_email"),
    ({"customer_email": f"a{LONE}@b.example"}, "customer_email"),
    ({"payment_intent": 5}, "payment_intent"),
    ({"unknown": 1}, "unknown"),
    ({"status": "succeeded"}, "status"),
]


@pytest.mark.parametrize(("wrong", "field"), INTENT_CASES, ids=lambda one: ascii(one)[:40])
async def test_a_wrong_intent_is_refused_by_field(
    house_site: Site, wrong: dict[str, Any], field: str
) -> None:
    problem = refused(await house_site.ask("POST", INTENTS, TEN | wrong), 400)
    assert field in fields(problem), problem
    assert all(one["message"] for one in problem["errors"])


LINK_CASES: list[tuple[dict[str, Any], str]] = [
    ({"name": ""}, "name"),
    ({"name": "  "}, "name"),
    ({"name": "x" * 201}, "name"),
    ({"name": NUL}, "name"),
    ({"name": LONE}, "name"),
    ({"name": None}, "name"),
    ({"currency": "XXX"}, "currency"),
    ({"currency": LONE}, "currency"),
    ({"amount": "0"}, "amount"),
    ({"amount": "1e5"}, "amount"),
    ({"amount": "3.001"}, "amount"),
    ({"amount": None, "min": "-1"}, "min"),
    ({"amount": None, "max": "NaN"}, "max"),
    ({"amount": None, "min": "5", "max": "4"}, "max"),
    ({"min": "1"}, "min"),
    ({"max": "9"}, "min"),
    ({"description": "x" * 1001}, "description"),
    ({"ledgers": ["no_such"]}, "ledgers"),
    ({"ledgers": []}, "ledgers"),
    ({"ledgers": ["sandbox_usdc"] * 51}, "ledgers"),
    ({"quantity": {"min": 0}}, "quantity"),
    ({"quantity": {"min": 5, "max": 2}}, "quantity"),
    ({"quantity": {"default": 200}}, "quantity"),
    ({"quantity": {"max": 10**30}}, "quantity"),
    ({"quantity": {"some": 1}}, "quantity.some"),
    ({"quantity": 3}, "quantity"),
    ({"collect": {"email": "maybe"}}, "collect.email"),
    ({"collect": {"blood": "required"}}, "collect.blood"),
    ({"max_redemptions": 0}, "max_redemptions"),
    ({"max_redemptions": 2**63}, "max_redemptions"),
    ({"max_redemptions": 10**30}, "max_redemptions"),
    ({"expires_at": "2026-01-01T00:00:00"}, "expires_at"),
    ({"expires_at": "tomorrow"}, "expires_at"),
    ({"expires_at": 17}, "expires_at"),
    ({"expires_at": "0001-01-01T00:00:00+23:59"}, "expires_at"),
    ({"expires_at": "9999-12-31T23:59:59-23:59"}, "expires_at"),
    ({"success_url": "javascript:alert(1)"}, "success_url"),
    ({"active": "yes"}, "active"),
    ({"metadata": {"a": LONE}}, "metadata"),
    ({"metadata": deep(9)}, "metadata"),
    ({"shortcode": "mine"}, "shortcode"),
]


@pytest.mark.parametrize(("wrong", "field"), LINK_CASES, ids=lambda one: ascii(one)[:40])
async def test_a_wrong_link_is_refused_by_field(
    house_site: Site, wrong: dict[str, Any], field: str
) -> None:
    problem = refused(await house_site.ask("POST", LINKS, TEA | wrong), 400)
    assert field in fields(problem), problem
    if wrong.keys() & {"shortcode"}:
        return
    made = await house_site.link()
    changed = await house_site.ask("PATCH", f"{LINKS}/{made['id']}", wrong)
    problem = refused(changed, 400)
    assert field in fields(problem) or "currency" in wrong, problem


OTHER_CASES: list[tuple[str, str, Any, str]] = [
    ("PATCH", "/v1/account", {"name": ""}, "name"),
    ("PATCH", "/v1/account", {"name": "x" * 201}, "name"),
    ("PATCH", "/v1/account", {"name": NUL}, "name"),
    ("PATCH", "/v1/account", {"name": LONE}, "name"),
    ("PATCH", "/v1/account", {"contact": LONE}, "contact"),
    ("PATCH", "/v1/account", {"contact": "x" * 301}, "contact"),
    ("PATCH", "/v1/account", {"tolerance_bps": -1}, "tolerance_bps"),
    ("PATCH", "/v1/account", {"tolerance_bps": 5001}, "tolerance_bps"),
    ("PATCH", "/v1/account", {"underpayment": "keep"}, "underpayment"),
    ("PATCH", "/v1/account", {"livemode": True}, "livemode"),
    ("POST", "/v1/keys", {"kind": "master"}, "kind"),
    ("POST", "/v1/keys", {}, "kind"),
    ("POST", "/v1/keys", {"kind": "secret", "name": "x" * 201}, "name"),
    ("POST", "/v1/keys", {"kind": "secret", "name": NUL}, "name"),
    ("POST", "/v1/keys", {"kind": "secret", "name": LONE}, "name"),
    ("PUT", "/v1/destinations", {"family": LONE, "kind": "book", "value": "x"}, "family"),
    ("PUT", "/v1/destinations", {"family": "sandbox", "kind": LONE, "value": "x"}, "kind"),
    ("PUT", "/v1/destinations", {"family": "sandbox", "kind": "book", "value": NUL}, "value"),
    ("PUT", "/v1/destinations", {"family": "sandbox", "kind": "book", "value": LONE}, "value"),
    ("PUT", "/v1/destinations", {"family": "sandbox", "kind": "book", "value": ""}, "value"),
    ("PUT", "/v1/destinations", {"family": "sandbox", "kind": "book", "value": "x" * 999}, "value"),
    ("POST", "/v1/sandbox/transfers", {"share": "0.5"}, "payment_intent"),
    ("POST", "/v1/sandbox/blocks", {"count": 0}, "count"),
    ("POST", "/v1/sandbox/blocks", {"count": 10**9}, "count"),
    ("POST", "/v1/sandbox/blocks", {"chain": LONE}, "chain"),
    ("POST", "/v1/sandbox/blocks", {"chain": "eip155:1"}, "chain"),
    ("POST", "/v1/sandbox/reorgs", {"depth": -1}, "depth"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("method", "path", "body", "field"), OTHER_CASES, ids=lambda one: ascii(one)[:40]
)
async def test_what_else_is_wrong_is_refused_by_field(
    house_site: Site, method: str, path: str, body: Any, field: str
) -> None:
    problem = refused(await house_site.ask(method, path, body), 400)
    assert field in fields(problem), problem


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"share": "NaN"}, "share"),
        ({"share": "Infinity"}, "share"),
        ({"share": "0"}, "share"),
        ({"share": "-1"}, "share"),
        ({"share": "11"}, "share"),
        ({"share": "1e-400"}, "amount"),
        ({"share": "x" * 10_000}, "share"),
        ({"share": "0.5", "amount": "1"}, "share"),
        ({"amount": "NaN"}, "amount"),
        ({"amount": "1e400"}, "amount"),
        ({"amount": "0"}, "amount"),
        ({"amount": "-1"}, "amount"),
        ({"amount": "9" * 80}, "amount"),
        ({"amount": "0.0000001"}, "amount"),
        ({"confirmations": -1}, "confirmations"),
        ({"confirmations": 101}, "confirmations"),
        ({"ledger": "no_such"}, "ledger"),
        ({"ledger": LONE}, "ledger"),
        ({"ledger": 5}, "ledger"),
    ],
    ids=lambda one: ascii(one)[:40],
)
async def test_a_wrong_transfer_is_refused_by_field(
    house_site: Site, body: dict[str, Any], field: str
) -> None:
    made = await house_site.intent()
    asked = {"payment_intent": made["id"], **body}
    problem = refused(await house_site.ask("POST", "/v1/sandbox/transfers", asked), 400)
    assert field in fields(problem), problem


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"ledger": LONE}, "ledger"),
        ({"ledger": NASTY}, "ledger"),
        ({"ledger": "no_such"}, "ledger"),
        ({"ledger": "sandbox_eth"}, "ledger"),
        ({}, "ledger"),
        ({"ledger": None}, "ledger"),
    ],
    ids=lambda one: ascii(one)[:40],
)
async def test_a_wrong_choice_is_refused_by_field(
    house_site: Site, body: dict[str, Any], field: str
) -> None:
    made = await house_site.intent()
    problem = refused(await house_site.ask("POST", f"{INTENTS}/{made['id']}/ledger", body), 400)
    assert field in fields(problem), problem


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"chain": "eip155:1", "tx": "0x00"}, 400, "chain"),
        ({"chain": LONE, "tx": "x"}, 400, "chain"),
        ({"chain": "sandbox:1", "tx": LONE}, 400, "tx"),
        ({"chain": "sandbox:1", "tx": NUL}, 400, "tx"),
        ({"chain": "sandbox:1", "tx": "x" * 10_000}, 400, "tx"),
        ({"chain": "sandbox:1", "tx": NASTY}, 400, "tx"),
        ({"tx": "0x12"}, 400, "tx"),
        ({"chain": "sandbox:1"}, 400, "tx"),
    ],
    ids=lambda one: ascii(one)[:40],
)
async def test_a_wrong_hint_is_refused(
    house_site: Site, body: dict[str, Any], status: int, field: str | None
) -> None:
    made = await house_site.intent()
    path = f"{INTENTS}/{made['id']}/transactions"
    problem = refused(await house_site.ask("POST", path, body, key=None), status)
    assert field is None or field in fields(problem), problem


SUBMISSIONS: list[tuple[dict[str, Any], str]] = [
    ({"fields": {"email": "nobody"}}, "email"),
    ({"fields": {"email": f"a{LONE}@b.example"}}, "fields.email"),
    ({"fields": {"email": f"a{NUL}@b.example"}}, "fields.email"),
    ({"fields": {"email": "a@b.example", "name": LONE}}, "fields.name"),
    ({"fields": {"email": "a@b.example", "name": NUL}}, "fields.name"),
    ({"fields": {"email": "a@b.example", "name": "x" * 501}}, "name"),
    ({"fields": {"email": "a@b.example", LONE: "x"}}, "fields"),
    ({"fields": {"email": 5}}, "fields"),
    ({"fields": []}, "fields"),
    ({"amount": "4.00"}, "amount"),
    ({"amount": "NaN"}, "amount"),
    ({"quantity": 2}, "quantity"),
    ({"quantity": 10**30}, "quantity"),
    ({"metadata": {"a": LONE}}, "metadata"),
    ({"metadata": {"a": NUL}}, "metadata"),
    ({"ledgers": [LONE]}, "ledgers"),
    ({"ledgers": ["no_such"]}, "ledgers"),
    ({"ledgers": []}, "ledgers"),
    ({"ledgers": ["sandbox_usdc"] * 51}, "ledgers"),
    ({"payment_intent": NUL}, "payment_intent"),
    ({"price": "1.00"}, "price"),
]


@pytest.mark.parametrize(("wrong", "field"), SUBMISSIONS, ids=lambda one: ascii(one)[:40])
async def test_a_wrong_submission_is_refused_by_field(
    house_site: Site, wrong: dict[str, Any], field: str
) -> None:
    link = await house_site.link(collect={"email": "required", "name": "optional"})
    body = {"fields": {"email": "a@b.example"}} | wrong
    answer = await house_site.ask("POST", f"{LINKS}/{link['shortcode']}/intents", body, key=None)
    problem = refused(answer, 400)
    assert field in fields(problem), problem


async def test_every_fault_is_told_at_once(house_site: Site) -> None:
    wrong = {"amount": "0", "success_url": "javascript:x", "expires_in_seconds": 1}
    problem = refused(await house_site.ask("POST", INTENTS, TEN | wrong), 400)
    assert {one["field"] for one in problem["errors"]} == set(wrong)


async def test_nothing_refused_leaves_a_trace(site: Site) -> None:
    for wrong, _ in INTENT_CASES[::7]:
        assert (await site.ask("POST", INTENTS, TEN | wrong)).status_code == 400
    assert told(await site.ask("GET", INTENTS), 200)["data"] == []
