"""A Bitcoin node of our own: bcoin in JavaScript, on a chain in memory."""

import os
from pathlib import Path
from typing import Any

from embit.networks import NETWORKS

from tests.components.coin_node import CoinNode
from tests.components.parts import ROOT, MissingPart, Part, node_path

# Segwit is voted for: from this height on it is in force on bcoin's regtest.
SEGWIT_BLOCKS = 440
KEY = "test"


def bcoin_root() -> Path:
    """Return where bcoin is installed."""
    path = ROOT / "node_modules" / "bcoin"
    if not path.exists():
        raise MissingPart("bcoin is missing: `make test` installs it with the npm parts.")
    return path


class Bcoin(CoinNode):
    """One bcoin node on regtest. Blocks are mined when told; `purse` has coins."""

    network: dict[str, Any] = NETWORKS["regtest"]
    first_blocks = SEGWIT_BLOCKS

    def __init__(self) -> None:
        super().__init__("bcoin", f"x:{KEY}")

    def _start(self) -> Part:
        root = bcoin_root()
        options = {
            "network": "regtest",
            "memory": "true",
            "prefix": str(self._home / "data"),
            "http-host": "127.0.0.1",
            "http-port": str(self.port),
            "api-key": KEY,
            "listen": "false",
            "no-wallet": "true",
            "replace-by-fee": "true",
            "index-tx": "true",
            "index-address": "true",
            "workers": "false",
            "log-level": "error",
            "log-file": "false",
        }
        preload = Path(__file__).with_suffix(".js")
        words = [node_path(), "-r", str(preload), str(root / "bin" / "node")]
        environ = {
            "HOME": str(self._home),
            "PATH": os.environ.get("PATH", ""),
            "BCOIN_ROOT": str(root),
            "NODE_NO_WARNINGS": "1",
        }
        part = Part(
            [*words, *(f"--{name}={value}" for name, value in options.items())],
            self._home / "log",
            environ=environ,
            directory=self._home,
        )
        part.wait_until(self.answers)
        return part

    def forget(self) -> bool:
        self.rpc("forgetmempool")
        return True

    def replace(self, raw: str) -> str:
        found: str = self.rpc("replacetransaction", raw)
        return found

    def mine_only(self, address: str, raws: list[str]) -> None:
        self.forget()
        for raw in raws:
            self.rpc("replacetransaction", raw)
        self.rpc("generatetoaddress", 1, address)
