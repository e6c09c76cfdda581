"""An Electrum server answers and tells news on one line: which came first is not always seen."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.components import Bcoin, ElectrumX
from tests.rails.coin_chain import CoinChain, opened, over_electrum
from tests.rails.contract import Watching


@pytest.fixture
async def bitcoin(bcoin: Bcoin, electrumx: ElectrumX) -> AsyncIterator[CoinChain]:
    async with over_electrum(bcoin, electrumx) as one:
        yield one


async def test_news_that_overtakes_an_answer_is_not_forgotten(bitcoin: CoinChain) -> None:
    async with opened(bitcoin) as one:
        place = one.rail.place(one.kind, one.value, one.fresh_slot())
        watch = Watching(place)
        held: list[bytes] = []

        def together(line: bytes) -> bytes:
            """Hold "nothing ever happened here" back until there is news of it."""
            if b'"method"' in line:
                return b"".join(held) + line
            if b'"result":null' in line.replace(b" ", b""):
                held.append(line)
                return b""
            return line

        bitcoin.proxy.rewrite = together
        since = (await one.rail.scan(None, watch)).cursor
        scanning = asyncio.create_task(one.rail.scan(since, watch))
        async with asyncio.timeout(10):
            while not held:  # noqa: ASYNC110 -- the wire has no bell
                await asyncio.sleep(0.01)
        tx = await bitcoin.pay(place.to, 5_000)
        await scanning
        assert [t.tx for t in (await one.rail.scan(since, watch)).transfers] == [tx]
