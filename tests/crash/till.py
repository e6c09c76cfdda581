"""A till: real server and worker processes on one database, killed and started at will."""

import contextlib
import os
import signal
import time
from pathlib import Path

import httpx
import psycopg

from tests.components.nursery import Nursery, is_alive, wait_for_death
from tests.components.parts import PATIENCE_SECONDS, PartFailed, free_port

BLOCK_SECONDS = "0.2"
LOOK_SECONDS = 0.02


class Process:
    """One `opentill` process. It is only ever killed, never asked."""

    def __init__(self, till: "Till", *command: str, port: int = 0) -> None:
        self._till = till
        self._command = [*command, "--data", str(till.folder)]
        if port:
            self._command += ["--port", str(port)]
        self.url = f"http://127.0.0.1:{port}" if port else ""
        self.log = till.folder / f"{command[0]}-{len(till.processes)}.log"
        self.kills = 0
        self.start_again()

    def start_again(self) -> None:
        self._name = f"{self._command[0]} {len(self._till.processes)} {self.kills}"
        environ = self._till.environ | {"PGAPPNAME": self._name}
        self._pid = self._till.nursery.bear(self._command, environ, self.log)

    def ready(self) -> None:
        """Return once it is at work: a web answers, a worker is heard of by its database."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (self._answers() if self.url else self._is_connected()):
            if not is_alive(self._pid) or time.monotonic() > deadline:
                raise PartFailed(f"{self._command[0]} is not up\n{self.last_words()}")
            time.sleep(LOOK_SECONDS)

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
        assert is_alive(self._pid), self.last_words()
        os.kill(self._pid, signal.SIGKILL)
        wait_for_death(self._pid)
        self.kills += 1

    def stop(self) -> None:
        """Ask it to stop, then make it."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGTERM)
            try:
                wait_for_death(self._pid)
            except PartFailed:
                os.kill(self._pid, signal.SIGKILL)

    def last_words(self, characters: int = 2000) -> str:
        return self.log.read_text(errors="replace")[-characters:]


class Till:
    """Every process of one house."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.database = url
        self.nursery = Nursery()
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
        self.nursery.close()
