"""Bitcoin and Litecoin as the rails' tests drive them: a real node, a source, a wire between.

Bitcoin is bcoin behind ElectrumX, Litecoin is litecoind by its own RPC.
"""

import asyncio
import itertools
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Any

import httpx
from embit import bip32
from embit.networks import NETWORKS

from app.domain.ledger import Ledger
from app.rails.base import Place
from app.rails.bitcoin.network import BITCOIN_REGTEST, LITECOIN_REGTEST
from app.rails.bitcoin.rail import BitcoinRail
from app.rails.registry import build
from app.settings import ChainSettings, Settings
from app.world import World, authorities
from tests.components import CoinNode, ElectrumX, Litecoind
from tests.rails.wire_proxy import WireProxy

_accounts = itertools.count(1)
_slots = itertools.count()


def fresh_tpub(purpose: int = 84) -> str:
    """Return an account key whose addresses no chain has seen."""
    root = bip32.HDKey.from_seed(b"a merchant's seed for the tests!", NETWORKS["regtest"]["xprv"])
    account = root.derive(f"m/{purpose}h/1h/{next(_accounts)}h").to_public()
    return str(account.to_base58())


class CoinChain:
    """A chain the tests drive, and the wire its source is reached by."""

    def __init__(
        self, id: str, ledger: str, node: CoinNode, proxy: WireProxy, server: ElectrumX | None
    ) -> None:
        self.id = id
        self.ledger = ledger
        self.node = node
        self.proxy = proxy
        self.server = server

    @property
    def family(self) -> str:
        return "litecoin" if self.id == LITECOIN_REGTEST else "bitcoin"

    @property
    def url(self) -> str:
        """Return the source's address, by way of the wire."""
        return self.url_at(self.proxy.port)

    @property
    def straight(self) -> str:
        """Return the source's address without the wire: a second source."""
        return self.url_at(self.proxy.upstream)

    def url_at(self, port: int) -> str:
        if self.server is not None:
            return f"tcp://127.0.0.1:{port}"
        user = self.node.url.removeprefix("http://").partition("@")[0]
        return f"core+http://{user}@127.0.0.1:{port}"

    def settings(self, *urls: str, **more: Any) -> ChainSettings:
        return ChainSettings(self.id, urls or (self.url,), **more)

    def rail(self, world: World, *urls: str, **more: Any) -> tuple[BitcoinRail, Ledger]:
        """Return a rail for this chain, through the registry, and its ledger."""
        settings = Settings(chains=(self.settings(*urls, **more),), sandbox=False)
        catalogue, rails = build(settings, world)
        rail = rails[self.id]
        assert isinstance(rail, BitcoinRail)
        return rail, catalogue.ledger(self.ledger)

    async def pay(self, to: str, *amounts: int, **how: Any) -> str:
        """Pay an address; return when the source shows it."""
        tx = await asyncio.to_thread(self.node.purse.pay, to, *amounts, **how)
        await self.shown(tx, to)
        return tx

    async def send(self, to: str, amounts: list[int]) -> str:
        """Pay an address several times in one transaction."""
        return await self.pay(to, *amounts)

    async def shown(self, tx: str, to: str) -> None:
        if self.server is not None:
            await asyncio.to_thread(self.server.sees, tx, to)

    async def replace(self, old: str, to: str | None, amount: int = 0) -> str:
        """Replace what waits: with a payment to another address, or with none."""
        return await asyncio.to_thread(self.node.purse.replace, old, to, amount)

    async def mine(self, blocks: int = 1) -> None:
        await asyncio.to_thread(self.node.purse.mine, blocks)
        await self.caught_up()

    async def reorg(self, depth: int, *, keep: bool = False) -> None:
        await asyncio.to_thread(self.node.purse.reorg, depth, keep=keep)

    async def mine_nothing(self) -> None:
        """Mine a block, and let what waits wait on."""
        purse = self.node.purse
        await asyncio.to_thread(purse.mine_nothing)
        await self.caught_up()

    def lie_about_the_tip(self, by: int) -> None:
        """Let the wire call the newest block and the next so much higher, until it is told no more.

        The block is the true one: only its height is not its own.
        """
        height = self.node.height()
        pattern = re.compile(rb'"height":\s*(%d|%d)\b' % (height, height + 1))
        self.proxy.rewrite = lambda line: pattern.sub(
            lambda found: b'"height":%d' % (int(found[1]) + by), line
        )
        self.proxy.cut()

    async def caught_up(self) -> None:
        if self.server is not None:
            await asyncio.to_thread(self.server.caught_up)

    def tip_seconds(self) -> int:
        """Return the newest block's own time."""
        block = self.node.rpc("getblock", self.node.tip())
        return int(block["time"])


class CoinHarness:
    """The contract suite's hands on such a chain."""

    kind = "xpub"

    def __init__(self, chain: CoinChain, rail: BitcoinRail, ledger: Ledger) -> None:
        self.chain = chain
        self.rail = rail
        self.ledger = ledger
        self.value = fresh_tpub()

    def fresh_slot(self) -> int:
        return next(_slots)

    def unknown_tx(self) -> str:
        return sha256(str(next(_slots)).encode()).hexdigest()

    async def pay(self, place: Place, ledger: Ledger, amount: int) -> str:
        return await self.chain.pay(place.to, amount)

    async def mine(self, blocks: int = 1) -> None:
        await self.chain.mine(blocks)

    async def reorg(self, depth: int) -> None:
        await self.chain.reorg(depth)

    async def outage(self, *, down: bool) -> None:
        self.chain.proxy.down = down


@asynccontextmanager
async def over_electrum(node: CoinNode, server: ElectrumX) -> AsyncIterator[CoinChain]:
    """Yield Bitcoin over Electrum, with a wire of the test's own."""
    async with WireProxy(server.port) as proxy:
        yield CoinChain(BITCOIN_REGTEST, "btc_regtest", node, proxy, server)


@asynccontextmanager
async def over_core(node: Litecoind) -> AsyncIterator[CoinChain]:
    """Yield Litecoin by its node's RPC, with a wire of the test's own."""
    async with WireProxy(node.port) as proxy:
        yield CoinChain(LITECOIN_REGTEST, "ltc_regtest", node, proxy, None)


@asynccontextmanager
async def opened(chain: CoinChain, *urls: str, **more: Any) -> AsyncIterator[CoinHarness]:
    """Yield the harness of a rail that is closed afterwards."""
    async with httpx.AsyncClient(timeout=10, trust_env=False, verify=authorities()) as http:
        rail, ledger = chain.rail(World(http), *urls, **more)
        try:
            yield CoinHarness(chain, rail, ledger)
        finally:
            await rail.close()
