"""Who is calling and what they may do.

A secret key opens everything of its account. A publishable key may stand in a page's
source, so it creates and reads and no more. Some doors need no key: whoever holds an
intent's id or a link's shortcode may see what a payer sees.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Request
from litestar.di import NamedDependency

from app.domain.account import Account
from app.domain.key import KeyKind
from app.errors import Forbidden, Invalid, Unauthorized
from app.services.accounts import Accounts
from app.services.once import Once

KEY_LENGTH_MAX = 100
IDEMPOTENCY_KEY_MAX = 255


class Caller(msgspec.Struct, frozen=True):
    """Whose key came with the request, and of which kind."""

    account: Account
    kind: KeyKind

    @property
    def secret(self) -> bool:
        return self.kind is KeyKind.SECRET

    def refuse_unless_it_may_price(self) -> None:
        """Refuse a price from a page's own key, unless the account takes it from browsers."""
        if not self.secret and not self.account.browser_amounts:
            raise Forbidden(
                "This account takes no amounts from browsers: use a payment link, or "
                "create the intent on your server."
            )

    def refuse_unless_it_may_name(self, recipients: Mapping[str, str] | None) -> None:
        """Refuse who is to be paid from a page's own key, unless the account takes it.

        Whoever holds that key could otherwise pay themselves, and the intent would succeed.
        """
        if recipients and not self.secret and not self.account.browser_recipients:
            raise Forbidden(
                "This account takes no recipients from browsers: create the intent on your "
                "server, or allow them with browser_recipients."
            )


Anybody = Caller | None


async def provide_anybody(
    request: Request[Any, Any, Any], accounts: NamedDependency[Accounts]
) -> Anybody:
    """Return the caller, or None when no key came. A wrong key is refused, not ignored."""
    header = request.headers.get("authorization")
    if header is None:
        return None
    scheme, _, key = header.partition(" ")
    key = key.strip()
    if scheme.lower() != "bearer" or not key or len(key) > KEY_LENGTH_MAX or not key.isascii():
        raise Unauthorized("Send the key as Authorization: Bearer sk_… or pk_….")
    return Caller(*await accounts.identify(key))


async def provide_caller(anybody: NamedDependency[Anybody]) -> Caller:
    """Return the caller; a key of either kind is needed."""
    if anybody is None:
        raise Unauthorized("This needs a key.")
    return anybody


async def provide_merchant(anybody: NamedDependency[Anybody]) -> Account:
    """Return the account of a secret key."""
    if anybody is None:
        raise Unauthorized("This needs the account's secret key.")
    if not anybody.secret:
        raise Forbidden("This needs the secret key; a publishable key is not enough.")
    return anybody.account


def idempotency_key(request: Request[Any, Any, Any]) -> str | None:
    """Return the request's Idempotency-Key, if it has one."""
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    if not 0 < len(key) <= IDEMPOTENCY_KEY_MAX or not (key.isascii() and key.isprintable()):
        message = f"must be 1 to {IDEMPOTENCY_KEY_MAX} printable ASCII characters"
        raise Invalid.field("Idempotency-Key", message)
    return key


async def once(request: Request[Any, Any, Any], account: str) -> Once | None:
    """Name this request by its Idempotency-Key and all it says."""
    if (key := idempotency_key(request)) is None:
        return None
    path = f"{request.method} {request.url.path}".encode()
    return Once.of(account, key, path, await request.body())
