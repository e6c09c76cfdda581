"""The proof list on Bitcoin: bcoin on regtest, read over ElectrumX."""

from collections.abc import AsyncIterator

import pytest

from tests.components import Bcoin, ElectrumX
from tests.rails.coin_chain import CoinChain, over_electrum
from tests.rails.coin_proof import CoinProof


class TestBitcoin(CoinProof):
    @pytest.fixture
    async def chain(self, bcoin: Bcoin, electrumx: ElectrumX) -> AsyncIterator[CoinChain]:
        async with over_electrum(bcoin, electrumx) as one:
            yield one
