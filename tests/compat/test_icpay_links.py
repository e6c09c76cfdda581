"""ICPay's payment links: a till makes one with its intent, and whoever opens it pays that one."""

from typing import Any

import pytest

from tests.sites import Site, told

pytestmark = pytest.mark.asyncio(loop_scope="module")
TILL = "/sdk/public/payment-links"
PUBLIC = "/public/payment-links"
ORIGIN = {"Origin": "https://till.example"}
ASKED = ("Email", "Name", "Address", "Phone", "Business", "Shipping")


async def make(site: Site, **more: Any) -> Any:
    body = {"amountUsd": 12.5, "name": "Table 4", "tokenShortcodes": ["sandbox_usdc"]} | more
    return told(await site.ask("POST", TILL, body, key=site.pk), 201)


async def test_a_till_makes_a_link_and_the_one_intent_that_is_paid(site: Site) -> None:
    made = await make(site)
    path = f"/pay/{made['shortcode']}?paymentIntentId={made['paymentIntentId']}"
    assert made["url"].endswith(path)
    for _ in range(2):  # whoever opens it, and opens it again
        page = await site.http.get(path)
        assert (page.status_code, page.headers["location"]) == (
            303,
            f"/i/{made['paymentIntentId']}",
        )
    read = f"/sdk/public/payments/intents/{made['paymentIntentId']}"
    intent = (await site.get(read, key=site.pk))["paymentIntent"]
    assert (intent["amountUsd"], intent["tokenShortcode"]) == (12.5, "sandbox_usdc")
    mark = {"id": made["id"], "shortcode": made["shortcode"], "quantity": 1}
    assert intent["metadata"]["icpayPaymentLink"] == mark
    body = {"paymentIntentId": intent["id"], "tokenShortcode": "sandbox_usdc", "amountUsd": 12.5}
    again = await site.ask("POST", "/sdk/public/payments/intents", body, key=site.pk)
    assert told(again, 200)["paymentIntentId"] == intent["id"]
    await site.pay(intent["id"], confirmations=12)
    (kept,) = (await site.get("/v1/payment_intents"))["data"]
    assert (await site.look(kept["id"]))["status"] == "succeeded"
    assert kept["metadata"]["icpayPaymentLink"] == mark
    link = (await site.get(f"{PUBLIC}/{made['shortcode']}", key=None))["link"]
    assert link["redemptions"] == 1


async def test_of_several_tokens_the_payer_chooses(site: Site) -> None:
    for tokens in (["sandbox_usdc", "sandbox_eth"], [], None):
        made = await make(site, tokenShortcodes=tokens)
        intent = await site.get(f"/v1/payment_intents/{made['paymentIntentId']}")
        assert intent["ledger"] is None
        assert made["link"]["tokenShortcodes"] == (tokens or None)
        if tokens:
            assert list(intent["ledgers"]) == tokens


async def test_a_link_is_read_by_anybody_with_every_field(site: Site) -> None:
    made = await make(site, description="Green", showWalletConnectQr=True, showBaseWalletQr=False)
    answer = await site.ask("GET", f"{PUBLIC}/{made['shortcode']}", key=None, headers=ORIGIN)
    public = told(answer, 200)
    assert answer.headers["access-control-allow-origin"] == "*"
    assert public["link"] == made["link"]
    assert (public["link"]["name"], public["link"]["description"]) == ("Table 4", "Green")
    assert b'"amountUsd":12.50' in answer.content
    assert (public["link"]["showWalletConnectQr"], public["link"]["showBaseWalletQr"]) == (
        True,
        False,
    )
    account = public["account"]
    assert (account["id"], account["name"]) == (site.account.id, site.account.name)
    assert account["publishableKey"] is None, "a key is never told a second time"
    ours = await site.link(
        currency="EUR",
        collect={"email": "required", "name": "optional"},
        quantity={"allow": True, "min": 2, "default": 3, "max": 9},
        max_redemptions=4,
        metadata={"icpayLink": {"widgetOptions": {"theme": "dark"}}, "shelf": "secret"},
    )
    link = (await site.get(f"{PUBLIC}/{ours['shortcode']}", key=None))["link"]
    asked = {
        f"{verb}{one}": link[f"{verb}{one}"] for one in ASKED for verb in ("collect", "require")
    }
    assert {name for name, value in asked.items() if value} == {
        *("collectEmail", "requireEmail", "collectName")
    }
    quantity = [link[f"{word}Quantity"] for word in ("allow", "min", "default", "max")]
    assert quantity == [True, 2, 3, 9]
    assert (link["maxRedemptions"], link["isActive"]) == (4, True)
    assert (link["amountUsd"], link["amountInFiat"], link["fiatCurrencyId"]) == (None, 3, "EUR")
    assert (link["widgetOptions"], link["showBaseWalletQr"]) == ({"theme": "dark"}, True)
    assert "secret" not in str(link), "metadata is the merchant's own"
    await site.patch(
        f"/v1/payment_links/{ours['id']}", {"active": False, "metadata": {"icpayLink": 1}}
    )
    closed = (await site.get(f"{PUBLIC}/{ours['shortcode']}", key=None))["link"]
    assert (closed["isActive"], closed["widgetOptions"]) == (False, {})


async def test_what_cannot_be_sold_is_refused_by_name_and_leaves_nothing(site: Site) -> None:
    for body, field in (
        ({}, "amountUsd"),
        ({"amountUsd": 0.004}, "amountUsd"),
        ({"amountUsd": -1}, "amountUsd"),
        ({"amountUsd": 1, "tokenShortcodes": ["moon_dust"]}, "tokenShortcodes"),
        ({"amountUsd": 1, "tokenShortcodes": ["sandbox_usdc"] * 51}, "tokenShortcodes"),
        ({"amountUsd": 1, "name": "x" * 201}, "name"),
    ):
        refused = told(await site.ask("POST", TILL, body, key=site.pk), 400)
        assert field in refused["message"], refused
    await site.patch("/v1/account", {"browser_amounts": False})
    assert told(await site.ask("POST", TILL, {"amountUsd": 1}, key=site.pk), 403)["message"]
    told(await site.ask("POST", TILL, {"amountUsd": 1}, key=None), 401)
    assert (await site.get("/v1/payment_links"))["data"] == []
    assert (await site.get("/v1/payment_intents"))["data"] == []
    told(await site.ask("POST", TILL, {"amountUsd": 1}), 201)
    gone = await site.ask("GET", f"{PUBLIC}/nothing", key=None, headers=ORIGIN)
    assert told(gone, 404)["message"]
    assert gone.headers["access-control-allow-origin"] == "*"


async def test_a_link_that_nobody_could_pay_is_not_left_behind(site: Site) -> None:
    live = await site.newcomer(live=True)
    told(await live.ask("POST", TILL, {"amountUsd": 1}), 400)
    assert (await live.get("/v1/payment_links"))["data"] == []
