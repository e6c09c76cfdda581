"""A browser driven by the WebDriver verbs it speaks itself.

WebKitGTK speaks them over HTTP and Firefox over a socket of its own; the verbs are the
same, so no library stands between.
"""

import json
import os
import shutil
import time
from abc import ABC, abstractmethod
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.components.parts import MissingPart, Part

PATIENCE_SECONDS = 60.0  # the slowest browser, on a machine with other work
PRESS_SECONDS = 10.0
PRESSES_MAX = 4
LOOK_SECONDS = 0.05
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # how the standard marks an element


class Driven(ABC):
    """A browser that does as it is told."""

    _parts: list[Part]
    _home: Path

    @abstractmethod
    def _say(self, name: str, path: str, body: dict[str, Any]) -> Any:
        """Have one verb done; return what it answers."""

    def go(self, url: str) -> None:
        """Open an address and wait until it has loaded."""
        self._say("Navigate", "url", {"url": url})

    def run(self, script: str, *arguments: Any) -> Any:
        """Return what a function body returns in the page, or in the frame that was entered."""
        return self._say("ExecuteScript", "execute/sync", {"script": script, "args": arguments})

    def until(self, script: str, seconds: float = PATIENCE_SECONDS) -> Any:
        """Wait until an expression in the page is true; return its value."""
        ends = time.monotonic() + seconds
        while True:
            found = None
            with suppress(DriverRefused):  # a page in between pages
                if found := self.run(f"return {script}"):
                    return found
            assert time.monotonic() < ends, f"waited for long: {script} is {found}"
            time.sleep(LOOK_SECONDS)

    def click(self, css: str) -> None:
        """Click as a hand would, on what is there and can be hit."""
        ends = time.monotonic() + PATIENCE_SECONDS
        while True:
            self.until(f"document.querySelector({json.dumps(css)})?.checkVisibility()")
            found = self._say("FindElement", "element", {"using": "css selector", "value": css})
            id = found.get("value", found)[ELEMENT]
            try:
                self._say("ElementClick", f"element/{id}/click", {"id": id})
                return
            except DriverRefused:  # the page turned under the finger
                assert time.monotonic() < ends, f"{css} cannot be clicked"
                time.sleep(LOOK_SECONDS)

    def press(self, css: str, then: str) -> None:
        """Click until it has its effect: what is drawn anew under the finger hears no click."""
        for _ in range(PRESSES_MAX):
            self.click(css)
            with suppress(AssertionError):
                self.until(f"{then} || !document.querySelector({json.dumps(css)})", PRESS_SECONDS)
                break
        self.until(then)

    def enter(self, script: str) -> None:
        """Go into the frame an expression finds."""
        self.until(script)
        frame = self.run(f"return {script}")
        id = frame[ELEMENT]
        self._say("SwitchToFrame", "frame", {"id": frame, "element": id})

    def leave(self) -> None:
        """Go back to the page at the top."""
        self._say("SwitchToFrame", "frame", {"id": None})

    def close(self) -> None:
        for part in reversed(self._parts):
            part.stop()
        shutil.rmtree(self._home, ignore_errors=True)

    def __enter__(self) -> "Driven":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class DriverRefused(Exception):
    """The browser could not do what it was told; the message is its own."""


def found(what: str, package: str, named: str, names: tuple[str, ...]) -> str:
    """Return the path of a program, or say what to install."""
    for name in (os.environ.get(named, ""), *names):
        if name and (path := shutil.which(name)):
            return path
    raise MissingPart(
        f"{what} is missing: install your system's `{package}` package, or set {named}."
    )
