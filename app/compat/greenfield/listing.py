"""What a list of invoices is narrowed by: repeated names, times in seconds, take and skip."""

from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Request

from app.compat.greenfield.translate import STATUS, cells
from app.domain.intent import Filter
from app.errors import Fault
from app.services import requests

TAKE = 50
TAKE_MAX = 100  # who asks for more gets so many
SKIP_MAX = 10_000
NAMES_MAX = 100
TEXT_MAX = 255
SECONDS_MAX = 253_402_300_799 - 86_400 * 400  # within the years that exist
WORDS = {word.lower() for word, _ in STATUS.values()}
TRUE = ("true", "1")


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which invoices, and which of them."""

    filter: Filter
    take: int
    skip: int


def read(request: Request[Any, Any, Any]) -> Wanted:
    """Read a list's query, or refuse every wrong name at once."""
    faults: list[Fault] = []
    statuses = _named(request, "status", faults)
    for one in statuses:
        if one.lower() not in WORDS:
            faults.append(Fault("status", f"there is no status {one[:40]!r}"))
    orders = _named(request, "orderId", faults)
    text = next(iter(_named(request, "textSearch", faults)), None)
    archived = flag(request, "includeArchived", usual=False)
    wanted = Wanted(
        filter=Filter(
            standing=cells(statuses) if statuses else None,
            order_ids=orders or None,
            text=text,
            created_from=_time(request, "startDate", faults),
            created_before=_time(request, "endDate", faults),
            archived=None if archived else False,
        ),
        take=min(_number(request, "take", TAKE, faults) or TAKE, TAKE_MAX),
        skip=_number(request, "skip", 0, faults),
    )
    requests.refuse(faults)
    return wanted


def flag(request: Request[Any, Any, Any], name: str, *, usual: bool) -> bool:
    """Return a yes or no of the query."""
    said = request.query_params.get(name)
    return usual if not said else said.lower() in TRUE


def _named(request: Request[Any, Any, Any], name: str, faults: list[Fault]) -> tuple[str, ...]:
    """Return every value of a name: `orderId=1&orderId=2`, and PHP's `orderId[]=1`."""
    params = request.query_params
    found = [one for key in (name, f"{name}[]") for one in params.getall(key, [])]
    found = [one for one in dict.fromkeys(found) if one]
    if len(found) > NAMES_MAX:
        faults.append(Fault(name, f"must be named at most {NAMES_MAX} times"))
    if any(len(one) > TEXT_MAX for one in found):
        faults.append(Fault(name, f"must be at most {TEXT_MAX} characters"))
    return tuple(found[:NAMES_MAX])


def _number(request: Request[Any, Any, Any], name: str, usual: int, faults: list[Fault]) -> int:
    said = request.query_params.get(name)
    if not said:
        return usual
    if not (said.isascii() and said.isdigit()) or len(said) > 9 or int(said) > SKIP_MAX:
        faults.append(Fault(name, f"must be a whole number of at most {SKIP_MAX}"))
        return usual
    return int(said)


def _time(request: Request[Any, Any, Any], name: str, faults: list[Fault]) -> datetime | None:
    """Return an instant, of whole seconds since 1970 or of ISO 8601 with its zone."""
    said = request.query_params.get(name)
    if not said:
        return None
    if said.isascii() and said.isdigit() and len(said) <= 12 and int(said) <= SECONDS_MAX:
        return datetime.fromtimestamp(int(said), UTC)
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or not 1 < at.year < 9999:
        faults.append(Fault(name, "must be whole seconds since 1970, or ISO 8601 with a zone"))
        return None
    return at
