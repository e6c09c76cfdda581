"""Authorizations payers signed, and the gas accounts that send them.

A row is unique by chain, asset, payer and nonce, as the token itself counts, and is written
with the whole signed transaction before anything is sent.
"""

from datetime import datetime

import msgspec
from sqlalchemy import func, insert, select, update

from app.domain.authorization import Authorization, Outcome
from app.storage import rows
from app.storage.store import Tx
from app.storage.tables import authorizations, gas_accounts


class AuthorizationRow(msgspec.Struct, frozen=True, kw_only=True):
    """One authorization that was taken on, and what came of it."""

    id: str
    account: str
    intent: str
    ledger: str
    chain: str
    asset: str
    payer: str
    nonce: str
    to: str
    value: int
    valid_after: int
    valid_before: int
    signature: str
    outcome: Outcome
    reason: str | None
    moved_by: str | None
    tx: str
    raw: str
    gas_account: str
    count: int
    height: int
    looks: int
    created_at: datetime
    due_at: datetime | None
    ended_at: datetime | None

    @property
    def said(self) -> Authorization:
        """What the payer signed."""
        names = ("payer", "to", "value", "valid_after", "valid_before", "nonce", "signature")
        return Authorization(**{name: getattr(self, name) for name in names})


class GasAccount(msgspec.Struct, frozen=True, kw_only=True):
    """Where a gas account stands on one chain."""

    chain: str
    address: str
    next_count: int
    day: str
    spent: int


def find(tx: Tx, chain: str, asset: str, payer: str, nonce: str) -> AuthorizationRow | None:
    """Return the row of an authorization, whoever it was given for."""
    query = rows.columns(authorizations, AuthorizationRow).where(
        authorizations.c.chain == chain,
        authorizations.c.asset == asset,
        authorizations.c.payer == payer,
        authorizations.c.nonce == nonce,
    )
    return rows.struct(tx.execute(query).mappings().first(), AuthorizationRow)


def of_intent(tx: Tx, intent: str) -> list[AuthorizationRow]:
    """Return what was taken on for an intent, the newest first."""
    query = rows.columns(authorizations, AuthorizationRow)
    query = query.where(authorizations.c.intent == intent)
    ordered = query.order_by(authorizations.c.created_at.desc(), authorizations.c.id)
    return rows.structs(tx.execute(ordered).mappings(), AuthorizationRow)


def taken_since(tx: Tx, payer: str, since: datetime) -> int:
    """Count what was taken on from a payer since then."""
    query = select(func.count()).where(
        authorizations.c.payer == payer, authorizations.c.created_at >= since
    )
    return int(tx.execute(query).scalar_one())


def add(tx: Tx, row: AuthorizationRow) -> None:
    tx.execute(insert(authorizations), msgspec.structs.asdict(row))


def end(
    tx: Tx, row: AuthorizationRow, outcome: Outcome, moved_by: str | None, reason: str | None
) -> None:
    """Write what came of an authorization, once: the first word stands."""
    tx.execute(
        update(authorizations)
        .where(authorizations.c.id == row.id, authorizations.c.outcome == Outcome.PENDING)
        .values(outcome=outcome, moved_by=moved_by, reason=reason, ended_at=tx.now)
    )


def due(tx: Tx, limit: int) -> list[AuthorizationRow]:
    """Return those whose time has come to be looked for, the longest due first."""
    query = (
        rows.columns(authorizations, AuthorizationRow)
        .where(authorizations.c.due_at <= tx.now)
        .order_by(authorizations.c.due_at, authorizations.c.id)
        .limit(limit)
    )
    return rows.structs(tx.execute(query).mappings(), AuthorizationRow)


def look(tx: Tx, row: AuthorizationRow, due_at: datetime | None) -> None:
    """Count one more look, and say when the next is due."""
    tx.execute(
        update(authorizations)
        .where(authorizations.c.id == row.id)
        .values(looks=row.looks + 1, due_at=due_at)
    )


def gas(tx: Tx, chain: str, address: str, count: int, day: str) -> GasAccount:
    """Return a gas account, locked; `count` and `day` are for one that is not known yet."""
    query = rows.columns(gas_accounts, GasAccount).where(
        gas_accounts.c.chain == chain, gas_accounts.c.address == address
    )
    row = rows.struct(tx.execute(query.with_for_update()).mappings().first(), GasAccount)
    if row is None:
        row = GasAccount(chain=chain, address=address, next_count=count, day=day, spent=0)
        tx.execute(insert(gas_accounts), msgspec.structs.asdict(row))
    return row


def spend(tx: Tx, account: GasAccount) -> None:
    """Write how far a gas account's count and its day have come."""
    tx.execute(
        update(gas_accounts)
        .where(gas_accounts.c.chain == account.chain, gas_accounts.c.address == account.address)
        .values(next_count=account.next_count, day=account.day, spent=account.spent)
    )
