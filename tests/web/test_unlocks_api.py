"""What a payment opens: tokens nobody can make, that end, and content for nobody else."""

import base64
import hashlib
import hmac
import json
import re
from datetime import datetime
from typing import Any

import pytest

from tests.sites import Site, refused, told

pytestmark = pytest.mark.asyncio(loop_scope="module")
LINKS = "/v1/payment_links"
VERIFY = "/v1/unlocks/verify"
NEWS = "https://news.example"


async def sold(site: Site, link: Any, **how: Any) -> str:
    """Submit a link's form, pay what it asks, and return the intent's id."""
    body = {"ledgers": ["sandbox_usdc"]}
    made = await site.post(f"{LINKS}/{link['shortcode']}/intents", body, key=None)
    await site.pay(made["id"], **({"confirmations": 2} | how))
    await site.settle()
    return str(made["id"])


async def unlock(site: Site, intent: str, origin: str | None = NEWS) -> Any:
    headers = {"Origin": origin} if origin else {}
    path = f"/v1/payment_intents/{intent}/unlock"
    return await site.ask("POST", path, key=None, headers=headers)


async def test_a_paid_link_gives_a_token_that_says_for_whom_and_how_long(site: Site) -> None:
    link = await site.link(metadata={"content": "chapter-2"})
    intent = await sold(site, link)
    given = told(await unlock(site, intent), 200)
    expected = {
        "object": "unlock",
        "payment_intent": intent,
        "payment_link": link["id"],
        "content": "chapter-2",
        "origin": NEWS,
        "expires_at": given["expires_at"],
    }
    assert given == expected | {"token": given["token"], "has_content": False}
    check = {"token": given["token"], "payment_link": link["id"], "origin": NEWS}
    assert await site.post(VERIFY, check) == expected
    module = await site.http.get(f"/widget/v1/unlock.js?intent={intent}", headers={"Origin": NEWS})
    assert module.headers["cache-control"] == "no-store"
    assert module.headers["access-control-allow-origin"] == "*"
    data = json.loads(module.text.removeprefix("export default ").removesuffix(";\n"))
    assert data["payment_intent"] == intent


async def test_nothing_is_given_for_what_is_not_paid(site: Site) -> None:
    link = await site.link()
    made = await site.post(f"{LINKS}/{link['shortcode']}/intents", {}, key=None)
    refused(await unlock(site, made["id"]), 409, "intent_not_paid")
    half = await sold(site, link, share="0.5")
    refused(await unlock(site, half), 409, "intent_not_paid")
    waiting = await sold(site, link, confirmations=0)
    refused(await unlock(site, waiting), 409, "intent_not_paid")
    refused(await unlock(site, "pi_nobody"), 404)
    module = await site.http.get(f"/widget/v1/unlock.js?intent={made['id']}")
    assert module.status_code == 409


async def test_a_payment_that_was_undone_opens_nothing_any_more(site: Site) -> None:
    link = await site.link()
    intent = await sold(site, link)
    token = told(await unlock(site, intent), 200)["token"]
    await site.post("/v1/sandbox/reorgs", {"depth": 3})
    assert (await site.look(intent))["status"] == "succeeded", "a final status stays"
    refused(await unlock(site, intent), 409, "intent_not_paid")
    refused(await site.ask("POST", VERIFY, {"token": token}), 403, "unlock_refused")


async def test_what_the_merchant_took_as_paid_opens(site: Site) -> None:
    link = await site.link()
    intent = await sold(site, link, share="0.5")
    await site.advance(901)
    await site.post(f"/v1/payment_intents/{intent}/accept")
    told(await unlock(site, intent), 200)


async def test_a_token_ends_after_ten_minutes_and_another_is_given(site: Site) -> None:
    intent = await sold(site, await site.link())
    token = told(await unlock(site, intent), 200)["token"]
    await site.advance(599)
    told(await site.ask("POST", VERIFY, {"token": token}), 200)
    await site.advance(1)
    refused(await site.ask("POST", VERIFY, {"token": token}), 403, "unlock_refused")
    told(await unlock(site, intent), 200)


