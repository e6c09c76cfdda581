"""The office in a browser: signing in, a shop that asks for a key, and every page usable."""

from pathlib import Path
from urllib.parse import parse_qsl, quote

import httpx
import pytest
from playwright.sync_api import Page, expect

from e2e import axe
from e2e.conftest import Open
from e2e.till import Till
from e2e.tunnel import Tunnel
from tests.components import Answer, Receiver, free_port

EMAIL = "owner@example.com"
PASSWORD = "a password of some length"
ASKED = (
    "btcpay.store.canviewinvoices",
    "btcpay.store.cancreateinvoice",
    "btcpay.store.canviewstoresettings",
    "btcpay.store.canmodifyinvoices",
    "btcpay.store.cancreatenonapprovedpullpayments",
    "btcpay.store.webhooks.canmodifywebhooks",
)
THANKS = Answer(
    body=b"<!doctype html><title>Shop</title><h1>Connected</h1>",
    headers={"Content-Type": "text/html"},
)


@pytest.fixture(scope="module")
def owned(till: Till) -> Till:
    """The demo, with its first user made by the link it told."""
    with httpx.Client(base_url=till.url, trust_env=False) as http:
        link = till.office.removeprefix(till.url)
        form = {"email": EMAIL, "password": PASSWORD}
        made = http.post(link, data=form, headers={"Origin": till.url})
        assert made.is_redirect, made.text
    return till


@pytest.fixture
def page(open_page: Open) -> Page:
    opened = open_page(viewport={"width": 1280, "height": 1000})
    axe.install(opened.context)
    return opened


def sign_in(page: Page) -> None:
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_a_shop_asks_and_ends_with_a_key_that_may_just_what_it_asked(
    owned: Till, page: Page, receiver: Receiver
) -> None:
    receiver.answer = THANKS
    back = f"{receiver.url}/?btcpay-settings-callback"
    asked = "&".join(f"permissions={one}" for one in ASKED)
    page.goto(
        f"{owned.url}/api-keys/authorize?{asked}&applicationName=WooCommerce&strict=true"
        f"&selectiveStores=true&redirect={quote(back, safe='')}"
    )
    sign_in(page)
    expect(page.get_by_role("heading", name="WooCommerce asks for a key")).to_be_visible()
    expect(page.get_by_text(receiver.url)).to_be_visible()
    assert axe.faults(page) == []
    page.get_by_role("button", name="Give the key").click()
    expect(page.get_by_role("heading", name="Connected")).to_be_visible()

    (heard,) = [one for one in receiver.heard if one.method == "POST"]
    assert heard.path == "/?btcpay-settings-callback"
    assert heard.headers["Content-Type"] == "application/x-www-form-urlencoded"
    form = parse_qsl(heard.body.decode(), strict_parsing=True)
    account = owned.ask("GET", "/v1/account")["id"]
    assert [value for name, value in form if name == "permissions[]"] == [
        f"{one}:{account}" for one in ASKED
    ]
    told = dict(form)
    assert told["userId"].startswith("usr_")
    with httpx.Client(base_url=owned.url, trust_env=False) as http:
        http.headers["Authorization"] = f"token {told['apiKey']}"
        current = http.get("/api/v1/api-keys/current")
        assert current.status_code == 200, current.text
        assert current.json()["permissions"] == [f"{one}:{account}" for one in ASKED]
        stores = http.get("/api/v1/stores")
        assert [one["id"] for one in stores.json()] == [account]
        refused = http.post("/api/v1/api-keys", json={})
        assert refused.status_code == 403
        assert refused.json()["missingPermission"] == "unrestricted"


def test_every_page_can_be_used_by_everybody(owned: Till, page: Page) -> None:
    intent = owned.intent(order_id="A1")
    endpoint = owned.ask("POST", "/v1/webhook_endpoints", {"url": f"{owned.url}/nothing"})
    test = owned.ask("POST", f"/v1/webhook_endpoints/{endpoint['id']}/test")
    account = owned.ask("GET", "/v1/account")["id"]
    here = f"/office/accounts/{account}"
    page.goto(f"{owned.url}/office")
    assert axe.faults(page) == []
    sign_in(page)
    expect(page.get_by_role("heading", name="Accounts")).to_be_visible()
    for path in (
        "/office",
        "/office/keys",
        "/office/security",
        "/office/security/codes",
        "/api-tokens",
        here,
        f"{here}/payments/{intent}",
        f"{here}/payouts",
        f"{here}/destinations",
        f"{here}/keys",
        f"{here}/webhooks",
        f"{here}/webhooks/{endpoint['id']}",
        f"{here}/webhooks/{endpoint['id']}/deliveries/{test['delivery']}",
        f"{here}/settings",
    ):
        page.goto(f"{owned.url}{path}")
        assert axe.faults(page) == [], path


def test_the_office_fits_a_phone_and_the_dark(owned: Till, open_page: Open) -> None:
    page = open_page(viewport={"width": 320, "height": 640}, color_scheme="dark")
    axe.install(page.context)
    page.goto(f"{owned.url}/office/keys")
    sign_in(page)
    account = owned.ask("GET", "/v1/account")["id"]
    here = f"/office/accounts/{account}"
    intent = owned.intent()
    for path in ("/office", "/office/keys", here, f"{here}/payments/{intent}", f"{here}/keys"):
        page.goto(f"{owned.url}{path}")
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= 320, f"{path} is {width} wide"
        # A table scrolls in its own region; axe cannot judge what lies beyond its edge.
        violated = [line for line in axe.faults(page) if not line.startswith("incomplete")]
        assert violated == [], path


def test_over_https_a_browser_keeps_the_cookie_for_this_host_alone(
    open_page: Open, tmp_path: Path
) -> None:
    port = free_port()
    with (
        Tunnel(tmp_path, port) as tunnel,
        Till(tmp_path / "data", port=port, OPENTILL_PUBLIC_URL=tunnel.url) as till,
    ):
        page = open_page(ignore_https_errors=True)
        page.goto(till.office)
        page.get_by_label("E-mail").fill(EMAIL)
        page.get_by_label("New password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in with it").click()
        expect(page.get_by_role("heading", name="Accounts")).to_be_visible()
        (cookie,) = page.context.cookies()
        assert cookie["name"] == "__Host-opentill"
        assert (cookie["secure"], cookie["httpOnly"]) == (True, True)
        assert (cookie["sameSite"], cookie["path"]) == ("Lax", "/")
        assert page.evaluate("document.cookie") == ""
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("button", name="Sign in")).to_be_visible()
        assert page.context.cookies() == []
