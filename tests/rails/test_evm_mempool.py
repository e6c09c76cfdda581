"""Payments that are in no block yet, and what becomes of them."""

import httpx
import pytest

from app.rails.base import Fate, Found
from app.rails.evm.rail import EvmRail
from tests.rails.contract import Watching
from tests.rails.evm_chain import XPUB, EvmChain, fresh_slot
from tests.rails.proxy import Proxy


@pytest.fixture
def rail(evm: EvmChain, http: httpx.AsyncClient, proxy: Proxy) -> EvmRail:
    return evm.rail(http, proxy.url)[0]


async def test_a_native_payment_is_seen_then_confirmed_under_one_name(
    evm: EvmChain, rail: EvmRail
) -> None:
    place = rail.place("xpub", XPUB, fresh_slot())
    since = (await rail.scan(None, Watching(place))).cursor
    tx = evm.send(place.to, value=5)
    scan = await rail.scan(since, Watching(place))
    (waiting,) = scan.transfers
    assert (waiting.tx, waiting.index, waiting.confirmations) == (tx, -1, 0)
    assert (waiting.block, waiting.block_hash, waiting.final) == (None, None, False)
    assert await rail.check([waiting]) == [waiting]
    evm.mine()
    (mined,) = (await rail.scan(scan.cursor, Watching(place))).transfers
    assert (mined.tx, mined.index, mined.confirmations) == (tx, -1, 1)
    assert await rail.check([waiting]) == [mined]


async def test_a_token_payment_is_foretold_then_replaced_by_its_log(
    evm: EvmChain, rail: EvmRail
) -> None:
    place = rail.place("xpub", XPUB, fresh_slot())
    since = (await rail.scan(None, Watching(place))).cursor
    tx = evm.transfer(evm.usdc, place.to, 5)
    scan = await rail.scan(since, Watching(place))
    (waiting,) = scan.transfers
    assert (waiting.tx, waiting.index, waiting.ledger) == (tx, -2, "dev_usdc")
    assert (waiting.amount, waiting.confirmations) == (5, 0)
    assert await rail.find(tx) == Found(fate=Fate.WAITING, transfers=(waiting,))
    evm.mine()
    (mined,) = (await rail.scan(scan.cursor, Watching(place))).transfers
    assert (mined.tx, mined.confirmations, mined.removed) == (tx, 1, False)
    assert mined.index >= 0
    found, gone = await rail.check([waiting])
    assert found == mined
    assert (gone.index, gone.removed) == (-2, True)


async def test_a_payment_that_failed_is_removed_when_it_lands(evm: EvmChain, rail: EvmRail) -> None:
    place = rail.place("xpub", XPUB, fresh_slot())
    since = (await rail.scan(None, Watching(place))).cursor
    evm.transfer(evm.usdc, place.to, 10**30, gas=100_000)  # nobody has so much
    (waiting,) = (await rail.scan(since, Watching(place))).transfers
    evm.mine()
    (gone,) = await rail.check([waiting])
    assert gone.removed


async def test_a_payment_that_vanished_is_removed(evm: EvmChain, rail: EvmRail) -> None:
    place = rail.place("xpub", XPUB, fresh_slot())
    since = (await rail.scan(None, Watching(place))).cursor
    tx = evm.send(place.to, value=5)
    (waiting,) = (await rail.scan(since, Watching(place))).transfers
    evm.anvil.rpc("anvil_dropTransaction", tx)
    (gone,) = await rail.check([waiting])
    assert gone.removed


async def test_a_payment_one_question_cannot_find_is_not_removed(
    evm: EvmChain, rail: EvmRail, proxy: Proxy
) -> None:
    place = rail.place("xpub", XPUB, fresh_slot())
    since = (await rail.scan(None, Watching(place))).cursor
    tx = evm.send(place.to, value=5)
    (waiting,) = (await rail.scan(since, Watching(place))).transfers
    evm.anvil.rpc("anvil_dropTransaction", tx)
    no = {"error": {"code": -32000, "message": "not now"}}
    proxy.rule = lambda call: no if call["method"] == "eth_getTransactionByHash" else None
    assert await rail.check([waiting]) == []


async def test_a_node_without_a_pending_block_is_no_fault(
    evm: EvmChain, rail: EvmRail, proxy: Proxy
) -> None:
    no = {"error": {"code": -32000, "message": "pending block is not available"}}
    proxy.rule = lambda call: no if "pending" in call["params"] else None
    place = rail.place("xpub", XPUB, fresh_slot())
    since = (await rail.scan(None, Watching(place))).cursor
    evm.send(place.to, value=5)
    scan = await rail.scan(since, Watching(place))
    assert scan.transfers == ()


async def test_a_node_that_calls_its_newest_block_pending_is_seen_through(
    evm: EvmChain, rail: EvmRail, proxy: Proxy
) -> None:
    place = rail.place("xpub", XPUB, fresh_slot())
    since = (await rail.scan(None, Watching(place))).cursor
    evm.send(place.to, value=5)
    evm.mine()
    newest = evm.anvil.rpc("eth_getBlockByNumber", "latest", True)
    proxy.rule = lambda call: {"result": newest} if "pending" in call["params"] else None
    (only,) = (await rail.scan(since, Watching(place))).transfers
    assert only.block is not None


async def test_a_pending_block_that_is_not_ahead_says_nothing(
    evm: EvmChain, rail: EvmRail, proxy: Proxy
) -> None:
    place = rail.place("xpub", XPUB, fresh_slot())
    since = (await rail.scan(None, Watching(place))).cursor
    evm.send(place.to, value=5)
    pending = evm.anvil.rpc("eth_getBlockByNumber", "pending", True)
    nameless = {"result": pending | {"number": None, "hash": None}}
    proxy.rule = lambda call: nameless if "pending" in call["params"] else None
    assert (await rail.scan(since, Watching(place))).transfers == ()


async def test_a_fast_chain_does_not_ask_for_its_mempool(
    evm: EvmChain, http: httpx.AsyncClient, proxy: Proxy
) -> None:
    rail, _ = evm.rail(http, proxy.url, block_seconds=2)
    place = rail.place("xpub", XPUB, fresh_slot())
    since = (await rail.scan(None, Watching(place))).cursor
    tx = evm.send(place.to, value=5)
    assert (await rail.scan(since, Watching(place))).transfers == ()
    assert await rail.find(tx) == Found(fate=Fate.WAITING)
    assert all("pending" not in call["params"] for call in proxy.calls)
