"""Destinations: where an account's money goes today, remembered for a few seconds.

Every new intent asks, and the answer changes a few times in an account's life.
"""

from app.domain.account import Destination
from app.storage import accounts
from app.storage.store import Store
from app.world import World

KNOWN_SECONDS = 5.0
KNOWN_MAX = 10_000


class Destinations:
    """Every account's destinations."""

    def __init__(self, store: Store, world: World) -> None:
        self._store = store
        self._world = world
        self._known: dict[str, tuple[float, dict[str, Destination]]] = {}

    async def of(self, account: str) -> dict[str, Destination]:
        """Return an account's destinations by family.

        A change by another process is seen up to `KNOWN_SECONDS` later, one by this
        process at once. Places made meanwhile stay watched, so nothing sent there is lost.
        """
        now = self._world.monotonic()
        if (known := self._known.get(account)) and known[0] > now:
            return known[1]
        rows = await self._store.look(lambda tx: accounts.destinations_of(tx, account))
        found = {one.family: one for one in rows}
        if len(self._known) >= KNOWN_MAX:
            self._known.clear()
        self._known[account] = (now + KNOWN_SECONDS, found)
        return found

    def forget(self, account: str) -> None:
        """Read an account's destinations anew when they are next asked for."""
        self._known.pop(account, None)
