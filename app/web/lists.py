"""Lists: one page, and whether more follow."""

from typing import Annotated, Generic, Literal, TypeVar

import msgspec
from litestar.params import QueryParameter

T = TypeVar("T")
LIMIT_MAX = 100

Limit = Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX, description="How many to return")]
After = Annotated[
    str | None,
    QueryParameter(max_length=64, description="The last id of the page before"),
]


class Page(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """One page of a list. Ask for the next with `after` set to the last id here."""

    object: Literal["list"] = "list"
    data: list[T]
    has_more: bool
