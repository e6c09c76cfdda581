"""A node of one's own: Bitcoin Core's JSON-RPC, which litecoind and many others speak.

Blocks are read whole and asked whom they pay, so what it costs follows the chain and not the
number of open payments; no wallet is needed, and nothing is imported. The node is the
merchant's own and believed. With `txindex=1` it can also look up what payers name.
"""

import asyncio
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import httpx
import msgspec

from app.rails.base import Watch
from app.rails.bitcoin.address import address_of, script_of
from app.rails.bitcoin.catalogue import DECIMALS
from app.rails.bitcoin.network import Network
from app.rails.bitcoin.source import Fault, Output, Proof, Reading, Told

FEW = 5_000  # watched addresses that are looked for by their scripts; more are asked for
PORTION = 500  # addresses asked about at once
BLOCKS_MAX = 12  # in one scan: whole blocks are heavy
WAITING_MAX = 1_000  # new transactions of the mempool looked at in one scan
BATCH = 50
ANSWER_SECONDS_MAX = 30
ANSWER_BYTES_MAX = 64 * 1024 * 1024  # the fullest block as JSON
MISSING = frozenset({-5, -8})  # no such transaction; no block of that height


class _Script(msgspec.Struct):
    hex: str


class _Out(msgspec.Struct):
    value: Decimal
    n: int
    scriptPubKey: _Script  # noqa: N815 - the node's own word


class _Transaction(msgspec.Struct):
    txid: str
    vout: list[_Out]


class _Block(msgspec.Struct):
    tx: list[_Transaction]


class _Known(msgspec.Struct):
    hex: str
    blockhash: str | None = None


class _Placed(msgspec.Struct):
    height: int
    confirmations: int


class _Fee(msgspec.Struct):
    feerate: Decimal | None = None


class _Error(msgspec.Struct):
    code: int = 0


class _Reply(msgspec.Struct):
    id: int
    result: msgspec.Raw = msgspec.Raw(b"null")
    error: _Error | None = None


_replies = msgspec.json.Decoder(list[_Reply])


