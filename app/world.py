"""The ways the outside gets in: clock, ids, entropy, HTTP, connections, the names of hosts.

Everything that must be still in a test passes through here. A `World` is handed
to services, rails and workers by constructor; nothing else reads a clock, makes
an id, draws entropy or opens a client.
"""

import asyncio
import functools
import secrets
import socket
import ssl
import time
from datetime import UTC, datetime

import httpx

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# Bytes to signs without a bias: 4 × 62 bytes name a sign each, the last eight are thrown away.
_SIGNS = bytes(ord(ALPHABET[byte % 62]) for byte in range(256))
_ODD = bytes(range(248, 256))
ID_LENGTH = 22  # 22 × log2(62) = 131 bits: an intent's id is by itself a right to see it


@functools.cache
def authorities() -> ssl.SSLContext:
    """Whom the clients of this process trust. Reading them takes long: once is enough."""
    return httpx.create_ssl_context()


class World:
    """The real world. `StillWorld` in the tests stands in for it."""

    def __init__(self, http: httpx.AsyncClient | None = None) -> None:
        self._http = http

    def now(self) -> datetime:
        """Return the time, aware and in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds that never run backwards, for measuring and for patience."""
        return time.monotonic()

    def id(self, prefix: str) -> str:
        """Return a new id: `pi_` and 22 base62 characters."""
        return f"{prefix}_{self.secret(ID_LENGTH)}"

    def secret(self, length: int) -> str:
        """Return `length` base62 characters nobody can guess."""
        signs = b""
        while len(signs) < length:  # 31 of 32 bytes are kept, so twice is rare
            signs += secrets.token_bytes(length + 8).translate(_SIGNS, _ODD)
        return signs[:length].decode()

    async def resolve(self, host: str, port: int) -> list[str]:
        """Return the addresses behind a host name, the likeliest first; an address is its own.

        Raises OSError when there are none.
        """
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return list(dict.fromkeys(str(one[4][0]) for one in found))

    async def dial(
        self, host: str, port: int, *, tls: ssl.SSLContext | None, line_bytes_max: int
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Open a connection, for what does not speak HTTP; OSError when nobody answers."""
        return await asyncio.open_connection(host, port, ssl=tls, limit=line_bytes_max)

    @property
    def http(self) -> httpx.AsyncClient:
        """The one HTTP client, made when first asked for: an offline start never pays."""
        if self._http is None:
            self._http = httpx.AsyncClient(
                verify=authorities(),
                timeout=httpx.Timeout(15, connect=5),
                limits=httpx.Limits(max_connections=100, max_keepalive_connections=20),
                follow_redirects=False,
            )
        return self._http

    async def close(self) -> None:
        if self._http is not None:
            await self._http.aclose()
