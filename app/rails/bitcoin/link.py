"""One connection to an Electrum server: questions out, answers and news in, a line each.

It is opened when first needed and again after it broke. Many questions may be on their way at
once, but no more than a server takes; everything has a limit of time and bytes.
"""

import asyncio
import contextlib
import ssl
from collections.abc import Callable, Sequence
from decimal import Decimal
from hashlib import sha256
from hmac import compare_digest
from typing import Any

import msgspec

from app.rails.bitcoin.source import Fault
from app.world import World

ANSWER_SECONDS_MAX = 15
LINE_BYTES_MAX = 16 * 1024 * 1024  # the largest transaction in hexadecimal, and the longest history
AT_ONCE = 100  # questions on their way


class Refusal(Exception):
    """The server understood and refused."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class _Error(msgspec.Struct):
    code: int = 0
    message: str = ""


class _Line(msgspec.Struct):
    id: int | None = None
    result: Any = None
    error: _Error | str | None = None
    method: str | None = None
    params: list[Any] = []


class Where(msgspec.Struct, frozen=True):
    """A server's address as the settings name it."""

    host: str
    port: int
    tls: bool
    pin: str = ""  # SHA-256 of its certificate, where no authority vouches for it


class Link:
    """A connection that opens when asked, and tells `heard` of news."""

    def __init__(
        self,
        world: World,
        where: Where,
        heard: Callable[[str, list[Any]], None],
        opened: Callable[[], None],
    ) -> None:
        self.requests = 0
        self._world = world
        self._where = where
        self._heard = heard
        self._opened = opened
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._opening = asyncio.Lock()

    async def ask(self, method: str, *params: Any) -> Any:
        """Ask one question; a refusal is raised as `Refusal`."""
        (answer,) = await self.ask_all(method, [params])
        if isinstance(answer, Refusal):
            raise answer
        return answer

    async def ask_all(self, method: str, each: Sequence[Sequence[Any]]) -> list[Any]:
        """Ask the same of many; each has its answer or its own `Refusal`."""
        await self._open()
        answers: list[Any] = []
        for start in range(0, len(each), AT_ONCE):
            answers += await self._send([(method, one) for one in each[start : start + AT_ONCE]])
        return answers

    async def close(self) -> None:
        self._hang_up()
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
            self._reading = None

    async def _open(self) -> None:
        async with self._opening:
            if self._writer is not None:
                return
            if self._reading is not None:
                await self.close()
            try:
                async with asyncio.timeout(ANSWER_SECONDS_MAX):
                    reader, writer = await self._dial()
            except TimeoutError:
                raise Fault("did not answer in time") from None
            except (OSError, ssl.SSLError) as error:
                raise Fault(f"could not be reached ({type(error).__name__})") from None
            self._writer = writer
            self._reading = asyncio.create_task(self._listen(reader))
            try:
                await self._send([("server.version", ("opentill", ["1.4", "1.4.5"]))])
            except Fault:
                self._hang_up()
                raise
            self._opened()

    async def _dial(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        where = self._where
        context: ssl.SSLContext | None = None
        if where.tls:
            context = ssl.create_default_context()
            if where.pin:  # the certificate itself is known: nobody needs to vouch for it
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE
        reader, writer = await self._world.dial(
            where.host, where.port, tls=context, line_bytes_max=LINE_BYTES_MAX
        )
        if where.pin:
            shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True) or b""
            if not compare_digest(sha256(shown).hexdigest(), where.pin.lower()):
                writer.close()
                raise Fault("shows another certificate than the one named")
        return reader, writer

    async def _send(self, calls: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        if self._writer is None:
            raise Fault("hung up")
        loop = asyncio.get_running_loop()
        lines: list[bytes] = []
        futures: dict[int, asyncio.Future[Any]] = {}
        for method, params in calls:
            self.requests += 1
            futures[self.requests] = loop.create_future()
            body = {"jsonrpc": "2.0", "id": self.requests, "method": method, "params": params}
            lines.append(msgspec.json.encode(body))
        self._waiting |= futures
        try:
            self._writer.write(b"\n".join(lines) + b"\n")
            async with asyncio.timeout(ANSWER_SECONDS_MAX):
                await self._writer.drain()
                return list(await asyncio.gather(*futures.values()))
        except TimeoutError:
            self._hang_up()
            raise Fault("did not answer in time") from None
        except OSError as error:
            self._hang_up()
            raise Fault(f"hung up ({type(error).__name__})") from None
        finally:
            for id, future in futures.items():
                self._waiting.pop(id, None)
                if future.done() and not future.cancelled():
                    future.exception()  # seen, also where another one spoke first

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        """Take lines as they come, until the server hangs up or makes no sense."""
        decoder = msgspec.json.Decoder(_Line, float_hook=Decimal)
        with contextlib.suppress(OSError, ValueError, msgspec.DecodeError):
            while line := await reader.readline():
                self._take(decoder.decode(line))
        self._hang_up()

    def _take(self, line: _Line) -> None:
        if line.method is not None:
            self._heard(line.method, line.params)
            return
        future = self._waiting.get(line.id or 0)
        if future is None or future.done():
            return
        if line.error is None:
            future.set_result(line.result)
        elif isinstance(line.error, str):
            future.set_result(Refusal(0, line.error[:200]))
        else:
            future.set_result(Refusal(line.error.code, line.error.message[:200]))

    def _hang_up(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(Fault("hung up"))
