"""Where bills stand: what is told when one is paid, or is not any more.

A bill's row is locked after the account's event counter, as a link's is wherever its total
moves, and its own event comes of the counter that is held already.
"""

from collections.abc import Iterable
from decimal import Decimal

import msgspec

from app.domain import bill as rules
from app.domain import money
from app.domain.event import EventType
from app.domain.link import Link
from app.services.bill_requests import BillView
from app.services.events import Events
from app.storage import links
from app.storage.store import Tx


class BillStanding:
    """Tells of bills."""

    def __init__(self, events: Events, url: str) -> None:
        self._events = events
        self._url = url

    def look(self, tx: Tx, link: str) -> None:
        """Tell of a bill that has just been paid, or is not any more."""
        found = links.lock(tx, link)
        if found is None or not found.bill or found.paid == (found.paid_at is not None):
            return
        paid_at = tx.now if found.paid else None
        type = EventType.BILL_COMPLETED if found.paid else EventType.BILL_REOPENED
        self.tell(tx, msgspec.structs.replace(found, paid_at=paid_at), type)

    def tell(self, tx: Tx, bill: Link, type: EventType) -> BillView:
        """Append one event of a locked bill's history."""
        told = msgspec.structs.replace(bill, version=bill.version + 1)
        links.note(tx, told)
        view = self.view(tx, told, links.coming(tx, [bill.id]).get(bill.id, ()))
        self._events.append(
            tx,
            account=told.account,
            aggregate=told.id,
            version=told.version,
            type=type,
            livemode=told.livemode,
            data={"object": view},
        )
        return view

    def view(self, tx: Tx, bill: Link, coming: Iterable[Decimal]) -> BillView:
        """Return a bill as it stands now; `coming` is what waits for confirmations."""
        assert bill.goal is not None, "a bill has a sum"
        assert bill.left is not None
        left = Decimal(0) if bill.paid else bill.left
        return BillView(
            id=bill.id,
            status=rules.status(rules.facts(bill, coming), tx.now),
            name=bill.name,
            description=bill.description,
            amount=money.price_text(bill.goal, bill.currency),
            amount_due=money.price_text(left, bill.currency),
            currency=bill.currency,
            in_parts=bill.amount is None,
            order_id=bill.order_id,
            customer_email=bill.customer_email,
            url=f"{self._url}/pay/{bill.shortcode}",
            archived=not bill.active,
            livemode=bill.livemode,
            metadata=bill.metadata,
            expires_at=bill.expires_at,
            created_at=bill.created_at,
            version=bill.version,
        )
