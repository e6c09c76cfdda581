"""What a user has to sign in with: their password, and one-time codes."""

from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency

from app.domain import totp
from app.domain.user import PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN
from app.errors import CheckoutError, Invalid, Unauthorized
from app.office import gate
from app.office.page import Asked, onward, page
from app.services.sessions import Sessions, Visitor
from app.services.users import Users
from app.settings import Settings
from app.web import qr
from app.world import World

HERE = "/office/security"
ISSUER = "Opentill"
LIMITS: dict[str, Any] = {"least": PASSWORD_LENGTH_MIN, "most": PASSWORD_LENGTH_MAX}


class SecurityPages(Controller):
    """`/office/security`."""

    path = HERE

    @get()
    async def show(
        self,
        request: Asked,
        visitor: NamedDependency[Visitor],
        world: NamedDependency[World],
    ) -> Response[bytes]:
        """Show what is set."""
        return page(request, "security.html", world, visitor, **LIMITS)

    @post("/password")
    async def change(
        self,
        request: Asked,
        visitor: NamedDependency[Visitor],
        users: NamedDependency[Users],
        sessions: NamedDependency[Sessions],
        settings: NamedDependency[Settings],
        world: NamedDependency[World],
    ) -> Response[Any]:
        """Change the password, and sign out every other browser."""
        form = await gate.form(request, settings, visitor)
        old, new = form.secret("password"), form.secret("new_password")
        try:
            await users.change_password(visitor.user, old, new, gate.address(request))
        except (Invalid, Unauthorized) as wrong:
            return _again(request, world, visitor, wrong)
        await sessions.end_others(visitor.user.id, visitor.session)
        return page(request, "security.html", world, visitor, done="password", **LIMITS)

    @get("/codes")
    async def draw(
        self,
        request: Asked,
        visitor: NamedDependency[Visitor],
        users: NamedDependency[Users],
        world: NamedDependency[World],
    ) -> Response[bytes]:
        """Show a new secret for an authenticator; nothing is kept until a code of it came."""
        return _codes(request, world, visitor, users.draw_code_secret())

    @post("/codes")
    async def begin(
        self,
        request: Asked,
        visitor: NamedDependency[Visitor],
        users: NamedDependency[Users],
        settings: NamedDependency[Settings],
        world: NamedDependency[World],
    ) -> Response[Any]:
        """Ask for one-time codes from now on."""
        form = await gate.form(request, settings, visitor)
        secret = form.text("secret")
        try:
            await users.begin_codes(visitor.user, secret, form.text("code"))
        except Invalid as wrong:
            if not totp.readable(secret):
                raise
            return _codes(request, world, visitor, secret, status=400, fault=wrong.faults[0])
        return onward(HERE)

    @post("/codes/end")
    async def end(
        self,
        request: Asked,
        visitor: NamedDependency[Visitor],
        users: NamedDependency[Users],
        settings: NamedDependency[Settings],
        world: NamedDependency[World],
    ) -> Response[Any]:
        """Let a password be enough again."""
        form = await gate.form(request, settings, visitor)
        try:
            await users.end_codes(visitor.user, form.secret("password"), gate.address(request))
        except Unauthorized as wrong:
            return _again(request, world, visitor, wrong)
        return onward(HERE)


def _again(request: Asked, world: World, visitor: Visitor, wrong: CheckoutError) -> Response[bytes]:
    status = 401 if isinstance(wrong, Unauthorized) else 400
    return page(
        request, "security.html", world, visitor, status=status, fault=wrong.detail, **LIMITS
    )


def _codes(
    request: Asked, world: World, visitor: Visitor, secret: str, *, status: int = 200, **more: Any
) -> Response[bytes]:
    uri = totp.uri(secret, visitor.user.email, ISSUER)
    return page(
        request,
        "codes.html",
        world,
        visitor,
        status=status,
        secret=secret,
        code_svg=qr.svg(uri),
        **more,
    )
