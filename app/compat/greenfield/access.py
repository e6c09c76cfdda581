"""Who is calling over Greenfield, and what their key may do.

`Authorization: token {key}`, or `Basic` with a user's e-mail address and password where no
one-time codes are asked for. A plain `Bearer` is read as well: it is what our own clients send.

Source: BTCPay Server's Greenfield API, "Authorization".
"""

import base64
import binascii

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

__all__ = ["ANY_KEY", "DEPENDENCIES", "OPEN", "enter", "key_of", "needs"]

SCHEMES = ("token", "bearer")
BASIC_LENGTH_MAX = 1000
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
    keys = doors_of(connection).keys
    scheme, text = _authorization(connection)
    if scheme == "basic":
        email, password = _basic(text)
        address = connection.client.host if connection.client else ""
        return await keys.holder_by_password(email, password, address)
    if scheme not in SCHEMES or not text or len(text) > KEY_LENGTH_MAX or not text.isascii():
        raise Unauthorized("Send the key as Authorization: token ….")
    return await keys.holder(text)


def key_of(connection: Connection) -> str:
    """Return the key a request came with, empty for a user's password."""
    scheme, text = _authorization(connection)
    return text if scheme in SCHEMES else ""


def _authorization(connection: Connection) -> tuple[str, str]:
    scheme, _, text = connection.headers.get("authorization", "").partition(" ")
    return scheme.lower(), text.strip()


def _basic(text: str) -> tuple[str, str]:
    try:
        plain = base64.b64decode(text[:BASIC_LENGTH_MAX], validate=True).decode()
    except (binascii.Error, ValueError):
        raise Unauthorized("Basic takes an e-mail address and a password in base64.") from None
    email, _, password = plain.partition(":")
    return email, password
