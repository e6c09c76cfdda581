"""ICPay's addresses, in one router: who is asked for what, and what is refused by name."""

from typing import Any

from litestar import HttpMethod, Request, Response, Router, route
from litestar.di import Provide

from app.compat.icpay import embed
from app.compat.icpay.absent import AbsentController
from app.compat.icpay.accounts import AccountController, LedgerController
from app.compat.icpay.authorizing import AuthorizingController
from app.compat.icpay.balances import BalanceController
from app.compat.icpay.intents import IntentController
from app.compat.icpay.keys import provide_visitor
from app.compat.icpay.links import LinkController
from app.compat.icpay.notices import NoticeController
from app.compat.icpay.payments import PaymentController
from app.compat.icpay.records import RecordController
from app.compat.icpay.refusals import refuse
from app.compat.icpay.transactions import TransactionController
from app.errors import NotFound
from app.web import bodies

__all__ = ["PREFIXES", "refuse", "router"]

PREFIXES = ("/sdk/", "/public/payment-links")
CONTROLLERS = (
    AccountController,
    LedgerController,
    BalanceController,
    IntentController,
    AuthorizingController,
    NoticeController,
    PaymentController,
    TransactionController,
    RecordController,
    LinkController,
    AbsentController,
)


@route(
    "/sdk/{rest:path}",
    http_method=[HttpMethod.GET, HttpMethod.POST, HttpMethod.PATCH],
)
async def unknown(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Refuse what ICPay's clients ask for and this house does not have."""
    raise NotFound(f"Cannot {request.method} {request.url.path[:200]}")


def router() -> Router:
    """Return every route, none of them in our own API's document."""
    return Router(
        path="/",
        route_handlers=[*CONTROLLERS, *embed.HANDLERS, unknown],
        dto=bodies.Body,
        before_request=bodies.check,
        dependencies={"anybody": Provide(provide_visitor)},
        include_in_schema=False,
    )
