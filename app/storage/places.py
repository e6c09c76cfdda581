"""Places: where an intent's money arrives, found by address, and amount tags.

A slot is handed out once and never again, so no two intents share a fresh address.
On a shared address a tag, the exact amount, is what tells intents apart.
"""

from collections.abc import Collection
from datetime import datetime

import msgspec
from sqlalchemy import delete, insert, select, update

from app.storage import rows
from app.storage.store import Tx
from app.storage.tables import amount_tags, destinations, places

LOOKUP_MAX = 500  # addresses asked for in one statement


class PlaceRow(msgspec.Struct, frozen=True, kw_only=True):
    """One intent's place on one family. `address` None: handed out, not yet derived."""

    intent: str
    family: str
    account: str
    destination: str
    slot: int
    address: str | None
    reference: str | None
    shared: bool
    watch_until: datetime


def of_intent(tx: Tx, intent: str) -> list[PlaceRow]:
    """Return an intent's places, one a family."""
    query = rows.columns(places, PlaceRow).where(places.c.intent == intent)
    return rows.structs(tx.execute(query).mappings(), PlaceRow)


def reserve(
    tx: Tx, intent: str, account: str, family: str, destination: str, watch_until: datetime
) -> PlaceRow:
    """Hand out a slot to an intent, or return the one it has. The intent is locked."""
    query = rows.columns(places, PlaceRow).where(
        places.c.intent == intent, places.c.family == family
    )
    if found := rows.struct(tx.execute(query).mappings().first(), PlaceRow):
        return found
    slot = tx.execute(
        update(destinations)
        .where(destinations.c.id == destination)
        .values(next_slot=destinations.c.next_slot + 1)
        .returning(destinations.c.next_slot)
    ).scalar_one()
    place = PlaceRow(
        intent=intent,
        family=family,
        account=account,
        destination=destination,
        slot=slot - 1,
        address=None,
        reference=None,
        shared=False,
        watch_until=watch_until,
    )
    tx.execute(insert(places), msgspec.structs.asdict(place))
    return place


def fix(
    tx: Tx, intent: str, family: str, address: str, reference: str | None, shared: bool
) -> None:
    """Write where a reserved place turned out to be. The same slot gives the same place."""
    tx.execute(
        update(places)
        .where(places.c.intent == intent, places.c.family == family)
        .values(address=address, reference=reference, shared=shared)
    )


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
    newest = query.order_by(places.c.watch_until.desc()).limit(LOOKUP_MAX)
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
        found.update(address for address in tx.execute(query).scalars() if address)
    return found


def few(tx: Tx, family: str, limit: int) -> list[str] | None:
    """Return every watched address when there are at most `limit`, else None."""
    query = (
        select(places.c.address)
        .distinct()
        .where(
            places.c.family == family,
            places.c.watch_until > tx.now,
            places.c.address.is_not(None),
        )
        .limit(limit + 1)
    )
    found = [address for address in tx.execute(query).scalars() if address]
    return found if len(found) <= limit else None


def tag(
    tx: Tx,
    intent: str,
    ledger: str,
    address: str,
    amount: int,
    step: int,
    until: datetime,
    tries: int,
) -> int | None:
    """Take the lowest free amount from `amount` upwards, `step` apart; None: all taken.

    A tag whose time has passed is free again. An intent keeps the tag it has.
    """
    where = (amount_tags.c.ledger == ledger, amount_tags.c.address == address)
    tx.execute(delete(amount_tags).where(*where, amount_tags.c.until <= tx.now))
    tx.execute(delete(amount_tags).where(*where, amount_tags.c.intent == intent))
    wanted = [amount + number * step for number in range(tries)]
    taken = set(
        tx.execute(
            select(amount_tags.c.amount).where(*where, amount_tags.c.amount.in_(wanted))
        ).scalars()
    )
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
