"""The machine's own WebKitGTK: the engine next to the one on an iPhone, over WebDriver's HTTP."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx

from tests.components.parts import MissingPart, Part, new_home, on_free_port
from tests.components.webdriver import Driven, DriverRefused, found

MINIBROWSERS = (
    "/usr/lib/*/webkit2gtk-4.1/MiniBrowser",
    "/usr/lib*/webkit2gtk-4.1/MiniBrowser",
    "/usr/libexec/webkit2gtk-4.1/MiniBrowser",
)


class WebKit(Driven):
    """The machine's WebKitGTK, on a screen nobody sees."""

    def __init__(self) -> None:
        driver = found("WebKitGTK", "webkit2gtk-driver", "OPENTILL_WEBKIT", ("WebKitWebDriver",))
        screen = found("A screen without a monitor", "xvfb", "OPENTILL_XVFB", ("Xvfb",))
        shown = next((str(one) for some in MINIBROWSERS for one in _glob(some)), None)
        if shown is None:
            raise MissingPart("MiniBrowser is missing: it comes with `webkit2gtk-driver`.")
        self._home = new_home("webkit")
        log = self._home / "screen"
        size = ["-screen", "0", "1280x1024x24", "-nolisten", "tcp"]
        self._parts = [Part([screen, "-displayfd", "1", *size], log)]
        self._parts[0].wait_until(lambda: _number(log) is not None)
        environ = os.environ | {"DISPLAY": f":{_number(log)}", "HOME": str(self._home)}
        environ |= {"GDK_BACKEND": "x11", "NO_AT_BRIDGE": "1", "XDG_RUNTIME_DIR": str(self._home)}

        def start(port: int) -> tuple[Part, int]:
            command = [driver, f"--port={port}", "--host=127.0.0.1"]
            return Part(command, self._home / "log", environ=environ), port

        part, port = on_free_port(start)
        self._parts.append(part)
        self._http = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False)
        part.wait_until(self._ready)
        options = {"binary": shown, "args": ["--automation"]}
        wanted = {"browserName": "MiniBrowser", "webkitgtk:browserOptions": options}
        made = self._ask("/session", {"capabilities": {"alwaysMatch": wanted}})
        self._session = f"/session/{made['sessionId']}"

    def _ready(self) -> bool:
        with suppress(httpx.TransportError):
            return self._http.get("/status").is_success
        return False

    def _ask(self, path: str, body: dict[str, Any]) -> Any:
        answer = self._http.post(path, json=body).json()["value"]
        if isinstance(answer, dict) and "error" in answer:
            raise DriverRefused(f"{answer['error']}: {answer['message']}")
        return answer

    def _say(self, name: str, path: str, body: dict[str, Any]) -> Any:
        return self._ask(f"{self._session}/{path}", body)

    def close(self) -> None:
        with suppress(httpx.TransportError):
            self._http.delete(self._session)
        self._http.close()
        super().close()


def _glob(pattern: str) -> list[Path]:
    return sorted(Path("/").glob(pattern.lstrip("/")))


def _number(log: Path) -> int | None:
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.isdigit()]
    return int(lines[0]) if lines else None
