"""One bounded look at a source: so many bytes, so many seconds, one JSON shape.

Bodies are asked for uncompressed and refused otherwise, so the byte limit is a limit
on memory too. Numbers become `Decimal` straight from their digits.
"""

import asyncio
from datetime import datetime, timedelta
from typing import TypeVar

import httpx
import msgspec

from app.world import World

BYTES_MAX = 512 * 1024  # Coinbase's whole table is near 20 KB
SECONDS_MAX = 10
AGE_SECONDS_MAX = 86_400

T = TypeVar("T")


async def fetch(
    world: World, url: str, params: dict[str, str], shape: type[T]
) -> tuple[T, datetime]:
    """Return a source's answer and the moment it was true at the latest.

    The moment is when we asked, less the time the answer lay in a cache on the way.
    Raises `httpx.HTTPError` when there is no answer and `ValueError` when it is not `shape`.
    """
    at = world.now()
    headers = {"accept": "application/json", "accept-encoding": "identity"}
    try:
        async with (
            asyncio.timeout(SECONDS_MAX),
            world.http.stream("GET", url, params=params, headers=headers) as response,
        ):
            response.raise_for_status()
            if response.headers.get("content-encoding", "identity") != "identity":
                raise ValueError("the answer is compressed")
            body = await _read(response)
    except TimeoutError:
        raise httpx.ReadTimeout("the answer took too long") from None
    try:
        return msgspec.json.decode(body, type=shape), at - _age(response)
    except RecursionError:
        raise ValueError("the answer is nested too deeply") from None


async def _read(response: httpx.Response) -> bytes:
    body = bytearray()
    async for part in response.aiter_raw():
        body += part
        if len(body) > BYTES_MAX:
            raise ValueError("the answer is too long")
    return bytes(body)


def _age(response: httpx.Response) -> timedelta:
    """Return how long a cache on the way has kept the answer."""
    age = response.headers.get("age", "")
    if not (age.isascii() and age.isdigit()) or len(age) > 9:
        return timedelta(0)
    return timedelta(seconds=min(int(age), AGE_SECONDS_MAX))
