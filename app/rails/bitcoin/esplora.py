"""An Esplora site: blocks and addresses over HTTP (https://github.com/Blockstream/esplora).

It tells nothing by itself, so every watched address is asked about after each block, and the
newest of them between two. That suits a small shop, and is a good second source for a large one.
"""

import asyncio
from collections.abc import Collection
from decimal import Decimal
from typing import TypeVar

import httpx
import msgspec

from app.rails.base import Watch
from app.rails.bitcoin.address import script_of
from app.rails.bitcoin.network import Network
from app.rails.bitcoin.source import Fault, Output, Proof, Reading, Told
from app.rails.bitcoin.wire import Malformed, read_transaction

T = TypeVar("T")
ADDRESSES_MAX = 500
NEWEST = 20  # addresses asked about in every scan
ANSWER_SECONDS_MAX = 15
ANSWER_BYTES_MAX = 16 * 1024 * 1024
AT_ONCE = 8  # requests on their way
PAGES_MAX = 8  # of one address's history
PAGE = 25  # confirmed transactions in one
LISTED = 10  # blocks in one list
HEADERS_MAX = 200
OVERLAP_BLOCKS = 6


class _Status(msgspec.Struct):
    confirmed: bool = False
    block_height: int | None = None


class _Out(msgspec.Struct):
    scriptpubkey: str
    value: int


class _Transaction(msgspec.Struct):
    txid: str
    vout: list[_Out]
    status: _Status


class _Block(msgspec.Struct):
    height: int
    version: int
    timestamp: int
    bits: int
    nonce: int
    merkle_root: str
    previousblockhash: str | None = None

    @property
    def raw(self) -> bytes:
        """The header these are the fields of: its hash will tell whether they are true."""
        previous = self.previousblockhash or "00" * 32
        return (
            (self.version & 0xFFFFFFFF).to_bytes(4, "little")
            + _bytes(previous)[::-1]
            + _bytes(self.merkle_root)[::-1]
            + (self.timestamp & 0xFFFFFFFF).to_bytes(4, "little")
            + (self.bits & 0xFFFFFFFF).to_bytes(4, "little")
            + (self.nonce & 0xFFFFFFFF).to_bytes(4, "little")
        )


class _Merkle(msgspec.Struct):
    block_height: int
    pos: int
    merkle: list[str]


