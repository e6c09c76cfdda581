"""What a scan brings home from a real chain."""

import httpx
import pytest

from app.rails.base import Fate, Found, Place
from app.rails.evm.rail import NATIVE_SPAN_BLOCKS, EvmRail
from tests.rails.contract import Watching, keys, scan_all
from tests.rails.evm_chain import ACCOUNTS, XPUB, EvmChain, Ledgers, encode, fresh_slot
from tests.rails.proxy import Proxy


@pytest.fixture
def rail(evm: EvmChain, http: httpx.AsyncClient, proxy: Proxy) -> tuple[EvmRail, Ledgers]:
    return evm.rail(http, proxy.url)


async def fresh(rail: EvmRail) -> Place:
    return rail.place("xpub", XPUB, fresh_slot())


async def test_a_token_transfer_tells_all_about_itself(
    evm: EvmChain, rail: tuple[EvmRail, Ledgers]
) -> None:
    place = await fresh(rail[0])
    since = (await rail[0].scan(None, Watching(place))).cursor
    tx = evm.transfer(evm.usdc, place.to, 10_000_000)
    evm.mine()
    scan = await rail[0].scan(since, Watching(place))
    (transfer,) = scan.transfers
    receipt = evm.receipt(tx)
    assert transfer.index == int(receipt["logs"][0]["logIndex"], 16)
    assert transfer.block_hash == receipt["blockHash"]
    assert transfer.block == int(receipt["blockNumber"], 16) == scan.tip
    assert transfer.sender == ACCOUNTS[0]
    assert transfer.confirmations == 1
    assert transfer.at == scan.tip_at
    assert not transfer.final


async def test_the_native_coin_is_found_with_index_minus_one(
    evm: EvmChain, rail: tuple[EvmRail, Ledgers]
) -> None:
    place = await fresh(rail[0])
    since = (await rail[0].scan(None, Watching(place))).cursor
    evm.send(place.to, value=10**16)
    evm.mine()
    (transfer,) = (await rail[0].scan(since, Watching(place))).transfers
    assert (transfer.ledger, transfer.index, transfer.amount) == ("dev_eth", -1, 10**16)
    assert transfer.sender == ACCOUNTS[0]


async def test_finality_follows_the_chains_own_word(
    evm: EvmChain, rail: tuple[EvmRail, Ledgers]
) -> None:
    place = await fresh(rail[0])
    since = (await rail[0].scan(None, Watching(place))).cursor
    evm.transfer(evm.usdc, place.to, 1)
    evm.mine()
    (transfer,) = (await rail[0].scan(since, Watching(place))).transfers
    evm.mine(4)  # the node calls a block final two blocks later
    (deeper,) = await rail[0].check([transfer])
    assert deeper.final
    assert deeper.confirmations == 5


async def test_a_node_without_the_finalized_tag_calls_nothing_final(
    evm: EvmChain, rail: tuple[EvmRail, Ledgers], proxy: Proxy
) -> None:
    no = {"error": {"code": -39001, "message": "unknown block"}}
    proxy.rule = lambda call: no if "finalized" in call["params"] else None
    place = await fresh(rail[0])
    since = (await rail[0].scan(None, Watching(place))).cursor
    evm.transfer(evm.usdc, place.to, 1)
    evm.mine(9)
    (transfer,) = (await rail[0].scan(since, Watching(place))).transfers
    assert transfer.confirmations == 9
    assert not transfer.final


async def test_two_transfers_in_one_transaction_are_two(
    evm: EvmChain, rail: tuple[EvmRail, Ledgers]
) -> None:
    one, two = await fresh(rail[0]), await fresh(rail[0])
    since = (await rail[0].scan(None, Watching(one, two))).cursor
    tx = evm.pay_many(evm.usdc, [(one.to, 5), (two.to, 6), (one.to, 7)])
    evm.mine()
    found = (await rail[0].scan(since, Watching(one, two))).transfers
    assert [(each.tx, each.to, each.amount) for each in found] == [
        (tx, one.to, 5),
        (tx, two.to, 6),
        (tx, one.to, 7),
    ]
    assert len({each.index for each in found}) == 3


async def test_a_token_and_the_native_coin_in_one_block_are_both_found(
    evm: EvmChain, rail: tuple[EvmRail, Ledgers]
) -> None:
    place = await fresh(rail[0])
    since = (await rail[0].scan(None, Watching(place))).cursor
    evm.transfer(evm.usdc, place.to, 5)
    evm.send(place.to, value=6)
    evm.mine()
    found = (await rail[0].scan(since, Watching(place))).transfers
    assert {(each.ledger, each.amount) for each in found} == {("dev_usdc", 5), ("dev_eth", 6)}


async def test_a_failed_transaction_moves_nothing(
    evm: EvmChain, rail: tuple[EvmRail, Ledgers]
) -> None:
    place = Place(to=evm.usdc)  # a contract that takes no coins: the transaction reverts
    since = (await rail[0].scan(None, Watching(place))).cursor
    failed = evm.send(evm.usdc, value=5, gas=100_000)
    short = evm.send(
        evm.usdc, encode("transferFrom(address,address,uint256)", "1", "2", 3), gas=99_000
    )
    evm.mine()
    assert {evm.receipt(tx)["status"] for tx in (failed, short)} == {"0x0"}
    assert (await rail[0].scan(since, Watching(place))).transfers == ()
    assert await rail[0].find(failed) == Found(fate=Fate.FAILED)
    assert await rail[0].find(short) == Found(fate=Fate.FAILED)


