"""Rows become frozen Structs, and Structs never know they were rows."""

from collections.abc import Iterable
from functools import cache
from typing import TypeVar

import msgspec
from sqlalchemy import ColumnElement, RowMapping, Select, Table, and_, or_, select, tuple_

from app.domain.intent import Oddity, Status
from app.errors import Invalid
from app.storage.store import Tx

S = TypeVar("S", bound=msgspec.Struct)
LIMIT_MAX = 100


def struct(row: RowMapping | None, type: type[S]) -> S | None:
    """Return a row as a Struct; columns the Struct does not name stay behind."""
    return None if row is None else msgspec.convert(_named(row, type), type)


def structs(rows: Iterable[RowMapping], type: type[S]) -> list[S]:
    found = [_named(row, type) for row in rows]
    return msgspec.convert(found, list[type])  # type: ignore[valid-type]


def _named(row: RowMapping, type: type[msgspec.Struct]) -> dict[str, object]:
    """Return what a Struct names of a row. A plain dictionary is converted ten times as fast."""
    return {name: row[name] for name in type.__struct_fields__}


def columns(table: Table, type: type[msgspec.Struct]) -> Select[tuple[object, ...]]:
    """Select just the columns a Struct names."""
    return select(*(table.c[name] for name in type.__struct_fields__))


def newest_first(
    tx: Tx,
    table: Table,
    where: list[ColumnElement[bool]],
    after: str | None,
    limit: int,
    through: Table | None = None,
) -> Select[tuple[object, ...]]:
    """Select one page by keyset: the cost of a page does not grow with its distance.

    `after` is the last id of the page before. `through` is a table that names rows of this
    one, with an index in the same order: then it is read along that.
    """
    query = _all(table).where(*where)
    at_column, id_column = table.c.created_at, table.c.id
    if through is not None:
        (key,) = (one for one in through.foreign_keys if one.column.table is table)
        query = query.join(through, key.parent == table.c.id)
        at_column, id_column = through.c.created_at, key.parent
    if after is not None:
        at = tx.execute(select(table.c.created_at).where(table.c.id == after, *where[:1])).scalar()
        if at is None:
            raise Invalid.field("after", "is no id of this list")
        query = query.where(tuple_(at_column, id_column) < (at, after))
    return query.order_by(at_column.desc(), id_column.desc()).limit(limit)


def standing(table: Table, wanted: Iterable[tuple[Status, Oddity | None]]) -> ColumnElement[bool]:
    """Keep the intents that stand at one of these."""
    return or_(
        False,
        *(
            and_(table.c.status == status, table.c.exception.is_not_distinct_from(odd))
            for status, odd in wanted
        ),
    )


@cache
def _all(table: Table) -> Select[tuple[object, ...]]:
    return select(table)