class Esplora:
    """One site."""

    proves = True

    def __init__(self, number: int, network: Network, http: httpx.AsyncClient, url: str) -> None:
        self.number = number
        self.requests = 0
        self._network = network
        self._http = http
        self._url = url.rstrip("/")
        self._limit = asyncio.Semaphore(AT_ONCE)
        self._tip: tuple[str, bytes] | None = None  # hash and header
        self._height = 0  # of the tip, as the site calls it
        self._asked: dict[str, int] = {}  # address → the tip it was asked about at

    async def tip(self) -> tuple[int, bytes]:
        """Return the newest block."""
        hash = await self._text("/blocks/tip/hash")
        if self._tip is None or self._tip[0] != hash:
            self._tip = (hash, _bytes(await self._text(f"/block/{_hash(hash)}/header")))
        self._height = (await self._json(f"/block/{hash}", _Block)).height
        return self._height, self._tip[1]

    async def headers(self, start: int, count: int) -> list[bytes]:
        """Return headers, put together from lists of ten blocks."""
        last = min(start + min(count, HEADERS_MAX) - 1, self._height)
        tops = [min(top, last) for top in range(start + LISTED - 1, last + LISTED, LISTED)]
        lists = await asyncio.gather(*(self._json(f"/blocks/{top}", list[_Block]) for top in tops))
        found = {one.height: one for each in lists for one in each}
        known: list[bytes] = []
        while (block := found.get(start + len(known))) is not None and len(known) < count:
            known.append(block.raw)
        return known

    async def read(self, start: int, stop: int, watch: Watch) -> Reading:
        """Return what moved at the watched addresses, by asking about each."""
        addresses = await watch.few(ADDRESSES_MAX)
        if addresses is None:
            raise Fault(f"can follow {ADDRESSES_MAX} addresses: name an Electrum server or a node")
        addresses = [one for one in addresses if script_of(self._network, one) is not None]
        asked = {one: self._asked.get(one, -1) for one in addresses}
        newest = set(addresses[-NEWEST:])
        due = [one for one in addresses if asked[one] < stop or one in newest]
        lowest = start - OVERLAP_BLOCKS
        found = await asyncio.gather(*(self._of(one, lowest, stop) for one in due))
        self._asked = asked | dict.fromkeys(due, stop)
        return Reading([output for outputs in found for output in outputs], stop)

    async def transaction(self, tx: str) -> Told | None:
        """Return a transaction and its block."""
        raw = await self._text(f"/tx/{tx}/hex", missing=True)
        if not raw:
            return None
        data = _bytes(raw)
        try:
            if read_transaction(data).tx != tx:
                raise Fault("shows one transaction for another")
        except Malformed as error:
            raise Fault(f"shows no transaction: {error}") from None
        status = await self._json(f"/tx/{tx}/status", _Status)
        return Told(data, status.block_height if status.confirmed else None)

    async def proof(self, tx: str, height: int) -> Proof:
        """Return the branch of a block's tree."""
        found = await self._json(f"/tx/{tx}/merkle-proof", _Merkle)
        return Proof(found.block_height, found.pos, found.merkle)

    async def fee_rate(self, blocks: int) -> Decimal | None:
        """Return its estimate for so many blocks, or the next slower one it has."""
        found = await self._json("/fee-estimates", dict[str, Decimal])
        waits = sorted(int(one) for one in found if one.isdigit() and int(one) >= blocks)
        return found[str(waits[0])] if waits else None

    async def close(self) -> None:
        """Nothing is open: the HTTP client is the world's."""

    async def _of(self, address: str, lowest: int, stop: int) -> list[Output]:
        """Return what an address was paid above a height, and what waits."""
        page = await self._json(f"/address/{address}/txs", list[_Transaction])
        outputs = self._outputs(address, page, lowest, stop)
        for _ in range(PAGES_MAX):
            settled = [one for one in page if one.status.confirmed]
            oldest = min((one.status.block_height or 0 for one in settled), default=0)
            if len(settled) < PAGE or oldest <= lowest:
                break
            at = f"/address/{address}/txs/chain/{_hash(settled[-1].txid)}"
            page = await self._json(at, list[_Transaction])
            outputs += self._outputs(address, page, lowest, stop)
        return outputs

    def _outputs(
        self, address: str, page: Collection[_Transaction], lowest: int, stop: int
    ) -> list[Output]:
        script = (script_of(self._network, address) or b"").hex()
        found: list[Output] = []
        for one in page:
            height = one.status.block_height if one.status.confirmed else None
            if height is not None and not lowest < height <= stop:
                continue
            found += [
                Output(one.txid, index, address, out.value, height)
                for index, out in enumerate(one.vout)
                if out.scriptpubkey == script and out.value > 0
            ]
        return found

    async def _json(self, path: str, type: type[T]) -> T:
        try:
            return msgspec.json.decode(await self._get(path) or b"", type=type)
        except msgspec.DecodeError:
            raise Fault("answered something else") from None

    async def _text(self, path: str, *, missing: bool = False) -> str:
        found = await self._get(path, missing=missing)
        return (found or b"").decode("ascii", "replace").strip()

    async def _get(self, path: str, *, missing: bool = False) -> bytes | None:
        """Return an answer's body; None: there is no such thing, where that may be."""
        async with self._limit:
            self.requests += 1
            try:
                async with asyncio.timeout(ANSWER_SECONDS_MAX):
                    status, content = await self._read(path)
            except (TimeoutError, httpx.TimeoutException):
                raise Fault("did not answer in time") from None
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise Fault(f"could not be reached ({type(error).__name__})") from None
        if status == 404 and missing:
            return None
        if status != 200:
            raise Fault(f"answered HTTP {status}")
        return content

    async def _read(self, path: str) -> tuple[int, bytes]:
        async with self._http.stream("GET", self._url + path, follow_redirects=False) as response:
            content = bytearray()
            async for chunk in response.aiter_bytes():
                content += chunk
                if len(content) > ANSWER_BYTES_MAX:
                    raise Fault(f"answered more than {ANSWER_BYTES_MAX} bytes")
            return response.status_code, bytes(content)


def _hash(text: str) -> str:
    """Return 64 hexadecimal digits: what stands in the next address we ask."""
    if len(text) != 64 or not all(one in "0123456789abcdef" for one in text):
        raise Fault("answered something else")
    return text


def _bytes(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise Fault("answered something else") from None
