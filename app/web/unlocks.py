"""Unlocks over HTTP: tokens for who paid, their check for who serves, and what a link sells."""

from typing import Any

from litestar import Controller, Request, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from app.domain.account import Account
from app.services.unlocks import (
    Check,
    ContentView,
    NewContent,
    Unlocks,
    UnlockSecret,
    UnlockView,
    UnlockWithToken,
)
from app.web.auth import once
from app.web.setting import ORIGIN


class UnlockController(Controller):
    """`/v1/unlocks`, and the parts of intents and links that it is about."""

    path = "/v1"
    tags = ("Unlocks",)

    @post("/payment_intents/{id:str}/unlock", status_code=200)
    async def unlock(
        self,
        request: Request[Any, Any, Any],
        id: FromPath[str],
        unlocks: NamedDependency[Unlocks],
    ) -> UnlockWithToken:
        """Return a token that proves for ten minutes that an intent is paid. Needs the id alone."""
        return await unlocks.give(id, origin(request))

    @post("/unlocks/verify", status_code=200)
    async def verify(
        self,
        data: JSONBody[Check],
        unlocks: NamedDependency[Unlocks],
        merchant: NamedDependency[Account],
    ) -> UnlockView:
        """Check a token, and that its payment still stands."""
        return await unlocks.verify(merchant, data)

    @get("/unlocks/secret")
    async def secret(
        self, unlocks: NamedDependency[Unlocks], merchant: NamedDependency[Account]
    ) -> UnlockSecret:
        """Return the secret that proves the account's tokens without asking us."""
        return await unlocks.secret(merchant.id)

    @post("/unlocks/secret")
    async def renew_secret(
        self,
        request: Request[Any, Any, Any],
        unlocks: NamedDependency[Unlocks],
        merchant: NamedDependency[Account],
    ) -> UnlockSecret:
        """Make another secret; tokens made with the old one open nothing any more."""
        return await unlocks.renew_secret(merchant.id, await once(request, merchant.id))

    @get("/payment_links/{id:str}/content")
    async def content(
        self,
        id: FromPath[str],
        unlocks: NamedDependency[Unlocks],
        merchant: NamedDependency[Account],
    ) -> ContentView:
        """Return what a link sells to read."""
        return await unlocks.content(merchant.id, id)

    @put("/payment_links/{id:str}/content")
    async def put_content(
        self,
        id: FromPath[str],
        data: JSONBody[NewContent],
        unlocks: NamedDependency[Unlocks],
        merchant: NamedDependency[Account],
    ) -> ContentView:
        """Set what a link sells to read, at most 64 KB. It is shown only to who has paid."""
        return await unlocks.put_content(merchant.id, id, data)

    @delete("/payment_links/{id:str}/content")
    async def remove_content(
        self,
        id: FromPath[str],
        unlocks: NamedDependency[Unlocks],
        merchant: NamedDependency[Account],
    ) -> None:
        """Sell nothing to read any more."""
        await unlocks.remove_content(merchant.id, id)


def origin(request: Request[Any, Any, Any]) -> str | None:
    """Return the site a browser asks for: it says so itself, and no script can."""
    said = request.headers.get("origin", "")
    return said if ORIGIN.fullmatch(said) else None
