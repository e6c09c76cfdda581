"""Invoices over Greenfield: made, read, listed, changed, marked, put away, and paid."""

import pytest

from tests.compat.greenfield_shop import ERROR, INVOICE, WAY, Shop, wrong
from tests.sites import Site

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def shop(site: Site) -> Shop:
    return Shop(site)


async def test_an_invoice_is_a_payment_intent_under_both_addresses(shop: Shop) -> None:
    made = await shop.invoice(metadata={"orderId": 12, "itemDesc": "Tea"})
    assert not wrong(made, INVOICE)
    assert made["storeId"] == shop.site.account.id
    assert (made["status"], made["additionalStatus"]) == ("New", "None")
    assert (made["amount"], made["paidAmount"], made["currency"]) == ("10.00", "0.00", "USD")
    assert made["checkoutLink"].endswith(f"/i/{made['id']}")
    assert made["metadata"] == {"orderId": 12, "itemDesc": "Tea"}
    assert made["expirationTime"] - made["createdTime"] == 900
    assert made["monitoringExpiration"] - made["expirationTime"] == 86_400
    assert await shop.get(f"invoices/{made['id']}") == made
    assert await shop.get(f"/api/v1/invoices/{made['id']}") == made
    ours = await shop.site.get(f"/v1/payment_intents/{made['id']}")
    assert (ours["order_id"], ours["description"]) == ("12", "Tea")


async def test_null_is_the_stores_own_way(shop: Shop) -> None:
    nothing = dict.fromkeys(
        (
            "speedPolicy",
            "expirationMinutes",
            "monitoringMinutes",
            "paymentTolerance",
            "redirectURL",
            "redirectAutomatically",
            "defaultLanguage",
        )
    )
    made = await shop.invoice(checkout=nothing, metadata=None, receipt=None)
    checkout = made["checkout"]
    assert checkout["speedPolicy"] == "MediumSpeed"
    assert (checkout["expirationMinutes"], checkout["monitoringMinutes"]) == (15, 1440)
    assert (checkout["paymentTolerance"], checkout["redirectAutomatically"]) == (0, False)
    assert checkout["paymentMethods"] == ["USDC-SANDBOX"]


async def test_an_invoice_goes_its_own_way_where_it_says_so(shop: Shop) -> None:
    asked = {
        "speedPolicy": "lowspeed",
        "expirationMinutes": 0.5,
        "monitoringMinutes": 60,
        "paymentTolerance": 1.5,
        "redirectURL": "https://shop.example/{InvoiceId}?s={Status}",
        "redirectAutomatically": True,
        "defaultLanguage": "de-CH",
    }
    receipt = {"enabled": True, "showQR": False, "showPayments": None}
    made = await shop.invoice(checkout=asked, receipt=receipt)
    checkout = made["checkout"]
    assert checkout["speedPolicy"] == "LowSpeed"
    assert (checkout["expirationMinutes"], checkout["monitoringMinutes"]) == (0.5, 60)
    assert made["monitoringExpiration"] - made["createdTime"] == 3630
    assert (checkout["paymentTolerance"], checkout["redirectAutomatically"]) == (1.5, True)
    assert checkout["redirectURL"] == asked["redirectURL"], "as it was written"
    assert checkout["defaultLanguage"] == "de"
    assert made["receipt"] == receipt
    page = await shop.site.ask("GET", f"/i/{made['id']}", key=None)
    assert '<html lang="de"' in page.text
    await shop.site.pay(made["id"], confirmations=12)
    await shop.site.settle()
    page = await shop.site.ask("GET", f"/i/{made['id']}", key=None)
    assert f'href="https://shop.example/{made["id"]}?s=Settled"' in page.text


async def test_every_wrong_field_is_told_at_once(shop: Shop) -> None:
    checkout = {
        "speedPolicy": "Warp",
        "paymentMethods": ["USDC_SANDBOX", "nonsense"],
        "defaultPaymentMethod": "moon",
        "paymentTolerance": 101,
        "monitoringMinutes": -1,
        "defaultLanguage": "tlh",
    }
    body = {"amount": "-1", "currency": "XXQ", "checkout": checkout}
    assert set(await shop.faults("invoices", body)) == {
        "amount",
        "currency",
        "checkout.speedPolicy",
        "checkout.paymentMethods[1]",
        "checkout.defaultPaymentMethod",
        "checkout.paymentTolerance",
        "checkout.monitoringMinutes",
        "checkout.defaultLanguage",
    }
    body = {"amount": "1.00", "currency": "USD", "checkout": {"redirectURL": "javascript:x"}}
    assert set(await shop.faults("invoices", body)) == {"checkout.redirectURL"}
    short = {"amount": "1.00", "currency": "USD", "checkout": {"expirationMinutes": 0.1}}
    assert set(await shop.faults("invoices", short)) == {"checkout.expirationMinutes"}
    assert set(await shop.faults("invoices", {"currency": "USD"})) == {"amount"}, "no top-ups"
    assert set(await shop.faults("invoices", {"amount": {}})) == {"amount"}


