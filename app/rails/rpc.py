"""JSON-RPC over HTTP: several nodes of one chain, read as one.

A node that fails is passed over for the next and the last good one is asked first. A
node's own answer "no" (a JSON-RPC error) is an answer and is not asked for twice, unless
it only says "slow down". Everything is bounded: tries, time, bytes. A URL may carry an
API key, so nodes are named by their number, in messages and in logs alike.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

import httpx
import msgspec
import structlog

from app.errors import ChainUnavailable

T = TypeVar("T")
log = structlog.get_logger(__name__)

# HTTPX writes whole URLs, keys and all, into its own log at INFO.
logging.getLogger("httpx").setLevel(logging.WARNING)
logging.getLogger("httpcore").setLevel(logging.WARNING)

ROUNDS = 2  # how often one call goes around all nodes
PAUSE_SECONDS = 0.25  # between two rounds
ANSWER_SECONDS_MAX = 15
ANSWER_BYTES_MAX = 32 * 1024 * 1024  # ten full Ethereum blocks are about 10 MB of JSON
BATCH_MAX = 20  # public nodes take at least this many
TOO_LARGE = -1  # our own code: no node uses it

# Codes that say "later", not "no": EIP-1474 limit exceeded, Base's and others' own.
SLOW_DOWN = frozenset({429, -32005, -32016, -32029, -32097})
SLOW_DOWN_WORDS = ("rate limit", "too many requests", "compute units per second")
# Some nodes use -32005 for an answer too long to give, which waiting will not shorten.
TOO_MUCH_WORDS = ("result", "range", "block", "size")


class Call(Generic[T]):
    """One method, its parameters, and the type its result must have."""

    def __init__(self, type: type[T], method: str, *params: Any) -> None:
        self.method = method
        self.params = params
        self._decoder: msgspec.json.Decoder[T | None] = msgspec.json.Decoder(type | None)

    def body(self, id: int) -> dict[str, Any]:
        return {"jsonrpc": "2.0", "id": id, "method": self.method, "params": self.params}

    def decode(self, raw: msgspec.Raw) -> T | None:
        return self._decoder.decode(raw)


class RpcError(Exception):
    """A node understood and refused. The text is the node's own and not for strangers."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class _Error(msgspec.Struct):
    code: int = 0
    message: str = ""


class _Reply(msgspec.Struct):
    id: int | str | None = None
    result: msgspec.Raw = msgspec.Raw(b"null")
    error: _Error | None = None


class _Fault(Exception):
    """This node did not answer; another may. The text holds nothing from the URL."""


class _Slow(_Fault):
    """This node took too long: do not wait for it twice in one call."""


class _Node:
    def __init__(self, number: int, url: str) -> None:
        self.number = number
        self.url = url
        self.verified = False  # that it serves the configured chain
        self.batches = True


_replies: msgspec.json.Decoder[list[_Reply] | _Reply] = msgspec.json.Decoder(list[_Reply] | _Reply)


def check_url(url: str) -> str | None:
    """Return what is wrong with a node's URL, never repeating it, or None."""
    try:
        parts = urlsplit(url)
        fine = parts.scheme in {"http", "https"} and parts.hostname and (parts.port or 1)
    except ValueError:
        fine = False
    return None if fine else "must be an http:// or https:// URL"


