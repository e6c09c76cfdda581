"""Requests that are wrong as a whole: bodies, addresses, queries, headers, keys.

And texts that look like code, which are kept as they came.
"""

import re
from typing import Any

import pytest

from tests.sites import Site, refused

pytestmark = pytest.mark.asyncio(loop_scope="module")
INTENTS = "/v1/payment_intents"
LINKS = "/v1/payment_links"
TEN = {"amount": "10.00", "currency": "USD", "ledgers": ["sandbox_usdc"]}
NASTY = """'; DROP TABLE intents; --<script>alert("1")</script>{{7*7}}${7*7}%s%n\\\u202e🍵é"""


def fields(problem: Any) -> set[str]:
    """Return the fields a problem names, each with the whole it lies in."""
    named = {str(one["field"]) for one in problem["errors"]}
    return named | {re.split(r"[.\[]", name)[0] for name in named}


async def test_any_text_is_kept_as_it_came(house_site: Site) -> None:
    words = {
        "description": NASTY,
        "order_id": NASTY,
        "metadata": {NASTY[:60]: NASTY, "deep": [{"x": NASTY}, None, 1.5, True, -(2**53)]},
    }
    made = await house_site.intent(**words)
    read = await house_site.get(f"{INTENTS}/{made['id']}")
    assert {name: read[name] for name in words} == words
    found = await house_site.get(INTENTS, params={"order_id": NASTY})
    assert [one["id"] for one in found["data"]] == [made["id"]]
    found = await house_site.get(INTENTS, params={f"metadata[{NASTY[:60]}]": NASTY})
    assert [one["id"] for one in found["data"]] == [made["id"]]
    link = await house_site.link(name=NASTY, description=NASTY, collect={"name": "required"})
    fields = {"name": NASTY.strip()}
    path = f"{LINKS}/{link['shortcode']}/intents"
    await house_site.post(path, {"fields": fields}, key=None)
    page = await house_site.get(f"{LINKS}/{link['id']}/submissions")
    assert page["data"][0]["fields"] == fields
    assert (await house_site.get(f"{LINKS}/{link['id']}"))["name"] == NASTY


async def test_texts_that_look_like_code_are_words_on_every_page(house_site: Site) -> None:
    site = await house_site.newcomer()
    await site.patch("/v1/account", {"name": NASTY, "contact": NASTY})
    made = await site.intent(description=NASTY, order_id=NASTY)
    link = await site.link(name=NASTY, description=NASTY, collect={"name": "required"})
    for path in (f"/i/{made['id']}", f"/pay/{link['shortcode']}", f"/pay/{'<script>'}"):
        page = await site.ask("GET", path, key=None, headers={"Accept": "text/html"})
        assert page.status_code in (200, 404), page.text
        assert page.headers["content-type"].startswith("text/html")
        assert "<script>alert" not in page.text
        assert "{{7*7}}" in page.text or "49" not in page.text
    page = await site.ask("GET", f"/i/{made['id']}", key=None)
    assert "&lt;script&gt;" in page.text, "it is shown, as words"


RAW: list[tuple[bytes, str, int]] = [
    (b"", "application/json", 400),
    (b"{", "application/json", 400),
    (b'{"amount":"1","currency":"USD",}', "application/json", 400),
    (b"null", "application/json", 400),
    (b"[]", "application/json", 400),
    (b'"x"', "application/json", 400),
    (b"NaN", "application/json", 400),
    (b'{"amount": NaN, "currency": "USD"}', "application/json", 400),
    (b'{"amount": 1e400, "currency": "USD"}', "application/json", 400),
    (b'{"amount":"1","currency":"USD","metadata":{"a":1e400}}', "application/json", 400),
    (b'{"amount":"1","currency":"USD","metadata":{"a":NaN}}', "application/json", 400),
    (b'{"amount":"\xff\xfe","currency":"USD"}', "application/json", 400),
    (b'{"amount":"1","currency":"USD","description":"\xc3\x28"}', "application/json", 400),
    (b'{"amount":"1","currency":"USD","description":"\\ud800"}', "application/json", 400),
    (b"\xff\xfe{\x00}\x00", "application/json", 400),
    (b'{"metadata":' + b'{"a":' * 100_00 + b"1" + b"}" * 100_01, "application/json", 400),
    (b'{"metadata":{"a":' + b"[" * 50_000 + b"]" * 50_000 + b"}}", "application/json", 400),
    (b'{"description":"' + b"x" * 262_144 + b'"}', "application/json", 413),
    (b"amount=10.00&currency=USD", "application/x-www-form-urlencoded", 415),
    (b"<amount>10</amount>", "application/xml", 415),
    (b'{"amount":"10.00","currency":"USD"}', "text/plain", 415),
]


