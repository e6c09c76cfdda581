"""The machine's own Firefox: its verbs go over Marionette, a socket that reads JSON."""

import json
import os
import socket
from typing import Any

from tests.components.parts import Part, new_home
from tests.components.webdriver import Driven, DriverRefused, found

SETTINGS = """
user_pref("marionette.port", 0);
user_pref("app.update.enabled", false);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("services.settings.server", "data:,");
user_pref("toolkit.telemetry.enabled", false);
"""


class Firefox(Driven):
    """The machine's Firefox, without a window."""

    def __init__(self) -> None:
        path = found("Firefox", "firefox-esr", "OPENTILL_FIREFOX", ("firefox-esr", "firefox"))
        self._home = new_home("firefox")
        (self._home / "user.js").write_text(SETTINGS)
        profile = ["--profile", str(self._home)]
        self._parts = [
            Part(
                [path, "--headless", "--marionette", "--no-remote", *profile, "about:blank"],
                self._home / "log",
                environ=os.environ | {"HOME": str(self._home), "MOZ_CRASHREPORTER_DISABLE": "1"},
            )
        ]
        port = self._home / "MarionetteActivePort"
        self._parts[0].wait_until(lambda: port.exists() and port.read_text().strip() != "")
        self._socket = socket.create_connection(("127.0.0.1", int(port.read_text())), 30)
        self._heard = self._socket.makefile("rb")
        self._read()  # it says hello first
        self._count = 0
        self._say("NewSession", "", {"capabilities": {}})

    def _say(self, name: str, path: str, body: dict[str, Any]) -> Any:
        self._count += 1
        said = json.dumps([0, self._count, f"WebDriver:{name}", body]).encode()
        self._socket.sendall(b"%d:%s" % (len(said), said))
        _, _, error, result = self._read()
        if error:
            raise DriverRefused(error["message"])
        plain = isinstance(result, dict) and result.keys() == {"value"}
        return result["value"] if plain else result

    def _read(self) -> Any:
        """Read one message: its length, a colon, and so many bytes of JSON."""
        digits = b""
        while (byte := self._heard.read(1)) != b":":
            assert byte.isdigit(), "the browser hung up"
            digits += byte
        return json.loads(self._heard.read(int(digits)))

    def close(self) -> None:
        self._socket.close()
        super().close()
