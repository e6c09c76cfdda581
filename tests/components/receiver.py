"""A web server that keeps what it hears and answers as it is told: the far end of a webhook."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

HEARD_MAX = 100_000
BODY_BYTES_MAX = 16 * 1024 * 1024


@dataclass(frozen=True)
class Heard:
    """One request as it came in, body untouched. `at` is `time.monotonic()`."""

    method: str
    path: str
    headers: Message
    body: bytes
    at: float


@dataclass(frozen=True)
class Answer:
    """What to say back. `drop` closes the connection without a word."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    delay_seconds: float = 0.0
    drop: bool = False


class Receiver:
    """An HTTP server on a free loopback port.

    `answer` is what every request gets: an `Answer`, or a function of the request.
    `script` lines up answers for the next requests; they are used up first.
    """

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.answer: Answer | Callable[[Heard], Answer] = Answer()
        self._script: deque[Answer] = deque()
        self._changed = threading.Condition()
        self._closing = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self.port: int = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self._thread.start()

    def script(self, *answers: Answer | int) -> None:
        """Line up answers for the next requests; a number is a status."""
        with self._changed:
            for answer in answers:
                self._script.append(Answer(answer) if isinstance(answer, int) else answer)

    def wait(self, count: int = 1, seconds: float = 10.0) -> list[Heard]:
        """Return once `count` requests were heard in all; fail when they do not come.

        From a coroutine, call it as `await asyncio.to_thread(receiver.wait, 2)`.
        """
        with self._changed:
            enough = self._changed.wait_for(lambda: len(self.heard) >= count, seconds)
            assert enough, f"heard {len(self.heard)} of {count} requests in {seconds} s"
            return list(self.heard)

    def clear(self) -> None:
        """Forget what was heard and what was lined up, and answer 200 again."""
        with self._changed:
            self.heard.clear()
            self._script.clear()
            self.answer = Answer()

    def stop(self) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def _hear(self, heard: Heard) -> Answer:
        with self._changed:
            assert len(self.heard) < HEARD_MAX, "the receiver is full"
            self.heard.append(heard)
            self._changed.notify_all()
            answer = self._script.popleft() if self._script else self.answer
        return answer(heard) if callable(answer) else answer

    def __enter__(self) -> "Receiver":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay quiet: a caller that hangs up is part of many tests."""


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def handle_any(self) -> None:
            length = min(int(self.headers.get("content-length") or 0), BODY_BYTES_MAX)
            body = self.rfile.read(length)
            heard = Heard(self.command, self.path, self.headers, body, time.monotonic())
            answer = receiver._hear(heard)
            if answer.delay_seconds:
                receiver._closing.wait(answer.delay_seconds)
            if answer.drop:
                self.close_connection = True
                return
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(answer.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.body)

        # http.server looks its methods up by these names.
        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = handle_any  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:
            """Print nothing: `heard` is the log."""

    return Handler
