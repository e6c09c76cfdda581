"""Bitpay's wire: who is let in, what is read of a request, and what an invoice looks like."""

import json
from decimal import Decimal
from typing import Any

import httpx
import pytest

from app.domain.permission import Permission, Right
from app.services.account_changes import AccountChanges
from app.services.grants import NewGrant
from tests.compat.bitpay_shop import Application, ask, basic
from tests.sites import Site, told

pytestmark = pytest.mark.asyncio(loop_scope="module")

NEW = {"price": 20, "currency": "USD", "orderId": "o1"}
DOLLAR = {"paymentCurrencies": ["USDC-SANDBOX"]}
# What a client may look at, whatever an invoice was made with.
FIELDS = {
    "addresses", "amountPaid", "bitcoinAddress", "btcDue", "btcPaid", "btcPrice", "buyer",
    "buyerPaidBtcMinerFee", "buyerTotalBtcAmount", "cryptoInfo", "currency", "currentTime",
    "exRates", "exceptionStatus", "exchangeRates", "expirationTime", "flags", "guid", "id",
    "invoiceTime", "itemCode", "itemDesc", "lowFeeDetected", "minerFees", "orderId",
    "paymentCodes", "paymentSubtotals", "paymentTotals", "paymentUrls", "posData", "price",
    "rate", "refundAddressRequestPending", "status", "supportedTransactionCurrencies", "token",
    "url",
}  # fmt: skip
WAY = {
    "address", "cryptoCode", "cryptoPaid", "due", "exRates", "networkFee", "paid",
    "paymentType", "paymentUrls", "payments", "price", "rate", "totalDue", "txCount", "url",
}  # fmt: skip
URLS = {"BIP21", "BIP72", "BIP72b", "BIP73", "BOLT11"}


def refused(response: httpx.Response, status: int) -> str:
    """Return the error of a refusal, after checking that it is one that clients read."""
    assert response.status_code == status, response.text
    body = response.json()
    assert set(body) == ({"error", "errors"} if status == 401 else {"error"})
    if status == 401:
        assert body["errors"] == [{"error": body["error"]}]
    return str(body["error"])


async def made(site: Site, **more: Any) -> Any:
    """Make an invoice with a legacy key and return it."""
    answer = told(await ask(site, "POST", "/invoices", NEW | DOLLAR | more), 200)
    assert answer["facade"] == "pos/invoice"
    return answer["data"]


async def paired(site: Site, number: int) -> Application:
    """Return an application that acts for the site's account."""
    application = Application(int(site.account.id.removeprefix("acct_")) * 1000 + number)
    code = (await site.house.pairings.offer(site.account.id)).code
    body = {"id": application.sin, "pairingCode": code}
    told(await site.ask("POST", "/tokens", body, key=None), 200)
    return application


async def test_an_invoice_has_every_field_its_clients_read(site: Site) -> None:
    invoice = await made(site, itemDesc="Tea", posData='{"a":1}', taxIncluded="1.5")
    assert set(invoice) == FIELDS | {"taxIncluded"}
    assert invoice["taxIncluded"] == 1.5
    assert invoice["url"] == f"{site.house.settings.url}/invoice?id={invoice['id']}"
    assert (invoice["status"], invoice["exceptionStatus"]) == ("new", False)
    assert (invoice["price"], invoice["currency"]) == (20, "USD")
    now = int(site.world.now().timestamp() * 1000)
    assert invoice["invoiceTime"] == invoice["currentTime"] == now
    assert invoice["expirationTime"] == now + 900_000
    (way,) = invoice["cryptoInfo"]
    assert set(way) == WAY
    assert set(way["paymentUrls"]) == set(invoice["paymentCodes"]["USDC-SANDBOX"]) == URLS
    assert (way["cryptoCode"], way["paymentType"]) == ("USDC", "USDC-SANDBOX")
    assert (way["price"], way["due"], way["paid"], way["cryptoPaid"]) == ("20", "20", "0", "0")
    assert invoice["addresses"] == {"USDC-SANDBOX": way["address"]}
    assert invoice["paymentTotals"] == {"USDC-SANDBOX": 20_000_000}
    assert way["address"]
    bitcoin = ("btcPrice", "btcDue", "btcPaid", "bitcoinAddress", "exRates", "paymentUrls")
    assert {invoice[name] for name in bitcoin} == {None}
    without = await made(site)
    assert set(without) == FIELDS