async def test_an_unknown_token_is_found_and_named_by_its_contract(
    evm: EvmChain, rail: tuple[EvmRail, Ledgers]
) -> None:
    place = await fresh(rail[0])
    since = (await rail[0].scan(None, Watching(place))).cursor
    evm.transfer(evm.stranger, place.to, 5)
    evm.mine()
    (transfer,) = (await rail[0].scan(since, Watching(place))).transfers
    assert transfer.ledger == f"eip155:31337/erc20:{evm.stranger}"
    assert await rail[0].check([transfer]) == [transfer]


async def test_a_transfer_of_nothing_is_no_transfer(
    evm: EvmChain, rail: tuple[EvmRail, Ledgers]
) -> None:
    place = await fresh(rail[0])
    since = (await rail[0].scan(None, Watching(place))).cursor
    evm.transfer(evm.usdc, place.to, 0)
    evm.send(place.to, value=0)
    evm.mine()
    assert (await rail[0].scan(since, Watching(place))).transfers == ()


async def test_internal_payments_are_not_seen(evm: EvmChain, rail: tuple[EvmRail, Ledgers]) -> None:
    """A limit written down: value passed on by a contract leaves no trace we read."""
    place = await fresh(rail[0])
    since = (await rail[0].scan(None, Watching(place))).cursor
    tx = evm.pay_many(None, [(place.to, 5)])
    evm.mine()
    assert evm.receipt(tx)["status"] == "0x1"
    assert (await rail[0].scan(since, Watching(place))).transfers == ()


async def test_many_watched_addresses_are_asked_for_by_the_index(
    evm: EvmChain, rail: tuple[EvmRail, Ledgers], proxy: Proxy
) -> None:
    place, other = await fresh(rail[0]), await fresh(rail[0])
    watch = Watching(place, many=True)
    since = (await rail[0].scan(None, watch)).cursor
    sent = {evm.transfer(evm.usdc, place.to, 5), evm.send(place.to, value=6)}
    evm.transfer(evm.usdc, other.to, 7)
    evm.transfer(evm.stranger, place.to, 8)  # not read: our own tokens are asked for
    evm.mine()
    found = (await rail[0].scan(since, watch)).transfers
    assert {each.tx for each in found} == sent
    assert watch.asked
    (wanted,) = (call["params"][0] for call in proxy.asked("eth_getLogs"))
    assert wanted["address"] == [evm.usdc]
    assert len(wanted["topics"]) == 1


async def test_few_watched_addresses_are_filtered_by_the_node(
    evm: EvmChain, rail: tuple[EvmRail, Ledgers], proxy: Proxy
) -> None:
    place = await fresh(rail[0])
    since = (await rail[0].scan(None, Watching(place))).cursor
    evm.mine()
    await rail[0].scan(since, Watching(place))
    (wanted,) = (call["params"][0] for call in proxy.asked("eth_getLogs"))
    assert "address" not in wanted
    assert wanted["topics"][2] == ["0x" + "0" * 24 + place.to[2:].lower()]


async def test_nobody_to_wait_for_costs_one_request_and_loses_nothing(
    evm: EvmChain, rail: tuple[EvmRail, Ledgers], proxy: Proxy
) -> None:
    since = (await rail[0].scan(None, Watching())).cursor
    evm.mine(300)
    before = proxy.requests
    scan = await rail[0].scan(since, Watching())
    assert proxy.requests == before + 1
    assert not scan.more
    place = await fresh(rail[0])
    tx = evm.transfer(evm.usdc, place.to, 5)
    evm.mine()
    found = (await rail[0].scan(scan.cursor, Watching(place))).transfers
    assert [each.tx for each in found] == [tx]


async def test_a_long_absence_is_made_up_in_portions(
    evm: EvmChain, rail: tuple[EvmRail, Ledgers]
) -> None:
    place = await fresh(rail[0])
    since = (await rail[0].scan(None, Watching(place))).cursor
    sent = []
    for _ in range(3):
        sent += [evm.transfer(evm.usdc, place.to, 5), evm.send(place.to, value=5)]
        evm.mine(NATIVE_SPAN_BLOCKS - 10)
    first = await rail[0].scan(since, Watching(place))
    assert first.more
    whole = await scan_all(rail[0], since, Watching(place))
    assert {each.tx for each in whole.transfers} == set(sent)


async def test_without_a_native_ledger_no_block_is_read_whole(
    evm: EvmChain, http: httpx.AsyncClient, proxy: Proxy
) -> None:
    rail, _ = evm.rail(http, proxy.url, native="", block_seconds=1)
    place = await fresh(rail)
    since = (await rail.scan(None, Watching(place))).cursor
    tx = evm.transfer(evm.usdc, place.to, 5)
    evm.send(place.to, value=5)
    evm.mine()
    found = (await rail.scan(since, Watching(place))).transfers
    assert [each.tx for each in found] == [tx]
    assert all(call["params"][1] is False for call in proxy.asked("eth_getBlockByNumber"))


async def test_repeats_are_the_same_transfer(evm: EvmChain, rail: tuple[EvmRail, Ledgers]) -> None:
    place = await fresh(rail[0])
    since = (await rail[0].scan(None, Watching(place))).cursor
    evm.transfer(evm.usdc, place.to, 5)
    evm.mine()
    first = await rail[0].scan(since, Watching(place))
    again = await rail[0].scan(first.cursor, Watching(place))  # the overlap brings it back
    assert keys(first.transfers) == keys(again.transfers)
