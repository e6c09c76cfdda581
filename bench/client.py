"""A load client: a process of its own, so that its work is not counted as the server's.

It reads one JSON order a line, does it, and answers with one JSON line. It ends with its
input, so it cannot outlive the bench; every order is bounded in count and in time.
"""

import asyncio
import sys
import time
from collections import deque
from typing import Any

import msgspec

ORDER_SECONDS_MAX = 120.0
OPENING_AT_ONCE = 64  # event streams being opened together


class Order(msgspec.Struct, kw_only=True):
    """What to do: `load`, `listen`, `close`, `cycle`, `push` or `fan`."""

    do: str
    port: int
    count: int = 0
    connections: int = 1
    requests: list[bytes] = []  # sent in turn
    streams: list[bytes] = []  # requests for event streams


class Answer(msgspec.Struct, kw_only=True):
    """What came of it; times in milliseconds."""

    wall_ms: list[float] = []
    wrong: int = 0
    said: str = ""  # the first answer that was no success
    open: int = 0


class Connection(asyncio.Protocol):
    """One kept-alive connection that asks, waits for the whole answer, and asks again."""

    def __init__(self) -> None:
        self.status = 0
        self.body = b""
        self._buffer = b""
        self._need = -1
        self._done: asyncio.Future[None] | None = None
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        if self._done is not None and not self._done.done():
            self._done.set_exception(ConnectionError("the server hung up"))

    async def ask(self, request: bytes) -> float:
        """Send one request; return how long its answer took to be complete."""
        self._done = asyncio.get_running_loop().create_future()
        begun = time.perf_counter()
        self._transport.write(request)
        await self._done
        return (time.perf_counter() - begun) * 1000

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self._need < 0:
            head, end, rest = self._buffer.partition(b"\r\n\r\n")
            if not end:
                return
            self.status = int(head[9:12])
            lengths = [
                int(line.split(b":")[1])
                for line in head.lower().split(b"\r\n")
                if line.startswith(b"content-length")
            ]
            self._need = lengths[0] if lengths else 0
            self._buffer = rest
        if len(self._buffer) >= self._need:
            self.body, self._buffer, self._need = self._buffer[: self._need], b"", -1
            assert self._done is not None
            self._done.set_result(None)

    def close(self) -> None:
        self._transport.close()


class Stream(asyncio.Protocol):
    """One open event stream: remembers when it last heard an event."""

    def __init__(self, request: bytes) -> None:
        self.opened = asyncio.get_running_loop().create_future()
        self.heard: asyncio.Future[float] | None = None
        self.alive = True
        self._request = request
        self._seen = b""
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._transport.write(self._request)

    def connection_lost(self, error: Exception | None) -> None:
        self.alive = False
        if not self.opened.done():
            self.opened.set_exception(ConnectionError("the stream was not opened"))

    def data_received(self, data: bytes) -> None:
        if not self.opened.done():
            self._seen += data
            if b"retry:" in self._seen:
                self._seen = b""
                self.opened.set_result(self._transport)
        if b"event:" in data and self.heard is not None and not self.heard.done():
            self.heard.set_result(time.perf_counter())

    def listen(self) -> "asyncio.Future[float]":
        """Return the moment of the next event."""
        self.heard = asyncio.get_running_loop().create_future()
        return self.heard

    def close(self) -> None:
        self._transport.close()


class Client:
    """Does what it is told, one order after the other."""

    def __init__(self) -> None:
        self._streams: list[Stream] = []

    async def obey(self, order: Order) -> Answer:
        async with asyncio.timeout(ORDER_SECONDS_MAX):
            match order.do:
                case "load":
                    return await self._load(order)
                case "listen":
                    self._streams += await self._open(order, order.streams)
                    return Answer(open=sum(one.alive for one in self._streams))
                case "close":
                    return await self._close()
                case "cycle":
                    return await self._cycle(order)
                case "push":
                    return await self._push(order)
                case "fan":
                    return await self._fan(order)
        raise ValueError(order.do)

    async def _connect(self, port: int) -> Connection:
        loop = asyncio.get_running_loop()
        _, made = await loop.create_connection(Connection, "127.0.0.1", port)
        return made

    async def _load(self, order: Order) -> Answer:
        left = deque(order.requests[number % len(order.requests)] for number in range(order.count))
        answer = Answer()

        async def work() -> None:
            connection = await self._connect(order.port)
            while left:
                answer.wall_ms.append(await connection.ask(left.popleft()))
                if not 200 <= connection.status < 300:
                    answer.wrong += 1
                    answer.said = answer.said or f"{connection.status} {connection.body[:300]!r}"
            connection.close()

        await asyncio.gather(*(work() for _ in range(order.connections)))
        return answer

    async def _open(self, order: Order, requests: list[bytes]) -> list[Stream]:
        turn = asyncio.Semaphore(OPENING_AT_ONCE)
        loop = asyncio.get_running_loop()

        async def one(request: bytes) -> Stream:
            async with turn:
                _, stream = await loop.create_connection(
                    lambda: Stream(request), "127.0.0.1", order.port
                )
                await stream.opened
                return stream

        return list(await asyncio.gather(*(one(request) for request in requests)))

    async def _close(self) -> Answer:
        alive = sum(one.alive for one in self._streams)
        for stream in self._streams:
            stream.close()
        self._streams = []
        await asyncio.sleep(0.05)
        return Answer(open=alive)

    async def _cycle(self, order: Order) -> Answer:
        """Open and close `count` streams, `connections` of them at a time."""
        done = 0
        while done < order.count:
            many = min(order.connections, order.count - done)
            wanted = [order.streams[(done + i) % len(order.streams)] for i in range(many)]
            for stream in await self._open(order, wanted):
                stream.close()
            done += many
        await asyncio.sleep(0.05)
        return Answer(open=done)

    async def _push(self, order: Order) -> Answer:
        """Change one thing after another; time each change from its request to its event."""
        streams = await self._open(order, order.streams)
        asking = await self._connect(order.count or order.port)  # maybe at another process
        answer = Answer()
        await asyncio.sleep(0.5)  # each has read what there was and sleeps
        for stream, request in zip(streams, order.requests, strict=True):
            heard = stream.listen()
            begun = time.perf_counter()
            await asking.ask(request)
            if asking.status != 200:
                answer.wrong, answer.said = answer.wrong + 1, f"{asking.status} {asking.body!r}"
                break
            answer.wall_ms.append((await heard - begun) * 1000)
        for stream in streams:
            stream.close()
        asking.close()
        return answer

    async def _fan(self, order: Order) -> Answer:
        """Change what every open stream follows; time it until each has heard."""
        asking = await self._connect(order.port)
        answer = Answer()
        for request in order.requests:
            heard = [stream.listen() for stream in self._streams]
            begun = time.perf_counter()
            await asking.ask(request)
            answer.wrong += asking.status != 200
            answer.wall_ms += [(await one - begun) * 1000 for one in heard]
        asking.close()
        return answer


async def main() -> None:
    """Obey orders from the standard input until it ends."""
    client = Client()
    loop = asyncio.get_running_loop()
    decode = msgspec.json.Decoder(Order).decode
    while line := await loop.run_in_executor(None, sys.stdin.buffer.readline):
        answer = await client.obey(decode(line))
        sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    asyncio.run(main())
