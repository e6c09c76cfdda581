"""Refusals as Bitpay's clients read them: one `error`, in a person's words."""

from litestar import Response

from app.compat.bitpay import wire
from app.compat.bitpay.entities import Refusal, Refused
from app.web.problems import Problem

# What that wire calls a refusal that we tell in another status.
STATUSES = {409: 400}
CODES = {"key_reused": "Error while pairing (ReusedKey)"}
# Whose fault a field of ours is in Bitpay's words.
FIELDS = {
    "amount": "price",
    "customer_email": "buyerEmail",
    "description": "itemDesc",
    "expires_in_seconds": "expirationTime",
    "ledgers": "paymentCurrencies",
    "order_id": "orderId",
    "success_url": "redirectURL",
}


def refuse(problem: Problem, headers: dict[str, str]) -> Response[bytes]:
    """Answer a refusal in Bitpay's shape."""
    said = _said(problem)
    refusal = Refusal(error=said)
    if problem.status == 401:
        refusal = Refusal(error=said, errors=[Refused(said)])
        headers["WWW-Authenticate"] = "Basic"
    response = wire.answer(refusal, STATUSES.get(problem.status, problem.status))
    response.headers.update(headers)
    return response


def _said(problem: Problem) -> str:
    if problem.code in CODES:
        return CODES[problem.code]
    if problem.errors:
        return "; ".join(
            f"{FIELDS.get(one.field, one.field)}: {one.message}" for one in problem.errors
        )
    return str(problem.detail)
