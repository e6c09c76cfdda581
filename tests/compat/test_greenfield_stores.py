"""Stores over Greenfield: an account's policies by its names, its coins, and the house itself."""

from typing import Any

import pytest

from app.domain.permission import Permission, Right
from app.services.grants import NewGrant
from tests.compat.greenfield_shop import INFO, METHOD, STORE, Shop, wrong
from tests.sites import Site

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def shop(site: Site) -> Shop:
    return Shop(site)


async def owner(site: Site, *permissions: Permission) -> str:
    """Return a key of a user who belongs to the account, with these permissions."""
    email = f"{site.account.id.lower()}@example.org"
    user = await site.house.users.add(email, (site.account.id,), operator=False)
    key, _ = await site.house.grants.give(user, NewGrant(label="shop", permissions=permissions))
    return key


async def test_a_key_has_the_one_store_of_its_account(shop: Shop) -> None:
    stores = await shop.get("/api/v1/stores")
    assert not wrong(stores, STORE)
    assert [one["id"] for one in stores] == [shop.site.account.id]
    assert await shop.get("") == stores[0]
    assert (stores[0]["name"], stores[0]["defaultCurrency"]) == ("A shop", "USD")
    answer = await shop.ask("GET", "/api/v1/stores/acct_0000000000000000000000")
    assert answer.status_code == 403, "nobody learns which stores there are"


async def test_a_store_is_changed_by_its_own_names(shop: Shop) -> None:
    asked = {
        "name": "Tea & Co",
        "website": "https://tea.example",
        "supportUrl": "mailto:help@tea.example",
        "defaultCurrency": "eur",
        "invoiceExpiration": 1200,
        "monitoringExpiration": 3600,
        "speedPolicy": "LowSpeed",
        "paymentTolerance": 0.5,
        "redirectAutomatically": True,
        "defaultLang": "fr-FR",
        "anyoneCanCreateInvoice": True,
        "lightningPrivateRouteHints": True,  # what has no meaning here is left alone
    }
    answer = await shop.ask("PUT", "", asked)
    assert answer.status_code == 200, answer.text
    changed = answer.json()
    expected = asked | {"defaultCurrency": "EUR", "defaultLang": "fr"}
    del expected["lightningPrivateRouteHints"]
    assert {name: changed[name] for name in expected} == expected
    made = await shop.post("invoices", {"amount": 5})
    assert made["currency"] == "EUR"
    assert made["expirationTime"] - made["createdTime"] == 1200
    assert made["monitoringExpiration"] - made["expirationTime"] == 3600
    checkout = made["checkout"]
    assert (checkout["speedPolicy"], checkout["paymentTolerance"]) == ("LowSpeed", 0.5)
    assert (checkout["expirationMinutes"], checkout["redirectAutomatically"]) == (20, True)
    kept = await shop.ask("PUT", "", {"name": "Tea"})
    assert (kept.json()["name"], kept.json()["website"]) == ("Tea", "https://tea.example")


async def test_every_wrong_field_of_a_store_is_told(shop: Shop) -> None:
    wrongly = {"speedPolicy": "Warp", "paymentTolerance": -1, "defaultLang": "tlh"}
    assert set(await shop.faults("", wrongly, "PUT")) == set(wrongly)
    wrongly = {"website": "ftp://x", "defaultCurrency": "XXQ", "invoiceExpiration": 1}
    assert set(await shop.faults("", wrongly, "PUT")) == {
        "website",
        "defaultCurrency",
        "invoiceExpiration",
    }


async def test_a_store_that_was_put_away_is_not_listed(shop: Shop) -> None:
    answer = await shop.ask("DELETE", "")
    assert (answer.status_code, answer.content) == (200, b"")
    assert await shop.get("/api/v1/stores") == []
    assert (await shop.get(""))["archived"] is True
    assert (await shop.ask("PUT", "", {"archived": False})).json()["archived"] is False


