"""Where `opentill` processes are born: by fork, from one that has its imports behind it.

A start costs more processor time than all a killed process ever did, and a kill loop
starts dozens. Each child is a process of its own, running the command line as ever.
"""

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.components.parts import ROOT, PartFailed

DEATH_SECONDS_MAX = 10.0
PR_SET_PDEATHSIG = 1  # from <linux/prctl.h>: end with your parent


class Nursery:
    """The mother process. Closing it ends whatever it bore."""

    def __init__(self) -> None:
        self._mother = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )

    def bear(self, arguments: list[str], environ: dict[str, str], log: Path) -> int:
        """Start `opentill` with arguments and return its process id."""
        assert self._mother.stdin is not None
        assert self._mother.stdout is not None
        self._mother.stdin.write(json.dumps([arguments, environ, str(log)]) + "\n")
        self._mother.stdin.flush()
        return int(self._mother.stdout.readline())

    def close(self) -> None:
        assert self._mother.stdin is not None
        assert self._mother.stdout is not None
        self._mother.stdin.close()
        self._mother.wait(DEATH_SECONDS_MAX)
        self._mother.stdout.close()


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait_for_death(pid: int) -> None:
    """Return once a process is no more."""
    deadline = time.monotonic() + DEATH_SECONDS_MAX
    while is_alive(pid):
        if time.monotonic() > deadline:
            raise PartFailed(f"process {pid} does not die")
        time.sleep(0.005)


def main() -> None:
    """Bear children as asked, a line each, until the line is cut."""
    import app.__main__
    import app.server  # noqa: F401 -- its imports are what takes the time

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead need nobody to bury them
    for line in sys.stdin:
        arguments, environ, log = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _live(arguments, environ, log)
        print(pid, flush=True)


def _live(arguments: list[str], environ: dict[str, str], log: str) -> None:
    from app.__main__ import main as opentill

    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.environ.clear()
    os.environ.update(environ)
    written = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for number, handle in enumerate((nothing, written, written)):
        os.dup2(handle, number)
    os._exit(opentill(arguments))


if __name__ == "__main__":
    main()