async def test_a_token_is_for_one_account_one_link_one_site(site: Site) -> None:
    link, other = await site.link(), await site.link()
    intent = await sold(site, link)
    token = told(await unlock(site, intent), 200)["token"]
    stranger = await site.newcomer()
    refused(await stranger.ask("POST", VERIFY, {"token": token}), 403, "unlock_refused")
    wrong = {
        "payment_link": other["id"],
        "payment_intent": "pi_other",
        "content": "chapter-3",
        "origin": "https://thief.example",
    }
    for field, value in wrong.items():
        answer = await site.ask("POST", VERIFY, {"token": token, field: value})
        assert field in refused(answer, 403, "unlock_refused")["detail"]
    refused(await site.ask("POST", VERIFY, {"token": token}, key=site.pk), 403, "forbidden")
    refused(await site.ask("POST", VERIFY, {"token": token}, key=None), 401)
    for lie in ("null", "https://a.example/path", "javascript:alert(1)"):
        assert told(await unlock(site, intent, lie), 200)["origin"] is None


def forgeries(token: str, claims: dict[str, Any]) -> dict[str, str]:
    version, said, signature = token.split(".")
    later = base64.urlsafe_b64encode(json.dumps(claims | {"expires_at": "2099-01-01T00:00:00Z"})
                                     .encode()).rstrip(b"=").decode()  # fmt: skip
    own = hmac.new(b"guess", f"{version}.{said}".encode(), hashlib.sha256).digest()
    return {
        "later": f"{version}.{later}.{signature}",
        "own key": f"{version}.{said}.{base64.urlsafe_b64encode(own).rstrip(b'=').decode()}",
        "unsigned": f"{version}.{said}.",
        "cut": token[:-1],
        "another version": f"ul2.{said}.{signature}",
        "no claims": f"{version}..{signature}",
        "not base64": f"{version}.%%%.{signature}",
        "not ascii": f"{version}.é.é",
        "three dots": f"{token}.x",
        "empty": "",
        "long": f"{version}.{'A' * 5000}.{signature}",
    }


async def test_no_forged_token_opens_anything(site: Site) -> None:
    intent = await sold(site, await site.link())
    token = told(await unlock(site, intent), 200)["token"]
    said = token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(said + "=" * (-len(said) % 4)))
    for name, forged in forgeries(token, claims).items():
        answer = await site.ask("POST", VERIFY, {"token": forged})
        assert refused(answer, 403, "unlock_refused"), name
        page = await site.http.get("/widget/v1/content", params={"token": forged})
        assert page.status_code in {400, 403}, name


def offline(token: str, secret: str, now: float) -> dict[str, Any] | None:
    """Check a token as the README tells a merchant to."""
    said, _, signature = token.rpartition(".")
    mac = hmac.new(secret.encode(), said.encode(), hashlib.sha256).digest()
    expected = base64.urlsafe_b64encode(mac).rstrip(b"=").decode()
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        return None
    part = said.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    ends = datetime.fromisoformat(claims["expires_at"]).timestamp()
    return claims if now < ends else None


async def test_a_merchant_checks_a_token_without_us_and_may_change_the_secret(site: Site) -> None:
    link = await site.link()
    intent = await sold(site, link)
    token = told(await unlock(site, intent), 200)["token"]
    secret = (await site.get("/v1/unlocks/secret"))["secret"]
    assert secret != (await (await site.newcomer()).get("/v1/unlocks/secret"))["secret"]
    now = site.world.now().timestamp()
    claims = offline(token, secret, now)
    assert claims is not None
    assert (claims["payment_link"], claims["account"]) == (link["id"], site.account.id)
    assert offline(token, secret, now + 600) is None
    assert offline(token[:-2] + "AA", secret, now) is None
    answers = [await site.ask("POST", "/v1/unlocks/secret", once="new") for _ in range(2)]
    (fresh,) = {told(one, 200, 201)["secret"] for one in answers}
    assert fresh == (await site.get("/v1/unlocks/secret"))["secret"] != secret
    assert offline(token, fresh, now) is None
    refused(await site.ask("POST", VERIFY, {"token": token}), 403, "unlock_refused")
    refused(await site.ask("GET", "/v1/unlocks/secret", key=site.pk), 403)


