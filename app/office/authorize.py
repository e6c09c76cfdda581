"""`/api-keys/authorize`: a program asks for a key, a person gives it, or does not.

What is given goes to the program's address as a form the browser posts: `apiKey`, `userId`
and `permissions[]`, each permission by itself and no other than were asked for.

Source: BTCPay Server's Greenfield API, "Authorization", and what its shops' plugins read.
"""

from functools import cache
from pathlib import Path
from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency

from app.domain.permission import of_accounts
from app.errors import CheckoutError, Forbidden, Invalid
from app.office import gate, words
from app.office.consent import Ask
from app.office.page import Asked, onward, page
from app.services.grants import Grants, NewGrant
from app.services.sessions import Visitor
from app.services.users import Users
from app.settings import Settings
from app.world import World

HERE = "/api-keys/authorize"
SCRIPT = Path(__file__).parents[2] / "static" / "office" / "deliver.js"


class AuthorizePages(Controller):
    """`/api-keys/authorize`."""

    @get(HERE)
    async def ask(
        self,
        request: Asked,
        visitor: NamedDependency[Visitor],
        users: NamedDependency[Users],
        grants: NamedDependency[Grants],
        world: NamedDependency[World],
    ) -> Response[bytes]:
        """Show who asks, for what, and where the key will go."""
        ask = Ask.read(request.query_params)
        return await _shown(request, world, visitor, ask, users, grants)

    @post(HERE)
    async def answer(
        self,
        request: Asked,
        visitor: NamedDependency[Visitor],
        users: NamedDependency[Users],
        grants: NamedDependency[Grants],
        settings: NamedDependency[Settings],
        world: NamedDependency[World],
    ) -> Response[Any]:
        """Give what was ticked, or nothing."""
        ask = Ask.read(request.query_params)
        form = await gate.form(request, settings, visitor)
        if form.text("decision") != "give":
            return onward("/office")
        try:
            new = ask.given(form.all("right"), form.all("account"))
            text, permissions = await _give(visitor, new, grants)
        except (Invalid, Forbidden) as wrong:
            return await _shown(request, world, visitor, ask, users, grants, wrong)
        return page(
            request,
            "given.html",
            world,
            visitor,
            to=ask.origin,
            ask=ask,
            key=text,
            permissions=permissions,
        )

    @get("/office/deliver.js", sync_to_thread=False)
    def script(self) -> Response[bytes]:
        """Send the script that posts the form at once; without it there is a button."""
        headers = {"Cache-Control": "public, max-age=300", "X-Content-Type-Options": "nosniff"}
        return Response(_script(), headers=headers, media_type="text/javascript; charset=utf-8")


@cache
def _script() -> bytes:
    return SCRIPT.read_bytes()


async def _give(visitor: Visitor, new: NewGrant, grants: Grants) -> tuple[str, tuple[str, ...]]:
    """Return the key the same program has already for just this, or a new one."""
    found = await grants.again(visitor.user, new) or await grants.give(visitor.user, new)
    return found[0], tuple(str(one) for one in new.permissions)


async def _shown(
    request: Asked,
    world: World,
    visitor: Visitor,
    ask: Ask,
    users: Users,
    grants: Grants,
    wrong: CheckoutError | None = None,
) -> Response[bytes]:
    accounts = await users.accounts_of(visitor.user)
    before = [
        one
        for one in await grants.of_user(visitor.user.id)
        if ask.application is not None
        and (one.application, one.redirect) == (ask.application, ask.redirect)
    ]
    chosen = {
        permission.account
        for one in before[:1]
        for permission in one.permissions
        if permission.account
    }
    if not chosen and accounts:
        chosen = {accounts[0].id}
    return page(
        request,
        "authorize.html",
        world,
        visitor,
        status=200 if wrong is None else 400,
        ask=ask,
        accounts=accounts,
        chosen=chosen,
        known=bool(before),
        says=words.SAYS,
        of_accounts=of_accounts,
        query=request.url.query,
        fault=wrong.detail if wrong else None,
    )
