"""What an account needs to be paid: where its money goes, and its own keys."""

from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.domain.account import Account
from app.domain.key import KeyKind
from app.domain.ledger import Catalogue
from app.errors import Invalid
from app.office import gate
from app.office.page import Asked, onward, page
from app.services.accounts import Accounts, MadeKey, NewDestination
from app.services.sessions import Visitor
from app.settings import Settings
from app.world import World


class DestinationPages(Controller):
    """`/office/accounts/{account_id}/destinations`."""

    path = "/office/accounts/{account_id:str}/destinations"

    @get()
    async def index(
        self,
        request: Asked,
        visitor: NamedDependency[Visitor],
        account: NamedDependency[Account],
        accounts: NamedDependency[Accounts],
        catalogue: NamedDependency[Catalogue],
        world: NamedDependency[World],
    ) -> Response[bytes]:
        """Show where money goes."""
        return await _destinations(request, world, visitor, account, accounts, catalogue)

    @post()
    async def put(
        self,
        request: Asked,
        visitor: NamedDependency[Visitor],
        account: NamedDependency[Account],
        accounts: NamedDependency[Accounts],
        catalogue: NamedDependency[Catalogue],
        settings: NamedDependency[Settings],
        world: NamedDependency[World],
    ) -> Response[Any]:
        """Set where money of one family goes from now on."""
        form = await gate.form(request, settings, visitor)
        new = NewDestination(
            family=form.text("family"), kind=form.text("kind"), value=form.text("value")
        )
        try:
            await accounts.put_destination(account.id, new)
        except Invalid as wrong:
            return await _destinations(
                request, world, visitor, account, accounts, catalogue, 400, wrong=wrong, typed=new
            )
        return onward(f"/office/accounts/{account.id}/destinations")


async def _destinations(
    request: Asked,
    world: World,
    visitor: Visitor,
    account: Account,
    accounts: Accounts,
    catalogue: Catalogue,
    status: int = 200,
    *,
    wrong: Invalid | None = None,
    typed: NewDestination | None = None,
) -> Response[bytes]:
    chains = [one for one in catalogue.chains.values() if one.livemode == account.livemode]
    return page(
        request,
        "destinations.html",
        world,
        visitor,
        status=status,
        shop=account,
        here="destinations",
        destinations=await accounts.destinations(account.id),
        families=sorted({one.family for one in chains}),
        faults={one.field: one.message for one in wrong.faults} if wrong else {},
        fault=wrong.detail if wrong else None,
        typed=typed,
    )


class KeyPages(Controller):
    """`/office/accounts/{account_id}/keys`."""

    path = "/office/accounts/{account_id:str}/keys"

    @get()
    async def index(
        self,
        request: Asked,
        visitor: NamedDependency[Visitor],
        account: NamedDependency[Account],
        accounts: NamedDependency[Accounts],
        world: NamedDependency[World],
    ) -> Response[bytes]:
        """List the account's own keys."""
        return await _keys(request, world, visitor, account, accounts)

    @post()
    async def make(
        self,
        request: Asked,
        visitor: NamedDependency[Visitor],
        account: NamedDependency[Account],
        accounts: NamedDependency[Accounts],
        settings: NamedDependency[Settings],
        world: NamedDependency[World],
    ) -> Response[bytes]:
        """Make a key, and show it this once."""
        form = await gate.form(request, settings, visitor)
        kind = form.text("kind")
        if kind not in tuple(KeyKind):
            raise Invalid.field("kind", f"must be one of: {', '.join(KeyKind)}")
        made = await accounts.make_key(account, KeyKind(kind), form.text("name") or None)
        return await _keys(request, world, visitor, account, accounts, made)

    @post("/{key_id:str}/revoke")
    async def revoke(
        self,
        request: Asked,
        key_id: FromPath[str],
        visitor: NamedDependency[Visitor],
        account: NamedDependency[Account],
        accounts: NamedDependency[Accounts],
        settings: NamedDependency[Settings],
    ) -> Response[Any]:
        """End a key at once."""
        await gate.form(request, settings, visitor)
        await accounts.revoke_key(account.id, key_id)
        return onward(f"/office/accounts/{account.id}/keys")


async def _keys(
    request: Asked,
    world: World,
    visitor: Visitor,
    account: Account,
    accounts: Accounts,
    made: MadeKey | None = None,
) -> Response[bytes]:
    living = [one for one in await accounts.keys(account.id) if one.revoked_at is None]
    return page(
        request,
        "keys.html",
        world,
        visitor,
        shop=account,
        here="keys",
        keys=living,
        kinds=list(KeyKind),
        made=made,
    )
