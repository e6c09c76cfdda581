"""Pages from templates: one environment, how money and time are written, and the headers.

Every page leaves through `page`, so every page carries the same policy: no script but
ours, nothing from a third party, no HTML made from text in the browser.
"""

import gzip
import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Context, Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

from jinja2 import Environment, FileSystemLoader
from litestar import Request, Response
from markupsafe import Markup

from app.domain import money
from app.web import widget
from app.world import World

FOLDER = Path(__file__).parents[2] / "templates"
GZIP_LEVEL = 5  # a page of 14 KB in a quarter of a millisecond
NONCE_LENGTH = 22  # 131 bits; CSP 3 asks for 128
GZIP_BYTES_MIN = 860  # below this a packet is a packet

FRAMED_HERE = "'self'"
FRAMED_ANYWHERE = "*"

_ENVIRONMENT = Environment(
    loader=FileSystemLoader(FOLDER),
    autoescape=True,
    auto_reload=False,
    cache_size=-1,  # there are few templates and none changes while the process runs
    trim_blocks=True,
    lstrip_blocks=True,
    extensions=["jinja2.ext.i18n"],
)
_ENVIRONMENT.install_null_translations(newstyle=True)  # type: ignore[attr-defined]


def csp(nonce: str, framing: str) -> str:
    """Return the Content-Security-Policy of a page, naming who may frame it."""
    return (
        f"default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic'; "
        f"style-src 'nonce-{nonce}'; img-src 'self' data:; connect-src 'self'; "
        f"base-uri 'none'; form-action 'self'; frame-ancestors {framing}; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )


class Surroundings(Protocol):
    """What a page needs to know of where it is shown."""

    @property
    def framing(self) -> str:
        """Who may frame it, as `frame-ancestors` has it."""


def page(
    request: Request[Any, Any, Any],
    template: str,
    world: World,
    setting: Surroundings,
    *,
    status: int = 200,
    more_headers: Mapping[str, str] = MappingProxyType({}),
    **context: Any,
) -> Response[bytes]:
    """Render a template as a whole answer: never cached, never leaking where it was."""
    nonce = world.secret(NONCE_LENGTH)
    body = render(template, nonce=nonce, setting=setting, **context).encode()
    headers = {
        **more_headers,
        "Content-Security-Policy": csp(nonce, setting.framing),
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), usb=()",
        "Vary": "Accept-Encoding",
    }
    if len(body) >= GZIP_BYTES_MIN and "gzip" in request.headers.get("accept-encoding", ""):
        body = gzip.compress(body, GZIP_LEVEL, mtime=0)
        headers["Content-Encoding"] = "gzip"
    return Response(body, status_code=status, headers=headers, media_type="text/html")


def render(template: str, **context: Any) -> str:
    """Render a template to text."""
    return _ENVIRONMENT.get_template(template).render(**context)


def gettext(text: str) -> str:
    """Return a text in the reader's language; there is one so far."""
    return text


def price(amount: str | Decimal, currency: str) -> str:
    """Write a price for reading; parts below the currency's smallest unit are rounded."""
    return money.price_for_people(money.round_price_to_even(Decimal(amount), currency), currency)


def number(amount: str) -> str:
    """Group the thousands of an amount: 1,234.5."""
    whole, point, part = amount.partition(".")
    return f"{int(whole):,}{point}{part}" if whole.isdigit() else amount


def rate(text: str) -> str:
    """Write a rate for reading: eight significant digits say all a person needs."""
    value = Context(prec=8).create_decimal(text)
    plain = f"{value:f}"
    return number(plain.rstrip("0").rstrip(".") if "." in plain else plain)


def day(at: datetime) -> str:
    """Write an instant for reading: 1 Jan 2026, 12:15 UTC."""
    return f"{at.day} {at:%b %Y, %H:%M} UTC"


def hour(at: datetime) -> str:
    """Write an instant of today for reading: 12:15 UTC."""
    return f"{at:%H:%M} UTC"


def short(text: str) -> str:
    """Keep the two ends of a long hash."""
    return text if len(text) <= 20 else f"{text[:10]}…{text[-8:]}"


def contact_href(contact: str) -> str | None:
    """Return where a merchant's contact leads: a page, a mailbox, or nowhere."""
    if contact.startswith(("https://", "http://")):
        return contact
    return f"mailto:{contact}" if re.fullmatch(r"[^@\s]+@[^@\s]+", contact) else None


_ENVIRONMENT.filters |= {
    "number": number,
    "rate": rate,
    "day": day,
    "hour": hour,
    "short": short,
    "contact_href": contact_href,
}
_ENVIRONMENT.globals |= {
    "price": price,
    "css": Markup(widget.text("pay.css")),  # noqa: S704 - our own file
    "pay_js": widget.path("pay.js"),
}
