"""Pull payments, payouts and refunds as BTCPay's clients make and read them."""

from typing import Any

import pytest

from app.compat.greenfield.payouts_refusals import BILLS, CLAIMS
from app.compat.greenfield.payouts_words import BASES, STATES
from app.domain.claim import ClaimStatus
from app.domain.voucher import Basis
from tests.sites import Site, told

pytestmark = pytest.mark.asyncio(loop_scope="module")

METHOD, ETHER = "USDC-SANDBOX", "ETH-SANDBOX"
HERE = "sandbox1payee"
# What WooCommerce's plugin sends for a refund, with every null of its own.
WOO = {
    "name": "Refund of order 15; test refund",
    "description": None,
    "amount": "5.00",
    "currency": "USD",
    "period": None,
    "BOLT11Expiration": None,
    "autoApproveClaims": False,
    "startsAt": None,
    "expiresAt": None,
    "paymentMethods": ["USDC_SANDBOX", "ETH_SANDBOX"],
    "payoutMethods": ["USDC_SANDBOX", "ETH_SANDBOX"],
}


def api(site: Site, path: str) -> str:
    return f"/api/v1/stores/{site.account.id}/{path}"


async def call(site: Site, method: str, path: str, body: Any = None, **more: Any) -> Any:
    """Return an answer that must be exactly 200."""
    answer = await site.ask(method, path, body, **more)
    assert answer.status_code == 200, f"{answer.status_code}: {answer.text[:500]}"
    return answer.json() if answer.content else None


async def pull_payment(site: Site, once: str = "", **more: Any) -> Any:
    return await call(site, "POST", api(site, "pull-payments"), WOO | more, once=once)


async def claim(site: Site, pull: str, **more: Any) -> Any:
    body = {"destination": HERE, "amount": "2.00", "payoutMethodId": METHOD} | more
    return await call(site, "POST", f"/api/v1/pull-payments/{pull}/payouts", body, key=None)


async def refused(
    site: Site, method: str, path: str, body: Any = None, **more: Any
) -> tuple[int, Any]:
    """Return the status and the code of a refusal, or the paths of its faults."""
    answer = await site.ask(method, path, body, **more)
    told = answer.json()
    if isinstance(told, list):
        assert all(one["message"] for one in told)
        return answer.status_code, [one["path"] for one in told]
    assert told["message"]
    return answer.status_code, told["code"]


async def test_a_shop_offers_a_refund_and_its_customer_claims_it(site: Site) -> None:
    made = await pull_payment(site)
    assert made == {
        "id": made["id"],
        "name": WOO["name"],
        "description": "",
        "currency": "USD",
        "amount": "5.00",
        "autoApproveClaims": False,
        "archived": False,
        "viewLink": f"{site.house.settings.url}/claim/{made['id']}",
        "startsAt": int(site.world.now().timestamp()),
        "expiresAt": None,
        "BOLT11Expiration": 30,
    }
    assert await call(site, "GET", f"/api/v1/pull-payments/{made['id']}", key=None) == made
    assert await call(site, "GET", api(site, "pull-payments")) == [made]
    asked = await claim(site, made["id"])
    assert asked == {
        "id": asked["id"],
        "revision": 0,
        "pullPaymentId": made["id"],
        "date": int(site.world.now().timestamp()),
        "destination": HERE,
        "originalCurrency": "USD",
        "originalAmount": "2.00",
        "payoutCurrency": "USDC",
        "payoutAmount": None,
        "payoutMethodId": METHOD,
        "state": "AwaitingApproval",
        "paymentProof": None,
        "metadata": {},
    }
    one = f"/api/v1/payouts/{asked['id']}"
    assert await call(site, "GET", one) == asked
    assert await call(site, "GET", api(site, f"payouts/{asked['id']}")) == asked
    of_pull = f"/api/v1/pull-payments/{made['id']}/payouts"
    assert await call(site, "GET", f"{of_pull}/{asked['id']}", key=None) == asked
    approved = await call(site, "POST", one, {"revision": 0})
    assert approved == asked | {"state": "AwaitingPayment", "payoutAmount": "2"}
    proof = {"proofType": "manual", "link": "https://explorer.example/tx/1"}
    assert await call(site, "POST", f"{one}/mark", {"state": "InProgress"}) is None
    done = {"state": "Completed", "paymentProof": proof}
    assert await call(site, "POST", f"{one}/mark", done) is None
    sent = approved | {"state": "Completed", "paymentProof": proof}
    assert await call(site, "GET", of_pull, key=None) == [sent]
    assert await call(site, "GET", api(site, "payouts")) == [sent]
    types = [one["type"] for one in (await site.get("/v1/events?limit=100"))["data"]][::-1]
    assert types == [
        "voucher.created",
        "claim.created",
        "claim.approved",
        "claim.processing",
        "claim.succeeded",
    ]