@pytest.mark.parametrize(("body", "type", "status"), RAW, ids=lambda one: ascii(one)[:40])
async def test_a_body_that_is_no_json_of_ours_is_refused(
    house_site: Site, body: bytes, type: str, status: int
) -> None:
    for method, path in (("POST", INTENTS), ("POST", LINKS), ("PATCH", "/v1/account")):
        headers = {"Content-Type": type}
        answer = await house_site.ask(method, path, content=body, headers=headers)
        problem = refused(answer, status)
        assert len(answer.content) < 5000
        assert b"Traceback" not in answer.content
        assert problem["code"]


async def test_a_body_is_bounded_before_it_is_read_whole(house_site: Site) -> None:
    async def endless() -> Any:
        for _ in range(64):
            yield b" " * 65_536

    headers = {"Content-Type": "application/json"}
    answer = await house_site.ask("POST", INTENTS, content=endless(), headers=headers)
    refused(answer, 413, "body_too_large")


@pytest.mark.parametrize(
    ("path", "field"),
    [
        (f"{INTENTS}?limit=0", "limit"),
        (f"{INTENTS}?limit=101", "limit"),
        (f"{INTENTS}?limit=many", "limit"),
        (f"{INTENTS}?limit=1e3", "limit"),
        (f"{INTENTS}?limit=99999999999999999999999", "limit"),
        (f"{INTENTS}?after=pi_none", "after"),
        (f"{INTENTS}?after=%00", "after"),
        (f"{INTENTS}?after={'x' * 65}", "after"),
        (f"{INTENTS}?after=%27%3B--", "after"),
        (f"{INTENTS}?status=paid", "status"),
        (f"{INTENTS}?order_id=%00", "order_id"),
        (f"{INTENTS}?order_id={'x' * 256}", "order_id"),
        (f"{INTENTS}?payment_link=%00", "payment_link"),
        (f"{INTENTS}?created_from=yesterday", "created_from"),
        (f"{INTENTS}?created_from=2026-01-01T00:00:00", "created_from"),
        (f"{INTENTS}?created_from=0001-01-01T00:00:00%2B23:59", "created_from"),
        (f"{INTENTS}?created_before=9999-12-31T23:59:59-23:59", "created_before"),
        (f"{INTENTS}?metadata%5Ba%5D=%00", "metadata[a]"),
        (f"{INTENTS}?metadata%5B%00%5D=a", "metadata"),
        (f"{LINKS}?limit=-1", "limit"),
        (f"{LINKS}?after=plink_none", "after"),
        (f"{INTENTS}/pi_x/events?after=-1", "after"),
        (f"{INTENTS}/pi_x/events?after=x", "after"),
    ],
)
async def test_a_wrong_query_is_refused_by_name(house_site: Site, path: str, field: str) -> None:
    problem = refused(await house_site.ask("GET", path), 400)
    assert field in fields(problem), problem


