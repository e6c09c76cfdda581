"""ICPay's SDK in a Node.js of its own, driven by lines of JSON, with a wallet that holds a key."""

import itertools
import json
import subprocess
import threading
from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec

from tests.components.parts import ROOT, MissingPart, node_path

ANSWER_SECONDS = 30.0
DRIVER = Path(__file__).parent / "sdk.mjs"


class Answer(msgspec.Struct, kw_only=True):
    """What became of one call: `asked` are its requests, `told` the events its client sent."""

    id: int
    result: Any = None
    error: dict[str, Any] | None = None
    asked: list[tuple[str, str, int]] = []
    told: list[tuple[str, Any]] = []
    refused: str | None = None  # no answer yet: its wallet was asked for this, and said no

    @property
    def events(self) -> list[str]:
        return [name for name, _ in self.told]


class Sdk:
    """The SDK's process. Calls may be under way beside each other."""

    def __init__(self, log: Path) -> None:
        if not (ROOT / "node_modules" / "@ic-pay" / "icpay-sdk").exists():
            raise MissingPart("ICPay's SDK is missing: `make test` installs its npm package.")
        self._log = log.open("w+")
        self._process = subprocess.Popen(
            [node_path(), str(DRIVER)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        self._numbers = itertools.count(1)
        self._answers: dict[int, Answer] = {}
        self._refused: set[int] = set()
        self._came = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.asked: list[tuple[str, str, int]] = []  # by every call that was answered

    def start(
        self, call: str, *words: Any, config: dict[str, Any], wallet: dict[str, Any] | None = None
    ) -> int:
        """Begin a call; `wait` brings its answer."""
        number = next(self._numbers)
        line = {"id": number, "call": call, "with": words, "config": config, "wallet": wallet}
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(line) + "\n")
        self._process.stdin.flush()
        return number

    def wait(self, number: int) -> Answer:
        with self._came:
            came = self._came.wait_for(lambda: number in self._answers, ANSWER_SECONDS)
            assert came, f"no answer to call {number}\n{self._words()}"
            answer = self._answers.pop(number)
        self.asked += answer.asked
        return answer

    def refused(self, number: int) -> None:
        """Return once a call's wallet was asked for something, and said no."""
        with self._came:
            came = self._came.wait_for(lambda: number in self._refused, ANSWER_SECONDS)
            assert came, f"call {number} asked its wallet nothing\n{self._words()}"

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            answer = msgspec.json.decode(line, type=Answer)
            with self._came:
                if answer.refused:
                    self._refused.add(answer.id)
                else:
                    self._answers[answer.id] = answer
                self._came.notify_all()

    def _words(self) -> str:
        self._log.flush()
        self._log.seek(0)
        return self._log.read()[-2000:]

    def __enter__(self) -> "Sdk":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._process.kill()  # it has nothing to put in order
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._reader.join()
        self._log.close()
