"""The office: who gets in, which forms are believed, and that everything behind it is theirs."""

import re
from pathlib import Path

import pytest
from litestar.routes import HTTPRoute

from app.domain import totp
from app.office import front
from app.services.voucher_requests import NewPayout
from tests.houses import new_database
from tests.sites import Site, open_site
from tests.web.office import PASSWORD, WOO, Browser, browser, office, stranger

__all__ = ["browser", "office", "stranger"]

pytestmark = pytest.mark.asyncio(loop_scope="module")


def routes(site: Site) -> list[tuple[str, str]]:
    """Return every method and path of the office's, with ids that mean nothing."""
    router = front.router(site.world)
    own = {
        re.sub(r"\{\w+:str\}", "x", f"/{path.strip('/')}")
        for route in router.routes
        for path in [route.path]
    }
    found = []
    for route in site.app.routes:
        path = re.sub(r"\{\w+:str\}", "x", f"/{route.path.strip('/')}")
        if isinstance(route, HTTPRoute) and path in own:
            found += [(method, path) for method in route.methods if method != "OPTIONS"]
    return sorted(set(found))


OPEN = ("/office/sign-in", "/office/code", "/office/welcome/x", "/office/deliver.js")
OPEN_TO_ALL = {*OPEN, "/office/sign-out"}


async def test_every_page_sends_whoever_is_not_signed_in_to_sign_in(stranger: Browser) -> None:
    known = routes(stranger.site)
    assert len(known) > 25
    for method, path in known:
        if path in OPEN_TO_ALL:
            continue
        answer = await stranger.http.request(method, path)
        assert answer.status_code == 303, f"{method} {path}"
        assert answer.headers["location"].startswith("/office/sign-in?next="), path
        assert answer.headers["cache-control"] == "no-store"


async def test_no_form_is_taken_without_its_sessions_key(browser: Browser) -> None:
    id = browser.site.account.id
    for method, path in routes(browser.site):
        if method != "POST" or path in OPEN:
            continue
        own = path.replace("/accounts/x", f"/accounts/{id}")
        own = WOO if path == "/api-keys/authorize" else own
        for key in ("", "0" * 64):
            answer = await browser.send(own, {"form_key": key})
            assert answer.status_code == 403, f"{own}: {answer.status_code}"
            assert "not of your session" in answer.text
    assert (await browser.get("/office")).status_code == 200


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", None, "https://till.example.co"]
)
async def test_no_form_is_taken_from_another_site(browser: Browser, origin: str | None) -> None:
    data = {"form_key": await browser.form_key(), "name": "Stolen", "mode": "test"}
    answer = await browser.send("/office/accounts", data, origin=origin)
    assert answer.status_code == 403
    assert "another site" in answer.text
    signed = await browser.send(
        "/office/sign-in", {"email": browser.user.email, "password": PASSWORD}, origin=origin
    )
    assert signed.status_code == 403


async def test_the_cookie_stays_with_this_host_and_away_from_scripts(stranger: Browser) -> None:
    answer = await stranger.sign_in()
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-opentill=")
    for part in ("Path=/", "HttpOnly", "Secure", "SameSite=lax"):
        assert part in cookie, cookie
    assert "Domain" not in cookie
    assert "Max-Age" not in cookie


async def test_signing_out_ends_the_session_itself(browser: Browser) -> None:
    secret = browser.http.cookies["__Host-opentill"]
    answer = await browser.fill("/office/sign-out")
    assert answer.status_code == 303
    assert "Max-Age=0" in answer.headers["set-cookie"]
    browser.http.cookies.set("__Host-opentill", secret, domain="till.example", path="/")
    assert (await browser.get("/office")).status_code == 303


@pytest.mark.parametrize(
    ("next", "to"),
    [
        ("/office/keys", "/office/keys"),
        (WOO, WOO),
        ("https://evil.example/", "/office"),
        ("//evil.example/", "/office"),
        ("/\\evil.example/", "/office"),
        ("/office\r\nSet-Cookie: a=b", "/office"),
        ("", "/office"),
    ],
)
async def test_signing_in_goes_on_inside_the_house_alone(
    stranger: Browser, next: str, to: str
) -> None:
    answer = await stranger.sign_in(next=next)
    assert answer.status_code == 303
    assert answer.headers["location"] == to