async def test_amounts_are_text_or_numbers_and_exact_both(shop: Shop) -> None:
    for said, told in ((25, "25.00"), ("25.0000", "25.00"), (0.1, "0.10"), ("1e1", "10.00")):
        assert (await shop.invoice(amount=said))["amount"] == told
    assert "amount" in await shop.faults("invoices", {"amount": "0.001", "currency": "USD"})


async def test_what_came_is_told_without_a_null(shop: Shop) -> None:
    made = await shop.invoice()
    (way,) = await shop.get(f"invoices/{made['id']}/payment-methods")
    assert not wrong(way, WAY)
    assert (way["paymentMethodId"], way["activated"]) == ("USDC-SANDBOX", True)
    assert way["destination"]
    assert (way["paymentMethodPaid"], way["due"], way["amount"]) == ("0", "10", "10")
    assert way["payments"] == []
    await shop.site.pay(made["id"], share="0.4")
    await shop.site.settle()
    partly = await shop.get(f"invoices/{made['id']}")
    assert (partly["status"], partly["additionalStatus"]) == ("New", "PaidPartial")
    (way,) = await shop.get(f"invoices/{made['id']}/payment-methods")
    assert not wrong(way, WAY)
    assert (way["paymentMethodPaid"], way["due"], way["amount"]) == ("4", "6", "10")
    assert way["totalPaid"] == "4"
    (payment,) = way["payments"]
    assert (payment["value"], payment["status"]) == ("4", "Processing")
    assert payment["destination"] == way["destination"]
    assert payment["id"].rpartition("-")[2].isdigit()
    await shop.site.pay(made["id"], confirmations=12)
    await shop.site.settle()
    paid = await shop.get(f"invoices/{made['id']}")
    assert (paid["status"], paid["paidAmount"]) == ("Settled", "10.00")
    assert paid["availableStatusesForManualMarking"] == []
    (way,) = await shop.get(f"invoices/{made['id']}/payment-methods?onlyAccountedPayments=true")
    assert (way["due"], {one["status"] for one in way["payments"]}) == ("0", {"Settled"})


async def test_ways_to_pay_wait_until_one_is_activated(shop: Shop) -> None:
    made = await shop.invoice(checkout={"paymentMethods": None})
    ways = await shop.get(f"invoices/{made['id']}/payment-methods")
    assert len(ways) == 3
    assert not wrong(ways, WAY)
    assert not any(one["activated"] for one in ways)
    path = f"invoices/{made['id']}/payment-methods/USDC-SANDBOX/activate"
    assert (await shop.ask("POST", path)).status_code == 200
    ways = await shop.get(f"invoices/{made['id']}/payment-methods")
    assert any(one["activated"] and one["destination"] for one in ways)
    path = f"invoices/{made['id']}/payment-methods/moon/activate"
    assert set(await shop.faults(path, None)) == {"paymentMethodId"}
    first = await shop.invoice(
        checkout={"paymentMethods": None, "defaultPaymentMethod": "btc_sandbox"}
    )
    assert first["checkout"]["defaultPaymentMethod"] == "BTC-SANDBOX"
    ours = await shop.site.get(f"/v1/payment_intents/{first['id']}")
    assert ours["ledger"] == "sandbox_btc"


async def test_a_shop_settles_by_its_word_and_takes_it_back(shop: Shop) -> None:
    made = await shop.invoice()
    path = f"invoices/{made['id']}/status"
    settled = await shop.post(path, {"status": "Settled"})
    assert not wrong(settled, INVOICE)
    assert (settled["status"], settled["additionalStatus"]) == ("Settled", "Marked")
    assert settled["availableStatusesForManualMarking"] == ["Invalid"]
    invalid = await shop.post(path, {"status": "Invalid"})
    assert (invalid["status"], invalid["additionalStatus"]) == ("Invalid", "Marked")
    assert invalid["availableStatusesForManualMarking"] == ["Settled"]
    assert set(await shop.faults(path, {"status": "Invalid"})) == {"status"}
    assert set(await shop.faults(path, {"status": "New"})) == {"status"}
    assert (await shop.post(path, {"status": "settled"}))["status"] == "Settled"


async def test_what_money_settled_no_word_undoes(shop: Shop) -> None:
    made = await shop.invoice()
    await shop.site.pay(made["id"], confirmations=12)
    await shop.site.settle()
    assert set(await shop.faults(f"invoices/{made['id']}/status", {"status": "Invalid"})) == {
        "status"
    }


async def test_late_money_is_paid_late_only_when_it_is_the_whole_price(shop: Shop) -> None:
    part, whole = await shop.invoice(), await shop.invoice()
    await shop.site.advance(901)
    for made in (part, whole):
        assert (await shop.get(f"invoices/{made['id']}"))["status"] == "Expired"
    await shop.site.pay(part["id"], amount="4")
    await shop.site.pay(whole["id"], amount="10")
    await shop.site.settle()
    told = await shop.get(f"invoices/{part['id']}")
    assert (told["status"], told["additionalStatus"]) == ("Expired", "PaidPartial")
    told = await shop.get(f"invoices/{whole['id']}")
    assert (told["status"], told["additionalStatus"]) == ("Expired", "PaidLate")
    (way,) = await shop.get(f"invoices/{part['id']}/payment-methods")
    assert (way["paymentMethodPaid"], len(way["payments"])) == ("4", 1)


