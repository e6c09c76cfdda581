"""Signing in and out: a password, a one-time code where one is due, and the first link."""

from typing import Annotated, Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect

from app.domain.user import PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN, User
from app.errors import Invalid, Unauthorized
from app.office import gate
from app.office.page import Asked, onward, page
from app.services.sessions import Sessions, Visitor
from app.services.users import Users
from app.settings import Settings
from app.world import World

Next = Annotated[str | None, QueryParameter(max_length=gate.PATH_LENGTH_MAX)]
LIMITS: dict[str, Any] = {"least": PASSWORD_LENGTH_MIN, "most": PASSWORD_LENGTH_MAX}


class SignInPages(Controller):
    """`/office/sign-in` and what belongs to it: the pages nobody need be signed in for."""

    path = "/office"

    @get("/sign-in")
    async def ask(
        self,
        request: Asked,
        guest: NamedDependency[Visitor | None],
        settings: NamedDependency[Settings],
        world: NamedDependency[World],
        next: Next = None,
    ) -> Response[Any]:
        """Ask who it is."""
        gate.refuse_unless_private(request, settings)
        if guest is not None and guest.proved:
            return onward(gate.inside(next or ""))
        return page(request, "sign_in.html", world, next=gate.inside(next or ""))

    @post("/sign-in")
    async def sign_in(
        self,
        request: Asked,
        users: NamedDependency[Users],
        sessions: NamedDependency[Sessions],
        settings: NamedDependency[Settings],
        world: NamedDependency[World],
    ) -> Response[Any]:
        """Take a password, and a code next where one is due."""
        gate.refuse_unless_private(request, settings)
        form = await gate.form(request, settings, None)
        email, next = form.text("email"), gate.inside(form.text("next"))
        try:
            user = await users.check(email, form.secret("password"), gate.address(request))
        except Unauthorized as wrong:
            shown: dict[str, Any] = {"next": next, "email": email, "fault": wrong.detail}
            return page(request, "sign_in.html", world, status=401, **shown)
        return await _begin(user, sessions, settings, next)

    @get("/code")
    async def ask_code(
        self,
        request: Asked,
        guest: NamedDependency[Visitor | None],
        world: NamedDependency[World],
        next: Next = None,
    ) -> Response[Any]:
        """Ask for a one-time code."""
        if guest is None or guest.proved:
            return onward(gate.inside(next or ""))
        return page(request, "code.html", world, guest, next=gate.inside(next or ""))

    @post("/code")
    async def take_code(
        self,
        request: Asked,
        guest: NamedDependency[Visitor | None],
        users: NamedDependency[Users],
        sessions: NamedDependency[Sessions],
        settings: NamedDependency[Settings],
        world: NamedDependency[World],
    ) -> Response[Any]:
        """Take a one-time code."""
        if guest is None:
            return onward(gate.SIGN_IN)
        form = await gate.form(request, settings, guest)
        next = gate.inside(form.text("next"))
        try:
            await users.check_code(guest.user, form.text("code"))
        except Unauthorized as wrong:
            shown: dict[str, Any] = {"next": next, "fault": wrong.detail}
            return page(request, "code.html", world, guest, status=401, **shown)
        await sessions.prove(guest.session)
        return onward(next)

    @post("/sign-out")
    async def sign_out(
        self,
        request: Asked,
        guest: NamedDependency[Visitor | None],
        sessions: NamedDependency[Sessions],
        settings: NamedDependency[Settings],
    ) -> Redirect:
        """Sign this browser out."""
        if guest is not None:
            await gate.form(request, settings, guest)
            await sessions.end(guest.session)
        answer = onward(gate.SIGN_IN)
        answer.cookies.append(gate.cookie(settings, ""))
        return answer

    @get("/welcome/{secret:str}")
    async def welcome(
        self,
        request: Asked,
        secret: FromPath[str],
        users: NamedDependency[Users],
        settings: NamedDependency[Settings],
        world: NamedDependency[World],
    ) -> Response[bytes]:
        """Ask for the password a link is there to set."""
        gate.refuse_unless_private(request, settings)
        user = await users.welcomed(secret)
        return page(request, "welcome.html", world, user=user, secret=secret, **LIMITS)

    @post("/welcome/{secret:str}")
    async def accept(
        self,
        request: Asked,
        secret: FromPath[str],
        users: NamedDependency[Users],
        sessions: NamedDependency[Sessions],
        settings: NamedDependency[Settings],
        world: NamedDependency[World],
    ) -> Response[Any]:
        """Set the password, and sign in with it at once."""
        gate.refuse_unless_private(request, settings)
        form = await gate.form(request, settings, None)
        email = form.text("email")
        try:
            user = await users.accept(secret, email, form.secret("password"))
        except Invalid as wrong:
            shown: dict[str, Any] = {
                "user": await users.welcomed(secret),
                "secret": secret,
                "email": email,
                "faults": {one.field: one.message for one in wrong.faults},
            }
            return page(request, "welcome.html", world, status=400, **shown, **LIMITS)
        return await _begin(user, sessions, settings, "/office")


async def _begin(user: User, sessions: Sessions, settings: Settings, next: str) -> Redirect:
    """Open a session: a new secret each time, so that none can be foisted on anybody."""
    answer = onward(next)
    answer.cookies.append(gate.cookie(settings, await sessions.open(user)))
    return answer
