"""An Electrum server of our own: ElectrumX over a node of the tests."""

import contextlib
import json
import os
import shutil
import socket
import sys
import time
from hashlib import sha256
from importlib.util import find_spec
from types import TracebackType
from typing import Any

from embit.script import Script

from tests.components.coin_node import CoinNode
from tests.components.parts import MissingPart, Part, PartFailed, free_port, new_home

POLL_MS = 100  # how often it looks at its node
PATIENCE_SECONDS = 30.0
START = "from electrumx.cli.electrumx_server import main; main()"


class ElectrumX:
    """One server; `url` is what a chain's block in the settings names."""

    def __init__(self, node: CoinNode, coin: str = "Bitcoin") -> None:
        if find_spec("electrumx") is None:
            raise MissingPart("ElectrumX is missing: `make test` installs it (e-x, plyvel).")
        self.node = node
        self._coin = coin
        self._home = new_home("electrumx")
        self._part: Part | None = None
        self._link: socket.socket | None = None
        self._calls = 0
        self.port, self._admin_port = free_port(), free_port()
        self.url = f"tcp://127.0.0.1:{self.port}"
        try:
            self.start()
        except BaseException:
            self.stop()
            raise

    def start(self) -> None:
        """Start it, or start it again where it was."""
        self._part = Part(
            [sys.executable, "-W", "ignore", "-c", START],
            self._home / "log",
            environ={
                "HOME": str(self._home),
                "PATH": os.environ.get("PATH", ""),
                "DB_ENGINE": "leveldb",
                "DB_DIRECTORY": str(self._home),
                "COIN": self._coin,
                "NET": "regtest",
                "DAEMON_URL": self.node.url,
                "SERVICES": f"tcp://127.0.0.1:{self.port},rpc://127.0.0.1:{self._admin_port}",
                "DAEMON_POLL_INTERVAL_BLOCKS": str(POLL_MS),
                "DAEMON_POLL_INTERVAL_MEMPOOL": str(POLL_MS),
                "COST_SOFT_LIMIT": "0",
                "COST_HARD_LIMIT": "0",
                "SESSION_TIMEOUT": "86400",  # who is silent for ten minutes is cut off otherwise
                "ALLOW_ROOT": "1",
                "PEER_DISCOVERY": "off",
                "PEER_ANNOUNCE": "",
                "CACHE_MB": "50",
                "LOG_LEVEL": "warning",
            },
            directory=self._home,
        )
        self._part.wait_until(self._answers)
        self.caught_up()

    def call(self, method: str, *params: Any) -> Any:
        """Ask the server one thing, as any of its clients would."""
        if self._link is None:
            self._link = socket.create_connection(("127.0.0.1", self.port), timeout=30)
            self._lines = self._link.makefile("rw")
            self.call("server.version", "tests", "1.4")
        self._calls += 1
        self._lines.write(json.dumps({"id": self._calls, "method": method, "params": params}))
        self._lines.write("\n")
        self._lines.flush()
        while True:
            line = self._lines.readline()
            if not line:
                raise PartFailed(f"ElectrumX cut its client off at {method}")
            answer = json.loads(line)
            if answer.get("id") == self._calls:
                break
        if answer.get("error"):
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    def _answers(self) -> bool:
        with contextlib.suppress(OSError, ValueError, PartFailed):
            self.call("server.ping")
            return True
        self._hang_up()
        return False

    def caught_up(self) -> None:
        """Return when it has the node's newest block and knows all that waits there."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self._has_tip():
            if time.monotonic() > deadline:
                assert self._part is not None
                raise PartFailed(f"ElectrumX lags\n{self._part.last_words()}")
            time.sleep(0.01)

    def sees(self, tx: str, address: str) -> None:
        """Return when it shows a transaction among those of an address."""
        hash = sha256(Script.from_address(address).data).digest()[::-1].hex()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while tx not in {
            one["tx_hash"] for one in self.call("blockchain.scripthash.get_history", hash)
        }:
            assert time.monotonic() < deadline, f"ElectrumX does not show {tx}"
            time.sleep(0.01)

    def _has_tip(self) -> bool:
        header = bytes.fromhex(self.call("blockchain.headers.subscribe")["hex"])[:80]
        shown = sha256(sha256(header).digest()).digest()[::-1].hex()
        return shown == self.node.tip()

    def stop(self) -> None:
        """Stop it; `start` brings it back with what it had."""
        self._hang_up()
        if self._part is not None:
            self._part.stop()

    def rest(self) -> None:
        """Look at nothing until woken, nor let the node be looked at."""
        for part in (self._part, self.node.part):
            if part is not None:
                part.rest()

    def wake(self) -> None:
        for part in (self.node.part, self._part):
            if part is not None:
                part.wake()

    def _hang_up(self) -> None:
        if self._link is not None:
            self._link.close()
        self._link = None

    def close(self) -> None:
        self.stop()
        shutil.rmtree(self._home, ignore_errors=True)

    def __enter__(self) -> "ElectrumX":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
