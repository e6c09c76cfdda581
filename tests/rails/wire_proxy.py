"""A wire between the rail and a source that can be cut, and can say other words than were said."""

import asyncio
import contextlib
from collections.abc import Callable
from types import TracebackType

Rewrite = Callable[[bytes], bytes]


class WireProxy:
    """Passes bytes on to a port of this machine; what comes back goes through `rewrite` by line."""

    def __init__(self, port: int) -> None:
        self.upstream = port
        self.port = 0
        self.rewrite: Rewrite | None = None
        self.connections = 0
        self._down = False
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def down(self) -> bool:
        return self._down

    @down.setter
    def down(self, down: bool) -> None:
        """Cut every line, and take no new one; or take them again."""
        self._down = down
        if down:
            self.cut()

    def cut(self) -> None:
        """Cut every line: whoever wants one asks for it again."""
        for writer in self._writers:
            writer.close()

    async def __aenter__(self) -> "WireProxy":
        self._server = await asyncio.start_server(
            self.serve, "127.0.0.1", 0, limit=64 * 1024 * 1024
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.close()
        self.down = True
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.add(writer)
        self.connections += 1
        try:
            with contextlib.suppress(OSError, asyncio.CancelledError):
                if not self._down:
                    await self._join(reader, writer)
        finally:
            self._tasks.discard(task)
            self._writers.discard(writer)
            writer.close()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, here = await asyncio.open_connection(
            "127.0.0.1", self.upstream, limit=64 * 1024 * 1024
        )
        self._writers.add(here)
        ways = [
            asyncio.create_task(self._pump(reader, here, None)),
            asyncio.create_task(self._pump(there, writer, lambda line: self._said(line))),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._writers.discard(here)
            here.close()
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)

    def _said(self, line: bytes) -> bytes:
        return line if self.rewrite is None else self.rewrite(line)

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, said: Rewrite | None
    ) -> None:
        while not reader.at_eof():
            if said is not None and self.rewrite is not None:
                data = said(await reader.readline())
            else:
                data = await reader.read(65_536)
            writer.write(data)
            await writer.drain()
