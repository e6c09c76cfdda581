"""One node over HTTP: a judged address, a certificate that is the node's, a bounded answer.

A merchant names the node, so its host is judged as a webhook's is: every address it resolves
to must be public and reached by TLS, unless the operator allows that host by name. The address
that was judged is the one that is dialed. Nodes sign their own certificates: one that is named
by its thumbprint is looked at before a word is said, and then is the only one trusted.
"""

import asyncio
import hashlib
import ssl
from collections.abc import Collection, Mapping
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

import httpx
import msgspec

from app.domain.reach import may_reach
from app.world import World, authorities

T = TypeVar("T")
SECONDS_MAX = 10.0  # for everything: names, handshakes, the answer
BYTES_MAX = 262_144
ADDRESSES_MAX = 4
LIMITS = httpx.Limits(max_connections=20, max_keepalive_connections=0)


class NodeFault(Exception):
    """A node did not do what was asked. The text holds nothing of its address or secrets."""


class NotKnown(NodeFault):
    """The node answered that it knows no such thing."""


def allowed(hosts: Collection[str], host: str, port: int) -> bool:
    """Tell whether the operator allows a host by name, or by name and port."""
    return host in hosts or f"{host}:{port}" in hosts


async def addresses(world: World, host: str, port: int, hosts: Collection[str]) -> list[str]:
    """Return where a host may be dialed; one bad address spoils them all."""
    try:
        found = await world.resolve(host, port)
    except (OSError, UnicodeError):
        found = []
    if not found:
        raise NodeFault("has a host without an address")
    if not allowed(hosts, host, port):
        for address in found:
            if not may_reach(address, allow_loopback=False):
                raise NodeFault("is at an address that is not public: see node_hosts")
    return found[:ADDRESSES_MAX]


class Wire:
    """The way to one node."""

    def __init__(
        self,
        world: World,
        server: str,
        headers: Mapping[str, str],
        *,
        hosts: Collection[str] = (),
        thumbprint: str = "",
    ) -> None:
        self._world = world
        parts = urlsplit(server)
        self._secure = parts.scheme == "https"
        self._host = parts.hostname or ""
        self._port = parts.port or (443 if self._secure else 80)
        self._netloc = parts.netloc
        self._path = parts.path.rstrip("/")
        self._headers = dict(headers)
        self._hosts = hosts
        self._thumbprint = thumbprint
        self._opened: httpx.AsyncHTTPTransport | None = None

    async def get(self, shape: type[T], path: str, query: Mapping[str, Any] | None = None) -> T:
        """Ask for something."""
        return await self._ask(shape, "GET", path, query=query)

    async def post(self, shape: type[T], path: str, body: Any) -> T:
        """Send JSON."""
        return await self._ask(shape, "POST", path, msgspec.json.encode(body), "application/json")

    async def form(self, shape: type[T], path: str, fields: Mapping[str, Any]) -> T:
        """Send a form."""
        kind = "application/x-www-form-urlencoded"
        return await self._ask(shape, "POST", path, urlencode(fields).encode(), kind)

    async def _ask(
        self,
        shape: type[T],
        method: str,
        path: str,
        body: bytes = b"",
        kind: str = "",
        query: Mapping[str, Any] | None = None,
    ) -> T:
        headers = self._headers | ({"Content-Type": kind} if kind else {})
        try:
            async with asyncio.timeout(SECONDS_MAX):
                status, content = await self._send(method, path, query, body, headers)
        except (TimeoutError, httpx.TimeoutException):
            raise NodeFault("did not answer in time") from None
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, OSError) as error:
            # The error's own text may hold the address; its type never does.
            raise NodeFault(f"could not be reached ({type(error).__name__})") from None
        if status == 404:
            raise NotKnown("does not know it")
        if status in (401, 403):
            raise NodeFault(f"refuses its credentials (HTTP {status})")
        if not 200 <= status < 300:
            raise NodeFault(f"answered HTTP {status}")
        try:
            return msgspec.json.decode(content, type=shape)
        except (msgspec.DecodeError, RecursionError):
            raise NodeFault("answered with something else") from None

    async def _send(
        self,
        method: str,
        path: str,
        query: Mapping[str, Any] | None,
        body: bytes,
        headers: dict[str, str],
    ) -> tuple[int, bytes]:
        if not self._secure and not allowed(self._hosts, self._host, self._port):
            raise NodeFault("must be reached by https: see node_hosts")
        found = await addresses(self._world, self._host, self._port, self._hosts)
        if self._opened is None:
            trust = await self._trust(found[0]) if self._secure else authorities()
            # A transport of its own: a client would follow proxies and keep cookies.
            self._opened = httpx.AsyncHTTPTransport(verify=trust, limits=LIMITS)
        for address in found[:-1]:
            try:
                return await self._dial(address, method, path, query, body, headers)
            except (httpx.ConnectTimeout, httpx.ConnectError):
                continue
        return await self._dial(found[-1], method, path, query, body, headers)

    async def _dial(
        self,
        address: str,
        method: str,
        path: str,
        query: Mapping[str, Any] | None,
        body: bytes,
        headers: dict[str, str],
    ) -> tuple[int, bytes]:
        url = httpx.URL(
            scheme="https" if self._secure else "http",
            host=address,
            port=self._port,
            path=self._path + path,
            params=dict(query or {}),
        )
        request = httpx.Request(
            method,
            url,
            headers={**headers, "Host": self._netloc, "Accept-Encoding": "identity"},
            content=body,
            extensions={
                "sni_hostname": self._host,
                "timeout": dict.fromkeys(("connect", "read", "write", "pool"), SECONDS_MAX),
            },
        )
        assert self._opened is not None
        response = await self._opened.handle_async_request(request)
        try:
            content = bytearray()
            async for chunk in response.aiter_raw():
                content += chunk
                if len(content) > BYTES_MAX:
                    raise NodeFault("answered with too much")
            return response.status_code, bytes(content)
        finally:
            await response.aclose()

    async def _trust(self, address: str) -> ssl.SSLContext:
        """Return whom to trust: the authorities this system knows, or one certificate alone."""
        if not self._thumbprint:
            return ssl.create_default_context()
        seen = await _certificate(address, self._port, self._host)
        if hashlib.sha256(seen).hexdigest() != self._thumbprint:
            raise NodeFault("shows another certificate than certthumbprint= names")
        only = ssl.create_default_context(cadata=seen)
        only.check_hostname = False  # the certificate itself is the name
        only.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        return only


async def _certificate(address: str, port: int, host: str) -> bytes:
    """Return the certificate a host shows, in DER, having said nothing to it."""
    anybody = ssl.create_default_context()
    anybody.check_hostname = False
    anybody.verify_mode = ssl.CERT_NONE
    _, writer = await asyncio.open_connection(address, port, ssl=anybody, server_hostname=host)
    try:
        shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    finally:
        writer.close()
    if shown is None:
        raise NodeFault("shows no certificate")
    return bytes(shown)
