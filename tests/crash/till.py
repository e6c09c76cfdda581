"""A till: real server and worker processes on one database, killed and started at will."""

import contextlib
import os
import sys
from pathlib import Path

import httpx
import psycopg

from tests.components.parts import ROOT, Part, free_port

BLOCK_SECONDS = "0.2"


class Process:
    """One `opentill` process. It is only ever killed, never asked."""

    def __init__(self, till: "Till", *command: str, port: int = 0) -> None:
        self._till = till
        self._command = [sys.executable, "-m", "app", *command, "--data", str(till.folder)]
        if port:
            self._command += ["--port", str(port)]
        self.url = f"http://127.0.0.1:{port}" if port else ""
        self._log = till.folder / f"{command[0]}-{port}.log"
        self.kills = 0
        self._start()

    def _start(self) -> None:
        self._name = f"{self._command[3]} {len(self._till.processes)} {self.kills}"
        environ = self._till.environ | {"PGAPPNAME": self._name}
        self._part = Part(self._command, self._log, environ=environ, directory=ROOT)

    def ready(self) -> None:
        """Return once it is at work: a web answers, a worker is heard of by its database."""
        self._part.wait_until(self._answers if self.url else self._is_connected)

    def _is_connected(self) -> bool:
        with psycopg.connect(self._till.database.replace("+psycopg", "")) as connection:
            query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s"
            found = connection.execute(query, (self._name,)).fetchone()
        return found is not None and found[0] > 0

    def _answers(self) -> bool:
        with contextlib.suppress(httpx.TransportError):
            return httpx.get(f"{self.url}/v1/ledgers", trust_env=False).status_code == 401
        return False

    def kill(self) -> None:
        """End it as a power cut would: no signal handler, no last words."""
        assert self._part.process.poll() is None, self._part.last_words()
        self._part.process.kill()
        self._part.process.wait(10)
        self.kills += 1

    def start_again(self) -> None:
        self._start()

    def stop(self) -> None:
        self._part.stop()


class Till:
    """Every process of one house."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.database = url
        self.environ = {
            **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
            "OPENTILL_DATABASE_URL": url,
            "OPENTILL_SANDBOX_BLOCK_SECONDS": BLOCK_SECONDS,
            "OPENTILL_WEBHOOK_LOOPBACK": "true",
            "OPENTILL_LOG_LEVEL": "warning",
        }
        self.processes: list[Process] = []

    def start(self, *command: str, web: bool = False) -> Process:
        """Start a process; one with a web gets a port of its own and keeps it."""
        process = Process(self, *command, port=free_port() if web else 0)
        self.processes.append(process)
        return process

    @property
    def kills(self) -> int:
        return sum(one.kills for one in self.processes)

    def stop(self) -> None:
        for one in self.processes:
            one.stop()
