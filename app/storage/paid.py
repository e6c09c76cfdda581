"""Intents that money reached, by what came: lists with an offset, for wires that have one."""

from sqlalchemy import ColumnElement, func, literal_column, select

from app.domain.intent import Intent, Paid
from app.domain.payment import Payment
from app.storage import rows
from app.storage.store import Tx
from app.storage.tables import intents, labels, payments

COUNTED_MAX = 10_000  # a longer list is told as this long


def page(tx: Tx, account: str, paid: Paid, offset: int, limit: int) -> tuple[list[Intent], int]:
    """Return one page, newest first, and how many there are in all."""
    where = _where(account, paid)
    counted = select(intents.c.id).where(*where).limit(COUNTED_MAX).subquery()
    total = tx.execute(select(func.count()).select_from(counted)).scalar() or 0
    query = (
        rows.columns(intents, Intent)
        .where(*where)
        .order_by(intents.c.created_at.desc(), intents.c.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return rows.structs(tx.execute(query).mappings(), Intent), total


def named(tx: Tx, account: str, chains: list[str], tx_id: str) -> list[Payment]:
    """Return what a transaction moved to an account, on whichever of the chains it is."""
    query = rows.columns(payments, Payment).where(
        payments.c.chain.in_(chains), payments.c.tx == tx_id, payments.c.account == account
    )
    return rows.structs(tx.execute(query.order_by(payments.c.index)).mappings(), Payment)


def _where(account: str, paid: Paid) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = [
        intents.c.account == account,
        intents.c.payments_count > literal_column("0"),  # written out, or no index would match
    ]
    if paid.standing is not None:
        where.append(rows.standing(intents, paid.standing))
    if paid.ledgers is not None:
        where.append(intents.c.ledger.in_(paid.ledgers))
    if paid.sender is not None:
        sent = (payments.c.intent == intents.c.id) & (
            func.lower(payments.c.sender) == paid.sender.lower()
        )
        where.append(select(payments.c.id).where(sent).exists())
    for key, value in paid.labels:
        label = (labels.c.intent == intents.c.id) & (labels.c.key == key)
        where.append(select(labels.c.intent).where(label, labels.c.value == value).exists())
    if paid.created_from is not None:
        where.append(intents.c.created_at >= paid.created_from)
    if paid.created_before is not None:
        where.append(intents.c.created_at < paid.created_before)
    return where
