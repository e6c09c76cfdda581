"""What must be true of vouchers, claims and bills whenever nothing is being written.

Computed again from the raw rows, as `tests/sim/laws.py` does for intents.
"""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import Connection, create_engine, select

from app.storage import tables
from app.storage.engines import driver_url

# Every step of a claim, by the event that tells of it: from where, to where.
TOLD: dict[str, tuple[set[str | None], str]] = {
    "claim.created": ({None}, "requires_approval"),
    "claim.approved": ({"requires_approval"}, "pending"),
    "claim.processing": ({"pending"}, "processing"),
    "claim.pending": ({"processing"}, "pending"),
    "claim.succeeded": ({"pending", "processing"}, "succeeded"),
    "claim.canceled": ({"requires_approval", "pending"}, "canceled"),
}


def broken(url: str) -> list[str]:
    """Return every law that is broken, a line each."""
    engine = create_engine(driver_url(url))
    try:
        with engine.connect() as connection:
            return [*_claims(connection), *_vouchers(connection), *_bills(connection)]
    finally:
        engine.dispose()


def _claims(connection: Connection) -> Iterator[str]:
    history = _history(connection)
    for one in connection.execute(select(tables.claims)):
        at: str | None = None
        for event in history[one.id]:
            before, to = TOLD[event.type]
            if at not in before:
                yield f"{one.id}: {event.type} came at {at}"
            at = to
            shown = msgspec.json.decode(event.data)["object"]
            if (shown["status"], shown["version"]) != (to, event.version):
                yield f"{one.id}: {event.type} shows {shown['status']} {shown['version']}"
        if at != one.status:
            yield f"{one.id} is {one.status}, its history ends at {at}"
        if [event.version for event in history[one.id]] != list(range(1, one.version + 1)):
            yield f"{one.id}: its history has a gap"
        if (one.approved_at is None) != (one.atomic is None):
            yield f"{one.id} is priced without an approval, or the other way round"


def _vouchers(connection: Connection) -> Iterator[str]:
    history = _history(connection)
    held: dict[str, list[Any]] = defaultdict(list)
    for one in connection.execute(select(tables.claims)):
        held[one.voucher].append(one)
    for voucher in connection.execute(select(tables.vouchers)):
        stands = [one.amount for one in held[voucher.id] if one.status != "canceled"]
        if voucher.claimed != sum(stands, Decimal(0)):
            yield f"{voucher.id} holds {voucher.claimed}, its claims {sum(stands)}"
        if voucher.claims_count != len(held[voucher.id]):
            yield f"{voucher.id} counts {voucher.claims_count}"
        if not 0 <= voucher.claimed <= voucher.amount:
            yield f"{voucher.id} gave {voucher.claimed} of {voucher.amount}"
        told = [event.type for event in history[voucher.id]]
        if told != ["voucher.created", "voucher.archived"][: 1 + voucher.archived]:
            yield f"{voucher.id} tells {told}"


def _bills(connection: Connection) -> Iterator[str]:
    history = _history(connection)
    for link in connection.execute(select(tables.links).where(tables.links.c.bill)):
        told = [event.type for event in history[link.id]]
        if [event.version for event in history[link.id]] != list(range(1, link.version + 1)):
            yield f"{link.id}: its history has a gap"
        paid = told.count("bill.completed") - told.count("bill.reopened")
        if paid != (link.paid_at is not None):
            yield f"{link.id} tells {told} and is {'' if link.paid_at else 'not '}paid"


def _history(connection: Connection) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for event in connection.execute(select(tables.events).order_by(tables.events.c.version)):
        found[event.aggregate].append(event)
    return found
