"""The real components the tests run against, each started on a free loopback port.

Nothing here is a stand-in: a PostgreSQL server, an EVM node, a browser, a web server that
keeps what it hears. What a machine lacks is a failure that names the missing part and how
to install it, never a skipped test.
"""

from tests.components.anvil import Anvil
from tests.components.bcoin import Bcoin
from tests.components.browser import CHROMIUM_ARGS, chromium, chromium_path
from tests.components.coin_node import CoinNode, Purse
from tests.components.electrum import Channel
from tests.components.electrumx import ElectrumX
from tests.components.litecoind import Litecoind
from tests.components.parts import MissingPart, free_port, node_path
from tests.components.postgres import Postgres
from tests.components.receiver import Answer, Heard, Receiver

__all__ = [
    "CHROMIUM_ARGS",
    "Answer",
    "Anvil",
    "Bcoin",
    "Channel",
    "CoinNode",
    "ElectrumX",
    "Heard",
    "Litecoind",
    "MissingPart",
    "Postgres",
    "Purse",
    "Receiver",
    "chromium",
    "chromium_path",
    "free_port",
    "node_path",
]
