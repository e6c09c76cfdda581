"""Least authority: each Greenfield route asks for its own permission, and names it."""

import base64
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from litestar.routes import HTTPRoute

from app.compat.greenfield import routes
from app.domain.permission import Permission, Right, covers, of_accounts
from app.domain.user import User
from app.services.grants import NewGrant
from app.web.doors import Need, need_of
from tests.compat.greenfield_shop import ERROR, Shop, wrong
from tests.houses import new_database
from tests.sites import Site, open_site

pytestmark = pytest.mark.asyncio(loop_scope="module")

PASSWORD = "a password of some length"
OPEN, ANY = "open", "any key"
STORE = "btcpay.store."
# What each route needs, as BTCPay Server's published API has it: written once more, and by hand.
# `{}` stands for an id. Whatever is addressed by its id alone may also be addressed below a store.
NEEDS = {
    "GET health": OPEN,
    "GET server/info": ANY,
    "POST api-keys": "unrestricted",
    "GET api-keys/current": ANY,
    "DELETE api-keys/current": ANY,
    "DELETE api-keys/{}": "unrestricted",
    "GET stores": f"{STORE}canviewstoresettings",
    "POST stores": f"{STORE}canmodifystoresettings",
    "GET stores/{}": f"{STORE}canviewstoresettings",
    "PUT stores/{}": f"{STORE}canmodifystoresettings",
    "DELETE stores/{}": f"{STORE}canmodifystoresettings",
    "GET stores/{}/rates": f"{STORE}canviewstoresettings",
    "GET stores/{}/rates/configuration": f"{STORE}canviewstoresettings",
    "GET stores/{}/rates/configuration/{}": f"{STORE}canviewstoresettings",
    "PUT stores/{}/rates/configuration": f"{STORE}canmodifystoresettings",
    "PUT stores/{}/rates/configuration/{}": f"{STORE}canmodifystoresettings",
    "POST stores/{}/rates/configuration/preview": f"{STORE}canmodifystoresettings",
    "GET stores/{}/payment-methods": f"{STORE}canviewstoresettings",
    "GET stores/{}/payment-methods/{}": f"{STORE}canviewstoresettings",
    "PUT stores/{}/payment-methods/{}": f"{STORE}canmodifystoresettings",
    "DELETE stores/{}/payment-methods/{}": f"{STORE}canmodifystoresettings",
    "GET stores/{}/invoices": f"{STORE}canviewinvoices",
    "POST stores/{}/invoices": f"{STORE}cancreateinvoice",
    "GET invoices/{}": f"{STORE}canviewinvoices",
    "PUT invoices/{}": f"{STORE}canmodifyinvoices",
    "DELETE invoices/{}": f"{STORE}canmodifyinvoices",
    "GET invoices/{}/payment-methods": f"{STORE}canviewinvoices",
    "POST invoices/{}/payment-methods/{}/activate": f"{STORE}canviewinvoices",
    "POST invoices/{}/status": f"{STORE}canmodifyinvoices",
    "POST invoices/{}/unarchive": f"{STORE}canmodifyinvoices",
    "POST invoices/{}/refund": f"{STORE}cancreatepullpayments",
    "GET invoices/{}/refund/{}": f"{STORE}cancreatepullpayments",
    "GET stores/{}/webhooks": f"{STORE}webhooks.canmodifywebhooks",
    "POST stores/{}/webhooks": f"{STORE}webhooks.canmodifywebhooks",
    "GET webhooks/{}": f"{STORE}webhooks.canmodifywebhooks",
    "PUT webhooks/{}": f"{STORE}webhooks.canmodifywebhooks",
    "DELETE webhooks/{}": f"{STORE}webhooks.canmodifywebhooks",
    "POST webhooks/{}/test": f"{STORE}webhooks.canmodifywebhooks",
    "GET webhooks/{}/deliveries": f"{STORE}webhooks.canmodifywebhooks",
    "GET webhooks/{}/deliveries/{}": f"{STORE}webhooks.canmodifywebhooks",
    "GET webhooks/{}/deliveries/{}/request": f"{STORE}webhooks.canmodifywebhooks",
    "POST webhooks/{}/deliveries/{}/redeliver": f"{STORE}webhooks.canmodifywebhooks",
    "GET stores/{}/payment-requests": f"{STORE}canviewpaymentrequests",
    "POST stores/{}/payment-requests": f"{STORE}canmodifypaymentrequests",
    "GET payment-requests/{}": f"{STORE}canviewpaymentrequests",
    "PUT payment-requests/{}": f"{STORE}canmodifypaymentrequests",
    "DELETE payment-requests/{}": f"{STORE}canmodifypaymentrequests",
    "POST payment-requests/{}/pay": f"{STORE}canviewpaymentrequests",
    "GET stores/{}/pull-payments": f"{STORE}canmanagepullpayments",
    "POST stores/{}/pull-payments": f"{STORE}cancreatenonapprovedpullpayments",
    "DELETE pull-payments/{}": f"{STORE}canarchivepullpayments",
    "GET pull-payments/{}": OPEN,
    "GET pull-payments/{}/payouts": OPEN,
    "POST pull-payments/{}/payouts": OPEN,
    "GET pull-payments/{}/payouts/{}": OPEN,
    "GET pull-payments/{}/lnurl": OPEN,
    "GET stores/{}/payouts": f"{STORE}canviewpayouts",
    "POST stores/{}/payouts": f"{STORE}cancreatenonapprovedpullpayments",
    "GET payouts/{}": f"{STORE}canmanagepullpayments",
    "POST payouts/{}": f"{STORE}canmanagepullpayments",
    "DELETE payouts/{}": f"{STORE}canmanagepullpayments",
    "POST payouts/{}/mark": f"{STORE}canmanagepullpayments",
    "POST payouts/{}/mark-paid": f"{STORE}canmanagepullpayments",
}
GAP = re.compile(r"\{\w+(?::\w+)?\}")


