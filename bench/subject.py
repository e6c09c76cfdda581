"""What is measured: the product as it is served, in a folder that is removed afterwards.

Every process here is our own child, bound to loopback and stopped by its id.
"""

import http.client
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec

from bench.client import Answer, Order
from bench.meter import cpu_seconds
from tests.components.parts import ROOT, Part, free_port, new_home

READY_PATH = "/v1/payment_intents/pi_none"  # 404, and the database was asked
READY_SECONDS = 0.002
PYTHON = [sys.executable, "-m"]


class BenchFailed(Exception):
    """Something measured did not do its work, so its figures would mean nothing."""


def folder() -> Path:
    """Make a folder of our own; those of runs that were killed are swept away."""
    return new_home("bench")


class Loader:
    """A load client in a process of its own."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [*PYTHON, "bench.client"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
        )

    def obey(self, order: Order) -> Answer:
        """Have an order done; an answer that was no success ends the run."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(msgspec.json.encode(order) + b"\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise BenchFailed(f"the client died at {order.do}")
        answer = msgspec.json.decode(line, type=Answer)
        if answer.wrong:
            raise BenchFailed(f"{answer.wrong} answers of {order.do} were wrong: {answer.said}")
        return answer

    def close(self) -> None:
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(5)


class Served:
    """A listening child process."""

    def __init__(self, command: Sequence[str], home: Path, environ: dict[str, str]) -> None:
        self.port = int(environ["OPENTILL_PORT"])
        self._begun = time.perf_counter()
        self._part = Part(command, home / "log", environ=environ, directory=home)

    @property
    def pid(self) -> int:
        return self._part.process.pid

    def wait(self, path: str = READY_PATH) -> tuple[float, float]:
        """Wait for the first answer; return the seconds since the start and the CPU they took."""
        while True:
            with suppress(OSError, http.client.HTTPException):
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                connection.request("GET", path)
                if connection.getresponse().status < 500:
                    taken = time.perf_counter() - self._begun
                    connection.close()
                    return taken, cpu_seconds(self.pid)
            if self._part.process.poll() is not None or time.perf_counter() - self._begun > 60:
                raise BenchFailed(f"the server did not start\n{self._part.last_words()}")
            time.sleep(READY_SECONDS)

    def stop(self) -> None:
        self._part.stop()


class Till:
    """One house: its data, an account with keys, and the server in front."""

    def __init__(
        self,
        database_url: str = "",
        home: Path | None = None,
        given: dict[str, str] | None = None,
    ) -> None:
        self.home = home or folder()
        self.port = free_port()
        self.database_url = database_url
        self._given = given or {}
        self.account = self.secret = ""
        self.served: Served | None = None
        self._beside: list[Served] = []

    @property
    def environ(self) -> dict[str, str]:
        return self._environ(self.port)

    def _environ(self, port: int) -> dict[str, str]:
        return {
            "PATH": os.environ.get("PATH", ""),
            "HOME": str(self.home),
            "PYTHONPATH": str(ROOT),
            "OPENTILL_DATA": str(self.home / "data"),
            "OPENTILL_DATABASE_URL": self.database_url,
            "OPENTILL_PORT": str(port),
            "OPENTILL_LOG_LEVEL": "warning",
            **self._given,
        }

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.home / 'data' / 'opentill.db'}"

    @property
    def pid(self) -> int:
        assert self.served is not None
        return self.served.pid

    def make_account(self) -> None:
        """Make a test account, by the command its operator would use."""
        said = subprocess.run(
            [*PYTHON, "app", "account", "Bench"],
            env=self.environ,
            cwd=self.home,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        self.account = next(word for word in said.split() if word.startswith("acct_"))
        self.secret = next(word for word in said.split() if word.startswith("sk_"))

    def start(self) -> tuple[float, float]:
        """Serve, and wait until it answers; return the seconds and the CPU-seconds it took."""
        self.served = Served([*PYTHON, "app", "serve"], self.home, self.environ)
        return self.served.wait()

    def start_beside(self) -> Served:
        """Serve the same database from a second process, without workers."""
        environ = self._environ(free_port())
        one = Served([*PYTHON, "app", "serve", "--no-workers"], self.home, environ)
        one.wait()
        self._beside.append(one)
        return one

    def stop(self) -> None:
        for one in (*self._beside, self.served):
            if one is not None:
                one.stop()
        self._beside, self.served = [], None

    def request(
        self, method: str, path: str, body: Any = None, *, key: bool = True, more: str = ""
    ) -> bytes:
        """Return a request as bytes on the wire."""
        said = b"" if body is None else json.dumps(body).encode()
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n{more}"
        if key:
            head += f"Authorization: Bearer {self.secret}\r\n"
        if body is not None:
            head += f"Content-Type: application/json\r\nContent-Length: {len(said)}\r\n"
        return head.encode() + b"\r\n" + said

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Ask once, from this process; return the decoded answer."""
        headers = {"Authorization": f"Bearer {self.secret}", "Content-Type": "application/json"}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        response = connection.getresponse()
        said = response.read()
        connection.close()
        if not 200 <= response.status < 300:
            raise BenchFailed(f"{method} {path}: {response.status} {said[:300]!r}")
        return json.loads(said)

    def __enter__(self) -> "Till":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)
