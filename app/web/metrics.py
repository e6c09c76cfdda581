"""`/metrics`: the house's numbers for Prometheus, and the counting of each answer.

They tell how much a merchant sells, so strangers do not get them: with `metrics_token`
set, its bearer does; without it only a caller on this machine or its private network,
and no proxy in between.
"""

import ipaddress
from secrets import compare_digest
from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import NotFound, Unauthorized
from app.metrics import CONTENT_TYPE, Metrics
from app.settings import Settings
from app.world import World

STREAM = b"text/event-stream"
PROXIED = ("forwarded", "x-forwarded-for", "x-real-ip")


def counted(app: ASGIApp, metrics: Metrics, world: World) -> ASGIApp:
    """Return the application with each of its answers counted."""

    async def counting(scope: Scope, receive: Receive, send: Send) -> None:
        method = str(scope.get("method", ""))
        if not method:  # the life of the process, not a request
            await app(scope, receive, send)
            return
        began = world.monotonic()
        streams = 0

        async def note(message: Message) -> None:
            nonlocal streams
            if message["type"] == "http.response.start":
                route = scope.get("path_template") or ""
                seconds = world.monotonic() - began
                metrics.answered(method, route, message["status"], seconds)
                streams = int(any(STREAM in value for _, value in message.get("headers", ())))
                metrics.streams += streams
            await send(message)

        try:
            await app(scope, receive, note)
        finally:
            metrics.streams -= streams

    return counting


@get("/metrics", include_in_schema=False)
async def metrics_text(
    request: Request[Any, Any, Any],
    metrics: NamedDependency[Metrics],
    settings: NamedDependency[Settings],
) -> Response[bytes]:
    """Return every number in Prometheus' text format."""
    if settings.metrics_token:
        _, _, token = request.headers.get("authorization", "").partition(" ")
        if not compare_digest(token.strip().encode(), settings.metrics_token.encode()):
            raise Unauthorized("The numbers are for the bearer of metrics_token.")
    elif not _is_near(request):
        raise NotFound("There is nothing at this address.")
    return Response(
        metrics.text(),
        headers={"Content-Type": CONTENT_TYPE, "Cache-Control": "no-store"},
    )


def _is_near(request: Request[Any, Any, Any]) -> bool:
    """Tell whether the caller is on this machine or its private network, without a proxy."""
    if any(name in request.headers for name in PROXIED) or request.client is None:
        return False
    try:
        address = ipaddress.ip_address(request.client.host)
    except ValueError:
        return False
    return address.is_loopback or address.is_private
