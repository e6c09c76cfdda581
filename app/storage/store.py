"""The store: a transaction is a plain function, and everything it changes commits or not.

`await store.read(fn)` and `await store.write(fn)` run a synchronous `fn(tx)` in a
thread. It cannot await, so no network call can sit inside a transaction, and the
store may run it again after a serialization failure. Rings go out after the commit.
"""

from collections.abc import Callable
from typing import Protocol, TypeVar

from app import shapes
from app.bell import Bell
from app.storage.postgres import PostgresStore
from app.storage.sqlite import SqliteStore
from app.storage.tx import Tx as Tx
from app.world import World

T = TypeVar("T")


class Store(Protocol):
    """What services see. Both bodies keep the same promises."""

    @property
    def waiting(self) -> int:
        """How many writes wait for their turn."""

    async def look(self, fn: Callable[[Tx], T]) -> T: ...
    async def read(self, fn: Callable[[Tx], T]) -> T: ...
    async def write(self, fn: Callable[[Tx], T]) -> T: ...
    async def close(self) -> None: ...


def open_store(url: str, bell: Bell, world: World) -> SqliteStore | PostgresStore:
    """Open the store a database URL names, and its threads."""
    shapes.learn()
    if url.startswith("sqlite"):
        return SqliteStore(url, bell, world)
    return PostgresStore(url, bell, world)
