"""Nostr Wallet Connect (NIP-47): somebody's wallet, asked through a relay.

Wire: `nostr+walletconnect://<wallet's key>?relay=wss://…&secret=<ours>`; requests are events of
kind 23194, answers of kind 23195, and the wallet tells in kind 13194 how it seals them. A relay
only carries: what comes back is believed by its signature and the key it was sealed with.
"""

import asyncio
import hashlib
import re
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from app.domain.invoice import Ask
from app.rails.lightning.node import Answer, Fate, Written
from app.rails.lightning.nostr import Event, Identity, read_message, seal, unseal
from app.rails.lightning.wire import NodeFault, NotKnown, addresses, allowed
from app.world import World

INFO, REQUEST, RESPONSE = 13194, 23194, 23195
SECONDS_MAX = 10.0
MESSAGES_MAX = 50  # of a relay, for one answer
MESSAGE_BYTES_MAX = 131_072
KEY = re.compile(r"[0-9a-f]{64}")
FATES = {"settled": Fate.PAID, "expired": Fate.OVER, "failed": Fate.OVER}


class _Error(msgspec.Struct):
    code: str = ""


class _Invoice(msgspec.Struct):
    invoice: str | None = None
    payment_hash: str | None = None
    amount: int | None = None
    settled_at: int | None = None
    state: str = ""
    network: str = ""


class _Reply(msgspec.Struct):
    result_type: str = ""
    error: _Error | None = None
    result: _Invoice | None = None


class Nwc:
    """One wallet behind a relay."""

    def __init__(self, world: World, key: str, *, hosts: Collection[str]) -> None:
        parts = urlsplit(key)
        said = parse_qs(parts.query)
        secret = said.get("secret", [""])[0].lower()
        self._wallet = (parts.netloc or parts.path).lower()
        self._relays = said.get("relay", [])
        if not KEY.fullmatch(self._wallet) or not KEY.fullmatch(secret) or not self._relays:
            raise NodeFault("needs a key that names a wallet, a relay and a secret")
        self._world = world
        self._hosts = hosts
        self._self = Identity(bytes.fromhex(secret))
        self._shared = self._self.shared(self._wallet)
        self._scheme: str | None = None

    async def try_out(self) -> str | None:
        """Return the network it is on."""
        return (await self._call("get_info", {})).network or None

    async def write(self, ask: Ask) -> Written:
        """Write an invoice."""
        params: dict[str, Any] = {"amount": ask.amount, "expiry": ask.expires_in_seconds}
        if ask.memo_hash is None:
            params["description"] = ask.memo
        else:
            params["description_hash"] = ask.memo_hash
        made = await self._call("make_invoice", params)
        if made.invoice is None:
            raise NodeFault("wrote no invoice")
        return Written(text=made.invoice, hash=made.payment_hash)

    async def read(self, hash: str) -> Answer:
        """Say what became of an invoice. Some wallets tell of the settling by its time alone."""
        try:
            found = await self._call("lookup_invoice", {"payment_hash": hash})
        except NotKnown:
            return Answer(fate=Fate.UNKNOWN)
        paid = found.settled_at
        fate = Fate.PAID if paid else FATES.get(found.state, Fate.OPEN)
        if fate is not Fate.PAID:
            return Answer(fate=fate)
        at = datetime.fromtimestamp(paid, UTC) if paid else None
        return Answer(fate=fate, amount=found.amount, at=at)

    async def _call(self, method: str, params: dict[str, Any]) -> _Invoice:
        """Ask by one relay after another until one brings an answer."""
        fault = NodeFault("names no relay that may be asked")
        for relay in self._relays[:3]:
            try:
                async with asyncio.timeout(SECONDS_MAX):
                    return await self._by(relay, method, params)
            except NotKnown:
                raise
            except NodeFault as error:
                fault = error
            except TimeoutError:
                fault = NodeFault("did not answer in time")
            except (OSError, ValueError, WebSocketException) as error:
                fault = NodeFault(f"could not be reached ({type(error).__name__})")
        raise fault

    async def _by(self, relay: str, method: str, params: dict[str, Any]) -> _Invoice:
        parts = urlsplit(relay)
        host = parts.hostname or ""
        secure = parts.scheme == "wss"
        port = parts.port or (443 if secure else 80)
        if not secure and not (parts.scheme == "ws" and allowed(self._hosts, host, port)):
            raise NodeFault("must be reached by wss: see node_hosts")
        found = await addresses(self._world, host, port, self._hosts)
        tls: dict[str, Any] = {"server_hostname": host} if secure else {}
        async with connect(
            relay,
            host=found[0],  # the address that was judged
            port=port,
            proxy=None,
            max_size=MESSAGE_BYTES_MAX,
            **tls,
        ) as line:
            if self._scheme is None:
                self._scheme = await self._how(line)
            reply = await self._exchange(line, self._scheme, method, params)
        if reply.error is not None:
            if reply.error.code == "NOT_FOUND":
                raise NotKnown("does not know it")
            raise NodeFault(f"refused ({reply.error.code[:40]})")
        return reply.result or _Invoice()

    async def _how(self, line: ClientConnection) -> str:
        """Return how the wallet seals: what it says of itself, or else the old way."""
        filter = {"kinds": [INFO], "authors": [self._wallet], "limit": 1}
        await _say(line, "REQ", "info", filter)
        for _ in range(MESSAGES_MAX):
            said = read_message(await line.recv())
            if said[:2] == ["EOSE", "info"]:
                break
            event = _event(said, "info")
            if event is None or event.kind != INFO or event.pubkey != self._wallet:
                continue
            if event.genuine and "nip44_v2" in " ".join(event.tagged("encryption")).split():
                return "nip44_v2"
        return "nip04"

    async def _exchange(
        self, line: ClientConnection, scheme: str, method: str, params: dict[str, Any]
    ) -> _Reply:
        words = msgspec.json.encode({"method": method, "params": params}).decode()
        content = seal(scheme, self._shared, words, self._draw)
        tags = [["p", self._wallet]]
        tags += [["encryption", scheme]] if scheme == "nip44_v2" else []
        now = int(self._world.now().timestamp())
        request = self._self.sign(REQUEST, tags, content, now)
        filter = {"kinds": [RESPONSE], "authors": [self._wallet], "#e": [request.id]}
        await _say(line, "REQ", "answer", filter)
        await _say(line, "EVENT", request)
        for _ in range(MESSAGES_MAX):
            said = read_message(await line.recv())
            if said[:2] == ["OK", request.id] and said[2:3] == [False]:
                raise NodeFault("is behind a relay that refused to carry")
            event = _event(said, "answer")
            if event is None or event.kind != RESPONSE or event.pubkey != self._wallet:
                continue
            if request.id in event.tagged("e") and event.genuine:
                return self._opened(scheme, event)
        raise NodeFault("is behind a relay that brings other things")

    def _opened(self, scheme: str, event: Event) -> _Reply:
        try:
            return msgspec.json.decode(unseal(scheme, self._shared, event.content), type=_Reply)
        except (ValueError, RecursionError):
            raise NodeFault("answered with something else") from None

    def _draw(self, count: int) -> bytes:
        return hashlib.sha256(self._world.secret(64).encode()).digest()[:count]


async def _say(line: ClientConnection, *words: Any) -> None:
    await line.send(msgspec.json.encode(words).decode())


def _event(said: list[Any], name: str) -> Event | None:
    if said[:2] != ["EVENT", name] or len(said) != 3:
        return None
    try:
        return msgspec.convert(said[2], Event)
    except msgspec.ValidationError:
        return None
