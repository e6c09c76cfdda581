"""Refusals as Greenfield's clients read them: `code` and `message`, or an array of faults.

A request with wrong fields is answered 422 with `[{path, message}]`; everything else with one
object. A key without a right is told its name, and what is not there by which noun it misses.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from litestar import Request, Response

from app.compat.greenfield import wire
from app.errors import CheckoutError, Fault, Invalid, NotFound, NotOffered
from app.web.problems import Problem

UNPROCESSABLE = 422
UNAUTHENTICATED = "unauthenticated"
UNAUTHENTICATED_MESSAGE = "Authentication is required for accessing this endpoint"
MISSING_PERMISSION = "missing-permission"
NOT_SUPPORTED = "not-supported"

# Whose fault a field of ours is in Greenfield's words; others are written in camel case.
PATHS = {
    "cancel_url": "checkout.redirectURL",
    "conditions.confirm_seconds": "checkout.monitoringMinutes",
    "conditions.locale": "checkout.defaultLanguage",
    "conditions.preferred": "checkout.defaultPaymentMethod",
    "conditions.tolerance_bps": "checkout.paymentTolerance",
    "customer_email": "metadata.buyerEmail",
    "description": "metadata.itemDesc",
    "event_types": "authorizedEvents.specificEvents",
    "expires_in_seconds": "checkout.expirationMinutes",
    "ledgers": "checkout.paymentMethods",
    "order_id": "metadata.orderId",
    "success_url": "checkout.redirectURL",
}
# What an address names, by its parameters, from the outermost to the innermost.
NOUNS = {
    "store_id": "store",
    "invoice_id": "invoice",
    "webhook_id": "webhook",
    "delivery_id": "webhook delivery",
    "payment_request_id": "payment request",
    "pull_payment_id": "pull payment",
    "payout_id": "payout",
    "payment_method_id": "payment method",
}
CODES = {
    "webhook delivery": "webhookdelivery-not-found",
    "pull payment": "pullpayment-not-found",
    "payment method": "paymentmethod-not-found",
}


class Wrong(msgspec.Struct, frozen=True):
    """One fault of a request."""

    path: str
    message: str


class Refusal(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Every other error."""

    code: str
    message: str
    missing_permission: str | msgspec.UnsetType = msgspec.UNSET


class Missing(NotFound):
    """Nothing here by that id, said with the noun Greenfield's clients look for."""

    def __init__(self, noun: str) -> None:
        super().__init__(_said(noun))


def _said(noun: str) -> str:
    return f"The {noun} was not found"


def missing(named: Mapping[str, Any], error: NotFound) -> NotFound:
    """Return a refusal that says which of an address's things is missing, the innermost."""
    nouns = [noun for name, noun in NOUNS.items() if name in named]
    return Missing(nouns[-1]) if nouns and not isinstance(error, Missing) else error


# A problem carries what was said, and of these its code.
NOT_FOUND = {
    _said(noun): CODES.get(noun, f"{noun.replace(' ', '-')}-not-found") for noun in NOUNS.values()
}


def refuse(problem: Problem, headers: dict[str, str]) -> Response[bytes]:
    """Answer a refusal in Greenfield's shape."""
    if problem.status == 400:
        answered = unprocessable(problem.errors, str(problem.detail))
    else:
        answered = wire.answer(_one(problem), problem.status)
    answered.headers.update(headers)
    return answered


def unprocessable(
    faults: Sequence[Fault], detail: str, paths: Mapping[str, str] = PATHS
) -> Response[bytes]:
    """Answer what is wrong with a request, each fault by its path there."""
    body = [Wrong(path(one.field, paths), str(one.message)) for one in faults]
    return wire.answer(body or [Wrong("", detail)], UNPROCESSABLE)


def renaming(paths: Mapping[str, str]) -> dict[int | type[Exception], Any]:
    """Return how a controller refuses whose requests call our fields otherwise."""

    def wrong(_request: Request[Any, Any, Any], error: Invalid) -> Response[bytes]:
        return unprocessable(error.faults, str(error.detail), paths)

    return {Invalid: wrong}


def path(field: str, paths: Mapping[str, str] = PATHS) -> str:
    """Return a field's path in a request of Greenfield's."""
    if field in paths:
        return paths[field]
    first, *rest = field.split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in rest)


def _one(problem: Problem) -> Refusal:
    message = str(problem.detail)
    match problem.status:
        case 401:
            return Refusal(code=UNAUTHENTICATED, message=UNAUTHENTICATED_MESSAGE)
        case 403:
            named = [str(one.message) for one in problem.errors if one.field == "permission"]
            return Refusal(
                code=MISSING_PERMISSION,
                message=message,
                missing_permission=named[0] if named else msgspec.UNSET,
            )
        case 501:
            return Refusal(code=NOT_SUPPORTED, message=message)
        case 404 if message in NOT_FOUND:
            return Refusal(code=NOT_FOUND[message], message=message)
    return Refusal(code=problem.code.replace("_", "-"), message=message)


def not_supported(what: str) -> CheckoutError:
    """Refuse an operation of Greenfield's that this house does not have, by its name."""
    return NotOffered(f"{what} is not served here.")
