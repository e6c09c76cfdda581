"""What was paid: an account's intents that money reached, each with the transfers it came by."""

import msgspec

from app.domain.intent import Intent, Paid
from app.domain.ledger import Catalogue
from app.domain.payment import Payment
from app.errors import Fault, Invalid, NotFound
from app.services.intents import Intents
from app.services.views import IntentView, Views
from app.storage import paid, payments, places
from app.storage.store import Store, Tx

OFFSET_MAX = 10_000
LIMIT_MAX = 100
LABELS_MAX = 10
TX_MAX = 128


class PaidIntent(msgspec.Struct, frozen=True, kw_only=True):
    """One intent as the merchant sees it, and every transfer that reached it."""

    view: IntentView
    transfers: tuple[Payment, ...]


class Payments:
    """Reads what was paid."""

    def __init__(self, store: Store, catalogue: Catalogue, intents: Intents, views: Views) -> None:
        self._store = store
        self._chains = list(catalogue.chains)
        self._intents = intents
        self._views = views

    async def page(
        self, account: str, wanted: Paid, offset: int, limit: int
    ) -> tuple[list[PaidIntent], int]:
        """Return one page, newest first, and how many there are in all."""
        faults: list[Fault] = []
        if not 0 <= offset <= OFFSET_MAX:
            faults.append(Fault("offset", f"must be between 0 and {OFFSET_MAX}"))
        if not 1 <= limit <= LIMIT_MAX:
            faults.append(Fault("limit", f"must be between 1 and {LIMIT_MAX}"))
        if len(wanted.labels) > LABELS_MAX:
            faults.append(Fault("metadata", f"must have at most {LABELS_MAX} keys to look for"))
        if faults:
            said = "; ".join(f"{one.field} {one.message}" for one in faults)
            raise Invalid(said, faults=tuple(faults))

        def read(tx: Tx) -> tuple[list[PaidIntent], int]:
            found, total = paid.page(tx, account, wanted, offset, limit)
            came = payments.of_intents(tx, [one.id for one in found])
            return [self._whole(tx, one, came.get(one.id, [])) for one in found], total

        return await self._store.read(read)

    async def get(self, account: str, intent: str) -> PaidIntent:
        """Return one intent with its transfers, none perhaps."""

        def read(tx: Tx) -> PaidIntent:
            found = self._intents.found(tx, account, intent)
            return self._whole(tx, found, payments.of_intent(tx, intent))

        return await self._store.read(read)

    async def named(self, account: str, tx_id: str) -> Payment:
        """Return the first transfer of a transaction that reached the account."""
        chains = self._chains
        found: list[Payment] = []
        if len(tx_id) <= TX_MAX:
            found = await self._store.read(lambda tx: paid.named(tx, account, chains, tx_id))
        if not found:
            raise NotFound(f"No transaction {tx_id[:80]!r} has reached this account.")
        return found[0]

    def _whole(self, tx: Tx, intent: Intent, came: list[Payment]) -> PaidIntent:
        view = self._views.intent(intent, came, places.of_intent(tx, intent.id))
        return PaidIntent(view=view, transfers=tuple(came))
