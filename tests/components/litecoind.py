"""A Litecoin node of our own: the system's litecoind, of Bitcoin Core's own code."""

import os
import shutil
from typing import Any

from embit.networks import NETWORKS

from tests.components.coin_node import CoinNode
from tests.components.parts import MissingPart, Part

FIRST_BLOCKS = 120
USER, PASSWORD = "till", "test"


def litecoind_path() -> str:
    """Return the path of litecoind."""
    if named := os.environ.get("OPENTILL_LITECOIND"):
        return named
    if found := shutil.which("litecoind"):
        return found
    raise MissingPart(
        "litecoind is missing: `make test` installs the package litecoind where it may; "
        "or set OPENTILL_LITECOIND to a binary."
    )


class Litecoind(CoinNode):
    """One litecoind on regtest."""

    network: dict[str, Any] = NETWORKS["regtest"] | {"p2sh": b"\x3a", "bech32": "rltc"}
    first_blocks = FIRST_BLOCKS

    def __init__(self) -> None:
        super().__init__("litecoind", f"{USER}:{PASSWORD}")

    def _start(self) -> Part:
        options = {
            "regtest": "1",
            "datadir": str(self._home),
            "server": "1",
            "listen": "0",
            "rpcbind": "127.0.0.1",
            "rpcallowip": "127.0.0.1",
            "rpcport": str(self.port),
            "rpcuser": USER,
            "rpcpassword": PASSWORD,
            "txindex": "1",
            "disablewallet": "1",
            "acceptnonstdtxn": "1",
            "dustrelayfee": "0",
            "mempoolreplacement": "1",
            "fallbackfee": "0.0001",
            "printtoconsole": "1",
        }
        part = Part(
            [litecoind_path(), *(f"-{name}={value}" for name, value in options.items())],
            self._home / "log",
            environ={"HOME": str(self._home), "PATH": os.environ.get("PATH", "")},
            directory=self._home,
        )
        part.wait_until(self.answers)
        return part

    def replace(self, raw: str) -> str:
        found: str = self.rpc("sendrawtransaction", raw)
        return found

    def mine_only(self, address: str, raws: list[str]) -> None:
        self.rpc("generateblock", address, raws)
