"""Invoices as nodes wrote them, and the nodes themselves, sealed."""

from collections.abc import Collection
from datetime import datetime

import msgspec
from sqlalchemy import ColumnElement, insert, select, update

from app.domain.invoice import Invoice, ask_again_at
from app.storage import rows
from app.storage.places import PlaceRow
from app.storage.store import Tx
from app.storage.tables import destinations, invoices, nodes


class DueInvoice(msgspec.Struct, frozen=True, kw_only=True):
    """An open invoice whose node is to be asked."""

    hash: str
    ledger: str
    amount: int
    to: str
    destination: str
    created_at: datetime
    expires_at: datetime


def add_node(tx: Tx, destination: str, sealed: str) -> None:
    """Keep how a destination's node is reached."""
    tx.execute(insert(nodes), {"destination": destination, "sealed": sealed})


def node(tx: Tx, destination: str) -> tuple[str, str] | None:
    """Return a destination's kind, and how its node is reached, sealed."""
    query = (
        select(destinations.c.kind, nodes.c.sealed)
        .where(destinations.c.id == nodes.c.destination)
        .where(nodes.c.destination == destination)
    )
    row = tx.execute(query).first()
    return None if row is None else (row.kind, row.sealed)


def add(tx: Tx, chain: str, spot: PlaceRow, invoice: Invoice) -> None:
    """Keep an invoice that was written for an intent's place."""
    tx.execute(
        insert(invoices),
        {
            "chain": chain,
            "hash": invoice.hash,
            "intent": spot.intent,
            "destination": spot.destination,
            "ledger": invoice.ledger,
            "to": spot.address,
            "text": invoice.text,
            "amount": invoice.amount,
            "created_at": tx.now,
            "expires_at": invoice.expires_at,
            "ask_at": tx.now,
            "closed_at": None,
        },
    )


def any_due(tx: Tx, chain: str) -> bool:
    """Tell whether there is an invoice whose turn it is."""
    query = select(invoices.c.hash).where(*_due(tx, chain)).limit(1)
    return tx.execute(query).first() is not None


def take_due(tx: Tx, chain: str, limit: int) -> list[DueInvoice]:
    """Return open invoices whose turn it is, the longest waiting first, and set their next turn."""
    query = (
        rows.columns(invoices, DueInvoice)
        .where(*_due(tx, chain))
        .order_by(invoices.c.ask_at)
        .limit(limit)
    )
    due = rows.structs(tx.execute(query).mappings(), DueInvoice)
    for one in due:
        mine = (invoices.c.chain == chain, invoices.c.hash == one.hash)
        again = ask_again_at(one.created_at, tx.now)
        tx.execute(update(invoices).where(*mine).values(ask_at=again))
    return due


def _due(tx: Tx, chain: str) -> tuple[ColumnElement[bool], ...]:
    mine = invoices.c
    return mine.chain == chain, mine.closed_at.is_(None), mine.ask_at <= tx.now


def close(tx: Tx, chain: str, hashes: Collection[str]) -> None:
    """Ask about these no more: they were paid, or nobody can pay them."""
    mine = (invoices.c.chain == chain, invoices.c.hash.in_(sorted(hashes)))
    tx.execute(update(invoices).where(*mine).values(closed_at=tx.now))