async def test_names_are_read_whatever_their_case_and_numbers_as_text(site: Site) -> None:
    body = {
        "PRICE": "12.30",
        "Currency": "eur",
        "orderID": 4711,
        "ITEMDESC": "Tea",
        "notificationEmail": "shop@example.com",
        "Buyer": {"Name": "Ada", "EMAIL": "ada@example.com", "Zip": 1010},
        "buyerName": "Ada L.",
        "fullNotifications": "true",
        "physical": 1,
        "posData": {"cart": [1, 2]},
        "supportedTransactionCurrencies": {"usdc_sandbox": {"Enabled": True}, "ETH-SANDBOX": {}},
        "buyerAddress1": None,
        "nonce": 12345678901234567890,
    }
    answer = told(await ask(site, "POST", "/invoices", body), 200)["data"]
    assert (answer["price"], answer["currency"], answer["orderId"]) == (12.3, "EUR", "4711")
    assert answer["itemDesc"] == "Tea"
    assert json.loads(answer["posData"]) == {"cart": [1, 2]}
    buyer = answer["buyer"]
    assert (buyer["name"], buyer["email"]) == ("Ada L.", "ada@example.com")
    assert (buyer["postalCode"], buyer["address1"]) == ("1010", None)
    assert set(answer["supportedTransactionCurrencies"]) == {"USDC"}
    ours = await site.get(f"/v1/payment_intents/{answer['id']}")
    assert (ours["order_id"], ours["description"]) == ("4711", "Tea")
    assert ours["customer_email"] == "ada@example.com"
    assert ours["metadata"]["physical"] is True


@pytest.mark.parametrize(
    ("price", "kept"),
    [("20", "20"), ("0.1", "0.1"), ("30.299999999999997", "30.3"), ("1E+2", "100")],
)
async def test_a_price_is_exact_whatever_a_language_makes_of_it(
    site: Site, price: str, kept: str
) -> None:
    body = f'{{"price":{price},"currency":"USD","paymentCurrencies":["USDC-SANDBOX"]}}'
    headers = basic(site.sk) | {"Content-Type": "application/json"}
    answer = await site.http.post("/invoices", content=body, headers=headers)
    assert answer.status_code == 200, answer.text
    read = json.loads(answer.text, parse_float=Decimal)["data"]
    assert Decimal(read["price"]) == Decimal(kept)


@pytest.mark.parametrize("high", [False, True], ids=["low S", "high S"])
@pytest.mark.parametrize("path", ["/invoices", "/invoices/"])
async def test_an_application_signs_what_it_asks(site: Site, path: str, *, high: bool) -> None:
    application = await paired(site, 1)
    body = NEW | DOLLAR | {"token": "whatever", "itemDesc": "Tée"}
    answer = told(await application.ask(site, "POST", path, body, high=high), 200)["data"]
    again = f"/invoices/{answer['id']}{path.removeprefix('/invoices')}?token=whatever"
    assert told(await application.ask(site, "GET", again, high=high), 200)["data"]["price"] == 20
    listed = told(await application.ask(site, "GET", "/invoices?status=new&token=x"), 200)
    assert [one["id"] for one in listed["data"]] == [answer["id"]]


async def test_a_signature_is_over_the_address_and_the_body(site: Site) -> None:
    application = await paired(site, 5)
    url = site.house.settings.url
    said = json.dumps(NEW).encode()
    good = application.headers(f"{url}/invoices", said)
    wrong = (
        application.headers(f"{url}/invoices", said + b" "),
        application.headers(f"{url}/invoices?x=1", said),
        application.headers("https://elsewhere.example/invoices", said),
        good | {"X-Signature": ""},
        good | {"X-Identity": Application(6).key},
    )
    for headers in wrong:
        for also in ({}, {"Host": "elsewhere.example", "X-Forwarded-Host": "elsewhere.example"}):
            sent = headers | also | {"Content-Type": "application/json"}
            answer = await site.http.post("/invoices", content=said, headers=sent)
            assert refused(answer, 401) == "BitId authentication failed"
    stranger = Application(7)
    refused(await stranger.ask(site, "GET", "/invoices"), 401)
    assert told(await stranger.ask(site, "GET", "/tokens"), 200) == {"data": []}


