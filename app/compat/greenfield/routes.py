"""Greenfield's addresses, in one router: who is asked for what, and what is refused by name."""

from typing import Any

from litestar import Controller, Request, Response, Router

from app.compat.greenfield import access, operations
from app.compat.greenfield.api_keys import ApiKeyController
from app.compat.greenfield.invoices import InvoiceController
from app.compat.greenfield.payment_requests import PaymentRequestController
from app.compat.greenfield.payouts import PayoutController
from app.compat.greenfield.pull_payments import PullPaymentController
from app.compat.greenfield.refunds import RefundController
from app.compat.greenfield.refusals import missing, not_supported, refuse
from app.compat.greenfield.server import ServerController
from app.compat.greenfield.store_methods import StoreMethodController
from app.compat.greenfield.stores import StoreController
from app.compat.greenfield.webhooks import WebhookController, WebhookDeliveryController
from app.errors import CheckoutError, NotFound
from app.web import bodies, problems

__all__ = ["PREFIXES", "absent", "refuse", "router"]

PREFIXES = (operations.ROOT, "/misc/")
# A line for each file of routes. Each route says what it needs: opt=needs(Right.…).
CONTROLLERS: tuple[type[Controller], ...] = (
    ServerController,
    ApiKeyController,
    StoreController,
    StoreMethodController,
    InvoiceController,
    WebhookController,
    WebhookDeliveryController,
    PaymentRequestController,
    PullPaymentController,
    PayoutController,
    RefundController,
)


def router() -> Router:
    """Return every route, none of them in our own API's document."""
    return Router(
        path="/",
        route_handlers=list(CONTROLLERS),
        dto=bodies.Body,
        guards=[access.enter],
        before_request=bodies.check,
        dependencies=access.DEPENDENCIES,
        exception_handlers={NotFound: _not_found},
        include_in_schema=False,
    )


def absent(method: str, path: str) -> CheckoutError | None:
    """Refuse by name what Greenfield has and this house does not; None: nobody has it."""
    found = operations.named(method, path)
    return not_supported(str(found)) if found is not None else None


def _not_found(request: Request[Any, Any, Any], error: NotFound) -> Response[Any]:
    """Say what is missing with the noun of the address."""
    return problems.answer(request, missing(request.path_params, error))
