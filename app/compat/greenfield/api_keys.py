"""API keys over Greenfield: what the one that asks may do, new ones, and their end.

Source: BTCPay Server's Greenfield API, "API Keys".
"""

import msgspec
from litestar import Controller, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from app.compat.greenfield import wire
from app.compat.greenfield.access import ANY_KEY, key_of, needs
from app.domain.permission import Permission, Right
from app.errors import Conflict, Fault, MissingPermission
from app.services.grants import Grants, NewGrant
from app.services.keys import Holder
from app.services.requests import refuse
from app.services.users import Users
from app.web.doors import Asked

NAMELESS = "A program"


class ApiKey(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A key with what may be done with it."""

    api_key: str
    label: str
    permissions: list[str]


class NewApiKey(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A key to be made."""

    label: str | None = None
    permissions: tuple[str, ...] = ()
    application_identifier: str | None = None


class ApiKeyController(Controller):
    """`/api/v1/api-keys`."""

    path = "/api/v1/api-keys"

    @get("/current", opt=ANY_KEY)
    async def current(self, request: Asked, holder: NamedDependency[Holder]) -> Response[bytes]:
        """Return the key that asks, and what may be done with it."""
        return wire.answer(
            ApiKey(
                api_key=key_of(request),
                label=holder.label,
                permissions=[str(one) for one in holder.permissions],
            )
        )

    @delete("/current", opt=ANY_KEY, status_code=200)
    async def end_current(
        self, holder: NamedDependency[Holder], grants: NamedDependency[Grants]
    ) -> Response[bytes]:
        """End the key that asks."""
        if holder.user is None or holder.grant is None:
            raise Conflict("An account's own secret key is ended in the account's settings.")
        await grants.revoke(holder.user, holder.grant)
        return wire.done()

    @post(opt=needs(Right.EVERYTHING, everywhere=True), status_code=200)
    async def create(
        self,
        data: JSONBody[NewApiKey],
        holder: NamedDependency[Holder],
        grants: NamedDependency[Grants],
        users: NamedDependency[Users],
    ) -> Response[bytes]:
        """Make a key for the same user."""
        if holder.user is None:
            raise MissingPermission(Right.EVERYTHING)
        user = await users.get(holder.user)
        new = NewGrant(
            label=data.label or NAMELESS,
            permissions=_permissions(data.permissions),
            application=data.application_identifier,
        )
        text, grant = await grants.give(user, new)
        return wire.answer(
            ApiKey(
                api_key=text,
                label=grant.label,
                permissions=[str(one) for one in grant.permissions],
            )
        )

    @delete("/{api_key:str}", opt=needs(Right.EVERYTHING, everywhere=True), status_code=200)
    async def end(
        self,
        api_key: FromPath[str],
        holder: NamedDependency[Holder],
        grants: NamedDependency[Grants],
    ) -> Response[bytes]:
        """End one of the same user's keys."""
        if holder.user is None:
            raise MissingPermission(Right.EVERYTHING)
        await grants.revoke_key(holder.user, api_key)
        return wire.done()


def _permissions(texts: tuple[str, ...]) -> tuple[Permission, ...]:
    faults: list[Fault] = []
    found: list[Permission] = []
    for number, text in enumerate(texts):
        permission = Permission.read(text)
        if permission is None:
            faults.append(Fault(f"permissions[{number}]", f"{text[:80]!r} is no permission"))
        else:
            found.append(permission)
    refuse(faults)
    return tuple(found)