async def test_the_merchant_pays_out_without_a_pull_payment(site: Site) -> None:
    body = {
        "destination": HERE,
        "amount": 3,
        "payoutMethodId": "usdc_sandbox",
        "approved": True,
        "metadata": {"source": "Payroll"},
    }
    made = await call(site, "POST", api(site, "payouts"), body)
    assert (made["state"], made["payoutAmount"], made["originalCurrency"]) == (
        "AwaitingPayment",
        "3",
        "USDC",
    )
    assert (made["pullPaymentId"], made["metadata"]) == (None, {"source": "Payroll"})
    assert await call(site, "POST", f"/api/v1/payouts/{made['id']}/mark-paid") is None
    read = await call(site, "GET", f"/api/v1/payouts/{made['id']}")
    assert read["state"] == "Completed"
    pull = await pull_payment(site)
    more = body | {"amount": "1.00", "pullPaymentId": pull["id"], "approved": False}
    waits = await call(site, "POST", api(site, "payouts"), more)
    assert (waits["pullPaymentId"], waits["state"]) == (pull["id"], "AwaitingApproval")
    assert await call(site, "DELETE", api(site, f"payouts/{waits['id']}")) is None
    assert [one["id"] for one in await call(site, "GET", api(site, "payouts"))] == [made["id"]]
    every = await call(site, "GET", api(site, "payouts") + "?includeCancelled=true")
    assert {one["state"] for one in every} == {"Completed", "Cancelled"}


async def test_an_archived_pull_payment_cancels_and_hides(site: Site) -> None:
    made = await pull_payment(site)
    asked = await claim(site, made["id"])
    assert await call(site, "DELETE", f"/api/v1/pull-payments/{made['id']}") is None
    assert await call(site, "GET", api(site, "pull-payments")) == []
    every = await call(site, "GET", api(site, "pull-payments") + "?includeArchived=true")
    assert [one["archived"] for one in every] == [True]
    assert (await call(site, "GET", f"/api/v1/payouts/{asked['id']}"))["state"] == "Cancelled"
    path = f"/api/v1/pull-payments/{made['id']}/payouts"
    assert await call(site, "GET", path, key=None) == []
    body = {"destination": HERE, "payoutMethodId": METHOD}
    assert await refused(site, "POST", path, body, key=None) == (400, "archived")


