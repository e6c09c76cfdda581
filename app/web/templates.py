"""Pages from templates: one environment, how money and time are written, and the headers.

Every page leaves through `page`, so every page carries the same policy: no script but
ours, nothing from a third party, no HTML made from text in the browser.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

from jinja2 import Environment, FileSystemLoader, pass_context
from jinja2.runtime import Context
from litestar import Request, Response
from markupsafe import Markup

from app.domain.account import Account
from app.domain.money import Price
from app.phrase import Phrase, phrase
from app.web import packing, picker, widget
from app.words import languages
from app.words.voice import Voice, voice
from app.world import World

gettext = phrase  # said in the reader's language wherever a page shows it

FOLDER = Path(__file__).parents[2] / "templates"
NONCE_LENGTH = 22  # 131 bits; CSP 3 asks for 128
GZIP_BYTES_MIN = 860  # below this a packet is a packet


@pass_context
def _said(context: Context, value: Any) -> Any:
    """Say in the page's language what a template puts out, where it is more than a text."""
    if isinstance(value, Phrase):
        return _voice(context).html(value)
    return _voice(context).price(value) if isinstance(value, Price) else value


@pass_context
def _translated(context: Context, text: str, /, **facts: Any) -> Markup:
    """Translate a text of a template: `_("Back to %(seller)s", seller=name)`."""
    return _voice(context).html(text, facts)


def _voice(context: Context) -> Voice:
    found: Voice = context["voice"]
    return found


_ENVIRONMENT = Environment(
    loader=FileSystemLoader(FOLDER),
    autoescape=True,
    auto_reload=False,
    cache_size=-1,  # there are few templates and none changes while the process runs
    trim_blocks=True,
    lstrip_blocks=True,
    finalize=_said,
)


def csp(nonce: str, framing: str, also: Sequence[str] = ()) -> str:
    """Return the policy of a page: who may frame it, and whom it may also talk to."""
    hosts = " ".join(("'self'", *also))
    return (
        f"default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic'; "
        f"style-src 'nonce-{nonce}'; img-src 'self' data:; connect-src {hosts}; "
        f"base-uri 'none'; form-action 'self'; frame-ancestors {framing}; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )


class Surroundings(Protocol):
    """What a page needs to know of where it is shown."""

    @property
    def lang(self) -> str | None:
        """The language its address asks for."""

    @property
    def framing(self) -> str:
        """Who may frame it, as `frame-ancestors` has it."""

    @property
    def style(self) -> str:
        """The style of its pages, the same for every shopper."""

    def at(self, account: Account) -> "Surroundings":
        """Return it with a merchant's look, and closed to sites the merchant does not name."""


def page(
    request: Request[Any, Any, Any],
    template: str,
    world: World,
    setting: Surroundings,
    *,
    account: Account | None = None,
    status: int = 200,
    more_headers: Mapping[str, str] = MappingProxyType({}),
    kept: bool = False,
    also: Sequence[str] = (),
    **context: Any,
) -> Response[bytes]:
    """Render a template as a whole answer: never cached, never leaking where it was.

    A page that is `kept` the browser may keep as it stands for "back": it wakes by itself,
    and who can look into a browser's memory finds its address in the history all the same.
    It speaks the language its address asks for, else the one asked for with the intent it
    shows, else the account's, else the browser's.
    """
    if account is not None:
        setting = setting.at(account)
    nonce = world.secret(NONCE_LENGTH)
    wished = request.headers.get("accept-language", "")
    usual = getattr(context.get("show"), "locale", None) or (account.locale if account else None)
    language = languages.choose(setting.lang, usual, wished)
    surroundings = {"nonce": nonce, "setting": setting, "account": account, "request": request}
    body = render(template, language, **surroundings, **context).encode()
    headers = {
        **more_headers,
        "Content-Security-Policy": csp(nonce, setting.framing, also),
        "Cache-Control": "private, no-cache" if kept else "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), usb=()",
        "Vary": "Accept-Encoding, Accept-Language",
    }
    if len(body) >= GZIP_BYTES_MIN and "gzip" in request.headers.get("accept-encoding", ""):
        body = packing.gzipped(body, setting.style.encode())
        headers["Content-Encoding"] = "gzip"
    return Response(body, status_code=status, headers=headers, media_type="text/html")


def render(template: str, language: languages.Language = languages.ENGLISH, **context: Any) -> str:
    """Render a template to text."""
    return _ENVIRONMENT.get_template(template).render(voice=voice(language), **context)


def price(amount: str | Decimal, currency: str) -> Price:
    """Return a price for showing; parts below the currency's smallest unit are rounded."""
    return Price(Decimal(amount), currency)


@pass_context
def _number(context: Context, amount: str | int) -> str:
    return _voice(context).number(amount)


@pass_context
def _rate(context: Context, rate: str) -> str:
    return _voice(context).rate(rate)


@pass_context
def _day(context: Context, at: datetime) -> str:
    return _voice(context).day(at)


@pass_context
def _hour(context: Context, at: datetime) -> str:
    return _voice(context).hour(at)


@pass_context
def _currency(context: Context, code: str) -> str:
    return _voice(context).currency(code)


def short(text: str) -> str:
    """Keep the two ends of a long hash."""
    return text if len(text) <= 20 else f"{text[:10]}…{text[-8:]}"


def contact_href(contact: str) -> str | None:
    """Return where a merchant's contact leads: a page, a mailbox, or nowhere."""
    if contact.startswith(("https://", "http://")):
        return contact
    return f"mailto:{contact}" if re.fullmatch(r"[^@\s]+@[^@\s]+", contact) else None


_ENVIRONMENT.filters |= {
    "number": _number,
    "rate": _rate,
    "day": _day,
    "hour": _hour,
    "currency": _currency,
    "short": short,
    "contact_href": contact_href,
}
_ENVIRONMENT.globals |= {
    "_": _translated,
    "price": price,
    "kept": picker.kept,
    "language_options": picker.options,
    "again_possible": picker.possible,
    "pay_js": widget.path("pay.js"),
    "sum_js": widget.path("sum.js"),
}