async def test_a_legacy_key_is_the_whole_of_basic(site: Site) -> None:
    for key in (site.sk, f"{site.sk}:"):
        told(await site.ask("GET", "/invoices", key=None, headers=basic(key)), 200)
    stranger = await site.newcomer()
    wrong = (basic(site.pk), basic("sk_test_nobody"), basic(""), basic(f"x:{site.sk}"))
    for headers in (*wrong, {"Authorization": "Basic ???"}, {"Authorization": site.sk}):
        answer = await site.ask("GET", "/invoices", key=None, headers=headers)
        assert refused(answer, 401) == "ApiKey authentication failed"
    answer = await site.ask("GET", "/invoices", key=None)
    assert refused(answer, 401) == "Authentication required"
    invoice = await made(site)
    answer = await ask(stranger, "GET", f"/invoices/{invoice['id']}")
    assert refused(answer, 404) == "Object not found"


async def test_a_key_with_permissions_may_just_what_they_say(site: Site) -> None:
    other = await site.newcomer()
    users, grants = site.house.users, site.house.grants
    reach = (site.account.id, other.account.id)
    user = await users.add(f"{site.account.id}@example.com", reach, operator=False)

    async def key(*permissions: Permission) -> dict[str, str]:
        text, _ = await grants.give(user, NewGrant(label="WHMCS", permissions=permissions))
        return basic(text)

    async def status(method: str, headers: dict[str, str], query: str = "") -> httpx.Response:
        body = NEW | DOLLAR if method == "POST" else None
        return await site.ask(method, f"/invoices{query}", body, key=None, headers=headers)

    view, create = Right.VIEW_INVOICES, Right.CREATE_INVOICE
    views = await key(Permission(view, site.account.id))
    told(await status("GET", views), 200)
    assert create in refused(await status("POST", views), 403)
    creates = await key(Permission(create, site.account.id))
    told(await status("POST", creates), 200)
    assert view in refused(await status("GET", creates), 403)
    neither = await key(Permission(Right.MODIFY_WEBHOOKS, site.account.id))
    assert view in refused(await status("GET", neither), 403)
    both = await key(Permission(view, site.account.id), Permission(view, other.account.id))
    assert "storeId" in refused(await status("GET", both), 401)
    found = told(await status("GET", both, f"?storeId={other.account.id}"), 200)
    assert found == {"data": []}
    stranger = await site.newcomer()
    refused(await status("GET", both, f"?storeId={stranger.account.id}"), 401)


async def test_anybody_makes_an_invoice_only_where_the_account_allows_it(site: Site) -> None:
    path = f"/invoices?storeId={site.account.id}"
    refused(await site.ask("POST", path, NEW | DOLLAR, key=None), 401)
    refused(await site.ask("POST", "/invoices", NEW | DOLLAR, key=None), 401)
    await site.house.accounts.change(site.account.id, AccountChanges(anonymous_intents=True))
    for named in ("storeId", "storeID", "StoreId"):
        path = f"/invoices?{named}={site.account.id}"
        told(await site.ask("POST", path, NEW | DOLLAR, key=None), 200)
        refused(await site.ask("GET", path, key=None), 401)
    refused(await site.ask("POST", "/invoices?storeId=acct_nobody", NEW, key=None), 401)


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({}, 400, "price"),
        (NEW | {"price": -1}, 400, "0 or more"),
        (NEW | {"price": "twenty"}, 400, "price"),
        (NEW | {"price": 1e90}, 400, "price"),
        (NEW | {"currency": "XXX"}, 400, "currency"),
        (NEW | {"expirationTime": 1}, 400, "expirationTime"),
        (NEW | {"expirationTime": "Infinity"}, 400, "expirationTime"),
        (NEW | {"taxIncluded": "NaN"}, 400, "taxIncluded"),
        (NEW | {"redirectURL": "javascript:alert(1)"}, 400, "redirectURL"),
        (NEW | {"paymentCurrencies": ["DOGE"]}, 400, "paymentCurrencies"),
        (NEW | {"orderId": "x" * 300}, 400, "orderId"),
        (NEW | {"itemDesc": "a\x00b"}, 400, "itemDesc"),
        ([], 400, ""),
    ],
)
async def test_what_is_wrong_is_told_by_its_own_name(
    site: Site, body: Any, status: int, said: str
) -> None:
    assert said in refused(await ask(site, "POST", "/invoices", body), status)