class Rpc:
    """All configured nodes of one chain."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        chain: str,
        chain_number: int,
        urls: Sequence[str],
        *,
        answer_seconds: float = ANSWER_SECONDS_MAX,
        answer_bytes: int = ANSWER_BYTES_MAX,
    ) -> None:
        assert urls, f"{chain} has no node"
        self.chain = chain
        self._http = http
        self._chain_number = chain_number
        self._nodes = [_Node(number, url) for number, url in enumerate(urls, 1)]
        self._good = 0  # place of the node that answered last
        self._answer_seconds = answer_seconds
        self._answer_bytes = answer_bytes

    async def ask(self, call: Call[T]) -> T | None:
        """Make one call; a node's refusal is raised as `RpcError`."""
        (answer,) = await self.batch([call])
        if isinstance(answer, RpcError):
            raise answer
        return answer

    async def batch(
        self, calls: Sequence[Call[T]], size: int = BATCH_MAX
    ) -> list[T | RpcError | None]:
        """Make many calls, `size` a request; each has its result or its own refusal."""
        answers: list[T | RpcError | None] = []
        for start in range(0, len(calls), size):
            part = await self._some(calls[start : start + size])
            answers.extend(part)
        return answers

    async def _some(self, calls: Sequence[Call[T]]) -> list[T | RpcError | None]:
        """Make one request, in halves when its answer is too large."""
        try:
            return await self._anywhere(calls)
        except RpcError as error:
            if error.code != TOO_LARGE or len(calls) == 1:
                return [error for _ in calls]
        middle = len(calls) // 2
        return [*await self._some(calls[:middle]), *await self._some(calls[middle:])]

    async def _anywhere(self, calls: Sequence[Call[T]]) -> list[T | RpcError | None]:
        """Ask one node after another, the last good one first."""
        order = self._nodes[self._good :] + self._nodes[: self._good]
        slow: set[int] = set()
        faults: dict[int, str] = {}
        for turn in range(ROUNDS):
            if turn:
                await asyncio.sleep(PAUSE_SECONDS)
            for node in order:
                if node.number in slow:
                    continue
                try:
                    if not node.verified:
                        await self._verify(node)
                    answers = await self._at(node, calls)
                except _Fault as fault:
                    node.verified = False  # whoever comes back may be somebody else
                    faults[node.number] = str(fault)
                    if isinstance(fault, _Slow):
                        slow.add(node.number)
                    log.warning("rpc_fault", chain=self.chain, node=node.number, fault=str(fault))
                    continue
                self._good = node.number - 1
                return answers
        reasons = "; ".join(f"node {number} {fault}" for number, fault in sorted(faults.items()))
        raise ChainUnavailable(f"{self.chain} cannot be read: {reasons}.")

    async def _verify(self, node: _Node) -> None:
        """Refuse a node that serves another chain: its word about ours is worth nothing."""
        (answer,) = await self._at(node, [Call(str, "eth_chainId")])
        try:
            number = int(answer, 16) if isinstance(answer, str) else None
        except ValueError:
            number = None
        if number is None:
            raise _Fault("does not tell its chain id")
        if number != self._chain_number:
            raise _Fault(f"serves chain {number}, not {self._chain_number}")
        node.verified = True

    async def _at(self, node: _Node, calls: Sequence[Call[T]]) -> list[T | RpcError | None]:
        """Ask one node, in one request where it takes batches."""
        if len(calls) > 1 and node.batches:
            bodies = [call.body(id) for id, call in enumerate(calls)]
            replies = await self._post(node, bodies)
            if isinstance(replies, list):
                return _match(calls, replies)
            node.batches = False  # it answered a batch with one refusal
        answers: list[T | RpcError | None] = []
        for call in calls:
            reply = await self._post(node, call.body(0))
            if isinstance(reply, list):
                raise _Fault("answered one call with several results")
            answer = _match([call], [msgspec.structs.replace(reply, id=0)])
            answers.extend(answer)
        return answers

    async def _post(self, node: _Node, body: Any) -> list[_Reply] | _Reply:
        try:
            async with asyncio.timeout(self._answer_seconds):
                status, content = await self._read(node, msgspec.json.encode(body))
        except (TimeoutError, httpx.TimeoutException):
            raise _Slow("did not answer in time") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            # The error's own text may hold the URL; its type never does.
            raise _Fault(f"could not be reached ({type(error).__name__})") from None
        if status == 429 or status >= 500:
            raise _Fault(f"answered HTTP {status}")
        try:
            replies = _replies.decode(content)
        except msgspec.DecodeError:
            raise _Fault(f"answered HTTP {status} without JSON-RPC") from None
        # Some nodes send a refusal with HTTP 400; a success never comes that way.
        if status >= 300 and not (isinstance(replies, _Reply) and replies.error):
            raise _Fault(f"answered HTTP {status}")
        if isinstance(replies, _Reply) and replies.error and _is_slow_down(replies.error):
            raise _Fault("asks us to slow down")
        return replies

    async def _read(self, node: _Node, body: bytes) -> tuple[int, bytes]:
        headers = {"content-type": "application/json", "accept": "application/json"}
        async with self._http.stream(
            "POST", node.url, content=body, headers=headers, follow_redirects=False
        ) as response:
            content = bytearray()
            async for chunk in response.aiter_bytes():
                content += chunk
                if len(content) > self._answer_bytes:
                    raise RpcError(TOO_LARGE, f"the answer is over {self._answer_bytes} bytes")
            return response.status_code, bytes(content)


def _match(calls: Sequence[Call[T]], replies: Sequence[_Reply]) -> list[T | RpcError | None]:
    """Put replies in the order of their calls; a batch may come back in any order."""
    by_id = {reply.id: reply for reply in replies}
    answers: list[T | RpcError | None] = []
    for id, call in enumerate(calls):
        reply = by_id.get(id)
        if reply is None:
            raise _Fault("left a call unanswered")
        if reply.error is not None:
            if _is_slow_down(reply.error):
                raise _Fault("asks us to slow down")
            answers.append(RpcError(reply.error.code, reply.error.message[:500]))
            continue
        try:
            answers.append(call.decode(reply.result))
        except msgspec.DecodeError:
            raise _Fault(f"answered {call.method} with something else") from None
    return answers


def _is_slow_down(error: _Error) -> bool:
    words = error.message.lower()
    if error.code == -32005 and any(word in words for word in TOO_MUCH_WORDS):
        return False
    return error.code in SLOW_DOWN or any(word in words for word in SLOW_DOWN_WORDS)
