"""The proof list on Litecoin: litecoind on regtest, read by its own RPC."""

from collections.abc import AsyncIterator

import pytest

from tests.components import Litecoind
from tests.rails.coin_chain import CoinChain, over_core
from tests.rails.coin_proof import CoinProof


class TestLitecoin(CoinProof):
    @pytest.fixture
    async def chain(self, litecoind: Litecoind) -> AsyncIterator[CoinChain]:
        async with over_core(litecoind) as one:
            yield one