async def test_refusals_are_in_greenfields_words(site: Site) -> None:
    path = api(site, "pull-payments")
    for wrong, paths in (
        ({"amount": None}, ["amount"]),
        ({"amount": "-1"}, ["amount"]),
        ({"amount": "1E+999999"}, ["amount"]),
        ({"currency": "XXX"}, ["currency"]),
        ({"name": "x" * 51}, ["name"]),
        ({"description": "x" * 1001}, ["description"]),
        ({"expiresAt": 1}, ["expiresAt"]),
        ({"expiresAt": 10**15}, ["expiresAt"]),
        ({"payoutMethods": ["USDC-SANDBOX", "SHELLS"]}, ["payoutMethods[1]"]),
        ({"payoutMethods": ["BTC-LN"]}, ["payoutMethods"]),
    ):
        assert await refused(site, "POST", path, WOO | wrong) == (422, paths), wrong
    made = await pull_payment(site)
    path = f"/api/v1/pull-payments/{made['id']}/payouts"
    good = {"destination": HERE, "amount": "1.00", "payoutMethodId": METHOD}
    for wrong, answer in (
        ({"destination": "0x12"}, (422, ["destination"])),
        ({"destination": ""}, (422, ["destination"])),
        ({"payoutMethodId": "SHELLS"}, (422, ["payoutMethodId"])),
        ({"payoutMethodId": "BTC-SANDBOX"}, (400, "payment-method-not-supported")),
        ({"amount": "0.001"}, (422, ["amount"])),
        ({"amount": "5.01"}, (400, "overdraft")),
    ):
        assert await refused(site, "POST", path, good | wrong, key=None) == answer, wrong
    asked = await claim(site, made["id"], amount="1.00")
    assert await refused(site, "POST", path, good, key=None) == (400, "duplicate-destination")
    one = f"/api/v1/payouts/{asked['id']}"
    assert await refused(site, "POST", one, {"revision": 1}) == (400, "old-revision")
    assert await refused(site, "POST", one, {"rateRule": "kraken(X)"}) == (422, ["rateRule"])
    assert await refused(site, "POST", f"{one}/mark-paid") == (400, "invalid-state")
    assert await refused(site, "POST", f"{one}/mark", {"state": "Gone"}) == (422, ["state"])
    await call(site, "POST", one, {"rateRule": "1"})
    await call(site, "POST", f"{one}/mark", {"state": "InProgress"})
    assert await refused(site, "DELETE", one) == (400, "invalid-state")
    lnurl = f"/api/v1/pull-payments/{made['id']}/lnurl"
    assert await refused(site, "GET", lnurl, key=None) == (400, "lnurl-not-supported")
    missing = "/api/v1/pull-payments/vch_none"
    assert await refused(site, "GET", missing, key=None) == (404, "pullpayment-not-found")
    assert await refused(site, "GET", "/api/v1/payouts/clm_none") == (404, "payout-not-found")
    stranger = await site.newcomer()
    for method, path in (
        ("DELETE", f"/api/v1/pull-payments/{made['id']}"),
        ("DELETE", api(stranger, f"pull-payments/{made['id']}")),
        ("GET", one),
        ("GET", api(stranger, f"payouts/{asked['id']}")),
        ("POST", f"{one}/mark-paid"),
    ):
        assert (await refused(stranger, method, path))[0] in (403, 404), path
    assert (await refused(site, "GET", one, key=None))[0] == 401


async def paid(site: Site, share: str = "1") -> Any:
    made = await site.intent(amount="20.00", ledgers=["sandbox_eth"])
    await site.pay(made["id"], share=share, confirmations=2)
    return await site.look(made["id"])


@pytest.mark.parametrize(
    ("variant", "more", "currency", "amount", "auto"),
    [
        ("RateThen", {}, "ETH", None, True),
        ("CurrentRate", {"subtractPercentage": "50"}, "ETH", None, True),
        ("Fiat", {}, "USD", "30.00", False),
        ("Fiat", {"subtractPercentage": "2.5"}, "USD", "29.25", False),
        ("OverpaidAmount", {}, "ETH", None, True),
        ("Custom", {"customAmount": "5", "customCurrency": "EUR"}, "EUR", "5.00", False),
    ],
)
async def test_an_invoice_is_refunded_by_every_variant(
    house_site: Site, variant: str, more: Any, currency: str, amount: str | None, auto: bool
) -> None:
    site = await house_site.newcomer()
    intent = await paid(site, "1.5")
    body = {"refundVariant": variant, "payoutMethodId": ETHER} | more
    path = api(site, f"invoices/{intent['id']}/refund")
    made = await call(site, "POST", path, body)
    assert (made["currency"], made["autoApproveClaims"]) == (currency, auto)
    trigger = await call(site, "GET", f"/api/v1/invoices/{intent['id']}/refund/{ETHER}")
    coins = {
        "RateThen": trigger["paymentAmountThen"],
        "OverpaidAmount": trigger["overpaidPaymentAmount"],
    }
    assert made["amount"] == coins.get(variant, amount or made["amount"])
    if variant == "CurrentRate":
        assert float(made["amount"]) == pytest.approx(float(trigger["paymentAmountNow"]) / 2)
    events = (await site.get("/v1/events?type=voucher.created"))["data"]
    assert [one["data"]["object"]["payment_intent"] for one in events] == [intent["id"]]
    asked = await claim(site, made["id"], amount=None, payoutMethodId=ETHER)
    assert asked["state"] == ("AwaitingPayment" if auto else "AwaitingApproval")


