"""Places: where an intent's money arrives, found by address, and amount tags.

A slot is handed out once, so no two intents share a fresh address. Where wallets look only so
far, one that nobody paid and nobody watches any more may be handed out anew.
On a shared address a tag, the exact amount, is what tells intents apart.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from itertools import takewhile

import msgspec
from sqlalchemy import bindparam, delete, insert, select, update

from app.domain.intent import Status
from app.domain.invoice import Invoice
from app.storage import rows
from app.storage.store import Tx
from app.storage.tables import amount_tags, intents, places

LOOKUP_MAX = 500  # addresses asked for in one statement
ENDED_UNPAID = (Status.EXPIRED.value, Status.CANCELED.value)
SHARERS = 5  # open intents an address, on average, before they count as many


class PlaceRow(msgspec.Struct, frozen=True, kw_only=True):
    """One intent's place on one family."""

    intent: str
    family: str
    account: str
    destination: str | None  # None: a recipient's address
    slot: int | None
    address: str
    reference: str | None
    shared: bool
    watch_until: datetime
    invoice: Invoice | None = None


# Statements on the hot path are built once: building one costs more than running it.
_OF_INTENT = rows.columns(places, PlaceRow).where(places.c.intent == bindparam("wanted"))
_OF_INTENTS = rows.columns(places, PlaceRow).where(
    places.c.intent.in_(bindparam("wanted", expanding=True))
)
_ADD = insert(places)


def of_intent(tx: Tx, intent: str) -> list[PlaceRow]:
    """Return an intent's places, one a family."""
    return rows.structs(tx.execute(_OF_INTENT, {"wanted": intent}).mappings(), PlaceRow)


def of_intents(tx: Tx, intents: Sequence[str]) -> dict[str, list[PlaceRow]]:
    """Return the places of many intents in one read."""
    found: dict[str, list[PlaceRow]] = {}
    for one in rows.structs(tx.execute(_OF_INTENTS, {"wanted": intents}).mappings(), PlaceRow):
        found.setdefault(one.intent, []).append(one)
    return found


def add(tx: Tx, place: PlaceRow) -> None:
    """Give an intent its place on a family. It gets one, once."""
    tx.execute(_ADD, msgspec.structs.asdict(place))


def unpaid_lately(tx: Tx, destination: str, most: int) -> int:
    """Return how many of a destination's newest slots nobody paid, in a row, up to `most`."""
    query = (
        select(intents.c.payments_count)
        .where(
            intents.c.id == places.c.intent,
            places.c.destination == destination,
            places.c.slot.is_not(None),
        )
        .order_by(places.c.slot.desc())
        .limit(most)
    )
    return sum(1 for _ in takewhile(lambda paid: not paid, tx.execute(query).scalars()))


def spare(tx: Tx, destination: str) -> PlaceRow | None:
    """Return the lowest of a destination's places that nobody paid and nobody is watched for.

    Its intent ended unpaid and its watch is over: a payment to it would find nobody now.
    """
    query = (
        rows.columns(places, PlaceRow)
        .where(
            places.c.destination == destination,
            places.c.slot.is_not(None),
            places.c.shared.is_(False),
            places.c.watch_until <= tx.now,
            places.c.intent == intents.c.id,
            intents.c.payments_count == 0,
            intents.c.status.in_(ENDED_UNPAID),
        )
        .order_by(places.c.slot)
        .limit(1)
    )
    return rows.struct(tx.execute(query).mappings().first(), PlaceRow)


def give_up(tx: Tx, place: PlaceRow) -> bool:
    """Take a place's slot from it, for another intent; tell whether it still had it."""
    done = tx.execute(
        update(places)
        .where(
            places.c.intent == place.intent,
            places.c.family == place.family,
            places.c.slot == place.slot,
            places.c.watch_until <= tx.now,
        )
        .values(slot=None)
    )
    return done.rowcount == 1


def leave(tx: Tx, intent: str) -> set[str]:
    """Forget those of an intent's places that were given up; return their families."""
    given_up = (
        places.c.intent == intent,
        places.c.destination.is_not(None),
        places.c.slot.is_(None),
    )
    families = set(tx.execute(select(places.c.family).where(*given_up)).scalars())
    if families:
        tx.execute(delete(places).where(*given_up))
    return families


