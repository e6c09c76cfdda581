"""Destinations: where an account's money goes today, remembered for a few seconds.

Every new intent asks, and the answer changes a few times in an account's life. Where it is
somebody's node, the line that says how to reach it is sealed, and only its label is shown.
"""

import msgspec

from app.domain.account import Destination
from app.errors import Invalid, NotFound
from app.rails.base import Rail
from app.rails.invoicer import Invoicer
from app.seal import Seal
from app.services import once
from app.services.once import Once
from app.storage import accounts, invoices
from app.storage.store import Store, Tx
from app.world import World

KNOWN_SECONDS = 5.0
KNOWN_MAX = 10_000


class Destinations:
    """Every account's destinations."""

    def __init__(self, store: Store, world: World, seal: Seal, rails: dict[str, Rail]) -> None:
        self._store = store
        self._world = world
        self._seal = seal
        self._rails = rails
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

    async def put(
        self, account: str, family: str, kind: str, value: str, key: Once | None = None
    ) -> Destination:
        """Set where a family's money goes from now on. Old addresses stay watched."""
        rail = await self._rail(account, family)
        value = rail.check_destination(kind, value)
        made = self.make(account, family, kind, value)
        sealed = None
        if isinstance(rail, Invoicer):
            await rail.try_out(kind, value)
            sealed = self._seal.close(value)
            label = rail.label(kind, value)
            made = msgspec.structs.replace(made, value=f"{label} {made.id}")  # no other is alike

        def write(tx: Tx) -> Destination:
            put = accounts.put_destination(tx, made)
            if sealed is not None:
                invoices.add_node(tx, put.id, sealed)
            return put

        put, _ = await once.write(self._store, key, Destination, write)
        self.forget(account)
        return put

    def make(self, account: str, family: str, kind: str, value: str) -> Destination:
        """Return a new destination, not written yet."""
        return Destination(
            id=self._world.id("dst"),
            account=account,
            family=family,
            kind=kind,
            value=value,
            created_at=self._world.now(),
        )

    def node(self, tx: Tx, destination: str) -> tuple[str, str] | None:
        """Return a node's kind and the line that says how to reach it; None: it is no node."""
        found = invoices.node(tx, destination)
        return None if found is None else (found[0], self._seal.open(found[1]))

    async def _rail(self, account: str, family: str) -> Rail:
        """Return a rail of a family: of the account's own mode where there are several."""
        known = [one for one in self._rails.values() if one.chain.family == family]
        if not known:
            names = ", ".join(sorted({one.chain.family for one in self._rails.values()})) or "none"
            raise Invalid.field("family", f"no chain of this family is configured; known: {names}")
        if len({one.chain.livemode for one in known}) == 1:
            return known[0]
        found = await self._store.look(lambda tx: accounts.get(tx, account))
        if found is None:
            raise NotFound(f"There is no account {account!r} here.")
        return next(one for one in known if one.chain.livemode is found.livemode)
