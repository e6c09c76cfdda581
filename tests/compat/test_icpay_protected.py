"""ICPay's addresses for the secret key: what was paid, read back in every way it can be asked."""

from typing import Any

import pytest

from tests.sites import Site, told

pytestmark = pytest.mark.asyncio(loop_scope="module")
INTENTS = "/sdk/public/payments/intents"
PAYER = "0xF8c37BdD62cAFc9b7283566fAaf29feDeEb17325"


async def paid(site: Site, **more: Any) -> Any:
    """Make an intent through the wire, pay it whole, and return it."""
    body = {
        "tokenShortcode": "sandbox_usdc",
        "amountUsd": 5,
        "expectedSenderPrincipal": PAYER,
        "metadata": {"orderId": "O-1", "icpay": {}},
    }
    made = told(await site.ask("POST", INTENTS, body | more, key=site.pk), 201)
    await site.pay(made["paymentIntentId"], confirmations=2)
    await site.settle()
    return made


async def test_a_payment_is_read_with_its_intent(site: Site) -> None:
    made = await paid(site)
    (one,) = await site.get("/sdk/payments")
    payment, intent = one["payment"], one["intent"]
    assert payment["paymentIntentId"] == intent["id"] == made["paymentIntentId"]
    assert payment["status"] == "completed"
    assert payment["amount"] == payment["requestedAmount"] == payment["paidAmount"] == "5000000"
    assert intent["metadata"]["orderId"] == "O-1"
    assert one["invoice"] is None
    assert await site.get(f"/sdk/payments/{payment['id']}") == one
    assert await site.get(f"/sdk/payment-intents/{intent['id']}") == intent
    transaction = one["transaction"]
    assert await site.get(f"/sdk/transactions/{payment['transactionId']}") == transaction
    status = await site.get(f"/sdk/transactions/{transaction['id']}/status")
    assert status["status"] == transaction["status"] == "completed"
    assert status["blockHeight"] == transaction["blockHeight"]
    known = await site.get(f"/sdk/public/transactions/{transaction['id']}/sync", key=site.pk)
    assert known == status
    unknown = await site.get("/sdk/public/transactions/nothing/sync", key=site.pk)
    assert unknown["status"] == "unknown"


async def test_history_is_narrowed_and_told_in_pages(site: Site) -> None:
    for order in ("1", "2", "3"):
        await paid(site, metadata={"orderId": order, "gift": True, "icpay": {}})
        site.world.advance(10)
    told(await site.ask("POST", INTENTS, {"amountUsd": 1}, key=site.pk), 201)  # unpaid: no payment
    first = await site.get("/sdk/payments/history?limit=2")
    assert (first["total"], first["limit"], first["offset"]) == (3, 2, 0)
    assert first["hasMore"] is True
    assert [one["metadata"]["orderId"] for one in first["payments"]] == ["3", "2"]
    rest = await site.get("/sdk/payments/history?limit=2&offset=2")
    assert ([one["metadata"]["orderId"] for one in rest["payments"]], rest["hasMore"]) == (
        ["1"],
        False,
    )
    one = first["payments"][0]
    assert (one["status"], one["amount"], one["ledgerSymbol"]) == ("completed", "5000000", "USDC")
    assert (one["decimals"], one["tokenPrice"]) == (6, 1)
    assert one["expectedSenderPrincipal"] == PAYER

    async def total(query: str) -> int:
        found = await site.get(f"/sdk/payments/history?{query}")
        return int(found["total"])

    assert await total("status=completed") == await total("status=succeeded") == 3
    assert await total("status=pending") == await total("status=refunded") == 0
    assert await total("ledgerCanisterId=sandbox_usdc") == 3
    assert await total("ledgerCanisterId=0x0") == 0
    assert await total("fromTimestamp=2026-01-01T12:00:05Z") >= 2
    assert await total("toTimestamp=1700000000") == await total("toTimestamp=1700000000000") == 0
    assert await total("toTimestamp=2099-01-01") == 3


async def test_payments_are_found_by_what_their_metadata_says(site: Site) -> None:
    await paid(site, metadata={"orderId": "A", "seat": 7, "gift": True, "icpay": {}})
    await paid(site, metadata={"orderId": "B", "seat": 7, "icpay": {}})

    async def orders(**metadata: Any) -> list[str]:
        found = await site.post("/sdk/payments/by-metadata?limit=5", {"metadata": metadata})
        return [one["metadata"]["orderId"] for one in found["payments"]]

    assert await orders(seat=7) == ["B", "A"]
    assert await orders(seat=7, gift=True) == ["A"]
    assert await orders(orderId="C") == []


async def test_payments_are_found_by_who_sent_them(site: Site) -> None:
    made = await paid(site)
    (one,) = (await site.get("/sdk/payments/by-principal/Sandbox1Payer"))["payments"]
    assert one["fromAddress"] == "sandbox1payer"
    assert one["intent"]["id"] == made["paymentIntentId"]
    found = await site.get(f"/sdk/payments/by-principal/{PAYER}")
    assert (found["payments"], found["total"]) == ([], 0), "expected is not sent"


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "offset=-1", "limit=x", "offset=99999"])
async def test_a_page_has_bounds(house_site: Site, query: str) -> None:
    refusal = told(await house_site.ask("GET", f"/sdk/payments/history?{query}"), 400)
    assert query.partition("=")[0] in refusal["message"]


async def test_a_strangers_payment_is_nobodys(site: Site) -> None:
    made = await paid(site)
    (one,) = await site.get("/sdk/payments")
    stranger = await site.newcomer()
    for path in (
        f"/sdk/payments/{one['payment']['id']}",
        f"/sdk/payment-intents/{made['paymentIntentId']}",
        f"/sdk/transactions/{one['transaction']['id']}",
        "/sdk/invoices/inv_1",
        "/sdk/wallets/dst_1",
        f"/sdk/payments/history?accountId={site.account.id}",
    ):
        told(await stranger.ask("GET", path), 404)
        told(await site.ask("GET", path, key=site.pk), 403)
    assert await stranger.get("/sdk/payments") == []


async def test_a_wallet_is_where_money_goes(site: Site) -> None:
    (destination,) = (await site.get("/v1/destinations"))["data"]
    wallet = await site.get(f"/sdk/wallets/{destination['id']}")
    assert wallet["accountId"] == site.account.id
    assert wallet["chainType"] == "evm"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("onramp/intents", 400),
        ("payments/intents/stripe/checkout", 400),
        ("payments/solana/relay", 501),
        ("payments/x402/relay", 501),
        ("atxp/quote", 501),
    ],
)
async def test_what_is_not_here_says_so_and_makes_nothing(
    site: Site, path: str, status: int
) -> None:
    refusal = told(await site.ask("POST", f"/sdk/public/{path}", {"a": 1}, key=site.pk), status)
    assert refusal["message"]
    assert refusal["code"] in {"not_configured", "not_offered"}
    assert (await site.get("/v1/payment_intents"))["data"] == []


async def test_the_scheme_upto_is_refused_in_the_fields_its_client_reads(house_site: Site) -> None:
    public = "/sdk/public/payments/intents/x402/upto/confirm"
    confirmed = told(await house_site.ask("POST", public, {}, key=house_site.pk), 200)
    assert (confirmed["ok"], confirmed["invalidReason"]) == (False, "unsupported_scheme")
    body = {"paymentIntentId": "pi_1", "settledAmountUsd": 1}
    settled = await house_site.post("/sdk/payments/x402/upto/settle", body)
    assert settled["ok"] is False
    assert settled["error"]