def written(method: str, path: str) -> str:
    """Return a route's line of the table."""
    short = GAP.sub("{}", path).strip("/").removeprefix("api/v1/")
    line = f"{method} {short}"
    return line if line in NEEDS else f"{method} {short.removeprefix('stores/{}/')}"


def served() -> list[tuple[str, str, Need | None]]:
    """Return every route below /api/v1/, and what it says it needs."""
    return sorted(
        (
            (method, route.path, need_of(handler))
            for route in routes.router().routes
            if isinstance(route, HTTPRoute) and route.path.startswith("/api/v1/")
            for handler in route.route_handlers
            for method in handler.http_methods
            if method != "OPTIONS"
        ),
        key=lambda one: one[:2],
    )


SERVED = served()
GUARDED = [
    pytest.param(method, path, need.right, id=f"{method} {path}")
    for method, path, need in SERVED
    if need is not None and need.right is not None
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house_site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """A house on one database: what is asked here is asked before any is read."""
    folder = tmp_path_factory.mktemp("house")
    async with open_site(new_database("sqlite", folder), folder) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def operator(house_site: Site) -> AsyncIterator[User]:
    """Whoever may give every right there is."""
    users = house_site.house.users
    await users.add("boss@example.com", (), operator=True)
    yield await users.accept(await users.link("boss@example.com"), "", PASSWORD)


async def key(site: Site, user: User, rights: set[Right], account: str | None = "") -> str:
    """Return a key with rights on a site's account, on another, or (None) everywhere."""
    where = site.account.id if account == "" else account
    permissions = tuple(
        Permission(one, where if of_accounts(one) else None) for one in sorted(rights)
    )
    text, _ = await site.house.grants.give(user, NewGrant(label="a", permissions=permissions))
    return text


async def address(site: Site, path: str) -> str:
    """Return a route's address with things that are there, where it asks for them."""
    ids: dict[str, str] = {"store_id": site.account.id}
    if "{invoice_id" in path:
        ids["invoice_id"] = (await site.intent())["id"]
    if "{webhook_id" in path:
        made = await site.post("/v1/webhook_endpoints", {"url": "https://shop.example/hook"})
        ids["webhook_id"] = made["id"]
    return GAP.sub(lambda gap: ids.get(gap[0].strip("{}").partition(":")[0], "nothing"), path)


@pytest.mark.parametrize(("method", "path", "need"), SERVED, ids=lambda one: str(one)[:60])
async def test_a_route_needs_what_it_needs_there(method: str, path: str, need: Need | None) -> None:
    line = written(method, path)
    assert line in NEEDS, "say in NEEDS what this route needs"
    assert need is not None, "a route that says nothing is shut"
    if not need.key:
        assert NEEDS[line] == OPEN
    else:
        assert NEEDS[line] == (need.right or ANY)


@pytest.mark.parametrize(("method", "path", "right"), GUARDED)
async def test_a_key_without_the_permission_is_told_its_name(
    site: Site, operator: User, method: str, path: str, right: Right
) -> None:
    at = await address(site, path)
    lacking = {one for one in Right if right not in covers(one)}
    shop = Shop(site, await key(site, operator, lacking))
    answer = await shop.ask(method, at, {})
    assert answer.status_code == 403, answer.text
    refusal = answer.json()
    assert wrong(refusal, ERROR) == []
    assert refusal["code"] == "missing-permission"
    assert refusal["missingPermission"] == right
    assert right in refusal["message"]


@pytest.mark.parametrize(("method", "path", "right"), GUARDED)
async def test_a_key_with_the_permission_alone_comes_in(
    site: Site, operator: User, method: str, path: str, right: Right
) -> None:
    at = await address(site, path)
    everywhere = next(need for one, p, need in SERVED if (one, p) == (method, path))
    assert everywhere is not None
    account = None if everywhere.everywhere else ""
    shop = Shop(site, await key(site, operator, {right}, account))
    answer = await shop.ask(method, at, {})
    assert answer.status_code not in (401, 403, 500, 501), answer.text


@pytest.mark.parametrize(("method", "path", "right"), GUARDED)
async def test_a_key_of_another_account_does_not(
    site: Site, operator: User, method: str, path: str, right: Right
) -> None:
    if not of_accounts(right) or "{" not in path:
        return  # it names no account's thing
    at = await address(site, path)
    other = await site.newcomer()
    for stranger in (
        Shop(other, other.sk),
        Shop(other, await key(other, operator, {one for one in Right if of_accounts(one)})),
    ):
        answer = await stranger.ask(method, at, {})
        assert answer.status_code in (403, 404), answer.text
        assert "error" not in answer.json()


@pytest.mark.parametrize(
    ("method", "path", "need"),
    [one for one in SERVED if one[2] is not None and one[2].key],
    ids=lambda one: str(one)[:60],
)
async def test_nobody_comes_in_without_a_key(
    site: Site, method: str, path: str, need: Need
) -> None:
    at = await address(site, path)
    for sent in (None, "token ", "token gk_unknown", f"token {site.pk}", "Basic no", "x y"):
        headers = {"Authorization": sent} if sent is not None else {}
        answer = await site.ask(method, at, {}, key=None, headers=headers)
        assert answer.status_code == 401, f"{sent}: {answer.text}"
        assert answer.json()["code"] == "unauthenticated"


async def test_a_secret_key_is_a_token_with_every_right_on_its_account(site: Site) -> None:
    shop = Shop(site)
    current = await shop.get("/api/v1/api-keys/current")
    assert current["apiKey"] == site.sk
    assert set(current["permissions"]) == {
        f"{one}:{site.account.id}" for one in Right if of_accounts(one)
    }
    assert [one["id"] for one in await shop.get("/api/v1/stores")] == [site.account.id]
    ended = await shop.ask("DELETE", "/api/v1/api-keys/current")
    assert ended.status_code == 409


async def test_a_key_makes_another_that_may_less_and_ends_both(site: Site, operator: User) -> None:
    boss = Shop(site, await key(site, operator, {Right.EVERYTHING}))
    view = f"btcpay.store.canviewinvoices:{site.account.id}"
    made = await boss.post("/api/v1/api-keys", {"label": "till", "permissions": [view]})
    assert (made["label"], made["permissions"]) == ("till", [view])
    lesser = Shop(site, made["apiKey"])
    assert await lesser.get("/api/v1/api-keys/current") == made
    assert (await lesser.ask("POST", "/api/v1/api-keys", {})).status_code == 403
    ended = await boss.ask("DELETE", f"/api/v1/api-keys/{made['apiKey']}")
    assert ended.status_code == 200
    assert (await lesser.ask("GET", "/api/v1/api-keys/current")).status_code == 401
    ended = await boss.ask("DELETE", "/api/v1/api-keys/current")
    assert ended.status_code == 200
    assert (await boss.ask("GET", "/api/v1/api-keys/current")).status_code == 401


async def test_a_permission_nobody_knows_is_a_fault_with_its_place(
    site: Site, operator: User
) -> None:
    boss = Shop(site, await key(site, operator, {Right.EVERYTHING}))
    asked: dict[str, Any] = {"permissions": ["btcpay.store.canviewinvoices", "btcpay.store.canfly"]}
    answer = await boss.ask("POST", "/api/v1/api-keys", asked)
    assert answer.status_code == 422
    assert [one["path"] for one in answer.json()] == ["permissions[1]"]


async def test_a_password_is_a_key_too_unless_codes_are_asked_for(
    site: Site, operator: User
) -> None:
    shop = Shop(site)
    basic = base64.b64encode(f"{operator.email}:{PASSWORD}".encode()).decode()
    headers = {"Authorization": f"Basic {basic}"}
    answer = await site.ask("GET", f"{shop.root}/invoices", key=None, headers=headers)
    assert answer.status_code == 200, answer.text
    wrong_one = base64.b64encode(f"{operator.email}:wrong".encode()).decode()
    headers = {"Authorization": f"Basic {wrong_one}"}
    answer = await site.ask("GET", f"{shop.root}/invoices", key=None, headers=headers)
    assert answer.status_code == 401