@pytest.mark.parametrize(
    "body",
    [
        '{"price":1e999999999,"currency":"USD"}',
        '{"price":1e-999999999,"currency":"USD"}',
        '{"price":NaN,"currency":"USD"}',
        '{"price":"NaN","currency":"USD"}',
        '{"price":"-0","currency":"USD"}',
        '{"price":{"a":1},"currency":"USD"}',
        '{"price":' + "9" * 5000 + ',"currency":"USD"}',
        '{"price":1,"currency":12}',
        '{"price":1,"currency":"\\ud800"}',
        '{"price":1,"currency":"USD","orderId":"\\ud800"}',
        '{"price":1,"currency":"USD","orderId":"\\u0000"}',
        '{"price":1,"currency":"USD","buyer":"Ada"}',
        '{"price":1,"currency":"USD","buyer":{"email":[1]}}',
        '{"price":1,"currency":"USD","supportedTransactionCurrencies":[]}',
        '{"price":1,"currency":"USD","supportedTransactionCurrencies":{"BTC":1}}',
        '{"price":1,"currency":"USD","paymentCurrencies":[1]}',
        '{"price":1,"currency":"USD","paymentCurrencies":"BTC"}',
        '{"price":1,"currency":"USD","expirationTime":1e400}',
        '{"price":1,"currency":"USD","expirationTime":"Infinity"}',
        '{"price":1,"currency":"USD","expirationTime":9e30}',
        '{"price":1,"currency":"USD","taxIncluded":"sNaN"}',
        '{"price":1,"currency":"USD","taxIncluded":1e999999}',
        '{"price":1,"currency":"USD","defaultPaymentMethod":"' + "-" * 500 + '"}',
        '{"price":1,"currency":"USD","posData":"' + "x" * 20_000 + '"}',
        '{"price":1,"currency":"USD","posData":' + "[" * 3000 + "]" * 3000 + "}",
        '{"price":1,"currency":"USD","fullNotifications":"perhaps"}',
        '{"price":1,"currency":"USD","transactionSpeed":7}',
        "[" * 100_000,
        '"price"',
        "null",
    ],
)
async def test_whatever_is_sent_is_taken_or_refused(site: Site, body: str) -> None:
    headers = basic(site.sk) | {"Content-Type": "application/json"}
    answer = await site.http.post("/invoices", content=body, headers=headers)
    assert answer.status_code in {200, 400}, answer.text
    if answer.status_code == 400:
        assert refused(answer, 400)
    for path in ("/tokens", "/invoices?limit=" + "9" * 400, "/rates?currencyPairs=" + "_" * 400):
        method = "POST" if path == "/tokens" else "GET"
        answer = await site.http.request(method, path, content=body, headers=headers)
        assert answer.status_code in {200, 400}, answer.text


async def test_a_list_is_narrowed_as_asked(site: Site) -> None:
    first = await made(site, orderId="A", itemCode="tea")
    await site.advance(86_400)
    second = await made(site, orderId="B")
    third = await made(site, orderId="B", itemCode="tea")
    await site.pay(second["id"])
    await site.settle()

    async def ids(query: str) -> list[str]:
        found = told(await ask(site, "GET", f"/invoices?{query}"), 200)["data"]
        return [one["id"] for one in found]

    assert await ids("") == [third["id"], second["id"], first["id"]]
    assert await ids("limit=1&offset=1") == [second["id"]]
    assert await ids("orderId=B&itemCode=tea") == [third["id"]]
    assert await ids("orderid=A") == [first["id"]]
    assert await ids("status=paid") == [second["id"]]
    assert await ids("status=expired") == [first["id"]]
    assert await ids("status=nonsense") == []
    day = first["invoiceTime"] // 1000
    assert await ids(f"dateEnd={site.world.now():%Y-%m-%d}") == [
        third["id"],
        second["id"],
        first["id"],
    ]
    assert await ids("dateStart=2026-01-01&dateEnd=2026-01-01") == [first["id"]]
    assert await ids("dateEnd=01/01/2026") == [first["id"]]
    assert await ids(f"dateStart={day + 60}") == [third["id"], second["id"]]
    for wrong in ("limit=0", "limit=x", "offset=-1", "dateStart=soon", "dateEnd=9999-12-31"):
        refused(await ask(site, "GET", f"/invoices?{wrong}"), 400)


