"""What a WooCommerce shop with BTCPay's plugin sends, exchange by exchange, answered in its shapes.

Its key is checked, its webhook registered, its settings saved; an order is paid on regtest, and
at each notice the plugin asks back from inside its handler, as it does there. Then it refunds.

Source: what plugin 2.8.0 sends, recorded field by field and written down here.
"""

import json
from typing import Any

from e2e.greenfield.shop import ask, pay, until, wait_for
from e2e.till import Till
from tests.compat.greenfield_shop import (
    CHECKOUT,
    INFO,
    INVOICE,
    KEY,
    METHOD,
    RECEIPT,
    STORE,
    WAY,
    wrong,
)
from tests.components import Bcoin, Receiver
from tests.components.receiver import Answer, Heard

EVENTS = [
    "InvoiceReceivedPayment",
    "InvoicePaymentSettled",
    "InvoiceProcessing",
    "InvoiceExpired",
    "InvoiceSettled",
    "InvoiceInvalid",
]
TOLD = ["InvoiceReceivedPayment", "InvoiceProcessing", "InvoicePaymentSettled", "InvoiceSettled"]
WEBHOOK = "id:s enabled:b automaticRedelivery:b url:s authorizedEvents:o"
PULL_PAYMENT = (
    "id:s name:s description:s currency:s amount:s autoApproveClaims:b archived:b viewLink:s "
    "BOLT11Expiration:n"
)
METADATA = {
    "buyerEmail": "ann@example.test",
    "buyerName": "Ann Buyer",
    "buyerAddress1": "1 Main St",
    "buyerAddress2": "",
    "buyerCity": "LA",
    "buyerState": "CA",
    "buyerZip": "90001",
    "buyerCountry": "US",
    "taxIncluded": "0",
    "posData": json.dumps(
        {
            "WooCommerce": {
                "Order ID": 12,
                "Order Number": "12",
                "Order URL": "https://shop.test/wp-admin/admin.php?page=wc-orders&id=12",
                "Plugin Version": "2.8.0",
            }
        }
    ),
    "orderUrl": "https://shop.test/wp-admin/admin.php?page=wc-orders&action=edit&id=12",
    "orderId": "12",
}
ORDER = {
    "amount": "25.00",
    "currency": "USD",
    "metadata": METADATA,
    "checkout": {
        "speedPolicy": None,
        "paymentMethods": ["BTC_CHAIN", "BTC_LN"],
        "expirationMinutes": None,
        "monitoringMinutes": None,
        "paymentTolerance": None,
        "redirectURL": "https://shop.test/checkout/order-received/12/?key=wc_order_lNBGsRj1yTQGS",
        "redirectAutomatically": None,
        "defaultLanguage": None,
    },
}
REFUND = {
    "name": "Refund of order 12; test refund",
    "description": None,
    "amount": "5.00",
    "currency": "USD",
    "period": None,
    "BOLT11Expiration": None,
    "autoApproveClaims": False,
    "startsAt": None,
    "expiresAt": None,
    "paymentMethods": ["BTC_CHAIN", "BTC_LN"],
    "payoutMethods": ["BTC_CHAIN", "BTC_LN"],
}


def connect(till: Till, url: str) -> tuple[str, dict[str, Any]]:
    """Do what the plugin does when its key comes, and when its settings are saved."""
    stores = ask(till, "GET", "stores")
    assert not wrong(stores, STORE)
    assert len(stores) == 1, "the plugin takes a key of one store alone"
    store = f"stores/{stores[0]['id']}"
    asked = {
        "enabled": True,
        "automaticRedelivery": True,
        "url": url,
        "authorizedEvents": {"everything": False, "specificEvents": EVENTS},
    }
    webhook: dict[str, Any] = ask(till, "POST", f"{store}/webhooks", asked)
    assert not wrong(webhook, f"{WEBHOOK} secret:s")
    assert {name: webhook[name] for name in asked} == asked
    key = ask(till, "GET", "api-keys/current")
    assert not wrong(key, KEY)
    assert key["apiKey"] == till.sk
    assert not wrong(ask(till, "GET", "server/info"), INFO)
    read = ask(till, "GET", f"{store}/webhooks/{webhook['id']}")
    assert not wrong(read, WEBHOOK)
    assert "secret" not in read
    methods = ask(till, "GET", f"{store}/payment-methods")
    assert not wrong(methods, METHOD)
    assert "BTC-CHAIN" in [one["paymentMethodId"] for one in methods]
    return store, webhook


def test_a_shop_takes_an_order_and_refunds_it(
    regtest_till: Till, bcoin: Bcoin, receiver: Receiver
) -> None:
    till = regtest_till
    store, webhook = connect(till, f"{receiver.url}/wc-api/btcpaygf_default/")
    made = ask(till, "POST", f"{store}/invoices", ORDER)
    assert not wrong(made, INVOICE)
    assert not wrong(made["checkout"], CHECKOUT)
    assert not wrong(made["receipt"], RECEIPT)
    assert made["metadata"] == METADATA
    assert made["checkout"]["redirectURL"] == ORDER["checkout"]["redirectURL"]  # type: ignore[index]
    ways_path = f"{store}/invoices/{made['id']}/payment-methods"
    seen: list[tuple[str, str]] = []

    def handle(heard: Heard) -> Answer:
        """Answer as the plugin does, after it asked back from inside its handler."""
        told = json.loads(heard.body)
        if told["invoiceId"] == made["id"]:
            assert not wrong(ask(till, "GET", ways_path), WAY)
            invoice = ask(till, "GET", f"{store}/invoices/{made['id']}")
            seen.append((told["type"], invoice["status"]))
        return Answer(200, b"-1")

    receiver.answer = handle
    (way,) = ask(till, "GET", ways_path)
    assert not wrong(way, WAY)
    assert (way["paymentMethodId"], way["currency"], way["rate"]) == ("BTC-CHAIN", "BTC", "50000")
    assert way["paymentLink"].startswith("bitcoin:")
    assert (way["due"], way["amount"], way["payments"]) == ("0.0005", "0.0005", [])
    pay(bcoin, way)

    def read() -> Any:
        return ask(till, "GET", f"{store}/invoices/{made['id']}")

    until(read, "Processing")
    bcoin.purse.mine()
    until(read, "Settled")
    wait_for(lambda: len(seen) >= len(TOLD))
    assert [type for type, _ in seen] == TOLD
    assert seen[-1][1] == "Settled", "what it asks back is as new as what it is told"
    (way,) = ask(till, "GET", ways_path)
    assert (way["due"], way["totalPaid"], way["payments"][0]["status"]) == (
        "0",
        "0.0005",
        "Settled",
    )
    pull = ask(till, "POST", f"{store}/pull-payments", REFUND)
    assert not wrong(pull, PULL_PAYMENT)
    assert (pull["amount"], pull["currency"]) == ("5.00", "USD")
    ask(till, "DELETE", f"{store}/webhooks/{webhook['id']}")


def test_an_order_that_was_paid_elsewhere_is_settled_by_its_shop(regtest_till: Till) -> None:
    (store,) = ask(regtest_till, "GET", "stores")
    path = f"stores/{store['id']}/invoices"
    made = ask(regtest_till, "POST", path, ORDER | {"metadata": METADATA | {"orderId": "13"}})
    marked = ask(regtest_till, "POST", f"{path}/{made['id']}/status", {"status": "Settled"})
    assert (marked["status"], marked["additionalStatus"]) == ("Settled", "Marked")
    (found,) = ask(regtest_till, "GET", f"{path}?orderId=13&orderId=nothing&take=5")
    assert found["id"] == made["id"]
