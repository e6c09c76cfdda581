"""A store's payment methods over Greenfield: what it is paid with, and where the money goes."""

import re
from typing import Any

import msgspec
from litestar import Controller, Request, Response, delete, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from app.compat import payment_methods
from app.compat.greenfield import listing, offer, wire
from app.compat.greenfield.access import needs
from app.compat.greenfield.offer import Method
from app.compat.greenfield.refusals import Missing
from app.domain.account import Account, Destination
from app.domain.ledger import Catalogue
from app.domain.permission import Right
from app.errors import Invalid
from app.services.accounts import Accounts, NewDestination
from app.services.keys import Holder

ALL = "/api/v1/stores/{store_id:str}/payment-methods"
ONE = f"{ALL}/{{payment_method_id:str}}"
SCHEMES = ("derivationScheme", "accountDerivation", "connectionString")  # of a config
# An extended public key, perhaps with its origin before it; anything else is a plain address.
_EXTENDED = re.compile(r"(\[[0-9a-fh'/]{1,80}\])?[xyztuv]pub", re.IGNORECASE)


class NewMethod(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`PUT …/payment-methods/{payment_method_id}`: a config is a text, or an object with it."""

    enabled: bool = True
    config: str | dict[str, Any] | None = None


class StoreMethodController(Controller):
    """`/api/v1/stores/{store_id}/payment-methods`."""

    @get(ALL, opt=needs(Right.VIEW_STORE))
    async def index(
        self,
        request: Request[Any, Any, Any],
        account: NamedDependency[Account],
        accounts: NamedDependency[Accounts],
        holder: NamedDependency[Holder],
        catalogue: NamedDependency[Catalogue],
    ) -> Response[bytes]:
        """List what the store is paid with; where it goes only to who may change it."""
        wanted = listing.flag(request, "includeConfig", usual=False)
        shown = wanted and holder.may(Right.MODIFY_STORE, account.id)
        return wire.answer(await _methods(account, accounts, catalogue, shown=shown))

    @get(ONE, opt=needs(Right.VIEW_STORE))
    async def read(
        self,
        payment_method_id: FromPath[str],
        account: NamedDependency[Account],
        accounts: NamedDependency[Accounts],
        holder: NamedDependency[Holder],
        catalogue: NamedDependency[Catalogue],
    ) -> Response[bytes]:
        """Return one payment method."""
        shown = holder.may(Right.MODIFY_STORE, account.id)
        return wire.answer(await _one(payment_method_id, account, accounts, catalogue, shown=shown))

    @put(ONE, opt=needs(Right.MODIFY_STORE))
    async def put(
        self,
        payment_method_id: FromPath[str],
        data: JSONBody[NewMethod],
        account: NamedDependency[Account],
        accounts: NamedDependency[Accounts],
        catalogue: NamedDependency[Catalogue],
    ) -> Response[bytes]:
        """Set where money of this method goes from now on."""
        family = _family(payment_method_id, account, catalogue)
        value = _value(data.config)
        new = NewDestination(family=family, kind=_kind(family, value), value=value)
        try:
            await accounts.put_destination(account.id, new)
        except Invalid as error:
            raise Invalid.field("config", error.detail) from None
        return wire.answer(await _one(payment_method_id, account, accounts, catalogue, shown=True))

    @delete(ONE, status_code=200, opt=needs(Right.MODIFY_STORE))
    async def remove(
        self,
        payment_method_id: FromPath[str],
        account: NamedDependency[Account],
        accounts: NamedDependency[Accounts],
        catalogue: NamedDependency[Catalogue],
    ) -> Response[bytes]:
        """Offer this method no more. Places already handed out stay watched."""
        family = _family(payment_method_id, account, catalogue)
        await accounts.remove_destination(account.id, family)
        return wire.done()


async def _methods(
    account: Account, accounts: Accounts, catalogue: Catalogue, *, shown: bool
) -> list[Method]:
    where = {one.family: one for one in await accounts.destinations(account.id)}
    found: dict[str, Method] = {}
    for one in await offer.ledgers(account, catalogue, accounts):
        name = payment_methods.of_ledger(one.id, catalogue)
        goes = where.get(catalogue.chains[one.chain].family)
        if goes is None:  # taken away a moment ago
            continue
        config = _config(goes) if shown else msgspec.UNSET
        found.setdefault(name, Method(payment_method_id=name, enabled=True, config=config))
    return list(found.values())


async def _one(
    name: str, account: Account, accounts: Accounts, catalogue: Catalogue, *, shown: bool
) -> Method:
    wanted = payment_methods.canonical(name)
    for one in await _methods(account, accounts, catalogue, shown=shown):
        if one.payment_method_id == wanted:
            return one
    raise Missing("payment method")


def _config(goes: Destination) -> dict[str, str]:
    return {"kind": goes.kind, "derivationScheme": goes.value}


def _family(name: str, account: Account, catalogue: Catalogue) -> str:
    """Return the family of chains a method is of, or refuse it."""
    offered = catalogue.offered(livemode=account.livemode)
    meant = payment_methods.to_ledgers(name, offered, catalogue)
    if not meant:
        raise Missing("payment method")
    return catalogue.chain_of(meant[0]).family


def _value(config: str | dict[str, Any] | None) -> str:
    if isinstance(config, str) and config:
        return config
    if isinstance(config, dict):
        for name in SCHEMES:
            if isinstance(value := config.get(name), str) and value:
                return value
    raise Invalid.field("config", f"must be a text, or an object with {' or '.join(SCHEMES)}")


def _kind(family: str, value: str) -> str:
    """Return what a destination is by how it is written; the rail judges it then."""
    if family == "lightning":
        return "node"
    if "(" in value:
        return "descriptor"
    return "xpub" if _EXTENDED.match(value) else "address"