async def test_an_invoice_tells_what_came(site: Site) -> None:
    invoice = await made(site)
    await site.pay(invoice["id"], amount="5")
    await site.settle()
    read = told(await ask(site, "GET", f"/invoices/{invoice['id']}"), 200)["data"]
    assert (read["status"], read["exceptionStatus"]) == ("new", "paidPartial")
    (way,) = read["cryptoInfo"]
    assert (way["totalDue"], way["due"], way["paid"], way["cryptoPaid"]) == ("20", "15", "5", "5")
    assert way["txCount"] == 1
    (came,) = way["payments"]
    assert (came["value"], came["confirmed"], came["completed"]) == (5, False, False)
    assert came["paymentType"] == "USDC-SANDBOX"
    assert came["destination"] == way["address"]
    (ours,) = (await site.get(f"/v1/payment_intents/{invoice['id']}"))["payments"]
    assert came["id"] == f"{ours['tx']}-{ours['index']}"
    await site.pay(invoice["id"], amount="15")
    await site.settle()
    read = told(await ask(site, "GET", f"/invoices/{invoice['id']}"), 200)["data"]
    assert (read["status"], read["exceptionStatus"]) == ("paid", False)
    assert read["cryptoInfo"][0]["due"] == "0"
    await site.post("/v1/sandbox/blocks", {"count": 2})
    await site.settle()
    read = told(await ask(site, "GET", f"/invoices/{invoice['id']}"), 200)["data"]
    assert read["status"] == "complete"


async def test_what_comes_after_the_end_is_paid_later_once_it_is_the_price(site: Site) -> None:
    invoice = await made(site)
    await site.advance(901)

    async def said() -> tuple[str, str | bool]:
        read = told(await ask(site, "GET", f"/invoices/{invoice['id']}"), 200)["data"]
        return read["status"], read["exceptionStatus"]

    assert await said() == ("expired", False)
    await site.pay(invoice["id"], amount="5")
    await site.settle()
    assert await said() == ("expired", "paidPartial")
    await site.pay(invoice["id"], amount="15")
    await site.settle()
    assert await said() == ("expired", "paidLater")


async def test_an_invoice_names_where_it_is_told_of(site: Site) -> None:
    def topics(page: Any) -> list[str]:
        return [one["topic"] for one in page["data"]]

    hook = "https://shop.example/ipn"
    await made(site, notificationUrl=hook)  # nothing is told of the beginning
    await made(site, NotificationURL=hook, fullNotifications=True)
    assert topics(await site.get("/v1/deliveries")) == []
    await made(site, notificationURL=hook, extendedNotifications="true")
    assert topics(await site.get("/v1/deliveries")) == ["invoice_created.extended"]
    assert (await site.get("/v1/webhook_endpoints"))["data"] == []
    for wrong in ("http://169.254.169.254/", "ftp://shop.example/", "shop.example"):
        body = NEW | DOLLAR | {"notificationURL": wrong}
        assert "notificationURL" in refused(await ask(site, "POST", "/invoices", body), 400)
    left = told(await ask(site, "GET", "/invoices"), 200)["data"]
    assert len(left) == 3, "what is refused leaves nothing behind"


async def test_a_person_is_shown_the_page(site: Site) -> None:
    invoice = await made(site)
    headers = {"Accept": "text/html,application/xhtml+xml"}
    answer = await site.ask("GET", f"/invoices/{invoice['id']}", key=None, headers=headers)
    assert (answer.status_code, answer.headers["location"]) == (302, f"/i/{invoice['id']}")
    named = f"/invoices/{invoice['id']}?token=x"
    refused(await site.ask("GET", named, key=None, headers=headers), 401)