async def test_a_refund_says_what_is_wrong(site: Site) -> None:
    made = await site.intent()
    path = f"/api/v1/invoices/{made['id']}/refund"
    body = {"refundVariant": "Fiat", "payoutMethodId": METHOD}
    assert await refused(site, "POST", path, body) == (400, "invalid-state")
    intent = await paid(site)
    path = f"/api/v1/invoices/{intent['id']}/refund"
    for wrong, paths in (
        ({"refundVariant": "All"}, ["refundVariant"]),
        ({"payoutMethodId": "SHELLS"}, ["payoutMethodId"]),
        ({"subtractPercentage": "101"}, ["subtractPercentage"]),
        ({"refundVariant": "Custom"}, ["customAmount"]),
        ({"refundVariant": "Custom", "customAmount": "1"}, ["customCurrency"]),
        ({"refundVariant": "OverpaidAmount"}, ["refundVariant"]),
    ):
        assert await refused(site, "POST", path, body | wrong) == (422, paths), wrong
    own = await call(site, "POST", path, {"refundVariant": "Fiat"})
    assert own["amount"] == "20.00", "by the coin it was paid in"
    nothing = "/api/v1/invoices/pi_none/refund"
    assert await refused(site, "POST", nothing, body) == (404, "invoice-not-found")


async def test_a_repeated_key_makes_one_of_each(site: Site) -> None:
    pulls = [await pull_payment(site, once="p") for _ in range(2)]
    assert pulls[0] == pulls[1]
    body = {"destination": HERE, "amount": "1", "payoutMethodId": METHOD}
    path = api(site, "payouts")
    made = [await call(site, "POST", path, body, once="c") for _ in range(2)]
    assert made[0] == made[1]
    own = body | {"pullPaymentId": pulls[0]["id"]}
    made = [await call(site, "POST", path, own, once="d") for _ in range(2)]
    assert made[0] == made[1]
    intent = await paid(site)
    path = f"/api/v1/invoices/{intent['id']}/refund"
    back = {"refundVariant": "Fiat", "payoutMethodId": METHOD}
    made = [await call(site, "POST", path, back, once="r") for _ in range(2)]
    assert made[0] == made[1]
    asked = {"title": "Roof", "amount": "10.00", "currency": "USD"}
    path = api(site, "payment-requests")
    made = [await call(site, "POST", path, asked, once="b") for _ in range(2)]
    assert made[0] == made[1]
    assert len(await call(site, "GET", path)) == 1
    assert len(await call(site, "GET", api(site, "pull-payments"))) == 2


async def test_the_tables_have_every_cell() -> None:
    assert set(STATES) == set(ClaimStatus)
    assert len(set(STATES.values())) == len(STATES)
    assert set(BASES.values()) == set(Basis)
    assert set(CLAIMS.values()) >= {
        "archived",
        "expired",
        "not-started",
        "overdraft",
        "duplicate-destination",
        "amount-too-low",
        "payment-method-not-supported",
    }
    assert set(BILLS.values()) == {"archived", "expired", "already-paid"}


async def test_an_answer_needs_no_key_where_the_id_is_one(site: Site) -> None:
    made = await pull_payment(site, amount="1.00", payoutMethods=None, paymentMethods=None)
    answer = await site.ask("GET", f"/api/v1/pull-payments/{made['id']}", key=None)
    assert told(answer, 200)["amount"] == "1.00"
