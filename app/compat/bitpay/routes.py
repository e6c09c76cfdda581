"""Bitpay's addresses, in one router: every one of them with or without a slash at its end."""

from litestar import Controller, Router

from app.compat.bitpay.callers import DEPENDENCIES
from app.compat.bitpay.invoices import InvoiceController
from app.compat.bitpay.rates import RateController
from app.compat.bitpay.refusals import refuse
from app.compat.bitpay.tokens import TokenController
from app.web import bodies

__all__ = ["PREFIXES", "refuse", "router"]

PREFIXES = ("/invoices", "/tokens", "/rates", "/api/rates")
CONTROLLERS: tuple[type[Controller], ...] = (InvoiceController, TokenController, RateController)


def router() -> Router:
    """Return every route, none of them in our own API's document."""
    return Router(
        path="/",
        route_handlers=list(CONTROLLERS),
        before_request=bodies.check,
        dependencies=DEPENDENCIES,
        include_in_schema=False,
    )