async def test_a_wrong_password_and_a_stranger_hear_the_same(stranger: Browser) -> None:
    wrong = await stranger.sign_in("not the password")
    unknown = await stranger.send(
        "/office/sign-in", {"email": "nobody@example.com", "password": "not the password"}
    )
    assert wrong.status_code == unknown.status_code == 401
    said = "This e-mail address and password do not belong together."
    assert said in wrong.text
    assert said in unknown.text
    assert "not the password" not in wrong.text


async def test_too_many_wrong_passwords_are_told_to_wait(stranger: Browser) -> None:
    for _ in range(6):
        await stranger.sign_in("not the password")
    answer = await stranger.sign_in()
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 60


async def test_a_code_is_due_where_it_was_asked_for(browser: Browser) -> None:
    page = (await browser.get("/office/security/codes")).text
    secret = re.search(r"<code>([A-Z2-7]{32})</code>", page)
    assert secret
    wrong = await browser.fill("/office/security/codes", secret=secret[1], code="000000")
    assert wrong.status_code == 400
    assert secret[1] in wrong.text
    world = browser.site.world
    code = totp.code(secret[1], totp.step_at(world.now()))
    assert (
        await browser.fill("/office/security/codes", secret=secret[1], code=code)
    ).status_code == 303
    await browser.fill("/office/sign-out")
    await browser.sign_in()
    half = await browser.get("/office/keys")
    assert half.headers["location"] == "/office/code?next=%2Foffice%2Fkeys"
    asked = (await browser.get(half.headers["location"])).text
    key = re.search(r'name="form_key" value="(\w+)"', asked)
    assert key
    world.advance(totp.STEP_SECONDS)
    code = totp.code(secret[1], totp.step_at(world.now()))
    wrong = await browser.send(
        "/office/code", {"form_key": key[1], "code": "000000", "next": "/office/keys"}
    )
    assert wrong.status_code == 401
    right = await browser.send(
        "/office/code", {"form_key": key[1], "code": code, "next": "/office/keys"}
    )
    assert right.headers["location"] == "/office/keys"
    assert (await browser.get("/office/keys")).status_code == 200


async def test_a_page_of_the_office_is_framed_by_nobody_and_kept_nowhere(browser: Browser) -> None:
    headers = (await browser.get("/office")).headers
    policy = headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self';" in policy
    assert "'unsafe" not in policy
    assert headers["cache-control"] == "no-store"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"


async def test_strangers_accounts_are_not_there(browser: Browser) -> None:
    other = await browser.site.newcomer()
    made = await other.intent()
    for path in ("", "/settings", "/destinations", "/keys", "/webhooks", f"/payments/{made['id']}"):
        answer = await browser.get(f"/office/accounts/{other.account.id}{path}")
        assert answer.status_code == 404, path
        assert "A shop" not in answer.text
    own = f"/office/accounts/{browser.site.account.id}/payments/{made['id']}"
    assert (await browser.get(own)).status_code == 404
    answer = await browser.fill(f"/office/accounts/{other.account.id}/keys", kind="secret")
    assert answer.status_code == 404


async def test_an_account_is_made_set_up_and_changed(browser: Browser) -> None:
    made = await browser.fill("/office/accounts", name="Tea <b>", mode="test")
    where = made.headers["location"]
    assert "Tea &lt;b&gt;" in (await browser.get(where)).text
    account = where.rsplit("/", 1)[0]
    refused = await browser.fill(where, family="sandbox", kind="cave", value="mine")
    assert refused.status_code == 400
    assert "must be book" in refused.text
    assert (await browser.fill(where, family="sandbox", kind="book", value="mine")).is_redirect
    assert "<code>mine</code>" in (await browser.get(where)).text
    policies = {"underpayment": "close", "overpayment": "accept", "tolerance_bps": "50"}
    changed = await browser.fill(f"{account}/settings", name="Coffee", **policies)
    assert "Saved." in changed.text
    wrong = await browser.fill(
        f"{account}/settings", name="Coffee", **policies | {"tolerance_bps": "x"}
    )
    assert wrong.status_code == 400
    bad = await browser.fill("/office/accounts", name="Tea", mode="imaginary")
    assert bad.status_code == 400


async def test_a_key_is_shown_once_works_and_is_revoked(browser: Browser) -> None:
    keys = f"/office/accounts/{browser.site.account.id}/keys"
    made = (await browser.fill(keys, kind="secret", name="till 2")).text
    key = re.search(r"sk_test_\w+", made)
    assert key
    assert (await browser.site.get("/v1/account", key=key[0]))["id"] == browser.site.account.id
    listed = (await browser.get(keys)).text
    assert key[0] not in listed
    ends = re.findall(rf'action="({keys}/key_\w+/revoke)"', listed)
    assert (await browser.fill(ends[-1])).is_redirect
    assert (await browser.site.ask("GET", "/v1/account", key=key[0])).status_code == 401


