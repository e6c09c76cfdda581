"""Whatever is sent for a pull payment, a payout or a payment request, the house stands."""

from typing import Any

import pytest

from app.compat.greenfield import payment_requests, payouts_words
from tests.compat.test_greenfield_payouts import HERE, METHOD, WOO, api, call, claim, pull_payment
from tests.sites import Site

pytestmark = pytest.mark.asyncio(loop_scope="module")

ODD: tuple[Any, ...] = (None, "\ud800", "9" * 5000, 10**30, {"a": [{}]})
REQUEST = {"title": "Roof", "amount": "10.00", "currency": "USD"}
PAYOUT = {"destination": HERE, "amount": "0.01", "payoutMethodId": METHOD}


def names(struct: Any) -> tuple[str, ...]:
    return tuple(struct.__struct_encode_fields__)


async def test_no_odd_field_breaks_anything(site: Site) -> None:
    pull = await pull_payment(site)
    made = await claim(site, pull["id"], amount="1.00")
    request = await call(site, "POST", api(site, "payment-requests"), REQUEST)
    one = f"/api/v1/payouts/{made['id']}"
    bill = f"/api/v1/payment-requests/{request['id']}"
    invoice = (await site.intent())["id"]
    refund = {"refundVariant": "Custom", "customAmount": "1", "customCurrency": "USD"}
    doors: tuple[tuple[str, str, Any, Any], ...] = (
        ("POST", api(site, "pull-payments"), payouts_words.NewPullPayment, WOO),
        ("POST", f"/api/v1/pull-payments/{pull['id']}/payouts", payouts_words.NewPayout, PAYOUT),
        ("POST", api(site, "payouts"), payouts_words.NewPayout, PAYOUT),
        ("POST", f"{one}/mark", payouts_words.Mark, {"state": "AwaitingPayment"}),
        ("POST", one, payouts_words.Approval, {"revision": 0}),
        ("POST", f"/api/v1/invoices/{invoice}/refund", payouts_words.NewRefund, refund),
        ("POST", api(site, "payment-requests"), payment_requests.Asked, REQUEST),
        ("PUT", bill, payment_requests.Asked, REQUEST),
        ("POST", f"{bill}/pay", payment_requests.Paying, {}),
    )
    for method, path, struct, body in doors:
        for name in names(struct):
            for value in ODD:
                answer = await site.ask(method, path, body | {name: value})
                said = (
                    f"{path} {name}={str(value)[:20]!r}: {answer.status_code} {answer.text[:300]}"
                )
                assert answer.status_code in (200, 400, 404, 422), said
                if answer.status_code == 422:
                    assert answer.json()[0]["message"], said
    for path in ("pull-payments", "payouts", "payment-requests"):
        await call(site, "GET", api(site, path))
