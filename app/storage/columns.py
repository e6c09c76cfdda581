"""Column types that mean the same on SQLite and PostgreSQL.

Amounts and instants have no exact home in SQLite, so they live there as text of one
fixed form: equal values are equal texts, and instants sort as they should.
"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import NUMERIC, BigInteger, Dialect, Integer, String, Text, TypeDecorator
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.types import TypeEngine

BIG = BigInteger().with_variant(Integer(), "sqlite")


class Atomic(TypeDecorator[int]):
    """An amount in atomic units, up to 2²⁵⁶: NUMERIC(78,0), or text."""

    impl = String(78)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(String(78) if dialect.name == "sqlite" else NUMERIC(78, 0))

    def process_bind_param(self, value: int | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        return str(value) if dialect.name == "sqlite" else Decimal(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> int | None:
        return None if value is None else int(value)


class Exact(TypeDecorator[Decimal]):
    """A decimal in a currency, kept as its own canonical text: 36 digits and a point."""

    impl = String(80)
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:
        return None if value is None else f"{value:f}"

    def process_result_value(self, value: str | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value)


class UTCTime(TypeDecorator[datetime]):
    """An instant: timestamptz, or ISO text of fixed width in UTC, so that texts sort."""

    impl = String(27)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(
            String(27) if dialect.name == "sqlite" else TIMESTAMP(timezone=True)
        )

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        assert value.tzinfo is not None, "an instant without a zone"
        if dialect.name != "sqlite":
            return value
        plain = value.astimezone(UTC).replace(tzinfo=None)  # isoformat takes a third of strftime
        return plain.isoformat(timespec="microseconds") + "Z"

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if dialect.name != "sqlite":
            return value.astimezone(UTC)  # type: ignore[no-any-return]
        return datetime.fromisoformat(value)


class Json(TypeDecorator[Any]):
    """A value of one type as JSON text. Text and not JSONB: we read it whole or not."""

    impl = Text()
    cache_ok = True

    def __init__(self, type: Any = Any) -> None:
        super().__init__()
        self.type = type
        self._decoder = msgspec.json.Decoder(type)
        self._encoder = msgspec.json.Encoder(decimal_format="string")

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else self._encoder.encode(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else self._decoder.decode(value)
