"""ICPay's JSON as Structs, by its own names, and how it is read and written.

Its token amounts are whole numbers in text, its dollars JSON numbers: both are exact here,
read and written digit by digit. A client may send more than is read.
"""

from typing import Any, TypeVar

import msgspec
from litestar import Request, Response
from litestar.enums import MediaType

from app.errors import Fault, Invalid

T = TypeVar("T", bound=msgspec.Struct)
TEXT_MAX = 128  # an address, a shortcode, an id
_encode = msgspec.json.Encoder(decimal_format="number").encode


def answer(value: Any, status_code: int = 200) -> Response[bytes]:
    """Answer with ICPay's JSON: bare, in no envelope."""
    return Response(_encode(value), status_code=status_code, media_type=MediaType.JSON)


def encode(value: Any) -> bytes:
    """Return ICPay's JSON."""
    return _encode(value)


def query(request: Request[Any, Any, Any], type: type[T]) -> T:
    """Read a request's query as a Struct, or refuse the field at fault."""
    try:
        return msgspec.convert(dict(request.query_params), type=type, strict=False)
    except msgspec.ValidationError as error:
        text, _, path = str(error).partition(" - at `")
        field = path.rstrip("`").removeprefix("$").lstrip(".") or "query"
        raise Invalid(f"{field}: {text}", faults=(Fault(field, text),)) from None
