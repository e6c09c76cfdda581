"""Events over HTTP: the account's history, read, streamed, and sent again."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, HeaderParameter, JSONBody, QueryParameter

from app.domain.account import Account
from app.domain.event import EventType
from app.services.dialects import EventView, view
from app.services.events import Events
from app.services.listen import Listen
from app.services.outbox import NewReplay, Outbox, Replay
from app.settings import Settings
from app.web import sse
from app.web.auth import once
from app.web.lists import After, Limit, Page
from app.world import World

LastSeen = Annotated[str | None, HeaderParameter(name="Last-Event-ID", max_length=32)]
Type = Annotated[EventType | None, QueryParameter()]
_encode = msgspec.json.Encoder().encode


class EventController(Controller):
    """`/v1/events`."""

    path = "/v1/events"
    tags = ("Events",)

    @get()
    async def index(
        self,
        events: NamedDependency[Events],
        merchant: NamedDependency[Account],
        limit: Limit = 20,
        after: After = None,
        type: Type = None,
    ) -> Page[EventView]:
        """List events, newest first."""
        found = await events.newest(merchant.id, after, limit + 1, type)
        return Page(data=[view(one) for one in found[:limit]], has_more=len(found) > limit)

    @get("/{id:str}")
    async def read(
        self,
        id: FromPath[str],
        events: NamedDependency[Events],
        merchant: NamedDependency[Account],
    ) -> EventView:
        """Return one event."""
        return view(await events.get(merchant.id, id))

    @get("/stream", media_type="text/event-stream")
    async def stream(
        self,
        listen: NamedDependency[Listen],
        merchant: NamedDependency[Account],
        world: NamedDependency[World],
        settings: NamedDependency[Settings],
        seen: LastSeen = None,
        after: Annotated[int | None, QueryParameter(ge=0)] = None,
        type: Type = None,
    ) -> Response[Any]:
        """Stream events as they happen, from after a sequence number, for ever.

        For servers that have no public URL. What a message carries is what a webhook
        would: keep its `id` and send it back as Last-Event-ID to miss nothing.
        """
        start = sse.resume(seen, after)
        types = frozenset((type.value,)) if type is not None else frozenset[str]()

        async def messages() -> AsyncIterator[bytes]:
            async for one in listen.listen(merchant.id, start, types):
                if one is None:
                    yield sse.HEARTBEAT
                else:
                    yield sse.message(_encode(view(one)), type=one.type, id=one.sequence)

        return sse.stream(messages(), world, settings.stream_seconds_max)

    @post("/replay", status_code=200)
    async def replay(
        self,
        request: Request[Any, Any, Any],
        data: JSONBody[NewReplay],
        outbox: NamedDependency[Outbox],
        merchant: NamedDependency[Account],
    ) -> Replay:
        """Send every event since a time again, to every active endpoint that wants it."""
        return await outbox.replay(merchant.id, data, await once(request, merchant.id))
