"""The chain changes its mind: nothing is lost, and nothing is removed without proof."""

from typing import Any

import httpx
import msgspec
import pytest

from app.errors import ChainUnavailable
from app.rails.base import Place, Transfer
from app.rails.evm.cursor import Cursor
from app.rails.evm.rail import EvmRail
from tests.components import Anvil
from tests.rails.contract import Watching, scan_all
from tests.rails.evm_chain import ACCOUNTS, XPUB, EvmChain, encode, fresh_slot
from tests.rails.proxy import Proxy


@pytest.fixture
def rail(evm: EvmChain, http: httpx.AsyncClient, proxy: Proxy) -> EvmRail:
    return evm.rail(http, proxy.url)[0]


async def paid(rail: EvmRail, evm: EvmChain, native: bool = False) -> tuple[Transfer, str, str]:
    """Return a transfer in the newest block, its raw transaction and the cursor after it."""
    place = rail.place("xpub", XPUB, fresh_slot())
    since = (await rail.scan(None, Watching(place))).cursor
    tx = evm.send(place.to, value=5) if native else evm.transfer(evm.usdc, place.to, 5)
    raw = evm.raw(tx)
    evm.mine()
    scan = await rail.scan(since, Watching(place))
    (transfer,) = scan.transfers
    return transfer, raw, scan.cursor


@pytest.mark.parametrize("native", [False, True])
async def test_reorged_out_and_back_in_a_later_block(
    evm: EvmChain, rail: EvmRail, native: bool
) -> None:
    transfer, raw, cursor = await paid(rail, evm, native)
    watch = Watching(Place(to=transfer.to))
    evm.reorg(1)
    (gone,) = await rail.check([transfer])
    assert gone.removed
    scan = await scan_all(rail, cursor, watch)
    assert scan.transfers == ()
    evm.send_raw(raw)
    evm.mine()
    (back,) = (await scan_all(rail, scan.cursor, watch)).transfers
    assert back.tx == transfer.tx
    assert back.block_hash != transfer.block_hash
    assert not back.removed
    assert await rail.check([back]) == [back]


async def test_check_follows_a_transfer_to_its_new_block(evm: EvmChain, rail: EvmRail) -> None:
    transfer, raw, _ = await paid(rail, evm)
    evm.reorg(1)
    evm.send_raw(raw)
    evm.mine(2)
    (moved,) = await rail.check([transfer])  # the same index: the same name, a new block
    assert (moved.tx, moved.index) == (transfer.tx, transfer.index)
    assert moved.block_hash == evm.receipt(transfer.tx)["blockHash"] != transfer.block_hash
    assert moved.confirmations == 2
    assert not moved.removed


async def test_check_follows_a_transfer_to_its_new_index(evm: EvmChain, rail: EvmRail) -> None:
    transfer, raw, _ = await paid(rail, evm)
    evm.reorg(1)
    mint = encode("mint(address,uint256)", evm.wallet, 1)
    # A higher bid: this log comes before ours in the new block.
    evm.send(evm.usdc, mint, sender=ACCOUNTS[1], gas_price=10**12)
    evm.send_raw(raw)
    evm.mine()
    (moved,) = await rail.check([transfer])
    assert (moved.tx, moved.index, moved.removed) == (transfer.tx, transfer.index + 1, False)
    assert moved.block_hash == evm.receipt(transfer.tx)["blockHash"]


async def test_twins_in_one_transaction_stay_two_when_they_move(
    evm: EvmChain, rail: EvmRail
) -> None:
    place = rail.place("xpub", XPUB, fresh_slot())
    evm.transfer(evm.usdc, evm.wallet, 10)
    evm.mine()
    since = (await rail.scan(None, Watching(place))).cursor
    tx = evm.pay_many(evm.usdc, [(place.to, 5), (place.to, 5)], funded=True)
    raw = evm.raw(tx)
    evm.mine()
    twins = (await rail.scan(since, Watching(place))).transfers
    assert len(twins) == 2
    evm.reorg(1)
    mint = encode("mint(address,uint256)", evm.wallet, 1)
    evm.send(evm.usdc, mint, sender=ACCOUNTS[1], gas_price=10**12)
    evm.send_raw(raw)
    evm.mine()
    moved = await rail.check(twins)
    assert [one.index for one in moved] == [one.index + 1 for one in twins]
    assert not any(one.removed for one in moved)


async def test_a_transfer_that_fails_in_its_new_block_is_gone(evm: EvmChain, rail: EvmRail) -> None:
    place = rail.place("xpub", XPUB, fresh_slot())
    evm.transfer(evm.usdc, evm.wallet, 5)
    evm.mine()
    since = (await rail.scan(None, Watching(place))).cursor
    tx = evm.pay_many(evm.usdc, [(place.to, evm.balance(evm.usdc, evm.wallet))], funded=True)
    raw = evm.raw(tx)
    evm.mine()
    (transfer,) = (await rail.scan(since, Watching(place))).transfers
    evm.reorg(1)
    evm.anvil.rpc("anvil_setCode", evm.wallet, "0xfe")  # the wallet now refuses to pay
    evm.send_raw(raw)
    evm.mine()
    evm.anvil.rpc("anvil_setCode", evm.wallet, evm.wallet_code)
    assert evm.receipt(tx)["status"] == "0x0"
    (gone,) = await rail.check([transfer])
    assert gone.removed


