"""Leases: who may be the only one at work on a thing, kept in the database."""

from app.storage import work
from app.storage.store import Store
from app.world import World

SECONDS = 10  # renewed thrice as often; how long a dead hand keeps others from its work


class Lease:
    """One named right to work alone, held by this process while it keeps renewing."""

    def __init__(self, store: Store, world: World, name: str, seconds: int = SECONDS) -> None:
        self.seconds = seconds
        self._store = store
        self._name = name
        self._holder = world.id("hand")

    async def take(self) -> bool:
        """Take or renew; tell whether it is ours for `seconds` from now."""
        return await self._store.write(
            lambda tx: work.lease(tx, self._name, self._holder, self.seconds)
        )

    async def release(self) -> None:
        """Give it back, so that the next hand need not wait for its end."""
        await self._store.write(lambda tx: work.release(tx, self._name, self._holder))
