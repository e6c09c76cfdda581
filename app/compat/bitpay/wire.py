"""Bitpay's JSON: numbers exact, instants in milliseconds, and names read whatever their case.

BTCPay Server reads `orderID` for `orderId`, a number for a text and a text for a number, and
takes null for nothing said; its clients count on it.
"""

from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar, get_args

import msgspec
from litestar import Request, Response
from litestar.enums import MediaType

from app.errors import Fault, Invalid
from app.web import bodies

T = TypeVar("T", bound=msgspec.Struct)
TEXTS = (str, str | None)
_encode = msgspec.json.Encoder(decimal_format="number").encode


class Data(msgspec.Struct, frozen=True, kw_only=True):
    """What nearly every answer is wrapped in."""

    facade: str | msgspec.UnsetType = msgspec.UNSET
    data: Any


def answer(value: Any, status_code: int = 200) -> Response[bytes]:
    """Answer with JSON: 200 for what was made as well."""
    return Response(_encode(value), status_code=status_code, media_type=MediaType.JSON)


def encode(value: Any) -> bytes:
    """Return Bitpay's JSON."""
    return _encode(value)


def milliseconds(at: datetime) -> int:
    """Return an instant in whole milliseconds since 1970."""
    return int(at.timestamp()) * 1000 + at.microsecond // 1000


async def read(request: Request[Any, Any, Any], type: type[T]) -> T:
    """Read a request's body as a Struct, or refuse the field at fault."""
    bodies.refuse_other_than_json(request)
    body = await request.body()
    said = bodies.decode(body, dict[str, Any], floats=Decimal) if body.strip() else {}
    return _convert(_folded(said, type), type)


def query(request: Request[Any, Any, Any], type: type[T]) -> T:
    """Read a request's query as a Struct, or refuse the field at fault."""
    return _convert(_folded(dict(request.query_params), type), type)


def _convert(value: dict[str, Any], type: type[T]) -> T:
    try:
        return msgspec.convert(value, type=type, strict=False)
    except msgspec.ValidationError as error:
        text, _, path = str(error).partition(" - at `")
        field = path.rstrip("`").removeprefix("$").lstrip(".") or bodies.BODY
        raise Invalid(f"{field}: {text}", faults=(Fault(field, text),)) from None


def _folded(said: dict[str, Any], type: type[msgspec.Struct]) -> dict[str, Any]:
    """Return what was said under the names a Struct has, and nothing it does not read."""
    fields = _fields(type)
    folded: dict[str, Any] = {}
    for name, value in said.items():
        field = fields.get(name.lower())
        if field is None or value is None:
            continue
        inside = _inside(field.type)
        if inside is not None:
            if isinstance(value, dict):  # PHP writes an empty object as a list
                folded[field.encode_name] = _folded(value, inside)
            continue
        folded[field.encode_name] = _text(value) if field.type in TEXTS else value
    return folded


@cache
def _fields(type: type[msgspec.Struct]) -> dict[str, msgspec.structs.FieldInfo]:
    return {field.encode_name.lower(): field for field in msgspec.structs.fields(type)}


def _inside(held: Any) -> type[msgspec.Struct] | None:
    """Return the Struct a field holds; None: it holds something else."""
    for one in get_args(held):
        if isinstance(one, type) and issubclass(one, msgspec.Struct):
            return one
    return None


def _text(value: Any) -> Any:
    match value:
        case bool():
            return "true" if value else "false"
        case int() | Decimal():
            return f"{value}"
        case dict() | list():
            return _encode(value).decode()
        case _:
            return value