async def test_payments_are_listed_narrowed_and_shown(browser: Browser) -> None:
    site = browser.site
    made = await site.intent(order_id="A <1>", metadata={"note": "<i>"})
    await site.pay(made["id"])
    await site.settle()
    here = f"/office/accounts/{site.account.id}"
    listed = (await browser.get(here)).text
    assert made["id"] in listed
    assert "A &lt;1&gt;" in listed
    assert made["id"] not in (await browser.get(f"{here}?status=expired")).text
    assert made["id"] in (await browser.get(f"{here}?order_id=A+%3C1%3E")).text
    assert (await browser.get(f"{here}?status=nonsense")).status_code == 400
    shown = (await browser.get(f"{here}/payments/{made['id']}")).text
    assert "&lt;i&gt;" in shown
    assert "processing" in shown


async def test_a_webhook_is_made_tested_switched_off_and_taken_down(browser: Browser) -> None:
    here = f"/office/accounts/{browser.site.account.id}/webhooks"
    refused = await browser.fill(here, url="http://127.0.0.1/hook", dialect="native")
    assert refused.status_code == 400
    made = (await browser.fill(here, url="https://shop.example/hook", dialect="native")).text
    assert "whsec_" in made
    where = re.search(rf'href="({here}/we_\w+)"', made)
    assert where
    assert (await browser.fill(where[1], act="test")).is_redirect
    shown = (await browser.get(where[1])).text
    delivery = re.search(rf'href="({where[1]}/deliveries/dl_\w+)"', shown)
    assert delivery
    assert "webhook_endpoint.test" in (await browser.get(delivery[1])).text
    assert (await browser.fill(delivery[1])).is_redirect
    assert (await browser.fill(where[1], act="off")).is_redirect
    assert "Switch it on" in (await browser.get(where[1])).text
    assert (await browser.fill(where[1], act="on")).is_redirect
    assert (await browser.fill(where[1], act="explode")).status_code == 400
    assert (await browser.fill(where[1], act="remove")).is_redirect
    assert (await browser.get(where[1])).status_code == 404


async def test_a_claim_is_approved_sent_by_the_merchant_and_marked(browser: Browser) -> None:
    site = browser.site
    new = NewPayout(address="sandbox1payee", ledger="sandbox_usdc", amount="5.00")
    claim = await site.house.claims.make(site.account.id, livemode=False, new=new)
    here = f"/office/accounts/{site.account.id}/payouts"
    listed = (await browser.get(here)).text
    assert "sandbox1payee" in listed
    assert "requires approval" in listed
    early = await browser.fill(f"{here}/{claim.id}", act="paid")
    assert early.status_code == 409
    assert (await browser.fill(f"{here}/{claim.id}", act="approve")).is_redirect
    assert "Mark paid" in (await browser.get(here)).text
    assert (await browser.fill(f"{here}/{claim.id}", act="paid")).is_redirect
    assert "succeeded" in (await browser.get(here)).text
    assert (await browser.fill(f"{here}/{claim.id}", act="burn")).status_code == 400
    other = await site.newcomer()
    strange = f"/office/accounts/{other.account.id}/payouts/{claim.id}"
    assert (await browser.fill(strange, act="approve")).status_code == 404


async def test_a_password_is_asked_over_https_or_on_this_machine_alone(tmp_path: Path) -> None:
    url = "http://till.example"
    async with open_site(new_database("sqlite", tmp_path), tmp_path, public_url=url) as site:
        answer = await site.http.get("/office/sign-in", headers={"Accept": "text/html"})
        assert answer.status_code == 403
        assert "OPENTILL_PUBLIC_URL" in answer.text
        here = await site.http.get("http://127.0.0.1:8000/office/sign-in")
        assert here.status_code == 200


async def test_a_welcome_sets_a_password_once_and_signs_in(stranger: Browser) -> None:
    users = stranger.site.house.users
    link = f"/office/welcome/{await users.link(stranger.user.email)}"
    assert stranger.user.email in (await stranger.get(link)).text
    short = await stranger.send(link, {"password": "short"})
    assert short.status_code == 400
    assert "10 to 200 characters" in short.text
    done = await stranger.send(link, {"password": "another password"})
    assert done.headers["location"] == "/office"
    assert (await stranger.get("/office")).status_code == 200
    assert (await stranger.get(link)).status_code == 404
