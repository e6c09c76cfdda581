"""Listen: an account's events as they happen, for a server that has no public URL.

The same loop as a screen's (`follow.py`): listen first, read second, sleep third. No
database connection is held while it sleeps.
"""

from collections.abc import AsyncIterator

from app.bell import Bell
from app.domain.event import Event
from app.services.events import PAGE_MAX, Events, account_bell

HEARTBEAT_SECONDS = 15.0


class Listen:
    """Listens to accounts."""

    def __init__(self, events: Events, bell: Bell) -> None:
        self._events = events
        self._bell = bell

    async def listen(
        self, account: str, after: int, types: frozenset[str] = frozenset()
    ) -> AsyncIterator[Event | None]:
        """Yield events after a sequence number, for ever; None is a heartbeat.

        `types` narrows them; none stand for all.
        """
        while not self._bell.closed:
            sleep = self._bell.listen(account_bell(account))
            found = await self._events.after(account, after)
            for event in found:
                after = event.sequence
                if not types or event.type in types:
                    yield event
            if len(found) == PAGE_MAX:
                continue
            if not found:
                yield None
            await sleep(HEARTBEAT_SECONDS)