@pytest.mark.parametrize(
    "id", ["pi_none", "%00", "%ff", "x" * 3000, "%27%20OR%201=1--", "..%2f", "é"]
)
async def test_a_strange_id_is_not_found_and_never_a_failure(house_site: Site, id: str) -> None:
    for method, path in (
        ("GET", f"{INTENTS}/{id}"),
        ("PATCH", f"{INTENTS}/{id}"),
        ("POST", f"{INTENTS}/{id}/cancel"),
        ("POST", f"{INTENTS}/{id}/accept"),
        ("POST", f"{INTENTS}/{id}/requote"),
        ("POST", f"{INTENTS}/{id}/ledger"),
        ("POST", f"{INTENTS}/{id}/transactions"),
        ("GET", f"{INTENTS}/{id}/events"),
        ("GET", f"{LINKS}/{id}"),
        ("PATCH", f"{LINKS}/{id}"),
        ("DELETE", f"{LINKS}/{id}"),
        ("GET", f"{LINKS}/{id}/submissions"),
        ("POST", f"{LINKS}/{id}/intents"),
        ("DELETE", f"/v1/keys/{id}"),
    ):
        bodies = {"ledger": {"ledger": "sandbox_usdc"}, "transactions": {"chain": "c", "tx": "t"}}
        body = None if method in ("GET", "DELETE") else bodies.get(path.rpartition("/")[2], {})
        answer = await house_site.ask(method, path, body)
        assert answer.status_code in (400, 404, 405), (path, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"


async def test_a_strange_id_in_a_body_is_not_found(house_site: Site) -> None:
    for id in ("pi_none", NASTY, "x" * 3000):
        body = {"payment_intent": id}
        refused(await house_site.ask("POST", INTENTS, body), 404)
        refused(await house_site.ask("POST", INTENTS, body | {"metadata": {"a": "b"}}), 404)
        refused(await house_site.ask("POST", "/v1/sandbox/transfers", body), 404)


@pytest.mark.parametrize(
    "header",
    [
        "Bearer sk_test_" + "x" * 32,
        "Bearer sk_live_" + "x" * 32,
        "Bearer " + "x" * 32,
        "Bearer",
        "Bearer  ",
        "Basic dXNlcjpwYXNz",
        "Bearer sk_test_" + "x" * 5000,
        "Bearer sk_test_é",
        "sk_test_" + "x" * 32,
    ],
)
async def test_a_wrong_key_is_refused_even_where_none_is_needed(
    house_site: Site, header: str
) -> None:
    made = await house_site.intent()
    for path in ("/v1/account", f"{INTENTS}/{made['id']}"):
        answer = await house_site.ask(
            "GET", path, key=None, headers={"Authorization": header.encode("latin-1")}
        )
        refused(answer, 401, "unauthorized")


async def test_a_key_of_the_other_mode_opens_nothing(house_site: Site) -> None:
    live = await house_site.newcomer(live=True)
    made = await house_site.intent()
    refused(await live.ask("GET", f"{INTENTS}/{made['id']}"), 404)
    mixed = live.sk.replace("sk_live_", "sk_test_")
    refused(await house_site.ask("GET", "/v1/account", key=mixed), 401)
    raised = house_site.pk.replace("pk_", "sk_")
    refused(await house_site.ask("GET", "/v1/account", key=raised), 401)


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb", "é"])
async def test_a_wrong_idempotency_key_is_refused(house_site: Site, key: str) -> None:
    headers = {"Idempotency-Key": key.encode("latin-1")}
    answer = await house_site.ask("POST", INTENTS, TEN, headers=headers)
    problem = refused(answer, 400)
    assert problem["errors"][0]["field"] == "Idempotency-Key"


async def test_an_unknown_address_and_a_wrong_method_say_so(house_site: Site) -> None:
    refused(await house_site.ask("GET", "/v1/nothing"), 404, "not_found")
    wrong = await house_site.ask("PUT", INTENTS, TEN)
    refused(wrong, 405, "method_not_allowed")
    assert {one.strip() for one in wrong.headers["allow"].split(",")} >= {"GET", "POST"}
