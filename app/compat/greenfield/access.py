"""Who is calling over Greenfield: `Authorization: token {key}`, and what their key may do.

Source: BTCPay Server's Greenfield API, "Authorization". A plain `Bearer` is read as well:
it is what our own clients send.
"""

from litestar.di import Provide
from litestar.handlers import BaseRouteHandler

from app.errors import NotFound, Unauthorized
from app.services.keys import Holder
from app.web.auth import KEY_LENGTH_MAX
from app.web.doors import (
    ANY_KEY,
    OPEN,
    Connection,
    doors_of,
    need_of,
    needs,
    provide_account,
    provide_holder,
)

__all__ = ["ANY_KEY", "DEPENDENCIES", "OPEN", "enter", "needs"]

SCHEMES = ("token", "bearer")
# Which path parameter of an unscoped route names which noun of ours.
THINGS = {
    "invoice_id": "invoice",
    "webhook_id": "webhook",
    "pull_payment_id": "voucher",
    "payout_id": "claim",
    "payment_request_id": "bill",
}

DEPENDENCIES = {
    "holder": Provide(provide_holder, sync_to_thread=False),
    "account": Provide(provide_account, sync_to_thread=False),
}


async def enter(connection: Connection, handler: BaseRouteHandler) -> None:
    """Guard every route: read the key, and ask whether it may."""
    need = need_of(handler)
    if need is None:
        raise NotFound("This address is not open.")
    if need.key:
        await doors_of(connection).enter(connection, need, await holder_of(connection), THINGS)


async def holder_of(connection: Connection) -> Holder:
    """Return who holds the key a request came with."""
    scheme, _, key = connection.headers.get("authorization", "").partition(" ")
    key = key.strip()
    if scheme.lower() not in SCHEMES or not key or len(key) > KEY_LENGTH_MAX or not key.isascii():
        raise Unauthorized("Send the key as Authorization: token sk_….")
    return await doors_of(connection).keys.holder(key)
