"""Arrivals: what a chain says becomes payments, and payments move intents.

Everything here may be repeated. A transfer is named for ever by its chain,
transaction and index, so seeing it again changes only how deep it lies; the intent
is locked while its facts are read and its status written.
"""

from collections.abc import Sequence

import msgspec
import structlog

from app.domain import quote as quotes
from app.domain.event import EventType
from app.domain.intent import Intent, Status
from app.domain.ledger import Catalogue, depth
from app.domain.payment import Payment
from app.rails.base import Transfer
from app.services.events import Events
from app.services.standing import Happening, Standing
from app.services.views import Views
from app.storage import intents, payments, places
from app.storage.places import PlaceRow
from app.storage.store import Store, Tx
from app.world import World

log = structlog.get_logger()
CHANGEABLE = ("index", "confirmations", "final", "removed", "block", "block_hash")


class Arrivals:
    """Writes payments and asks for a look at the intents they are for."""

    def __init__(
        self,
        store: Store,
        world: World,
        catalogue: Catalogue,
        standing: Standing,
        events: Events,
        views: Views,
    ) -> None:
        self._store = store
        self._world = world
        self._catalogue = catalogue
        self._standing = standing
        self._events = events
        self._views = views

    async def record(self, transfers: Sequence[Transfer]) -> None:
        """Write what a chain says of each transfer, one short transaction each.

        A crash between two of them loses nothing: the cursor moves afterwards, so the
        scan brings them all again. One that cannot be written does not keep the others
        out, but it keeps the cursor where it is: it is raised once they are in.
        """
        broken: Exception | None = None
        for transfer in transfers:
            if transfer.amount <= 0:  # a transfer of nothing is an address poisoner's lure
                continue
            try:
                await self._store.write(lambda tx, one=transfer: self.take(tx, one))  # type: ignore[misc]
            except Exception as error:
                log.exception("payment.not_written", chain=transfer.chain, tx=transfer.tx)
                broken = broken or error
        if broken is not None:
            raise broken

    def take(self, tx: Tx, transfer: Transfer) -> Payment | None:
        """Write one transfer; None: it is for nobody here."""
        chain = self._catalogue.chains[transfer.chain]
        before = _same(payments.named(tx, transfer.chain, transfer.tx), transfer)
        if before is None and transfer.removed:
            return None
        if before is not None and _is_no_news(before, transfer):
            return before
        spot: PlaceRow | None = None
        if before is not None:
            intent_id = before.intent
        else:
            spots = places.at(tx, chain.family, transfer.to, transfer.reference)
            if not spots:
                return None
            spot = spots[0]
            intent_id = self._meant(tx, spot, transfer)
        if intent_id is None:
            return self._unmatched(tx, before, transfer, spot)
        intent = intents.lock(tx, intent_id)
        assert intent is not None, f"{intent_id} has a place and no row"
        return self._write(tx, intent, transfer)

    def _meant(self, tx: Tx, spot: PlaceRow, transfer: Transfer) -> str | None:
        """Return the intent a transfer is for: its own address, or its exact amount."""
        if not spot.shared:
            return spot.intent
        return places.tagged(tx, transfer.ledger, transfer.to, transfer.amount)

    def _write(self, tx: Tx, intent: Intent, transfer: Transfer) -> Payment | None:
        known = payments.named(tx, transfer.chain, transfer.tx)
        before = _same(known, transfer)  # again, now that the intent is locked
        if before is None and transfer.removed:
            return None
        if before is not None and (before.intent != intent.id or _is_no_news(before, transfer)):
            return before
        _make_room(tx, known, before, transfer)
        paid = payments.of_intent(tx, intent.id)
        if before is None:
            after = self._new(tx, intent.account, intent, transfer)
            payments.add(tx, after)
            paid = [*paid, after]
        else:
            after = _refreshed(before, transfer)
            payments.save(tx, after)
            paid = [after if one.id == after.id else one for one in paid]
        happened = _happened(before, after)
        if after.removed and intent.status is Status.SUCCEEDED:
            log.error("payment.reversed_after_success", intent=intent.id, tx=after.tx)
        if happened or before is None or before.deep != after.deep:
            self._standing.judge(tx, intent, paid, happened)
        else:
            tx.ring(intent.id)  # only deeper: the screen counts along
        return after

    def _new(self, tx: Tx, account: str, intent: Intent | None, transfer: Transfer) -> Payment:
        chain = self._catalogue.chains[transfer.chain]
        # The block's time is fairer than ours: a scan may come long after the payer.
        arrived = min(transfer.at or tx.now, tx.now)
        quote = None
        if intent is not None:
            shown = [one for one in intent.quotes if one.ledger == transfer.ledger]
            quote = quotes.meant(shown, arrived, transfer.amount) or (shown[0] if shown else None)
        late = intent is not None and (
            arrived >= intent.expires_at
            or (intent.canceled and intent.closed_at is not None and arrived >= intent.closed_at)
        )
        return Payment(
            id=self._world.id("pay"),
            account=account,
            intent=intent.id if intent is not None else None,
            chain=transfer.chain,
            tx=transfer.tx,
            index=transfer.index,
            ledger=transfer.ledger,
            to=transfer.to,
            sender=transfer.sender,
            amount=transfer.amount,
            confirmations=transfer.confirmations,
            confirmations_required=depth(
                chain,
                intent.amount_usd if intent else None,
                intent.conditions.speed if intent else None,
            ),
            final=transfer.final,
            removed=transfer.removed,
            late=late,
            block=transfer.block,
            block_hash=transfer.block_hash,
            quote_amount=quote.amount if quote else None,
            quote_price=quote.price if quote else None,
            arrived_at=arrived,
            created_at=tx.now,
        )

    def _unmatched(
        self, tx: Tx, before: Payment | None, transfer: Transfer, spot: PlaceRow | None
    ) -> Payment:
        """Keep money that reached a merchant and names no intent: reported, never lost."""
        _make_room(tx, payments.named(tx, transfer.chain, transfer.tx), before, transfer)
        if before is not None:
            after = _refreshed(before, transfer)
            payments.save(tx, after)
            return after
        assert spot is not None
        payment = self._new(tx, spot.account, None, transfer)
        payments.add(tx, payment)
        chain = self._catalogue.chains[transfer.chain]
        self._events.append(
            tx,
            account=spot.account,
            aggregate=payment.id,
            version=1,
            type=EventType.PAYMENT_UNMATCHED,
            livemode=chain.livemode,
            data={"object": self._views.payment(payment)},
        )
        return payment

    async def look_again(self, id: str) -> None:
        """Judge an intent by the facts it has and the time it is."""

        def write(tx: Tx) -> None:
            intent = intents.lock(tx, id)
            if intent is not None:
                self._standing.judge(tx, intent, payments.of_intent(tx, id))

        await self._store.write(write)

    async def look_again_at_due(self, limit: int = 200) -> int:
        """Judge the intents whose time has come; return how many there were."""
        due = await self._store.read(lambda tx: intents.due(tx, limit))
        for id in due:
            try:
                await self.look_again(id)
            except Exception:  # one that cannot be judged must not stop everybody's clock
                log.exception("intent.not_judged", intent=id)
        return len(due)