async def test_a_reorg_deeper_than_the_overlap_is_walked_back(evm: EvmChain, rail: EvmRail) -> None:
    transfer, raw, cursor = await paid(rail, evm, native=True)
    watch = Watching(Place(to=transfer.to))
    for _ in range(50):  # the cursor moves along, block by block
        evm.mine()
        cursor = (await rail.scan(cursor, watch)).cursor
    evm.reorg(51, [(raw, 2)])  # its new block is far below the cursor, too
    evm.mine(3)
    assert int(evm.receipt(transfer.tx)["blockNumber"], 16) < Cursor.read(cursor).height - 40
    found = (await scan_all(rail, cursor, watch)).transfers
    assert [one.block_hash for one in found] == [evm.receipt(transfer.tx)["blockHash"]]


async def test_a_node_that_is_behind_teaches_nothing(
    evm: EvmChain, rail: EvmRail, proxy: Proxy
) -> None:
    transfer, _, cursor = await paid(rail, evm)
    assert transfer.block is not None
    old = evm.anvil.rpc("eth_getBlockByNumber", hex(transfer.block - 1), False)
    proxy.rule = behind(old)
    watch = Watching(Place(to=transfer.to))
    scan = await rail.scan(cursor, watch)
    assert scan.cursor == cursor
    assert scan.transfers == ()
    assert scan.tip == transfer.block - 1
    assert await rail.check([transfer]) == []


async def test_a_block_that_stands_vouches_for_its_transfers(
    evm: EvmChain, rail: EvmRail, proxy: Proxy
) -> None:
    transfer, _, _ = await paid(rail, evm)
    proxy.rule = lambda call: (
        {"result": None} if call["method"].startswith("eth_getTransaction") else None
    )
    assert await rail.check([transfer]) == [transfer]
    assert not proxy.asked("eth_getTransactionReceipt")


@pytest.mark.parametrize("answer", [{"result": None}, {"error": {"code": 1, "message": "no"}}])
async def test_a_block_nobody_shows_removes_nothing(
    evm: EvmChain, rail: EvmRail, proxy: Proxy, answer: dict[str, Any]
) -> None:
    transfer, _, _ = await paid(rail, evm)
    assert transfer.block is not None
    height = hex(transfer.block)
    proxy.rule = lambda call: answer if call["params"][:1] == [height] else None
    assert await rail.check([transfer]) == []


async def test_a_refused_question_removes_nothing(
    evm: EvmChain, rail: EvmRail, proxy: Proxy
) -> None:
    transfer, _, _ = await paid(rail, evm)
    evm.reorg(1)
    no = {"error": {"code": -32000, "message": "history is pruned"}}
    proxy.rule = lambda call: no if call["method"] == "eth_getTransactionReceipt" else None
    assert await rail.check([transfer]) == []


async def test_a_node_amid_a_reorg_removes_nothing(
    evm: EvmChain, rail: EvmRail, proxy: Proxy
) -> None:
    """Its blocks are the new ones and its receipts still the old."""
    transfer, _, _ = await paid(rail, evm)
    old = evm.receipt(transfer.tx)
    evm.reorg(1)
    stale = {"result": old}
    proxy.rule = lambda call: stale if call["method"] == "eth_getTransactionReceipt" else None
    assert await rail.check([transfer]) == []


@pytest.mark.parametrize("native", ["", "ETH"])
@pytest.mark.parametrize("above", [0, 1])
async def test_a_chain_that_changes_under_a_scan_costs_nothing(
    evm: EvmChain, http: httpx.AsyncClient, proxy: Proxy, native: str, above: int
) -> None:
    rail, _ = evm.rail(http, proxy.url, native=native)
    place = rail.place("xpub", XPUB, fresh_slot())
    cursor = (await rail.scan(None, Watching(place))).cursor
    evm.transfer(evm.usdc, place.to, 5)
    evm.mine(1 + above)
    reorgs = iter([True])

    def reorg_once(call: dict[str, Any]) -> dict[str, Any] | None:
        if call["method"] != "eth_getLogs" or not next(reorgs, False):
            return None
        old = {"result": evm.anvil.rpc("eth_getLogs", *call["params"])}
        evm.reorg(1 + above)
        return old

    proxy.rule = reorg_once
    if native or above:
        with pytest.raises(ChainUnavailable, match="changed at block"):
            await rail.scan(cursor, Watching(place))
    else:  # all that was read belongs to one history: its cursor will be found out
        cursor = (await rail.scan(cursor, Watching(place))).cursor
    tx = evm.transfer(evm.usdc, place.to, 6)
    evm.mine()
    found = (await scan_all(rail, cursor, Watching(place))).transfers
    assert [one.tx for one in found] == [tx]


async def test_a_chain_that_started_over_is_read_anew(http: httpx.AsyncClient) -> None:
    """A development chain restarts from nothing while the cursor remembers the old one."""
    with Anvil(31338, extra=("--no-mining",)) as anvil:
        chain = EvmChain(anvil)
        rail, _ = chain.rail(http)
        place = rail.place("xpub", XPUB, 5)
        tx = chain.transfer(chain.usdc, place.to, 5)
        chain.mine()
        scan = await rail.scan(None, Watching(place))
        cursor = Cursor.read(scan.cursor)
        marks = tuple(msgspec.structs.replace(one, height=900) for one in cursor.marks)
        past = msgspec.structs.replace(cursor, marks=marks, at=cursor.at - 60).write()
        found = (await scan_all(rail, past, Watching(place))).transfers
        assert [one.tx for one in found] == [tx]


def behind(old: dict[str, Any]) -> Any:
    """Answer as a node whose tip is the block `old`."""
    height = int(old["number"], 16)

    def rule(call: dict[str, Any]) -> dict[str, Any] | None:
        if call["method"] == "eth_getTransactionReceipt":
            return {"result": None}
        if call["method"] != "eth_getBlockByNumber":
            return None
        name = call["params"][0]
        if name == "latest":
            return {"result": old}
        known = not name.startswith("0x") or int(name, 16) <= height
        return None if known else {"result": None}

    return rule
