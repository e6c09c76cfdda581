"""Pairing pages: an application's own key comes to act for an account, with a person's word.

`/api-access-request` is where an application that asked sends its user; at `/api-tokens` a user
makes a code to be typed into one. What pairing is, `domain/pairing.py` tells.

Source of the addresses and their names: BTCPay Server's Bitpay API.
"""

from typing import Annotated, Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from app.domain.account import Account
from app.errors import Conflict, NotFound
from app.office import gate
from app.office.page import Asked, onward, page
from app.services.pairing import Code, Pairings
from app.services.sessions import Visitor
from app.services.users import Users
from app.settings import Settings
from app.world import World

REQUEST = "/api-access-request"
TOKENS = "/api-tokens"


class PairingPages(Controller):
    """`/api-access-request` and `/api-tokens`."""

    @get(REQUEST)
    async def ask(
        self,
        request: Asked,
        visitor: NamedDependency[Visitor],
        users: NamedDependency[Users],
        pairings: NamedDependency[Pairings],
        world: NamedDependency[World],
        code: Annotated[str, QueryParameter(name="pairingCode", max_length=32)] = "",
        chosen: Annotated[str | None, QueryParameter(name="selectedStore", max_length=64)] = None,
    ) -> Response[bytes]:
        """Show which application asks to act for an account."""
        waiting = await pairings.waiting(code)
        accounts = await users.accounts_of(visitor.user)
        return page(
            request,
            "pairing_asked.html",
            world,
            visitor,
            waiting=waiting,
            accounts=accounts,
            chosen=chosen or (accounts[0].id if accounts else ""),
        )

    @post(REQUEST)
    async def approve(
        self,
        request: Asked,
        visitor: NamedDependency[Visitor],
        users: NamedDependency[Users],
        pairings: NamedDependency[Pairings],
        settings: NamedDependency[Settings],
        world: NamedDependency[World],
    ) -> Response[Any]:
        """Let the application act for the account chosen."""
        form = await gate.form(request, settings, visitor)
        account = await _own(users, visitor, form.text("storeId"))
        paired = await pairings.approve(form.text("pairingCode"), account.id)
        return page(
            request, "paired.html", world, visitor, paired=paired, account_name=account.name
        )

    @get(TOKENS)
    async def index(
        self,
        request: Asked,
        visitor: NamedDependency[Visitor],
        users: NamedDependency[Users],
        pairings: NamedDependency[Pairings],
        world: NamedDependency[World],
    ) -> Response[bytes]:
        """List the applications that are paired."""
        return await _index(request, world, visitor, users, pairings)

    @post(TOKENS)
    async def offer(
        self,
        request: Asked,
        visitor: NamedDependency[Visitor],
        users: NamedDependency[Users],
        pairings: NamedDependency[Pairings],
        settings: NamedDependency[Settings],
        world: NamedDependency[World],
    ) -> Response[bytes]:
        """Make a code, and show it this once."""
        form = await gate.form(request, settings, visitor)
        account = await _own(users, visitor, form.text("storeId"))
        made = await pairings.offer(account.id, form.text("label") or None)
        return await _index(request, world, visitor, users, pairings, made)

    @post(f"{TOKENS}/end")
    async def end(
        self,
        request: Asked,
        visitor: NamedDependency[Visitor],
        users: NamedDependency[Users],
        pairings: NamedDependency[Pairings],
        settings: NamedDependency[Settings],
    ) -> Response[Any]:
        """Part an application from an account, at once."""
        form = await gate.form(request, settings, visitor)
        account = await _own(users, visitor, form.text("storeId"))
        await pairings.end(account.id, form.text("pairing"))
        return onward(TOKENS)


async def _own(users: Users, visitor: Visitor, id: str) -> Account:
    accounts = await users.accounts_of(visitor.user)
    if not accounts:
        raise Conflict("You have no account yet: make one first.")
    found = next((one for one in accounts if one.id == id), None)
    if found is None:
        raise NotFound(f"There is no account {id[:40]!r} of yours here.")
    return found


async def _index(
    request: Asked,
    world: World,
    visitor: Visitor,
    users: Users,
    pairings: Pairings,
    made: Code | None = None,
) -> Response[bytes]:
    accounts = await users.accounts_of(visitor.user)
    paired = [(account, await pairings.of(account.id)) for account in accounts]
    return page(
        request,
        "pairings.html",
        world,
        visitor,
        accounts=accounts,
        paired=[(account, one) for account, found in paired for one in found],
        made=made,
    )
