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
import tempfile
import time
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from tests.components.parts import ROOT, PartFailed

DEATH_SECONDS_MAX = 10.0
ERRAND_SECONDS_MAX = 60.0
PR_SET_PDEATHSIG = 1  # from <linux/prctl.h>: end with your parent


class Nursery:
    """The mother process. Closing it ends whatever it bore."""

    def __init__(self) -> None:
        self._mother = subprocess.Popen(
            [sys.executable, "-m", "tests.components.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )

    def bear(
        self,
        arguments: Sequence[str],
        environ: Mapping[str, str],
        log: Path,
        *,
        folder: Path = ROOT,
        will: str = "",
    ) -> int:
        """Start `opentill` with arguments in a folder and return its process id.

        What it prints goes to `log`, its exit status to the file `will`, if one is named.
        """
        assert self._mother.stdin is not None
        assert self._mother.stdout is not None
        asked = [list(arguments), dict(environ), str(log), str(folder), will]
        self._mother.stdin.write(json.dumps(asked) + "\n")
        self._mother.stdin.flush()
        return int(self._mother.stdout.readline())

    def run(
        self, arguments: Sequence[str], environ: Mapping[str, str], folder: Path
    ) -> tuple[int, str]:
        """Let `opentill` do an errand; return its exit status and all that it printed."""
        with tempfile.TemporaryDirectory() as paper:
            log, will = Path(paper) / "log", Path(paper) / "will"
            pid = self.bear(arguments, environ, log, folder=folder, will=str(will))
            wait_for_death(pid, ERRAND_SECONDS_MAX)
            said = log.read_text()
            if not will.exists():
                raise PartFailed(f"{arguments} died without a status\n{said}")
            return int(will.read_text()), said

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

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


def wait_for_death(pid: int, seconds: float = DEATH_SECONDS_MAX) -> None:
    """Return once a process is no more."""
    deadline = time.monotonic() + seconds
    while is_alive(pid):
        if time.monotonic() > deadline:
            raise PartFailed(f"process {pid} does not die")
        time.sleep(0.005)


def main() -> None:
    """Bear children as asked, a line each, until the line is cut."""
    import app.__main__
    import app.desk
    import app.server  # noqa: F401 -- their imports are what takes the time

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead need nobody to bury them
    for line in sys.stdin:
        asked = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _live(*asked)
        print(pid, flush=True)


def _live(arguments: list[str], environ: dict[str, str], log: str, folder: str, will: str) -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.environ.clear()
    os.environ.update(environ)
    os.chdir(folder)
    written = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for number, handle in enumerate((nothing, written, written)):
        os.dup2(handle, number)
    status = _status(arguments)
    sys.stdout.flush()
    if will:
        Path(will).write_text(str(status))
    os._exit(status)


def _status(arguments: list[str]) -> int:
    from app.__main__ import main as opentill

    try:
        return opentill(arguments)
    except SystemExit as ended:  # a way out may have words, which Python prints
        if isinstance(ended.code, str):
            print(ended.code, file=sys.stderr)
        return ended.code if isinstance(ended.code, int) else 1
    except BaseException:
        traceback.print_exc()
        return 1


if __name__ == "__main__":
    main()
