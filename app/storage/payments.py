"""Payments: every transfer that reached somebody's address, once each."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import bindparam, insert, update

from app.domain.payment import Payment
from app.storage import rows
from app.storage.store import Tx
from app.storage.tables import payments

UNSETTLED_MAX = 500  # read again in one go
ASIDE = -1_000_000  # indices from here down name no place in a block


_OF_INTENT = (
    rows.columns(payments, Payment)
    .where(payments.c.intent == bindparam("wanted"))
    .order_by(payments.c.created_at, payments.c.id)
)
_OF_INTENTS = (
    rows.columns(payments, Payment)
    .where(payments.c.intent.in_(bindparam("wanted", expanding=True)))
    .order_by(payments.c.created_at, payments.c.id)
)
_ADD = insert(payments)
_SAVE = update(payments).where(payments.c.id == bindparam("wanted"))  # sets what it is given
_NAMED = rows.columns(payments, Payment).where(
    payments.c.chain == bindparam("on"), payments.c.tx == bindparam("wanted")
)


def of_intent(tx: Tx, intent: str) -> list[Payment]:
    """Return an intent's payments in the order they were first seen."""
    return rows.structs(tx.execute(_OF_INTENT, {"wanted": intent}).mappings(), Payment)


def of_intents(tx: Tx, intents: Sequence[str]) -> dict[str, list[Payment]]:
    """Return the payments of many intents in one read."""
    found: dict[str, list[Payment]] = {}
    for one in rows.structs(tx.execute(_OF_INTENTS, {"wanted": intents}).mappings(), Payment):
        assert one.intent is not None
        found.setdefault(one.intent, []).append(one)
    return found


def named(tx: Tx, chain: str, tx_id: str) -> list[Payment]:
    """Return everything one transaction moved to us.

    Not locked: the intent is, and locks are taken in one order everywhere.
    """
    given = {"on": chain, "wanted": tx_id}
    return rows.structs(tx.execute(_NAMED, given).mappings(), Payment)


def add(tx: Tx, payment: Payment) -> None:
    tx.execute(_ADD, msgspec.structs.asdict(payment) | {"settled": payment.settled})


def save(tx: Tx, payment: Payment) -> None:
    """Write what the chain may change about a payment: depth, block, presence."""
    names = (
        "intent", "index", "confirmations", "final", "removed", "late", "block", "block_hash",
        "quote_amount", "quote_price", "arrived_at", "confirmations_required",
    )  # fmt: skip
    values = {name: getattr(payment, name) for name in names}
    tx.execute(_SAVE, values | {"settled": payment.settled, "wanted": payment.id})


def move(tx: Tx, id: str, index: int) -> None:
    """Give a payment another index: somebody else has its own now."""
    tx.execute(update(payments).where(payments.c.id == id).values(index=index))


def unsettled(tx: Tx, chain: str, after: str = "") -> list[Payment]:
    """Return payments of a chain that it may still change, in pages by id."""
    query = (
        rows.columns(payments, Payment)
        .where(payments.c.chain == chain, ~payments.c.settled, payments.c.id > after)
        .order_by(payments.c.id)
        .limit(UNSETTLED_MAX)
    )
    return rows.structs(tx.execute(query).mappings(), Payment)


def unmatched(tx: Tx, account: str, limit: int) -> list[Payment]:
    """Return an account's transfers that no intent could be named for."""
    query = (
        rows.columns(payments, Payment)
        .where(payments.c.account == account, payments.c.intent.is_(None))
        .order_by(payments.c.created_at.desc())
        .limit(limit)
    )
    return rows.structs(tx.execute(query).mappings(), Payment)
