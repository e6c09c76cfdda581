"""Follow: an intent's events as they happen, for one screen.

Listen first, read second, sleep third: a ring between reading and sleeping is heard.
No database connection is held while a follower sleeps.
"""

from collections.abc import AsyncIterator

import msgspec

from app.bell import Bell
from app.domain.intent import FINAL
from app.errors import NotFound
from app.services.views import PAYER_DECODER, PayerView, Views, payer
from app.storage import events, intents, payments, places
from app.storage.store import Store, Tx

BATCH = 50
HEARTBEAT_SECONDS = 15


class _Data(msgspec.Struct, frozen=True):
    object: msgspec.Raw


_decode = msgspec.json.Decoder(_Data).decode


class Message(msgspec.Struct, frozen=True):
    """One thing to tell a screen. `version` None: progress, which is not history."""

    version: int | None
    type: str
    view: PayerView


class _Look(msgspec.Struct, frozen=True):
    messages: list[Message]
    depths: tuple[int, ...]
    version: int
    over: bool


class Follow:
    """Follows intents for their payers."""

    def __init__(self, store: Store, bell: Bell, views: Views) -> None:
        self._store = store
        self._bell = bell
        self._views = views

    async def begin(self, id: str, after: int) -> bool:
        """Tell whether there is anything to follow; raise `NotFound` for no intent."""

        def read(tx: Tx) -> bool:
            found = intents.get(tx, id)
            if found is None:
                raise NotFound(f"There is no payment intent {id[:40]!r} here.")
            return found.status not in FINAL or after < found.version

        return await self._store.look(read)

    async def follow(self, id: str, after: int) -> AsyncIterator[Message | None]:
        """Yield messages after a version until the intent is final; None is a heartbeat."""
        depths: tuple[int, ...] | None = None
        while True:
            sleep = self._bell.listen(id)
            look = await self._store.look(lambda tx, after=after: self._look(tx, id, after))  # type: ignore[misc]
            for message in look.messages:
                after = message.version or after
                yield message
            if look.over and after >= look.version:
                return
            if depths is not None and depths != look.depths and not look.messages:
                yield Message(None, "progress", await self._now(id))
            depths = look.depths
            if len(look.messages) == BATCH:
                continue
            if not look.messages:
                yield None
            if self._bell.closed:
                return
            await sleep(HEARTBEAT_SECONDS)

    def _look(self, tx: Tx, id: str, after: int) -> _Look:
        intent = intents.get(tx, id)
        if intent is None:
            return _Look([], (), after, True)
        found = events.of_aggregate(tx, id, after, BATCH) if intent.version > after else []
        messages = [
            Message(one.version, one.type.value, PAYER_DECODER.decode(_decode(one.data).object))
            for one in found
        ]
        depths: tuple[int, ...] = ()
        if intent.payments_count:
            depths = tuple(one.confirmations for one in payments.of_intent(tx, id))
        return _Look(messages, depths, intent.version, intent.status in FINAL)

    async def _now(self, id: str) -> PayerView:
        def read(tx: Tx) -> PayerView:
            intent = intents.get(tx, id)
            assert intent is not None
            spots = places.of_intent(tx, id)
            paid = payments.of_intent(tx, id)
            return payer(self._views.intent(intent, paid, spots, used_only=True))

        return await self._store.look(read)
