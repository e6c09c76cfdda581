"""The gate: whose browser this is, and whether a form is really theirs.

A form is believed when it comes from our own origin and bears the key of its session; the
cookie goes along with no form of another site (SameSite=Lax), nor to a subdomain (`__Host-`).
"""

import hmac
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from litestar import Response
from litestar.datastructures import Cookie, FormMultiDict
from litestar.di import NamedDependency

from app.errors import CheckoutError, Forbidden, Invalid, TooMany
from app.office.page import Asked, onward, page
from app.services.sessions import Sessions, Visitor
from app.settings import Settings
from app.web.bodies import NUL
from app.web.problems import describe
from app.world import World

FORM_KEY = "form_key"
FORM = "application/x-www-form-urlencoded"
SIGN_IN = "/office/sign-in"
CODE = "/office/code"
PATH_LENGTH_MAX = 6000
SECRET_LENGTH_MAX = 100
FIELD_LENGTH_MAX = 4000
LOCAL = ("localhost", "127.0.0.1", "::1")


class SignInFirst(Exception):
    """Nobody is signed in, or a one-time code is still due: there first, and then back."""

    def __init__(self, at: str) -> None:
        super().__init__(at)
        self.at = at


def is_secure(settings: Settings) -> bool:
    return settings.url.startswith("https://")


def cookie_name(settings: Settings) -> str:
    """Return the cookie's name. Browsers take `__Host-` over https alone."""
    return "__Host-opentill" if is_secure(settings) else "opentill"


def cookie(settings: Settings, secret: str) -> Cookie:
    """Return the cookie of a session; an empty secret takes it away."""
    return Cookie(
        key=cookie_name(settings),
        value=secret,
        path="/",
        httponly=True,
        secure=is_secure(settings),
        samesite="lax",
        max_age=None if secret else 0,
    )


def address(request: Asked) -> str:
    """Return where a request comes from, as far as trusted proxies tell."""
    return request.client.host if request.client else ""


def refuse_unless_private(request: Asked, settings: Settings) -> None:
    """Refuse to ask for a password where others could read along."""
    if not is_secure(settings) and request.url.hostname not in LOCAL:
        raise Forbidden(
            "A password is asked over https, or on this very machine. Set OPENTILL_PUBLIC_URL "
            "to the https address this server is reached at."
        )


async def provide_guest(
    request: Asked, sessions: NamedDependency[Sessions], settings: NamedDependency[Settings]
) -> Visitor | None:
    """Return whose browser this is, be it signed in whole or half; None: nobody's."""
    secret = request.cookies.get(cookie_name(settings), "")
    if not secret or len(secret) > SECRET_LENGTH_MAX or not secret.isascii():
        return None
    return await sessions.visitor(secret)


async def provide_visitor(request: Asked, guest: NamedDependency[Visitor | None]) -> Visitor:
    """Return who is signed in, or send them to sign in and back."""
    if guest is not None and guest.proved:
        return guest
    here = request.url.path
    if request.url.query:
        here = f"{here}?{request.url.query}"
    back = here if request.method == "GET" else "/office"
    raise SignInFirst(f"{SIGN_IN if guest is None else CODE}?{urlencode({'next': back})}")


async def form(request: Asked, settings: Settings, visitor: Visitor | None) -> "Form":
    """Read a form that is really its session's, or refuse it."""
    _refuse_strange(request, settings)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != FORM:
        raise Invalid(f"Send the form as {FORM}.")
    data = await request.form()
    if visitor is not None:
        borne = str(data.get(FORM_KEY, "")).encode()
        if not hmac.compare_digest(borne, visitor.form_key.encode()):
            raise Forbidden("This form is not of your session: open the page again.")
    return Form(data)


class Form:
    """What was typed."""

    def __init__(self, data: FormMultiDict) -> None:
        self._data = data

    def text(self, name: str) -> str:
        """Return one field, trimmed; empty when it was left out."""
        return _plain(name, self._data.get(name, "")).strip()

    def secret(self, name: str) -> str:
        """Return one field as it was typed."""
        return _plain(name, self._data.get(name, ""))

    def all(self, name: str) -> list[str]:
        """Return every value of a field that may come more than once."""
        return [_plain(name, value) for value in self._data.getall(name, [])]


def _plain(name: str, value: Any) -> str:
    text = str(value)
    if NUL in text or len(text) > FIELD_LENGTH_MAX:
        message = f"must be at most {FIELD_LENGTH_MAX} characters, without a NUL"
        raise Invalid.field(name, message)
    return text


def _refuse_strange(request: Asked, settings: Settings) -> None:
    """Refuse a form that does not come from a page of ours."""
    origin = request.headers.get("origin", "")
    if origin == _origin(settings.url):
        return
    try:
        own = urlsplit(origin).netloc == request.headers.get("host", "")
    except ValueError:
        own = False
    if not own or not origin or is_secure(settings):
        raise Forbidden("This form comes from another site: open the page here and try again.")


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def inside(path: str) -> str:
    """Return a path of this house to go on to; anything else is the office's door."""
    known = path.startswith("/") and not path.startswith(("//", "/\\"))
    plain = path.isascii() and path.isprintable() and len(path) <= PATH_LENGTH_MAX
    return path if known and plain else "/office"


def sign_in_first(_request: Asked, error: SignInFirst) -> Response[Any]:
    return onward(error.at)


def refused(world: World) -> Callable[[Asked, CheckoutError], Response[Any]]:
    """Return what tells a person on a page of the office why something was refused."""

    def answer(request: Asked, error: CheckoutError) -> Response[Any]:
        problem = describe(error)
        shown = page(request, "refused.html", world, status=problem.status, problem=problem)
        if isinstance(error, TooMany):
            shown.headers["Retry-After"] = str(error.retry_after_seconds)
        return shown

    return answer