class Core:
    """One node."""

    proves = False

    def __init__(self, number: int, network: Network, http: httpx.AsyncClient, url: str) -> None:
        self.number = number
        self.requests = 0
        self._network = network
        self._http = http
        self._url = url
        self._tip: tuple[str, bytes] | None = None  # hash and header
        self._looked: set[str] = set()  # waiting transactions that were looked at
        self._waiting: dict[str, list[Output]] = {}  # those of them that pay somebody here

    async def tip(self) -> tuple[int, bytes]:
        """Return the newest block."""
        hash = await self._one(str, "getbestblockhash")
        if self._tip is None or self._tip[0] != hash:
            self._tip = (hash, _bytes(await self._one(str, "getblockheader", hash, False)))
        placed = await self._one(_Placed, "getblockheader", hash, True)
        return placed.height, self._tip[1]

    async def headers(self, start: int, count: int) -> list[bytes]:
        """Return headers, fewer where the chain ends."""
        hashes = await self._hashes(range(start, start + count))
        calls = [("getblockheader", (hash, False)) for hash in hashes]
        return [_bytes(_needed(one)) for one in await self._all(str, calls)]

    async def read(self, start: int, stop: int, watch: Watch) -> Reading:
        """Return what blocks and waiting transactions pay to the watched addresses."""
        payees = _Payees(self._network, watch, await watch.few(FEW))
        reached = min(stop, start + BLOCKS_MAX)
        outputs: list[Output] = []
        if not payees.nobody:
            heights = range(start + 1, reached + 1)
            hashes = await self._hashes(heights)
            if len(hashes) < len(heights):
                raise Fault("changed while it was read")
            for height, hash in zip(heights, hashes, strict=True):
                block = await self._one(_Block, "getblock", hash, 2)
                outputs += await payees.of(block.tx, height, hash)
            if reached == stop:
                outputs += await self._mempool(payees)
        return Reading(outputs, reached)

    async def transaction(self, tx: str) -> Told | None:
        """Return a transaction; without an index a node knows those that wait."""
        (known,) = await self._all(_Known, [("getrawtransaction", (tx, True))])
        if known is None:
            return None
        if known.blockhash is None:
            return Told(_bytes(known.hex), None)
        placed = await self._one(_Placed, "getblockheader", known.blockhash, True)
        return Told(_bytes(known.hex), placed.height if placed.confirmations >= 0 else None)

    async def proof(self, tx: str, height: int) -> Proof:
        """Nobody asks: see `proves`."""
        raise Fault("gives no proofs")

    async def fee_rate(self, blocks: int) -> Decimal | None:
        """Return its estimate, which it gives in coins a thousand bytes."""
        found = await self._one(_Fee, "estimatesmartfee", blocks)
        return None if found.feerate is None else found.feerate.scaleb(DECIMALS - 3)

    async def close(self) -> None:
        """Nothing is open: the HTTP client is the world's."""

    async def _mempool(self, payees: "_Payees") -> list[Output]:
        """Return what waits for somebody here, looking at each transaction once."""
        waiting = await self._one(list[str], "getrawmempool")
        present = set(waiting)
        self._looked &= present
        self._waiting = {tx: one for tx, one in self._waiting.items() if tx in present}
        new = [one for one in waiting if one not in self._looked][:WAITING_MAX]
        calls = [("getrawtransaction", (one, True)) for one in new]
        known = [one for one in await self._all(_Transaction, calls) if one is not None]
        for output in await payees.of(known, None, None):
            self._waiting.setdefault(output.tx, []).append(output)
        self._looked.update(one.txid for one in known)
        return [output for outputs in self._waiting.values() for output in outputs]

    async def _hashes(self, heights: Iterable[int]) -> list[str]:
        """Return the hashes at these heights, up to the first that has none."""
        answers = await self._all(str, [("getblockhash", (height,)) for height in heights])
        known: list[str] = []
        for hash in answers:
            if hash is None:
                break
            known.append(hash)
        return known

    async def _one(self, type: Any, method: str, *params: Any) -> Any:
        (answer,) = await self._all(type, [(method, params)])
        return _needed(answer)

    async def _all(self, type: Any, calls: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        """Make many calls; None: the node has no such thing."""
        answers: list[Any] = []
        for start in range(0, len(calls), BATCH):
            part = calls[start : start + BATCH]
            replies = {one.id: one for one in await self._post(part)}
            for id, (method, _) in enumerate(part):
                answers.append(_result(type, method, replies.get(id)))
        return answers

    async def _post(self, calls: Sequence[tuple[str, Sequence[Any]]]) -> list[_Reply]:
        self.requests += 1
        body = msgspec.json.encode(
            [
                {"jsonrpc": "1.0", "id": id, "method": method, "params": params}
                for id, (method, params) in enumerate(calls)
            ]
        )
        try:
            async with asyncio.timeout(ANSWER_SECONDS_MAX):
                status, content = await self._read(body)
        except (TimeoutError, httpx.TimeoutException):
            raise Fault("did not answer in time") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            # The error's own text may hold the address and its password; its type never does.
            raise Fault(f"could not be reached ({type(error).__name__})") from None
        if status in (401, 403):
            raise Fault("does not take this user and password")
        if status != 200:
            raise Fault(f"answered HTTP {status}")
        try:
            return _replies.decode(content)
        except msgspec.DecodeError:
            raise Fault("answered something else") from None

    async def _read(self, body: bytes) -> tuple[int, bytes]:
        headers = {"content-type": "application/json"}
        async with self._http.stream(
            "POST", self._url, content=body, headers=headers, follow_redirects=False
        ) as response:
            content = bytearray()
            async for chunk in response.aiter_bytes():
                content += chunk
                if len(content) > ANSWER_BYTES_MAX:
                    raise Fault(f"answered more than {ANSWER_BYTES_MAX} bytes")
            return response.status_code, bytes(content)


class _Payees:
    """Who is waited for: by their scripts when they are few, else by asking."""

    def __init__(self, network: Network, watch: Watch, few: list[str] | None) -> None:
        self._network = network
        self._watch = watch
        self.nobody = few is not None and not few
        self._few: dict[str, str] | None = None
        if few is not None:
            scripts = ((one, script_of(network, one)) for one in few)
            self._few = {script.hex(): one for one, script in scripts if script is not None}

    async def of(
        self, transactions: Iterable[_Transaction], height: int | None, block: str | None
    ) -> list[Output]:
        """Return the outputs that pay somebody who is waited for."""
        found: list[tuple[str, _Out, str]] = []
        for one in transactions:
            for out in one.vout:
                script = out.scriptPubKey.hex
                if self._few is not None:
                    address = self._few.get(script)
                else:
                    address = address_of(self._network, bytes.fromhex(script))
                if address is not None:
                    found.append((one.txid, out, address))
        among = await self._among({address for _, _, address in found})
        return [
            Output(tx, out.n, address, int(out.value.scaleb(DECIMALS)), height, block)
            for tx, out, address in found
            if address in among and out.value > 0
        ]

    async def _among(self, addresses: set[str]) -> set[str]:
        if self._few is not None:
            return addresses
        wanted = sorted(addresses)
        found: set[str] = set()
        for start in range(0, len(wanted), PORTION):
            found |= await self._watch.among(wanted[start : start + PORTION])
        return found


def _result(type: Any, method: str, reply: _Reply | None) -> Any:
    if reply is None:
        raise Fault("left a call unanswered")
    if reply.error is not None:
        if reply.error.code in MISSING:
            return None
        raise Fault(f"refuses {method} ({reply.error.code})")
    try:
        return msgspec.json.decode(reply.result, type=type)
    except msgspec.DecodeError:
        raise Fault(f"answered {method} with something else") from None


def _needed(answer: Any) -> Any:
    if answer is None:
        raise Fault("changed while it was read")
    return answer


def _bytes(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise Fault("answered something else") from None
