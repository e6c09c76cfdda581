"""A demo that is paid in bitcoin on regtest: real blocks, real addresses, coins of nobody's."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.rails.bitcoin.network import BITCOIN_REGTEST
from e2e.till import Till
from tests.components import ElectrumX
from tests.rails.coin_chain import fresh_tpub

SETTINGS = """
[[chains]]
id = "{id}"
rpc = ["{url}"]
scan_seconds = 0.3
depths = [{{ confirmations = 1 }}]
"""


@contextmanager
def regtest_demo(
    folder: Path, server: ElectrumX, *, port: int = 0, **environment: str
) -> Iterator[Till]:
    """Run a demo whose account has a key of its own on an Electrum server's chain."""
    config = folder / "opentill.toml"
    config.write_text(SETTINGS.format(id=BITCOIN_REGTEST, url=server.url))
    environment["OPENTILL_CONFIG"] = os.fspath(config)
    with Till(folder / "data", port=port, **environment) as running:
        new = {"family": "bitcoin", "kind": "xpub", "value": fresh_tpub()}
        running.ask("POST", "/v1/destinations", new)
        yield running
