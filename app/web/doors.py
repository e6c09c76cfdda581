"""Doors: which right a route needs, on which account, and who may walk through.

A route says `opt=needs(Right.VIEW_INVOICES)`, and a dialect's router has a guard that reads
the key its own way and calls `enter`. It is asked before the body is read, so whoever may
not enter learns no more than that. A route that says nothing is shut: forgetting is safe.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from app.domain.account import Account
from app.domain.permission import Right
from app.errors import MissingPermission, NotFound
from app.services.accounts import Accounts
from app.services.keys import Holder, Keys

Connection = ASGIConnection[Any, Any, Any, Any]
Asked = Request[Any, Any, Any]
Owner = Callable[[str], Awaitable[str]]  # returns the account a thing belongs to
NEED = "need"
STORE = "store_id"  # the path parameter that names an account


class Need(msgspec.Struct, frozen=True):
    """What a route needs: a key at all, and perhaps a right."""

    right: Right | None = None  # None: any key will do
    everywhere: bool = False  # on accounts yet to be made, too
    key: bool = True  # False: open to all


def needs(right: Right, *, everywhere: bool = False) -> dict[str, Any]:
    """Say that a route needs a right: on the account of its path, or on any at all."""
    return {NEED: Need(right, everywhere)}


ANY_KEY: dict[str, Any] = {NEED: Need()}
OPEN: dict[str, Any] = {NEED: Need(key=False)}


class Doors:
    """What a guard needs to know of the house; `owners` tells of each noun whose it is."""

    def __init__(self, keys: Keys, accounts: Accounts, owners: dict[str, Owner]) -> None:
        self.keys = keys
        self._accounts = accounts
        self._owners = owners

    async def enter(
        self, connection: Connection, need: Need, holder: Holder, things: dict[str, str]
    ) -> None:
        """Let a key's holder in, or refuse them; leave both them and the account in the state.

        `things` says which path parameter names which noun. What belongs to an account out
        of reach is not there, as what does not exist.
        """
        connection.state.holder = holder
        if need.right is None:
            return
        if need.everywhere:
            if not holder.may_everywhere(need.right):
                raise MissingPermission(need.right)
            return
        holder.require(need.right)
        for name, value in connection.path_params.items():
            if name == STORE:
                account = str(value)
            elif name in things:
                account = await self._owners[things[name]](str(value))
                if account not in holder.accounts:
                    raise NotFound(f"There is no {things[name]} {str(value)[:40]!r} here.")
            else:
                continue
            holder.require(need.right, account)
            connection.state.account = await self._accounts.known(account)
            return


def need_of(handler: BaseRouteHandler) -> Need | None:
    """Return what a route says it needs; None: it says nothing, and is shut."""
    found = handler.opt.get(NEED)
    return found if isinstance(found, Need) else None


def doors_of(connection: Connection) -> Doors:
    return connection.app.state["doors"]  # type: ignore[no-any-return]


def provide_holder(request: Asked) -> Holder:
    """Return who holds the key."""
    return request.state.holder  # type: ignore[no-any-return]


def provide_account(request: Asked) -> Account:
    """Return the account the route is about."""
    return request.state.account  # type: ignore[no-any-return]
