"""Origins: which sites may show the checkout over their own pages.

An origin is scheme, host and port, as a browser writes it (RFC 6454): lower case, no
default port, an international name in its ASCII form. There is one way to write each,
so that they can be compared as text.
"""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from app.errors import Fault

ORIGINS_MAX = 50
ORIGINS_LENGTH_MAX = 3000  # all of them stand in one header, and proxies have little room there
ORIGIN_LENGTH_MAX = 300
HOST_LENGTH_MAX = 253
PORT_DEFAULT = {"http": 80, "https": 443}
PLAIN_HOSTS = ("localhost", "127.0.0.1")  # one's own machine, where nothing can be overheard
EXAMPLE = "such as https://shop.example"

_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")


class OriginError(ValueError):
    """No origin; the message says what is wrong with it."""


def canonical(text: str) -> str:
    """Return an origin in its one form, or raise `OriginError`."""
    if not text or len(text) > ORIGIN_LENGTH_MAX or not text.isprintable() or " " in text:
        raise OriginError(f"must be an origin {EXAMPLE}")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise OriginError(f"must be an origin {EXAMPLE}") from None
    if parts.scheme not in PORT_DEFAULT or not host:
        raise OriginError(f"must begin with https:// and name a host, {EXAMPLE}")
    if parts.path not in ("", "/") or "?" in text or "#" in text or "@" in parts.netloc:
        raise OriginError(f"must end after the host, {EXAMPLE}: no path, query or user")
    host = _host(host)
    if parts.scheme == "http" and host not in PLAIN_HOSTS:
        raise OriginError(f"must be https: only {' and '.join(PLAIN_HOSTS)} may do without")
    shown = "" if port in (None, PORT_DEFAULT[parts.scheme]) else f":{port}"
    return f"{parts.scheme}://{host}{shown}"


def _host(host: str) -> str:
    try:
        name = host.encode("idna").decode().lower() if not host.isascii() else host
    except UnicodeError:
        name = ""
    labels = name.removesuffix(".").split(".")
    if not 0 < len(name) <= HOST_LENGTH_MAX or not all(map(_LABEL.fullmatch, labels)):
        raise OriginError(f"must name one host, {EXAMPLE}: no wildcard and no IPv6 address")
    return name


def checked(
    texts: Sequence[str], faults: list[Fault], field: str = "allowed_origins"
) -> tuple[str, ...]:
    """Return origins in their one form, each once; what is wrong is added by its place."""
    if len(texts) > ORIGINS_MAX:
        faults.append(Fault(field, f"must name at most {ORIGINS_MAX} origins"))
        return ()
    found: dict[str, None] = {}
    for number, text in enumerate(texts):
        try:
            found[canonical(text)] = None
        except OriginError as error:
            faults.append(Fault(f"{field}[{number}]", str(error)))
    if sum(len(one) + 1 for one in found) > ORIGINS_LENGTH_MAX:
        faults.append(Fault(field, f"must fit in {ORIGINS_LENGTH_MAX} characters together"))
    return tuple(found)
