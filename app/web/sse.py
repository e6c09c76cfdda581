"""Event streams: bytes as the standard writes them, a heartbeat, an end.

A plain stream and not the framework's event class: an open stream is a screen that
mostly sleeps, and ten thousand of them should cost little more than their sockets.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from litestar.response import Stream

from app.world import World

HEARTBEAT = b": still here\n\n"
RETRY = b"retry: 1000\n\n"
HEADERS = {
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # proxies must pass each line on at once
    "Content-Type": "text/event-stream; charset=utf-8",
}


def message(data: bytes, *, type: str | None = None, id: int | None = None) -> bytes:
    """Return one message. `data` is JSON on one line."""
    head = b"" if id is None else b"id: %d\n" % id
    kind = b"" if type is None else b"event: %s\n" % type.encode()
    return b"%s%sdata: %s\n\n" % (head, kind, data)


def stream(messages: AsyncIterator[bytes], world: World, seconds_max: int) -> Stream:
    """Answer with an event stream that ends by itself, so that deploys drain."""
    return Stream(_limited(messages, world, seconds_max), headers=HEADERS)


async def _limited(
    messages: AsyncIterator[bytes], world: World, seconds_max: int
) -> AsyncIterator[bytes]:
    ends = world.monotonic() + seconds_max
    yield RETRY
    try:
        async for one in messages:
            yield one
            if world.monotonic() >= ends:
                return
    finally:
        with suppress(asyncio.CancelledError):
            await messages.aclose()  # type: ignore[attr-defined]


def resume(last_event_id: str | None, after: int | None) -> int:
    """Return where to go on: what the browser saw wins over what the page was born with."""
    if last_event_id is not None and last_event_id.isascii() and last_event_id.isdigit():
        return min(int(last_event_id[:18]), 2**62)
    return max(after or 0, 0)
