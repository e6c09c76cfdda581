"""Greenfield's JSON: camel case, amounts as text, times as whole seconds, and status 200.

Its clients take nothing but 200 for success, and its typed ones no null where a text belongs.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from litestar import Response
from litestar.enums import MediaType

OK = 200
_encode = msgspec.json.Encoder(decimal_format="number").encode


def answer(value: Any, status_code: int = OK) -> Response[bytes]:
    """Answer with Greenfield's JSON."""
    return Response(_encode(value), status_code=status_code, media_type=MediaType.JSON)


def done() -> Response[bytes]:
    """Answer that something was done and there is nothing to tell: 200 with no body."""
    return Response(b"", status_code=OK, media_type=MediaType.JSON)


def raw(body: bytes) -> Response[bytes]:
    """Answer with JSON that is written already."""
    return Response(body, status_code=OK, media_type=MediaType.JSON)


def encode(value: Any) -> bytes:
    """Return Greenfield's JSON."""
    return _encode(value)


def seconds(at: datetime) -> int:
    """Return an instant in whole seconds since 1970."""
    return int(at.timestamp())


def amount(value: Decimal | str) -> str:
    """Return an amount as text, digit by digit: never 1E+2."""
    return f"{Decimal(value):f}"
