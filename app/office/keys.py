"""The keys a user gave to programs: which there are, a new one by hand, and their end."""

from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.domain.permission import Permission, Right, of_accounts
from app.errors import Forbidden, Invalid
from app.office import gate, words
from app.office.page import Asked, onward, page
from app.services.grants import Grants, NewGrant
from app.services.sessions import Visitor
from app.services.users import Users
from app.settings import Settings
from app.world import World

HERE = "/office/keys"


class GrantPages(Controller):
    """`/office/keys`."""

    path = HERE

    @get()
    async def index(
        self,
        request: Asked,
        visitor: NamedDependency[Visitor],
        users: NamedDependency[Users],
        grants: NamedDependency[Grants],
        world: NamedDependency[World],
    ) -> Response[bytes]:
        """List the keys."""
        return await _index(request, world, visitor, users, grants)

    @post()
    async def give(
        self,
        request: Asked,
        visitor: NamedDependency[Visitor],
        users: NamedDependency[Users],
        grants: NamedDependency[Grants],
        settings: NamedDependency[Settings],
        world: NamedDependency[World],
    ) -> Response[bytes]:
        """Make a key with the permissions ticked, and show it this once."""
        form = await gate.form(request, settings, visitor)
        try:
            permissions = _permissions(form.all("right"), form.text("account"))
            new = NewGrant(label=form.text("label"), permissions=permissions)
            text, _ = await grants.give(visitor.user, new)
        except (Invalid, Forbidden) as wrong:
            return await _index(
                request, world, visitor, users, grants, status=400, fault=wrong.detail
            )
        return await _index(request, world, visitor, users, grants, made=text)

    @post("/{grant_id:str}/revoke")
    async def revoke(
        self,
        request: Asked,
        grant_id: FromPath[str],
        visitor: NamedDependency[Visitor],
        grants: NamedDependency[Grants],
        settings: NamedDependency[Settings],
    ) -> Response[Any]:
        """End a key at once."""
        await gate.form(request, settings, visitor)
        await grants.revoke(visitor.user.id, grant_id)
        return onward(HERE)


def _permissions(names: list[str], account: str) -> tuple[Permission, ...]:
    """Return the permissions of what was ticked, on one account or on all."""
    found: list[Permission] = []
    for name in names:
        try:
            right = Right(name)
        except ValueError:
            raise Invalid.field("permissions", f"{name[:80]!r} is no permission") from None
        found.append(Permission(right, (account or None) if of_accounts(right) else None))
    return tuple(found)


async def _index(
    request: Asked,
    world: World,
    visitor: Visitor,
    users: Users,
    grants: Grants,
    *,
    status: int = 200,
    **more: Any,
) -> Response[bytes]:
    return page(
        request,
        "grants.html",
        world,
        visitor,
        status=status,
        grants=await grants.of_user(visitor.user.id),
        accounts=await users.accounts_of(visitor.user),
        rights=[(one, text) for one, text in words.SAYS.items() if of_accounts(one)],
        **more,
    )
