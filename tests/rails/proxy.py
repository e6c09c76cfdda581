"""A node between the rail and the real one, which can be told to misbehave.

It speaks just enough HTTP/1.1 for a JSON-RPC client: POST with a content length, answers
with one, connections kept alive.
"""

import asyncio
import contextlib
import json
from collections.abc import Callable
from types import TracebackType
from typing import Any

import httpx

from app.world import authorities

Reply = dict[str, Any]
Rule = Callable[[dict[str, Any]], Reply | None]


class Proxy:
    """Passes JSON-RPC on to `upstream`, unless told otherwise.

    `rule` sees each call and may answer it itself: {"result": …} or {"error": …}.
    """

    def __init__(self, upstream: str) -> None:
        self.upstream = upstream
        self.down = False  # hang up without a word
        self.hang = False  # never answer
        self.status: int | None = None  # answer so, with an empty body
        self.raw: bytes | None = None  # answer these bytes
        self.no_batches = False
        self.rule: Rule = lambda call: None
        self.calls: list[dict[str, Any]] = []
        self.requests = 0
        self.url = ""
        self._released = asyncio.Event()

    def asked(self, method: str) -> list[dict[str, Any]]:
        return [call for call in self.calls if call["method"] == method]

    async def __aenter__(self) -> "Proxy":
        self._http = httpx.AsyncClient(timeout=30, trust_env=False, verify=authorities())
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self._tasks: set[asyncio.Task[None]] = set()
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._released.set()
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()
        await self._http.aclose()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with contextlib.suppress(
                asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError
            ):
                while await self._one(reader, writer):
                    pass
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next(
            int(line.partition(":")[2])
            for line in head.splitlines()
            if line.lower().startswith("content-length:")
        )
        body = await reader.readexactly(length)
        self.requests += 1
        if self.down:
            return False
        if self.hang:
            await self._released.wait()
            return False
        status, answer = await self._answer(json.loads(body))
        writer.write(
            f"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\n"
            f"content-length: {len(answer)}\r\n\r\n".encode()
            + answer
        )
        await writer.drain()
        return True

    async def _answer(self, body: Any) -> tuple[int, bytes]:
        if self.status is not None:
            return self.status, b""
        if self.raw is not None:
            return 200, self.raw
        if self.no_batches and isinstance(body, list):
            refusal = {"id": None, "error": {"code": -32600, "message": "no batches here"}}
            return 200, json.dumps(refusal).encode()
        calls = body if isinstance(body, list) else [body]
        self.calls += calls
        own = [(call, self.rule(call)) for call in calls]
        passed = [call for call, reply in own if reply is None]
        replies = [{"jsonrpc": "2.0", "id": call["id"], **reply} for call, reply in own if reply]
        if passed:
            replies += (await self._http.post(self.upstream, json=passed)).json()
        # A batch may be answered in any order; here it is always the wrong one.
        replies.sort(key=lambda reply: -reply["id"])
        return 200, json.dumps(replies if isinstance(body, list) else replies[0]).encode()
