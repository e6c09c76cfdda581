"""Providers that give little, late, or nothing: a scan loses none of it."""

from typing import Any

import httpx
import pytest

from app.errors import ChainUnavailable
from app.rails.base import Place
from app.rails.evm.rail import EvmRail
from tests.rails.contract import Watching, scan_all
from tests.rails.evm_chain import XPUB, EvmChain, Ledgers, fresh_slot
from tests.rails.proxy import Proxy


@pytest.fixture
def rail(evm: EvmChain, http: httpx.AsyncClient, proxy: Proxy) -> tuple[EvmRail, Ledgers]:
    return evm.rail(http, proxy.url)


async def fresh(rail: EvmRail) -> Place:
    return rail.place("xpub", XPUB, fresh_slot())


@pytest.mark.parametrize("limit", [7, 1])
async def test_ranges_shrink_to_what_the_provider_allows(
    evm: EvmChain, http: httpx.AsyncClient, proxy: Proxy, limit: int
) -> None:
    rail, _ = evm.rail(http, proxy.url, native="")
    place = await fresh(rail)
    since = (await rail.scan(None, Watching(place))).cursor
    sent = []
    for _ in range(4):
        sent.append(evm.transfer(evm.usdc, place.to, 5))
        evm.mine(25)

    def refuse(call: dict[str, Any]) -> dict[str, Any] | None:
        if call["method"] != "eth_getLogs":
            return None
        wanted = call["params"][0]
        span = int(wanted["toBlock"], 16) - int(wanted["fromBlock"], 16) + 1
        words = "query returned more than 10000 results"
        return {"error": {"code": -32005, "message": words}} if span > limit else None

    proxy.rule = refuse
    whole = await scan_all(rail, since, Watching(place))
    assert {each.tx for each in whole.transfers} == set(sent)


async def test_a_node_that_refuses_every_range_is_unavailable(
    evm: EvmChain, http: httpx.AsyncClient, proxy: Proxy
) -> None:
    rail, _ = evm.rail(http, proxy.url)
    place = await fresh(rail)
    since = (await rail.scan(None, Watching(place))).cursor
    evm.mine(20)
    secret = "the plan of key abc123 has ended"
    no = {"error": {"code": -32000, "message": secret}}
    proxy.rule = lambda call: no if call["method"] == "eth_getLogs" else None
    with pytest.raises(ChainUnavailable) as refused:
        await rail.scan(since, Watching(place))
    assert "abc123" not in str(refused.value)


async def test_a_node_that_fails_in_the_middle_costs_nothing(
    evm: EvmChain, rail: tuple[EvmRail, Ledgers], proxy: Proxy
) -> None:
    place = await fresh(rail[0])
    since = (await rail[0].scan(None, Watching(place))).cursor
    sent = {evm.transfer(evm.usdc, place.to, 5), evm.send(place.to, value=5)}
    evm.mine()
    for method in ("eth_getLogs", "eth_getTransactionReceipt", "eth_getBlockByNumber"):
        proxy.rule = lambda call, bad=method: (  # type: ignore[misc]
            {"error": {"code": 429, "message": "later"}} if call["method"] == bad else None
        )
        with pytest.raises(ChainUnavailable):
            await rail[0].scan(since, Watching(place))
    proxy.rule = lambda call: None
    found = (await rail[0].scan(since, Watching(place))).transfers
    assert {each.tx for each in found} == sent


async def test_a_log_indexed_late_is_found_by_the_overlap(
    evm: EvmChain, rail: tuple[EvmRail, Ledgers], proxy: Proxy
) -> None:
    place = await fresh(rail[0])
    since = (await rail[0].scan(None, Watching(place))).cursor
    tx = evm.transfer(evm.usdc, place.to, 5)
    evm.mine()
    proxy.rule = lambda call: {"result": []} if call["method"] == "eth_getLogs" else None
    scan = await rail[0].scan(since, Watching(place))
    assert scan.transfers == ()
    proxy.rule = lambda call: None
    evm.mine()
    found = (await rail[0].scan(scan.cursor, Watching(place))).transfers
    assert [each.tx for each in found] == [tx]


async def test_a_second_node_takes_over_in_the_middle_of_a_scan(
    evm: EvmChain, http: httpx.AsyncClient, proxy: Proxy
) -> None:
    rail, _ = evm.rail(http, proxy.url, evm.anvil.url)
    place = await fresh(rail)
    since = (await rail.scan(None, Watching(place))).cursor
    sent = {evm.transfer(evm.usdc, place.to, 5), evm.send(place.to, value=5)}
    evm.mine()

    def die(call: dict[str, Any]) -> None:
        proxy.down = proxy.down or call["method"] == "eth_getLogs"

    proxy.rule = die
    found = (await rail.scan(since, Watching(place))).transfers
    assert proxy.down
    assert {each.tx for each in found} == sent


async def test_a_node_that_hides_old_blocks_is_unavailable(
    evm: EvmChain, rail: tuple[EvmRail, Ledgers], proxy: Proxy
) -> None:
    since = (await rail[0].scan(None, Watching())).cursor
    height = hex(evm.anvil.height())
    no = {"error": {"code": -32000, "message": "pruned"}}
    proxy.rule = lambda call: no if call["params"][:1] == [height] else None
    with pytest.raises(ChainUnavailable):
        await rail[0].scan(since, Watching())
