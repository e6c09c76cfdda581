"""A bell wakes readers. It carries no news: the events table is the truth.

Rings may be doubled, late or lost. A reader therefore listens first, reads the
table second, and goes back to the table on its own after `patience` seconds.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from weakref import WeakValueDictionary


class Bell:
    """Wakes readers inside one process; `storage/notify.py` carries rings between them."""

    def __init__(self) -> None:
        self._rings: WeakValueDictionary[str, asyncio.Event] = WeakValueDictionary()
        self.closed = False

    def ring(self, name: str) -> None:
        """Wake everyone who is listening for `name` at this moment."""
        if ring := self._rings.pop(name, None):
            ring.set()

    def close(self) -> None:
        """Send every listener home: whoever wakes and finds it closed leaves."""
        self.closed = True
        self.ring_all()

    def ring_all(self) -> None:
        """Wake everyone: something may have been missed."""
        for name in list(self._rings):
            self.ring(name)

    def listen(self, name: str) -> Callable[[float], Awaitable[None]]:
        """Start listening now; await the result to sleep until a ring."""
        ring = self._rings.get(name)
        if ring is None:
            ring = self._rings[name] = asyncio.Event()

        async def sleep(patience: float, ring: asyncio.Event = ring) -> None:
            with suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await ring.wait()

        return sleep
