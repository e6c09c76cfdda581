"""npm's Greenfield client, unmodified: stores, webhooks and invoices, paid on regtest."""

from typing import Any

from e2e.greenfield.shop import npm, pay, until
from e2e.till import Till
from tests.compat.greenfield_shop import INVOICE, STORE, WAY, wrong
from tests.components import Bcoin, Receiver

INVOICES, STORES, WEBHOOKS = "InvoicesService", "StoresService", "WebhooksService"


def test_the_npm_client_is_paid(regtest_till: Till, bcoin: Bcoin, receiver: Receiver) -> None:
    till = regtest_till
    stores, health, info = npm(
        till,
        (STORES, "storesGetStores", {}),
        ("HealthService", "healthGetHealth", {}),
        ("ServerInfoService", "serverInfoGetServerInfo", {}),
    )
    assert not wrong(stores, STORE)
    assert health["synchronized"] in (True, False)
    assert "BTC-CHAIN" in info["supportedPaymentMethods"]
    store = {"storeId": stores[0]["id"]}
    hook = {"url": f"{receiver.url}/hook", "authorizedEvents": {"everything": True}}
    new = {
        "amount": "20.00",
        "currency": "USD",
        "metadata": {"orderId": "npm-1"},
        "checkout": {"paymentMethods": ["BTC"], "speedPolicy": "MediumSpeed"},
    }
    webhook, made = npm(
        till,
        (WEBHOOKS, "postWebhooksService", store | {"requestBody": hook}),
        (INVOICES, "invoicesCreateInvoice", store | {"requestBody": new}),
    )
    assert webhook["secret"]
    assert not wrong(made, INVOICE)
    assert (made["status"], made["checkout"]["paymentMethods"]) == ("New", ["BTC-CHAIN"])
    one = store | {"invoiceId": made["id"]}

    def read() -> Any:
        return npm(till, (INVOICES, "invoicesGetInvoice", one))[0]

    (ways,) = npm(till, (INVOICES, "invoicesGetInvoicePaymentMethods", one))
    assert not wrong(ways, WAY)
    assert ways[0]["due"] == "0.0004"
    pay(bcoin, ways[0])
    until(read, "Processing")
    bcoin.purse.mine()
    assert until(read, "Settled")["additionalStatus"] == "None"
    listed, ways, hooks, told, changed, gone, refused = npm(
        till,
        (INVOICES, "invoicesGetInvoices", store),
        (INVOICES, "invoicesGetInvoicePaymentMethods", one),
        (WEBHOOKS, "webhokksGetWebhooks", store),
        (WEBHOOKS, "getWebhooksService", store | {"webhookId": webhook["id"], "count": "10"}),
        (INVOICES, "invoicesUpdateInvoice", one | {"requestBody": {"metadata": {"orderId": "2"}}}),
        (INVOICES, "invoicesArchiveInvoice", one),
        (INVOICES, "invoicesMarkInvoiceStatus", one | {"requestBody": {"status": "Invalid"}}),
    )
    assert made["id"] in [each["id"] for each in listed]
    (payment,) = ways[0]["payments"]
    assert (payment["value"], payment["status"]) == ("0.0004", "Settled")
    assert [each["id"] for each in hooks] == [webhook["id"]]
    assert told, "its events were delivered"
    assert changed["metadata"] == {"orderId": "2"}
    assert "refused" not in (gone or {})
    assert refused["refused"] == 422, "money settled it"
    (ended,) = npm(till, (WEBHOOKS, "deleteWebhooksService", store | {"webhookId": webhook["id"]}))
    assert "refused" not in (ended or {})


def test_the_npm_client_reads_how_a_store_is_paid(regtest_till: Till) -> None:
    (stores,) = npm(regtest_till, (STORES, "storesGetStores", {}))
    path = {"storeId": stores[0]["id"]}
    read, changed, unknown = npm(
        regtest_till,
        (STORES, "storesGetStore", path),
        (STORES, "storesUpdateStore", path | {"requestBody": {"name": stores[0]["name"]}}),
        (STORES, "storesGetStore", {"storeId": "nobody"}),
    )
    assert not wrong([read, changed], STORE)
    assert (unknown["refused"], unknown["body"]["code"]) == (403, "missing-permission")
