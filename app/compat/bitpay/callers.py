"""Who is calling: an application by its signature, or whoever holds a key of the account.

`x-identity` and `x-signature` are an application's own key and what it signed; `Authorization:
Basic` has a whole key in base64, without a name before it or a colon. A request with neither is
nobody's, and few doors are open to it.
"""

import base64
import binascii
from typing import Any

import msgspec
from litestar import Request
from litestar.di import NamedDependency, Provide

from app.compat.bitpay import identity, wire
from app.domain.account import Account
from app.domain.permission import Right
from app.errors import MissingPermission, NotFound, Unauthorized
from app.services.accounts import Accounts
from app.services.keys import Holder, Keys
from app.services.pairing import Pairings
from app.settings import Settings
from app.web import forwarded
from app.web.auth import KEY_LENGTH_MAX

NEEDED = "Authentication required"
WRONG_SIGNATURE = "BitId authentication failed"
WRONG_KEY = "ApiKey authentication failed"
RIGHTS = (Right.CREATE_INVOICE, Right.VIEW_INVOICES)  # what a key is used for here
HEADER_MAX = 4 * KEY_LENGTH_MAX
ID_MAX = 40

Asked = Request[Any, Any, Any]
Signer = str | None


class Named(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The account an address names: clients write `storeId` and `storeID`."""

    store_id: str | None = None


class Visitor(msgspec.Struct, frozen=True):
    """Who calls, and the account they act for. A paired application may all that is here."""

    account: Account
    holder: Holder | None

    def require(self, right: Right) -> None:
        """Refuse, naming the permission that is missing."""
        if self.holder is not None:
            self.holder.require(right, self.account.id)


Anybody = Visitor | None


async def provide_signer(request: Asked, settings: NamedDependency[Settings]) -> Signer:
    """Return the SIN of the key that signed; None: nobody signed. A wrong one is refused."""
    key, signature = (request.headers.get(name, "") for name in ("x-identity", "x-signature"))
    if not key and not signature:
        return None
    body = await request.body()
    for address in forwarded.addresses(request, settings):
        sin = identity.signer(key, signature, address.encode() + body)
        if sin is not None:
            return sin
    raise Unauthorized(WRONG_SIGNATURE)


async def provide_anybody(
    request: Asked,
    signer: NamedDependency[Signer],
    keys: NamedDependency[Keys],
    accounts: NamedDependency[Accounts],
    pairings: NamedDependency[Pairings],
) -> Anybody:
    """Return who calls; None when nothing tells. A wrong key is refused, not ignored."""
    if signer is not None:
        return Visitor(await pairings.identify(signer), None)
    header = request.headers.get("authorization")
    if header is None:
        return None
    try:
        holder = await keys.holder(_key(header))
    except Unauthorized:
        raise Unauthorized(WRONG_KEY) from None
    within = {one for right in RIGHTS for one in holder.accounts_with(right)}
    if not within:
        raise MissingPermission(Right.VIEW_INVOICES)
    named = wire.query(request, Named).store_id
    account = next(iter(within)) if len(within) == 1 else named
    if account is None or account not in within:
        raise Unauthorized("This key is of several stores: name one of them as storeId.")
    return Visitor(await accounts.known(account), holder)


async def provide_shop(anybody: NamedDependency[Anybody]) -> Account:
    """Return the account whose invoices are read."""
    if anybody is None:
        raise Unauthorized(NEEDED)
    anybody.require(Right.VIEW_INVOICES)
    return anybody.account


async def provide_till(
    request: Asked, anybody: NamedDependency[Anybody], accounts: NamedDependency[Accounts]
) -> Account:
    """Return whose invoice is made: the caller's, or an account's that anybody may ask to pay."""
    if anybody is not None:
        anybody.require(Right.CREATE_INVOICE)
        return anybody.account
    account = await _named(request, accounts)
    if account is None or not account.anonymous_intents:
        raise Unauthorized(NEEDED)
    return account


async def provide_market(
    request: Asked, anybody: NamedDependency[Anybody], accounts: NamedDependency[Accounts]
) -> Account:
    """Return whose rates are told: the caller's, or of an account that anybody may name."""
    if anybody is not None:
        return anybody.account
    account = await _named(request, accounts)
    if account is None:
        raise NotFound("Store not found")
    return account


async def _named(request: Asked, accounts: Accounts) -> Account | None:
    id = wire.query(request, Named).store_id
    if not id or len(id) > ID_MAX:
        return None
    try:
        return await accounts.known(id)
    except NotFound:
        return None


def _key(header: str) -> str:
    """Return the key of a header: all that was encoded, but for a colon clients may add."""
    scheme, _, encoded = header.partition(" ")
    try:
        key = base64.b64decode(encoded.strip(), validate=True).decode("ascii")
    except (binascii.Error, UnicodeError):
        key = ""
    key = key.removesuffix(":")
    if scheme.lower() != "basic" or not key or len(header) > HEADER_MAX:
        raise Unauthorized(WRONG_KEY)
    return key


DEPENDENCIES = {
    "signer": Provide(provide_signer),
    "anybody": Provide(provide_anybody),
    "shop": Provide(provide_shop),
    "till": Provide(provide_till),
    "market": Provide(provide_market),
}