async def test_only_who_may_everywhere_makes_a_store_and_owns_it(shop: Shop) -> None:
    body = {"name": "Second", "defaultCurrency": "GBP"}
    for key in (shop.key, await owner(shop.site, Permission(Right.VIEW_STORE))):
        answer = await Shop(shop.site, key).ask("POST", "/api/v1/stores", body)
        assert answer.status_code == 403
        assert answer.json()["missingPermission"] == "btcpay.store.canmodifystoresettings"


async def test_a_user_makes_a_store_by_a_key(site: Site) -> None:
    shop = Shop(site, await owner(site, Permission(Right.MODIFY_STORE)))
    made = await shop.post("/api/v1/stores", {"name": "Second", "defaultCurrency": "GBP"})
    assert not wrong(made, STORE)
    assert (made["name"], made["defaultCurrency"]) == ("Second", "GBP")
    listed = {one["id"] for one in await shop.get("/api/v1/stores")}
    assert listed == {site.account.id, made["id"]}
    assert set(await shop.faults("/api/v1/stores", {})) == {"name"}


async def test_ways_to_be_paid_are_the_accounts_destinations(shop: Shop) -> None:
    methods = await shop.get("payment-methods")
    assert not wrong(methods, METHOD)
    names = {one["paymentMethodId"] for one in methods}
    assert names == {"USDC-SANDBOX", "ETH-SANDBOX", "BTC-SANDBOX"}
    assert all("config" not in one for one in methods)
    (one, *_) = await shop.get("payment-methods?includeConfig=true")
    assert one["config"]["derivationScheme"]
    assert (await shop.get("payment-methods/usdc_sandbox"))["enabled"] is True
    for path in ("payment-methods/BTC-CHAIN", "payment-methods/moon"):
        answer = await shop.ask("GET", path)
        assert answer.status_code == 404
        assert answer.json()["code"] == "paymentmethod-not-found"
    answer = await shop.ask("DELETE", "payment-methods/USDC-SANDBOX")
    assert answer.status_code == 200
    assert await shop.get("payment-methods") == []


async def test_where_money_goes_is_shown_only_to_who_may_change_it(site: Site) -> None:
    shop = Shop(site, await owner(site, Permission(Right.VIEW_STORE, site.account.id)))
    methods = await shop.get("payment-methods?includeConfig=true")
    assert methods
    assert all("config" not in one for one in methods)


async def test_rates_are_told_by_pair(shop: Shop) -> None:
    rates: list[Any] = await shop.get("rates?currencyPair=BTC_USD&currencyPair=usdc_eur")
    assert [one["currencyPair"] for one in rates] == ["BTC_USD", "USDC_EUR"]
    assert rates[0] == {"currencyPair": "BTC_USD", "errors": [], "rate": "50000"}
    assert {one["currencyPair"] for one in await shop.get("rates")} == {
        "BTC_USD",
        "ETH_USD",
        "USDC_USD",
    }
    (unknown,) = await shop.get("rates?currencyPair=MOON_USD")
    assert unknown["rate"] is None
    assert unknown["errors"]
    answer = await shop.ask("GET", "rates?currencyPair=BTC")
    assert answer.status_code == 422


async def test_the_house_says_what_it_is(shop: Shop) -> None:
    info = await shop.get("/api/v1/server/info")
    assert not wrong(info, INFO)
    assert tuple(map(int, info["version"].split("."))) >= (1, 7, 6), "plugins offer refunds then"
    assert info["fullySynched"] is True
    assert "USDC-SANDBOX" in info["supportedPaymentMethods"]
    answer = await shop.site.ask("GET", "/api/v1/health", key=None)
    assert type(answer.json()["synchronized"]) is bool
    for path in ("/misc/permissions", "/misc/lang", "/misc/rate-sources"):
        answer = await shop.site.ask("GET", path, key=None)
        assert answer.status_code == 200
        assert isinstance(answer.json(), list)


async def test_a_key_is_told_what_it_may(shop: Shop) -> None:
    told = await shop.get("/api/v1/api-keys/current")
    assert told["apiKey"] == shop.key
    assert f"btcpay.store.canviewinvoices:{shop.site.account.id}" in told["permissions"]
