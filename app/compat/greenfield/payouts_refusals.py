"""How pull payments, payouts and payment requests refuse: their own codes, answered 400.

Source: BTCPay Server's published API, the "well-known error codes" of each operation.
"""

from collections.abc import Callable, Mapping
from typing import Any

from litestar import Request, Response

from app.compat.greenfield import wire
from app.compat.greenfield.refusals import Refusal, renaming
from app.errors import Closed, Conflict, NotClaimable, PriceUnavailable

REFUSED = 400
INVALID_STATE = "invalid-state"

# Why a voucher gives nothing, by the reason our refusal carries.
CLAIMS: Mapping[str, str] = {
    "archived": "archived",
    "expired": "expired",
    "upcoming": "not-started",
    "spent": "overdraft",
    "overdraft": "overdraft",
    "duplicate": "duplicate-destination",
    "too_low": "amount-too-low",
    "ledger": "payment-method-not-supported",
}
# Why a payment request takes no payment.
BILLS: Mapping[str, str] = {
    "inactive": "archived",
    "expired": "expired",
    "paid": "already-paid",
    "sold_out": "already-paid",
}
Handler = Callable[[Request[Any, Any, Any], Exception], Response[bytes]]


def handlers(paths: Mapping[str, str]) -> dict[int | type[Exception], Any]:
    """Return how a controller's routes refuse; `paths` says what our fields are called there."""
    return {
        **renaming(paths),
        NotClaimable: _coded(lambda error: CLAIMS[error.facts["reason"]]),
        Closed: _coded(lambda error: BILLS[error.facts["reason"]]),
        Conflict: _coded(lambda _error: INVALID_STATE),
        PriceUnavailable: _coded(lambda _error: "rate-unavailable"),
    }


def _coded(code: Callable[[Any], str]) -> Handler:
    def answer(_request: Request[Any, Any, Any], error: Any) -> Response[bytes]:
        return wire.answer(Refusal(code=code(error), message=str(error.detail)), REFUSED)

    return answer
