"""The rail of Bitcoin and Litecoin keeps the contract, over Electrum and by a node's RPC."""

from collections.abc import AsyncIterator

import pytest

from tests.components import Bcoin, ElectrumX, Litecoind
from tests.rails.coin_chain import CoinHarness, opened, over_core, over_electrum
from tests.rails.contract import RailContract


class TestBitcoinOverElectrum(RailContract):
    @pytest.fixture
    async def harness(self, bcoin: Bcoin, electrumx: ElectrumX) -> AsyncIterator[CoinHarness]:
        async with over_electrum(bcoin, electrumx) as chain, opened(chain) as harness:
            yield harness


class TestLitecoinByItsNode(RailContract):
    @pytest.fixture
    async def harness(self, litecoind: Litecoind) -> AsyncIterator[CoinHarness]:
        async with over_core(litecoind) as chain, opened(chain) as harness:
            yield harness
