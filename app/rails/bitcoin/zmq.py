"""A node's own bell: ZeroMQ's publish and subscribe, as much of it as hearing a knock takes.

ZMTP 3.0 (https://rfc.zeromq.org/spec/23/), no security, one subscription for each topic. What
the node says is not read: it only tells that a look is worth while.
"""

import asyncio
import contextlib
from collections.abc import Callable

import structlog

from app.world import World

GREETING = b"\xff" + bytes(8) + b"\x7f" + b"\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32)
READY = b"\x05READY\x0bSocket-Type\x00\x00\x00\x03SUB"
TOPICS = (b"hashblock", b"hashtx", b"rawblock", b"rawtx", b"sequence")
COMMAND, LONG = 0x04, 0x02
FRAME_BYTES_MAX = 8 * 1024 * 1024
PAUSE_SECONDS = 5.0  # before it is tried again
log = structlog.get_logger(__name__)


class Knocks:
    """Listens at a node until closed, and opens the line again whenever it breaks."""

    def __init__(self, world: World, host: str, port: int, wake: Callable[[], None]) -> None:
        self._world = world
        self._host = host
        self._port = port
        self._wake = wake
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to listen, unless that was begun already."""
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _run(self) -> None:
        while True:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, ValueError):
                await self._listen()
            await asyncio.sleep(PAUSE_SECONDS)

    async def _listen(self) -> None:
        reader, writer = await self._world.dial(
            self._host, self._port, tls=None, line_bytes_max=FRAME_BYTES_MAX
        )
        try:
            writer.write(GREETING)
            await reader.readexactly(len(GREETING))
            writer.write(bytes([COMMAND, len(READY)]) + READY)
            await self._frame(reader)
            for topic in TOPICS:
                writer.write(bytes([0, len(topic) + 1]) + b"\x01" + topic)
            await writer.drain()
            while True:
                await self._frame(reader)
                self._wake()
        finally:
            writer.close()

    async def _frame(self, reader: asyncio.StreamReader) -> None:
        flags = (await reader.readexactly(1))[0]
        length = int.from_bytes(await reader.readexactly(8 if flags & LONG else 1), "big")
        if length > FRAME_BYTES_MAX:
            raise ValueError("a frame is too long")
        await reader.readexactly(length)