async def test_metadata_is_replaced_whole(shop: Shop) -> None:
    made = await shop.invoice(metadata={"orderId": "A", "note": "x"})
    path = f"invoices/{made['id']}"
    answer = await shop.ask("PUT", path, {"metadata": {"orderId": "B", "posData": "{}"}})
    assert answer.status_code == 200
    assert answer.json()["metadata"] == {"orderId": "B", "posData": "{}"}
    assert [one["id"] for one in await shop.get("invoices?orderId=B")] == [made["id"]]
    assert await shop.get("invoices?orderId=A") == []
    assert set(await shop.faults(path, {}, "PUT")) == {"metadata"}


async def test_what_is_put_away_lives_on_and_is_not_listed(shop: Shop) -> None:
    made = await shop.invoice()
    answer = await shop.ask("DELETE", f"invoices/{made['id']}")
    assert (answer.status_code, answer.content) == (200, b"")
    assert await shop.get("invoices") == []
    (found,) = await shop.get("invoices?includeArchived=true")
    assert found["archived"] is True
    assert (await shop.get(f"invoices/{made['id']}"))["archived"] is True
    answer = await shop.ask("POST", f"/api/v1/invoices/{made['id']}/unarchive")
    assert (answer.status_code, answer.json()["archived"]) == (200, False)
    assert len(await shop.get("invoices")) == 1


async def test_a_list_is_narrowed_by_all_it_can_be(shop: Shop) -> None:
    made = [
        await shop.invoice(metadata={"orderId": name, "buyerEmail": f"{name}@example.org"})
        for name in ("A", "B", "C")
    ]
    await shop.site.advance(100)
    late = await shop.invoice(metadata={"orderId": "D", "color": "blue"})
    await shop.post(f"invoices/{made[0]['id']}/status", {"status": "Settled"})

    async def orders(query: str) -> str:
        return "".join(one["metadata"]["orderId"] for one in await shop.get(f"invoices?{query}"))

    assert await orders("") == "DCBA"
    assert await orders("orderId=A&orderId=C") == "CA"
    assert await orders("orderId[]=B&orderId[]=C") == "CB"
    assert await orders("status=Settled") == "A"
    assert await orders("status=new&status=Settled&orderId=A&orderId=D") == "DA"
    assert await orders("take=2") == "DC"
    assert await orders("take=2&skip=1") == "CB"
    assert await orders(f"startDate={late['createdTime']}") == "D"
    assert await orders(f"endDate={late['createdTime']}") == "CBA"
    for text in (made[1]["id"], "B", "B@example.org"):
        assert await orders(f"textSearch={text}") == "B"
    assert await orders("textSearch=blue") == "D"
    assert await orders("textSearch=nothing") == ""
    answer = await shop.ask("GET", "invoices?status=Warp&take=x&startDate=yesterday")
    assert answer.status_code == 422
    assert {one["path"] for one in answer.json()} == {"status", "take", "startDate"}


async def test_another_shops_invoice_is_not_there(shop: Shop, house_site: Site) -> None:
    stranger = Shop(await house_site.newcomer())
    made = await shop.invoice()
    for path in (f"invoices/{made['id']}", f"/api/v1/invoices/{made['id']}"):
        for method, more in (("GET", ""), ("DELETE", ""), ("GET", "/payment-methods")):
            answer = await stranger.ask(method, path + more)
            assert answer.status_code == 404
            assert answer.json() == {
                "code": "invoice-not-found",
                "message": "The invoice was not found",
            }
    answer = await stranger.ask("GET", f"{shop.root}/invoices")
    assert answer.status_code == 403
    assert answer.json()["missingPermission"] == "btcpay.store.canviewinvoices"


async def test_without_a_key_nothing_is_told(shop: Shop, house_site: Site) -> None:
    for key in ("bad", "sk_test_" + "0" * 32, "", house_site.pk):
        shop.key = key or "x"
        for method, path in (("GET", "invoices"), ("POST", "invoices"), ("GET", "/api/v1/stores")):
            answer = await shop.ask(method, path)
            assert answer.status_code == 401
            assert answer.json() == {
                "code": "unauthenticated",
                "message": "Authentication is required for accessing this endpoint",
            }


async def test_what_greenfield_has_and_this_house_does_not_is_refused_by_name(shop: Shop) -> None:
    for method, path in (("GET", "/api/v1/notifications"), ("PATCH", "invoices")):
        answer = await shop.ask(method, path)
        assert answer.status_code in (404, 405)
        assert not wrong(answer.json(), ERROR)
    for method, path in (("GET", "/api/v1/files"), ("POST", "apps/pos"), ("GET", "offerings")):
        answer = await shop.ask(method, path)
        assert answer.status_code == 501
        said = answer.json()
        assert said["code"] == "not-supported"
        assert method in said["message"]
