"""An Electrum server: it tells when something moves at an address, so nobody needs to ask.

Every watched address is subscribed to once. A block then costs nothing but its header and one
question for each address that was paid, however many are watched. Protocol 1.4:
https://electrumx-spesmilo.readthedocs.io/en/latest/protocol-methods.html
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import msgspec
import structlog

from app.rails.base import Watch
from app.rails.bitcoin.address import script_hash, script_of
from app.rails.bitcoin.catalogue import DECIMALS
from app.rails.bitcoin.link import Link, Refusal, Where
from app.rails.bitcoin.network import Network
from app.rails.bitcoin.source import Fault, Output, Proof, Reading, Told
from app.rails.bitcoin.wire import Malformed, Moved, read_transaction
from app.world import World

ADDRESSES_MAX = 50_000  # more than servers let one client follow
ASKED_AGAIN_MAX = 50  # so few are asked about again after a block: news may be on its way still
OVERLAP_BLOCKS = 6  # told again: news of an address may come later than the block it is about
AHEAD_MAX = 10  # blocks that may have come since the tip was told
TRANSACTIONS_KEPT = 2_000
OUTPUTS_ASKED_MAX = 20  # to find out which block a transaction is in
log = structlog.get_logger(__name__)


class _Item(msgspec.Struct):
    tx_hash: str
    height: int


class _Heard(msgspec.Struct):
    """What is known of one address: its status, and the history that status stands for."""

    address: str
    status: str | None = None
    items: list[_Item] = []
    stale: bool = False
    news: int = 0  # how often something was told of it unasked


class _Tip(msgspec.Struct):
    height: int
    hex: str


class _Merkle(msgspec.Struct):
    block_height: int
    pos: int
    merkle: list[str]


class Electrum:
    """One server, followed over one connection."""

    proves = True

    def __init__(
        self, number: int, network: Network, world: World, where: Where, wake: Callable[[], None]
    ) -> None:
        self.number = number
        self._network = network
        self._wake = wake
        self._link = Link(world, where, self._on_news, self._on_open)
        self._heard: dict[str, _Heard] = {}  # by script hash
        self._hashes: dict[str, str | None] = {}  # of the addresses watched now
        self._subscribed: set[str] = set()  # over this connection
        self._settled_at = -1  # the tip at which few addresses were asked about again
        self._transactions: dict[str, Moved] = {}

    @property
    def requests(self) -> int:
        """How many questions were sent."""
        return self._link.requests

    async def tip(self) -> tuple[int, bytes]:
        """Return the newest block: one question a scan, which also tells that it is there."""
        tip = _read(await self._ask("blockchain.headers.subscribe"), _Tip)
        return tip.height, _bytes(tip.hex)

    async def headers(self, start: int, count: int) -> list[bytes]:
        """Return headers, which come as one string."""
        answer = await self._ask("blockchain.block.headers", start, count)
        raw = _bytes(answer.get("hex", "") if isinstance(answer, dict) else "")
        return [raw[at : at + 80] for at in range(0, len(raw) - 79, 80)]

    async def read(self, start: int, stop: int, watch: Watch) -> Reading:
        """Return what moved at the watched addresses, by what the server told of them."""
        addresses = await watch.few(ADDRESSES_MAX)
        if addresses is None:
            raise Fault(f"follows at most {ADDRESSES_MAX} addresses: name a node of your own")
        wanted = self._hashed(addresses)
        await self._follow(wanted, stop)
        await self._refresh()
        lowest = start - OVERLAP_BLOCKS
        outputs: list[Output] = []
        for hash, address in wanted.items():
            known = self._heard[hash]
            items = [one for one in known.items if one.height <= 0 or lowest < one.height <= stop]
            if any(one.height > stop + AHEAD_MAX for one in known.items):
                raise Fault("tells of blocks far above its tip")
            for item in items:
                outputs += await self._outputs(address, item)
        return Reading(outputs, stop)

    async def transaction(self, tx: str) -> Told | None:
        """Return a transaction; its block is found in the history of an address it pays."""
        raw = await self._raw(tx)
        if raw is None:
            return None
        moved = self._parsed(tx, raw)
        for _, script in moved.outputs[:OUTPUTS_ASKED_MAX]:
            height = await self._height(tx, script)
            if height is not None:
                return Told(raw, height if height > 0 else None)
        return Told(raw, None)

    async def proof(self, tx: str, height: int) -> Proof:
        """Return the branch of a block's tree."""
        answer = await self._ask("blockchain.transaction.get_merkle", tx, height)
        found = _read(answer, _Merkle)
        return Proof(found.block_height, found.pos, found.merkle)

    async def fee_rate(self, blocks: int) -> Decimal | None:
        """Return its estimate, which it gives in coins a thousand bytes; below 0: none."""
        answer = await self._ask("blockchain.estimatefee", blocks)
        rate = Decimal(answer) if isinstance(answer, int | Decimal) else Decimal(-1)
        return rate.scaleb(DECIMALS - 3) if rate > 0 else None

    async def close(self) -> None:
        await self._link.close()

    def _hashed(self, addresses: list[str]) -> dict[str, str]:
        """Return addresses by their script hashes, working out only those that are new."""
        known = self._hashes
        self._hashes = {one: known[one] if one in known else self._hash(one) for one in addresses}
        return {hash: one for one, hash in self._hashes.items() if hash is not None}

    def _hash(self, address: str) -> str | None:
        script = script_of(self._network, address)
        return None if script is None else script_hash(script)

    async def _follow(self, wanted: dict[str, str], stop: int) -> None:
        """Subscribe to addresses that are new, and let go of those nobody waits at."""
        new = [hash for hash in wanted if hash not in self._subscribed]
        if len(wanted) <= ASKED_AGAIN_MAX and self._settled_at != stop:
            new = list(wanted)
        self._settled_at = stop
        gone = [hash for hash in self._subscribed if hash not in wanted]
        for hash in gone:
            self._subscribed.discard(hash)
            self._heard.pop(hash, None)
        if gone:
            await self._all("blockchain.scripthash.unsubscribe", gone)
        for hash in new:
            self._heard.setdefault(hash, _Heard(wanted[hash]))
            self._subscribed.add(hash)
        before = [self._heard[hash].news for hash in new]
        try:
            answers = await self._all("blockchain.scripthash.subscribe", new)
        except Fault:
            self._subscribed -= set(new)
            raise
        for hash, news, status in zip(new, before, answers, strict=True):
            if isinstance(status, Refusal):
                self._subscribed -= set(new)
                raise Fault("refuses to follow an address")
            known = self._heard.get(hash)
            if known is not None and known.news == news and known.status != status:
                _note(known, status)  # after news the answer is left: it may be the older one

    async def _refresh(self) -> None:
        """Read the history of every address something moved at."""
        stale = [hash for hash, one in self._heard.items() if one.stale]
        before = [self._heard[hash].news for hash in stale]
        answers = await self._all("blockchain.scripthash.get_history", stale)
        for hash, news, answer in zip(stale, before, answers, strict=True):
            known = self._heard.get(hash)
            if known is None:
                continue
            if isinstance(answer, Refusal):  # one address with too long a history stops no shop
                log.warning("history_refused", source=self.number, code=answer.code)
                continue
            known.items = _read(answer, list[_Item])
            known.stale = known.news != news  # it moved again meanwhile

    async def _outputs(self, address: str, item: _Item) -> list[Output]:
        moved = self._transactions.get(item.tx_hash)
        if moved is None:
            raw = await self._raw(item.tx_hash)
            if raw is None:  # it has gone since: its address will be told of
                return []
            moved = self._parsed(item.tx_hash, raw)
        script = script_of(self._network, address)
        height = item.height if item.height > 0 else None
        return [
            Output(item.tx_hash, index, address, amount, height)
            for index, (amount, to) in enumerate(moved.outputs)
            if to == script and amount > 0
        ]

    async def _raw(self, tx: str) -> bytes | None:
        try:
            answer = await self._link.ask("blockchain.transaction.get", tx)
        except Refusal:
            return None
        return _bytes(answer)

    def _parsed(self, tx: str, raw: bytes) -> Moved:
        """Read a transaction and see that it is the one it is called."""
        try:
            moved = read_transaction(raw)
        except Malformed as error:
            raise Fault(f"shows no transaction: {error}") from None
        if moved.tx != tx:
            raise Fault("shows one transaction for another")
        if len(self._transactions) >= TRANSACTIONS_KEPT:
            self._transactions.clear()
        self._transactions[tx] = moved
        return moved

    async def _height(self, tx: str, script: bytes) -> int | None:
        try:
            answer = await self._link.ask("blockchain.scripthash.get_history", script_hash(script))
        except Refusal:
            return None
        items = _read(answer, list[_Item])
        return next((one.height for one in items if one.tx_hash == tx), None)

    def _on_open(self) -> None:
        """A new connection knows nothing of us: everything is subscribed to again."""
        self._subscribed.clear()

    def _on_news(self, method: str, params: list[Any]) -> None:
        if method == "blockchain.scripthash.subscribe" and len(params) == 2:
            hash, status = params
            known = self._heard.get(hash) if isinstance(hash, str) else None
            if known is not None:
                known.news += 1
                _note(known, status)
        self._wake()

    async def _ask(self, method: str, *params: Any) -> Any:
        try:
            return await self._link.ask(method, *params)
        except Refusal as refusal:
            raise Fault(f"refuses {method} ({refusal.code})") from None

    async def _all(self, method: str, hashes: Sequence[str]) -> list[Any]:
        return await self._link.ask_all(method, [(hash,) for hash in hashes]) if hashes else []


def _note(known: _Heard, status: Any) -> None:
    """Note an address's new status: its history is to be read again."""
    known.status = status if isinstance(status, str) else None
    known.stale = True


def _read(answer: Any, type: Any) -> Any:
    try:
        return msgspec.convert(answer, type)
    except msgspec.ValidationError:
        raise Fault("answered something else") from None


def _bytes(text: Any) -> bytes:
    try:
        return bytes.fromhex(text)
    except (TypeError, ValueError):
        raise Fault("answered something else") from None
