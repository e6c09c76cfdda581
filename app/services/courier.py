"""The courier: posts a webhook to a stranger's URL and tells what came of it.

A merchant names the URL, so it may point anywhere: at our own database, a cloud's
metadata service, the router. Every address a name resolves to must be public, and the
one that was judged is the one that is dialed, so a name cannot change its mind between
the two. No redirects, no proxies, no cookies, one connection a post, and limits on time
and size. Trouble is an answer here, never an exception.
"""

import asyncio
import re
import ssl
from collections.abc import Mapping
from contextlib import aclosing
from ipaddress import ip_address

import httpx
import msgspec

from app.domain.reach import may_reach
from app.domain.webhook import EXCERPT_BYTES
from app.world import World, authorities

SECONDS_MAX = 15.0  # for everything: names, handshakes, the answer
CONNECT_SECONDS_MAX = 5.0  # for one address, so that another may get its turn
READ_BYTES_MAX = 65_536
ADDRESSES_MAX = 4
URL_MAX = 2048
LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=0)

NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one post. Without a status code nothing was answered, and `error` says why."""

    status_code: int | None
    body: str  # the first 2 KB, as text
    error: str | None
    duration_ms: int

    @property
    def is_success(self) -> bool:
        return self.status_code is not None and 200 <= self.status_code < 300


class Refused(Exception):
    """This post will not be made; `code` says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def read_url(text: str, *, allow_loopback: bool) -> httpx.URL:
    """Return a URL that may be posted to as far as its text tells, or raise `Refused`."""
    if len(text) > URL_MAX:
        raise Refused("invalid_url", f"must be at most {URL_MAX} characters")
    if any(ord(sign) <= 32 or sign in "\\\x7f" or "\ud800" <= sign <= "\udfff" for sign in text):
        raise Refused("invalid_url", "must not contain spaces, backslashes or control characters")
    try:
        url = httpx.URL(text)
        host = url.raw_host.decode("ascii")
    except (httpx.InvalidURL, ValueError):
        raise Refused("invalid_url", "must be a URL") from None
    if url.scheme not in {"http", "https"} or not host:
        raise Refused("invalid_url", "must be an http(s) URL")
    if "@" in re.split("[/?#]", text.partition("://")[2])[0]:
        raise Refused("invalid_url", "must not carry a user name or password")
    if url.port is not None and not 0 < url.port < 65_536:
        raise Refused("invalid_url", "must name a port between 1 and 65535")
    _check_host(host, allow_loopback=allow_loopback)
    return url


def _check_host(host: str, *, allow_loopback: bool) -> None:
    message = "must point to a public host"
    try:
        ip_address(host)
    except ValueError:
        last = host.rstrip(".").rpartition(".")[2].lower()
        # Some resolvers read 127.1, 0x7f.1 and 2130706433 as addresses: nobody means them well.
        if not last or NUMBER.fullmatch(last):
            raise Refused("invalid_url", "must name a host or a whole address") from None
        if last == "localhost" and not allow_loopback:
            raise Refused("private_address", message) from None
        return
    if not may_reach(host, allow_loopback=allow_loopback):
        raise Refused("private_address", message)


class Courier:
    """Carries posts out of the house."""

    def __init__(
        self,
        world: World,
        allow_loopback: bool,
        *,
        seconds_max: float = SECONDS_MAX,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._world = world
        self._allow_loopback = allow_loopback
        self._seconds_max = seconds_max
        self._trust = trust
        self._opened: httpx.AsyncHTTPTransport | None = None

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Post once and return what came of it, whatever that is."""
        began = self._world.monotonic()
        status_code: int | None = None
        heard, error = bytearray(), None
        try:
            async with asyncio.timeout(self._seconds_max):
                response = await self._send(url, body, headers)
                status_code = response.status_code
                # The status is the answer; the rest is read for people, so it may fail.
                async with aclosing(response):
                    await _read(response, heard)
        except Refused as refused:
            error = refused.code
        except (TimeoutError, httpx.TimeoutException):
            error = "timeout"
        except httpx.TransportError as trouble:
            error = _name(trouble)
        if status_code is not None:
            error = "redirect" if 300 <= status_code < 400 else None
        return Answer(
            status_code=status_code,
            body=_text(heard),
            error=error,
            duration_ms=round((self._world.monotonic() - began) * 1000),
        )

    async def _send(self, text: str, body: bytes, headers: Mapping[str, str]) -> httpx.Response:
        url = read_url(text, allow_loopback=self._allow_loopback)
        port = url.port or (443 if url.scheme == "https" else 80)
        addresses = await self._addresses(url.raw_host.decode("ascii"), port)
        for address in addresses[:-1]:
            try:
                return await self._dial(url, address, body, headers)
            except (httpx.ConnectTimeout, httpx.ConnectError) as trouble:
                if _name(trouble) == "tls_failed":
                    raise
        return await self._dial(url, addresses[-1], body, headers)

    async def _addresses(self, host: str, port: int) -> list[str]:
        """Return where a host may be dialed; one bad address spoils them all."""
        try:
            found = await self._world.resolve(host, port)
        except (OSError, UnicodeError):
            found = []
        if not found:
            raise Refused("dns_failed", "the host has no address")
        for address in found:
            if not may_reach(address, allow_loopback=self._allow_loopback):
                raise Refused("private_address", "the host has an address that is not public")
        return found[:ADDRESSES_MAX]

    async def _dial(
        self, url: httpx.URL, address: str, body: bytes, headers: Mapping[str, str]
    ) -> httpx.Response:
        """Post to the address that was judged; the certificate must still be the host's."""
        if self._opened is None:
            # A transport of its own: a client would follow proxies and keep cookies.
            trust = self._trust or authorities()
            self._opened = httpx.AsyncHTTPTransport(verify=trust, limits=LIMITS)
        host = url.raw_host.decode("ascii").rstrip(".")
        seconds = self._seconds_max
        request = httpx.Request(
            "POST",
            url.copy_with(host=address, fragment=None),
            headers={
                **headers,
                "Host": url.netloc.decode("ascii"),
                "Accept-Encoding": "identity",
                "Connection": "close",
            },
            content=body,
            extensions={
                "sni_hostname": host,
                "timeout": {
                    "connect": min(CONNECT_SECONDS_MAX, seconds),
                    "read": seconds,
                    "write": seconds,
                    "pool": seconds,
                },
            },
        )
        return await self._opened.handle_async_request(request)


async def _read(response: httpx.Response, heard: bytearray) -> None:
    """Read what is small enough to be an answer, as it came: nothing is unpacked."""
    async for chunk in response.aiter_raw():
        heard += chunk
        if len(heard) >= READ_BYTES_MAX:
            return


def _text(heard: bytearray) -> str:
    """Return the excerpt to keep. NUL is no text to PostgreSQL."""
    return bytes(heard[:EXCERPT_BYTES]).decode(errors="replace").replace("\x00", "\ufffd")


def _name(trouble: httpx.TransportError) -> str:
    """Name a trouble in a word a merchant can act on."""
    cause: BaseException | None = trouble
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return "tls_failed"
        cause = cause.__cause__ or cause.__context__
    return "connect_failed" if isinstance(trouble, httpx.ConnectError) else "connection_lost"
