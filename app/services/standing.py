"""Standing: the only writer of a status. Everybody else brings facts and asks for a look.

`judge` is called with a locked intent and all its payments. It sums the credit, asks
the domain for the status these facts allow, writes what changed and appends the
events in the order things happened: first the payments, then the status.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Protocol

import msgspec

from app.domain import money
from app.domain import payment as credit
from app.domain.event import BY_STATUS, EventType
from app.domain.intent import REUSABLE, Intent, Status, advance, look_again_at, oddity
from app.domain.payment import Payment
from app.services.events import Events
from app.services.views import Views
from app.storage import intents, links, places
from app.storage.places import PlaceRow
from app.storage.store import Tx

Happening = tuple[EventType, Payment | None]


class Receipts(Protocol):
    """Whoever mails a receipt to the customer."""

    def owe(self, tx: Tx, intent: Intent) -> None:
        """Owe the receipt of an intent that has just succeeded, where one is wanted."""


class Counted(Protocol):
    """Whoever tells of links whose counters moved."""

    def look(self, tx: Tx, link: str) -> None:
        """Tell of a link that has just been paid, or is not any more."""


class Standing:
    """Keeps every intent where its facts put it."""

    def __init__(
        self,
        events: Events,
        views: Views,
        receipts: Receipts | None = None,
        bills: Counted | None = None,
    ) -> None:
        self._events = events
        self._views = views
        self._receipts = receipts
        self._bills = bills

    def judge(
        self,
        tx: Tx,
        intent: Intent,
        payments: Sequence[Payment],
        happened: Sequence[Happening] = (),
    ) -> Intent:
        """Bring a locked intent to the status its facts allow, and tell everyone."""
        summed = msgspec.structs.replace(
            intent,
            seen=credit.seen(payments),
            confirmed=credit.confirmed(payments),
            payments_count=len(payments),
        )
        late = any(one.late and not one.removed for one in payments)
        facts = summed.facts(late=late)
        judged = msgspec.structs.replace(summed, exception=oddity(facts))
        for type, payment in happened:
            judged = self.tell(tx, judged, payments, type, payment)
        moved = advance(judged.status, facts, tx.now)
        if moved is not None:
            closed_at = None if moved in REUSABLE else tx.now
            judged = msgspec.structs.replace(judged, status=moved, closed_at=closed_at)
            judged = self.tell(tx, judged, payments, BY_STATUS[moved], before=intent.status)
            if judged.link is not None and Status.SUCCEEDED in (moved, intent.status):
                links.redeem(tx, judged.link, 1 if moved is Status.SUCCEEDED else -1)
            if moved is Status.SUCCEEDED and self._receipts is not None:
                self._receipts.owe(tx, judged)
        elif judged.exception is not intent.exception and not happened:
            judged = self.tell(tx, judged, payments, EventType.INTENT_UPDATED)
        self._count(tx, intent, judged)
        self._save(tx, judged, look_again_at(judged.status, facts))
        return judged

    def _count(self, tx: Tx, before: Intent, after: Intent) -> None:
        """Keep what the intent's link raised: what a reorg takes back is taken off again."""
        was, stands = _raised(before), _raised(after)
        if after.link is not None and was != stands:
            more = money.difference(stands, was)
            links.add_to_total(tx, after.link, more, (stands > 0) - (was > 0))
        moved = Status.SUCCEEDED in (before.status, after.status) and before.status != after.status
        if after.link is not None and self._bills is not None and (moved or was != stands):
            self._bills.look(tx, after.link)

    def tell(
        self,
        tx: Tx,
        intent: Intent,
        payments: Sequence[Payment],
        type: EventType,
        payment: Payment | None = None,
        spots: Sequence[PlaceRow] | None = None,
        before: Status | None = None,
    ) -> Intent:
        """Append one event of an intent's history; return the intent a version later.

        `spots`: its places, from whoever has them at hand. `before`: the status it moved from.
        """
        told = msgspec.structs.replace(intent, version=intent.version + 1)
        if spots is None:
            spots = places.of_intent(tx, intent.id)
        view = self._views.intent(told, payments, spots, used_only=True)
        data: dict[str, object] = {"object": view}
        if payment is not None:
            data["payment"] = self._views.payment(payment)
        if before is not None:
            data["previous_status"] = before
        self._events.append(
            tx,
            account=told.account,
            aggregate=told.id,
            version=told.version,
            type=type,
            livemode=told.livemode,
            data=data,
        )
        return told

    def _save(self, tx: Tx, intent: Intent, look_again: datetime | None) -> None:
        also: dict[str, object] = {"look_again_at": look_again}
        if intent.status not in REUSABLE:
            also["open_order"] = None
        intents.save(tx, intent, **also)


def _raised(intent: Intent) -> Decimal:
    """Return what an intent adds to its link's total."""
    return intent.confirmed if intent.status is Status.SUCCEEDED else Decimal(0)
