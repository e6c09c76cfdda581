"""Proxies: whose word on the outside address of a request is taken, and what it was.

Only what a trusted proxy says counts: of the client's address and scheme, which uvicorn reads,
and of the host, which some callers have signed. Anybody else may write any header.
"""

import re
from collections.abc import Sequence
from typing import Any

from litestar import Request
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from app.settings import Settings

OUTSIDE = "outside"  # where a scope keeps the origin its proxy told
HOST = re.compile(r"(?:[a-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::[0-9]{1,5})?")
SCHEMES = {"http", "https"}


class Forwarded:
    """An application behind proxies."""

    def __init__(self, app: ASGIApp, trusted: Sequence[str]) -> None:
        self._app = ProxyHeadersMiddleware(app, trusted_hosts=list(trusted))  # type: ignore[arg-type]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        client = scope.get("client")
        if scope["type"] == ScopeType.HTTP and client and client[0] in self._app.trusted_hosts:
            scope[OUTSIDE] = _origin(scope)  # type: ignore[literal-required]
        await self._app(scope, receive, send)  # type: ignore[arg-type]


def addresses(request: Request[Any, Any, Any], settings: Settings) -> list[str]:
    """Return the whole addresses a request may have been sent to, as its sender wrote them.

    Where the house is told its public URL that is the only one: a request that was signed for
    another house must not be taken here. Otherwise a trusted proxy's word counts beside it.
    """
    scope: Any = request.scope
    path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
    query = scope["query_string"].decode("latin-1")
    asked = f"{path}?{query}" if query else path
    outside = None if settings.public_url else scope.get(OUTSIDE)
    return [f"{origin}{asked}" for origin in (settings.url, outside) if origin]


def _origin(scope: Any) -> str | None:
    """Return the origin a proxy was asked at, as it tells it; None: it does not."""
    headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
    scheme = _last(headers.get(b"x-forwarded-proto", scope["scheme"]))
    host = _last(headers.get(b"x-forwarded-host") or headers.get(b"host", ""))
    return f"{scheme}://{host}" if scheme in SCHEMES and HOST.fullmatch(host) else None


def _last(value: str) -> str:
    """Return what the nearest proxy said, where each added its own."""
    return value.rpartition(",")[2].strip().lower()