def _same(known: Sequence[Payment], transfer: Transfer) -> Payment | None:
    """Return the payment a transfer was seen as before.

    A transaction is in one block at a time. After a reorg, or when it leaves the
    mempool, what it moved stands at another index, perhaps where another of its
    movements stood. So what was moved tells payments apart, and the index only those
    that are alike; one that stands in the transfer's own block is no other's.
    """
    moved = (transfer.ledger, transfer.to, transfer.amount)
    alike = [one for one in known if (one.ledger, one.to, one.amount) == moved]
    for one in alike:
        if (one.block_hash, one.index) == (transfer.block_hash, transfer.index):
            return one
    if transfer.removed:  # from a block it has left: no news of where it is now
        return None
    there = [
        one for one in alike if one.block_hash != transfer.block_hash or one.index <= payments.ASIDE
    ]
    return min(there, key=lambda one: (not one.removed, one.index), default=None)


def _is_no_news(payment: Payment, transfer: Transfer) -> bool:
    """Tell whether a transfer changes nothing: as it was, or waiting though it has its block.

    A mined payment waits again only after the chain said that its block is gone: until
    then another node may just not have heard of it.
    """
    waits = transfer.block_hash is None and not transfer.removed
    if waits and payment.block_hash is not None and not payment.removed:
        return True
    return not _changed(payment, transfer)


def _make_room(
    tx: Tx, known: Sequence[Payment], before: Payment | None, transfer: Transfer
) -> None:
    """Put aside what stood at a transfer's index in another block; its own news will come."""
    lowest = min((one.index for one in known), default=0)
    for one in known:
        if one.index == transfer.index and (before is None or one.id != before.id):
            payments.move(tx, one.id, min(lowest - 1, payments.ASIDE))


def _changed(payment: Payment, transfer: Transfer) -> bool:
    return any(getattr(payment, name) != getattr(transfer, name) for name in CHANGEABLE)


def _refreshed(payment: Payment, transfer: Transfer) -> Payment:
    return msgspec.structs.replace(
        payment, **{name: getattr(transfer, name) for name in CHANGEABLE}
    )


def _happened(before: Payment | None, after: Payment) -> list[Happening]:
    """Return what a transfer's new facts mean, in the order people should hear it."""
    happened: list[Happening] = []
    if before is None or (before.removed and not after.removed):
        if after.quote_amount is None:
            happened.append((EventType.PAYMENT_UNMATCHED, after))
        elif after.late:
            happened.append((EventType.PAYMENT_LATE, after))
        else:
            happened.append((EventType.PAYMENT_SEEN, after))
    elif after.removed and not before.removed:
        return [(EventType.PAYMENT_REVERSED, after)]
    was_deep = before is not None and before.deep and not before.removed
    if after.deep and not was_deep and after.counts and after.quote_amount is not None:
        happened.append((EventType.PAYMENT_CONFIRMED, after))
    return happened
