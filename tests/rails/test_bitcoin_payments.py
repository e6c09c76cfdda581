"""The proof list on Bitcoin: bcoin on regtest, read over ElectrumX."""

from collections.abc import AsyncIterator

import pytest

from app.rails.bitcoin.network import BITCOIN_REGTEST
from app.web.offers import families
from tests.components import Bcoin, ElectrumX
from tests.rails.coin_chain import CoinChain, over_electrum
from tests.rails.coin_proof import CoinProof
from tests.rails.coin_till import CoinTill


class TestBitcoin(CoinProof):
    @pytest.fixture
    async def chain(self, bcoin: Bcoin, electrumx: ElectrumX) -> AsyncIterator[CoinChain]:
        async with over_electrum(bcoin, electrumx) as one:
            yield one

    async def test_the_network_fee_is_told_beside_the_chain(self, coin_till: CoinTill) -> None:
        asked = await coin_till.ask()
        told = coin_till.house.chains.fee_rates()
        assert told == {BITCOIN_REGTEST: "2 sat/vB"}
        (family,) = families(asked.quotes, coin_till.world.now(), frozenset(), told)
        assert [one.fee_rate for one in family.networks] == ["2 sat/vB"]