async def test_a_links_content_is_the_merchants_and_the_payers_alone(site: Site) -> None:
    link = await site.link()
    path = f"{LINKS}/{link['id']}/content"
    refused(await site.ask("GET", path), 404)
    html = "<p>It was a <b>dark</b> night.</p><script>steal()</script>"
    kept = told(await site.ask("PUT", path, {"title": "Two & three", "html": html}), 200)
    assert kept == await site.get(path)
    assert (kept["html"], kept["text"]) == (html, None)
    stranger = await site.newcomer()
    for method, body in (("GET", None), ("PUT", {"title": "x", "text": "x"}), ("DELETE", None)):
        refused(await stranger.ask(method, path, body), 404)
        refused(await site.ask(method, path, body, key=None), 401)
    assert "<b>dark" not in (await site.http.get(f"/pay/{link['shortcode']}")).text
    assert "<b>dark" not in json.dumps(await site.get(f"{LINKS}/{link['id']}"))

    intent = await sold(site, link)
    given = told(await unlock(site, intent), 200)
    token = given["token"]
    assert given["has_content"]
    page = await site.http.get("/widget/v1/content", params={"token": token})
    assert "<b>dark</b>" in page.text
    assert "<h1>Two &amp; three</h1>" in page.text
    policy = page.headers["content-security-policy"]
    assert policy.startswith("sandbox allow-scripts allow-popups")
    assert "allow-same-origin" not in policy
    assert f"frame-ancestors {NEWS};" in policy
    nonce = re.search(r"script-src 'nonce-(\w+)'", policy)
    assert nonce is not None
    assert page.text.count(nonce[1]) == 2, "ours alone may run: a style and a script"
    assert page.headers["cache-control"] == "no-store"

    elsewhere = await sold(site, await site.link())
    other = told(await unlock(site, elsewhere), 200)["token"]
    assert (await site.http.get("/widget/v1/content", params={"token": other})).status_code == 404
    told(await site.ask("PUT", path, {"title": "Now", "text": "1 < 2 & <b>"}), 200)
    plain = await site.http.get("/widget/v1/content", params={"token": token})
    assert "1 &lt; 2 &amp; &lt;b&gt;" in plain.text
    assert (await site.ask("DELETE", path)).status_code == 204
    refused(await site.ask("DELETE", path), 404)
    assert (await site.http.get("/widget/v1/content", params={"token": token})).status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"title": "x"}, "text"),
        ({"title": "x", "text": "a", "html": "b"}, "text"),
        ({"title": " ", "text": "a"}, "title"),
        ({"title": "x" * 201, "text": "a"}, "title"),
        ({"title": "x", "text": "é" * 32_769}, "text"),
        ({"title": "x", "html": "a" * 65_537}, "html"),
        ({"title": "x", "text": "a\x00"}, "text"),
        ({"text": "a"}, "title"),
    ],
)
async def test_content_that_cannot_be_kept_is_refused_by_its_field(
    site: Site, body: Any, field: str
) -> None:
    link = await site.link()
    answer = await site.ask("PUT", f"{LINKS}/{link['id']}/content", body)
    assert field in [one["field"] for one in refused(answer, 400)["errors"]]


async def test_a_total_is_shown_where_the_merchant_says_so_and_nowhere_else(site: Site) -> None:
    quiet = await site.link()
    refused(await site.ask("GET", f"{LINKS}/{quiet['shortcode']}/total", key=None), 403)
    module = await site.http.get(f"/widget/v1/total.js?link={quiet['shortcode']}")
    assert module.status_code == 403
    link = await site.link(amount=None, goal="100.00")
    path = f"{LINKS}/{link['shortcode']}/total"
    assert (await site.get(path, key=None))["raised"] == "0.00"
    body = {"amount": "2.50", "ledgers": ["sandbox_usdc"]}
    made = await site.post(f"{LINKS}/{link['shortcode']}/intents", body, key=None)
    await site.pay(made["id"], confirmations=2)
    await site.settle()
    answer = await site.ask("GET", path, key=None)
    assert told(answer, 200) == {
        "object": "payment_link_total",
        "raised": "2.50",
        "currency": "USD",
        "goal": "100.00",
        "count": 1,
        "updated_at": answer.json()["updated_at"],
    }
    assert answer.headers["cache-control"] == "public, max-age=5"
    module = await site.http.get(f"/widget/v1/total.js?link={link['shortcode']}&n=1")
    assert json.loads(module.text[len("export default ") : -2]) == answer.json()
    changed = await site.patch(f"{LINKS}/{link['id']}", {"goal": None})
    assert (changed["goal"], changed["raised"]) == (None, "2.50")
    refused(await site.ask("GET", path, key=None), 403, "total_private")
    await site.patch(f"{LINKS}/{link['id']}", {"show_total": True})
    assert (await site.get(path, key=None))["goal"] is None
    refused(await site.ask("PATCH", f"{LINKS}/{link['id']}", {"goal": "-1"}), 400)
