"""Tries: how often somebody may be wrong at a door before it stays shut for a while.

Counted in the database, so that it holds across processes and restarts, and under a hash:
neither an address nor a name is kept.
"""

import hashlib
import hmac
from datetime import timedelta
from operator import itemgetter

import msgspec

from app.errors import TooMany
from app.seal import Seal
from app.storage import sessions
from app.storage.store import Store, Tx
from app.world import World

NAME_LENGTH = 64


class Bound(msgspec.Struct, frozen=True):
    """How many tries of one kind of door within a time."""

    door: str
    most: int
    window: timedelta = timedelta(minutes=15)


# One person at one address, anybody at one address, and one person from anywhere: the last
# is wide, so that a stranger does not easily keep somebody out of their own house.
PAIR = Bound("pair", 6)
ADDRESS = Bound("address", 30)
EMAIL = Bound("email", 60)
CODE = Bound("code", 6)  # of the second step, by user: a password is already known


class Tries:
    """Counts tries, and refuses the one too many."""

    def __init__(self, store: Store, world: World, seal: Seal) -> None:
        self._store = store
        self._world = world
        self._key = seal.secret("tries")

    async def take(self, *doors: tuple[Bound, str]) -> None:
        """Count one try at each door, or refuse where one was tried too often."""
        # In one order everywhere, so that two who try at once never wait for each other.
        names = sorted(((self._name(one, who), one) for one, who in doors), key=itemgetter(0))

        def write(tx: Tx) -> float:
            wait = 0.0
            for name, bound in names:
                count, until = sessions.tried(tx, name, bound.window)
                if count > bound.most:
                    wait = max(wait, (until - tx.now).total_seconds())
            return wait

        if wait := await self._store.write(write):
            raise TooMany("This was tried too often.", int(wait) + 1)

    async def forget(self, *doors: tuple[Bound, str]) -> None:
        """Forget the tries at doors that opened."""
        names = [self._name(bound, who) for bound, who in doors]

        def write(tx: Tx) -> None:
            for name in names:
                sessions.untried(tx, name)

        await self._store.write(write)

    def _name(self, bound: Bound, who: str) -> str:
        digest = hmac.new(self._key.encode(), f"{bound.door}:{who}".encode(), hashlib.sha256)
        return digest.hexdigest()[:NAME_LENGTH]
