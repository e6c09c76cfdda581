"""Tidying: what nobody needs any more, taken away a little at a time."""

from collections.abc import Callable
from datetime import datetime, timedelta

from app.domain.mail import KEPT as MAILS_KEPT
from app.services.once import KEPT
from app.storage import deliveries, events, hints, mails, pairings, replies, sessions, users
from app.storage.store import Store, Tx
from app.world import World

BATCH = 500
DELIVERIES_KEPT = timedelta(days=90)
HINTS_KEPT = timedelta(days=1)
EVENTS_KEPT = timedelta(days=400)


class Tidying:
    """Forgets old replies, then deliveries, then events that nobody is owed."""

    def __init__(self, store: Store, world: World) -> None:
        self._store = store
        self._world = world

    async def step(self) -> float | None:
        """Take one batch of each away; come back at once while there is more."""
        now = self._world.now()
        gone = [
            await self._forget(replies.forget, now - KEPT),
            await self._forget(hints.forget, now - HINTS_KEPT),
            await self._forget(pairings.forget, now),
            await self._forget(mails.forget, now - MAILS_KEPT),
            await self._forget(sessions.forget, now),
            await self._forget(sessions.forget_tries, now),
            await self._forget(users.forget_welcomes, now),
            await self._forget(deliveries.forget, now - DELIVERIES_KEPT),
            await self._forget(events.forget, now - EVENTS_KEPT),
        ]
        return 1.0 if max(gone) >= BATCH else None

    async def _forget(self, forget: Callable[[Tx, datetime, int], int], before: datetime) -> int:
        return await self._store.write(lambda tx: forget(tx, before, BATCH))