async def test_pairing_both_ways_over_the_wire(site: Site) -> None:
    application = Application(77)
    asked = {"id": application.sin, "label": "Till", "facade": "merchant", "count": 1}
    (first,) = told(await site.ask("POST", "/tokens/", asked, key=None), 200)["data"]
    assert set(first) == {
        "policies", "pairingCode", "pairingExpiration", "dateCreated", "facade", "token", "label",
    }  # fmt: skip
    assert (first["policies"], first["facade"], first["label"]) == ([], "merchant", "Till")
    assert first["pairingExpiration"] - first["dateCreated"] == 900_000
    refused(await application.ask(site, "GET", "/invoices"), 401)
    await site.house.pairings.approve(first["pairingCode"], site.account.id)
    told(await application.ask(site, "GET", "/invoices"), 200)
    tokens = told(await application.ask(site, "GET", "/tokens"), 200)
    assert tokens == {"data": [{"merchant": first["token"]}]}

    other = await site.newcomer()
    offered = (await other.house.pairings.offer(other.account.id)).code
    claim = {"id": application.sin, "PairingCode": offered}
    answer = await site.ask("POST", "/tokens", claim, key=None)
    assert refused(answer, 400) == "Error while pairing (ReusedKey)"
    answer = await site.ask("POST", "/tokens", claim | {"pairingCode": "1234567"}, key=None)
    assert refused(answer, 404) == "The specified pairingCode is not found"
    for wrong in ({}, {"id": ""}, {"id": "Tnobody"}, {"id": f"{application.sin}x"}):
        refused(await site.ask("POST", "/tokens", wrong, key=None), 400)
    fresh = Application(78)  # names itself by its signature instead
    told(await fresh.ask(other, "POST", "/tokens", {"pairingCode": offered}), 200)
    told(await fresh.ask(other, "GET", "/invoices"), 200)


async def test_rates_are_those_invoices_are_priced_at(site: Site) -> None:
    def pairs(found: Any) -> dict[str, Any]:
        assert all(
            set(one) == {"name", "cryptoCode", "currencyPair", "code", "rate"} for one in found
        )
        return {one["currencyPair"]: one["rate"] for one in found}

    data = told(await ask(site, "GET", "/rates/?cryptoCode=BTC"), 200)["data"]
    assert pairs(data)["BTC_USD"] == 50_000
    dollar = next(one for one in data if one["code"] == "USD")
    assert (dollar["name"], dollar["cryptoCode"]) == ("US Dollar", "BTC")
    data = told(await ask(site, "GET", "/rates?currencyPairs=BTC_USD,USD_BTC,XXX_USD"), 200)["data"]
    assert pairs(data) == {"BTC_USD": 50_000, "USD_BTC": 0.00002}
    assert pairs(told(await ask(site, "GET", "/rates/BTC"), 200)["data"])["BTC_USD"] == 50_000
    one = told(await ask(site, "GET", "/rates/BTC/USD"), 200)["data"]
    assert (one["currencyPair"], one["rate"]) == ("BTC_USD", 50_000)
    named = f"?storeID={site.account.id}&currencyPairs=btc_usd"
    bare = told(await site.ask("GET", f"/api/rates{named}", key=None), 200)
    assert pairs(bare) == {"BTC_USD": 50_000}
    told(await site.ask("GET", f"/rates{named}", key=None), 200)
    answer = await site.ask("GET", "/api/rates?storeId=acct_no&currencyPairs=BTC_USD", key=None)
    assert refused(answer, 404) == "Store not found"
    refused(await ask(site, "GET", "/rates?currencyPairs=BTC"), 400)
    refused(await ask(site, "GET", "/rates?currencyPairs=" + "BTC_USD," * 60), 400)
    refused(await ask(site, "GET", "/rates/BTC/XXX"), 404)


async def test_other_methods_and_bodies_are_refused_in_the_same_words(site: Site) -> None:
    refused(await ask(site, "PUT", "/invoices", NEW), 405)
    refused(await ask(site, "GET", "/invoices/pi_nothing/more"), 404)
    headers = basic(site.sk) | {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await site.http.post("/invoices", content="price=1", headers=headers)
    refused(answer, 415)
    answer = await site.http.post("/invoices", content="{", headers=basic(site.sk))
    refused(answer, 400)