def put_invoice(tx: Tx, intent: str, family: str, invoice: Invoice) -> None:
    """Show another invoice at an intent's place from now on."""
    mine = (places.c.intent == intent, places.c.family == family)
    tx.execute(update(places).where(*mine).values(invoice=invoice))


def is_own(tx: Tx, family: str, address: str) -> bool:
    """Tell whether an address was given to one intent alone: no other may be paid there."""
    query = select(places.c.intent).where(
        places.c.family == family, places.c.address == address, places.c.shared.is_(False)
    )
    return tx.execute(query.limit(1)).first() is not None


def watch(tx: Tx, intent: str, until: datetime) -> None:
    """Keep watching an intent's places until then."""
    tx.execute(update(places).where(places.c.intent == intent).values(watch_until=until))


def at(tx: Tx, family: str, address: str, reference: str | None) -> list[PlaceRow]:
    """Return the places money may have been meant for: by reference, else by address."""
    if reference is not None:
        query = rows.columns(places, PlaceRow).where(
            places.c.family == family, places.c.reference == reference
        )
        if found := rows.structs(tx.execute(query).mappings(), PlaceRow):
            return found
    query = rows.columns(places, PlaceRow).where(
        places.c.family == family, places.c.address == address
    )
    newest = query.order_by(places.c.watch_until.desc()).limit(2)  # two tell that it is shared
    return rows.structs(tx.execute(newest).mappings(), PlaceRow)


def among(tx: Tx, family: str, addresses: Collection[str]) -> set[str]:
    """Return those addresses somebody was ever told to pay to."""
    wanted = sorted(addresses)
    found: set[str] = set()
    for start in range(0, len(wanted), LOOKUP_MAX):
        query = (
            select(places.c.address)
            .distinct()
            .where(
                places.c.family == family,
                places.c.address.in_(wanted[start : start + LOOKUP_MAX]),
            )
        )
        found.update(tx.execute(query).scalars())
    return found


def few(tx: Tx, family: str, limit: int) -> list[str] | None:
    """Return every watched address when there are at most `limit`, else None.

    Many intents may share an address, so more rows than addresses are read, but not
    without end: beyond five an address they count as many.
    """
    most = limit * SHARERS
    query = (
        select(places.c.address)
        .where(places.c.family == family, places.c.watch_until > tx.now)
        .order_by(places.c.watch_until)
        .limit(most + 1)
    )
    found = list(tx.execute(query).scalars())
    addresses = list(dict.fromkeys(found))
    return addresses if len(found) <= most and len(addresses) <= limit else None


def tag(
    tx: Tx,
    intent: str,
    ledger: str,
    address: str,
    amount: int,
    wanted: Sequence[int],
    until: datetime,
) -> int | None:
    """Return an amount that is an intent's alone: the one it has, or the first free one.

    None: all of `wanted` are taken. A tag whose time has passed is free again; one that
    was shown before a price was renewed stays, for a wallet may be about to send it.
    """
    where = (amount_tags.c.ledger == ledger, amount_tags.c.address == address)
    if tagged(tx, ledger, address, amount) == intent:
        return amount
    past = amount_tags.c.until <= tx.now
    tx.execute(delete(amount_tags).where(*where, amount_tags.c.amount.in_(wanted), past))
    held = select(amount_tags.c.amount).where(*where, amount_tags.c.amount.in_(wanted))
    taken = set(tx.execute(held).scalars())
    for candidate in wanted:
        if candidate not in taken:
            values = {"ledger": ledger, "address": address, "amount": candidate}
            tx.execute(insert(amount_tags), values | {"intent": intent, "until": until})
            return candidate
    return None


def tagged(tx: Tx, ledger: str, address: str, amount: int) -> str | None:
    """Return the intent an exact amount on a shared address names."""
    query = select(amount_tags.c.intent).where(
        amount_tags.c.ledger == ledger,
        amount_tags.c.address == address,
        amount_tags.c.amount == amount,
    )
    return tx.execute(query).scalar()
