"""The account itself over HTTP: its policies, keys and destinations."""

from datetime import datetime
from typing import Any, Literal

import msgspec
from litestar import Controller, Request, delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from app.domain.account import Account, Destination
from app.domain.key import KeyKind
from app.services.accounts import AccountChanges, Accounts, MadeKey, NewDestination
from app.web.auth import once
from app.web.lists import Page


class KeyView(msgspec.Struct, frozen=True, kw_only=True):
    """A key without its secret."""

    id: str
    object: Literal["key"] = "key"
    kind: KeyKind
    hint: str
    name: str | None
    livemode: bool
    created_at: datetime
    revoked_at: datetime | None


class NewKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A key to be made."""

    kind: KeyKind
    name: str | None = None


class AccountController(Controller):
    """`/v1/account`, `/v1/keys`, `/v1/destinations`."""

    path = "/v1"
    tags = ("Account",)

    @get("/account")
    async def read(self, merchant: NamedDependency[Account]) -> Account:
        """Return the account of this key."""
        return merchant

    @patch("/account")
    async def change(
        self,
        data: JSONBody[AccountChanges],
        accounts: NamedDependency[Accounts],
        merchant: NamedDependency[Account],
    ) -> Account:
        """Change the account's name and policies."""
        return await accounts.change(merchant.id, data)

    @get("/keys")
    async def keys(
        self, accounts: NamedDependency[Accounts], merchant: NamedDependency[Account]
    ) -> Page[KeyView]:
        """List keys, without their secrets."""
        found = await accounts.keys(merchant.id)
        views = [msgspec.convert(one, KeyView, from_attributes=True) for one in found]
        return Page(data=views, has_more=False)

    @post("/keys")
    async def make_key(
        self,
        request: Request[Any, Any, Any],
        data: JSONBody[NewKey],
        accounts: NamedDependency[Accounts],
        merchant: NamedDependency[Account],
    ) -> MadeKey:
        """Make a key; it is shown this once."""
        key = await once(request, merchant.id)
        return await accounts.make_key(merchant, data.kind, data.name, key)

    @delete("/keys/{id:str}")
    async def revoke(
        self,
        id: FromPath[str],
        accounts: NamedDependency[Accounts],
        merchant: NamedDependency[Account],
    ) -> None:
        """End a key at once."""
        await accounts.revoke_key(merchant.id, id)

    @get("/destinations")
    async def destinations(
        self, accounts: NamedDependency[Accounts], merchant: NamedDependency[Account]
    ) -> Page[Destination]:
        """List where the account's money goes."""
        return Page(data=await accounts.destinations(merchant.id), has_more=False)

    @put("/destinations")
    async def put_destination(
        self,
        data: JSONBody[NewDestination],
        accounts: NamedDependency[Accounts],
        merchant: NamedDependency[Account],
    ) -> Destination:
        """Set where money of one family of chains goes from now on."""
        return await accounts.put_destination(merchant.id, data)

    @post("/destinations")
    async def post_destination(
        self,
        request: Request[Any, Any, Any],
        data: JSONBody[NewDestination],
        accounts: NamedDependency[Accounts],
        merchant: NamedDependency[Account],
    ) -> Destination:
        """Set where money of one family of chains goes from now on."""
        key = await once(request, merchant.id)
        return await accounts.put_destination(merchant.id, data, key)
