"""A payer names a transaction: what is in it, whoever it pays."""

import httpx
import pytest

from app.errors import ChainUnavailable, Invalid
from app.rails.base import Fate
from app.rails.evm.rail import EvmRail
from tests.rails.evm_chain import ACCOUNTS, XPUB, EvmChain, fresh_slot
from tests.rails.proxy import Proxy


@pytest.fixture
def rail(evm: EvmChain, http: httpx.AsyncClient, proxy: Proxy) -> EvmRail:
    return evm.rail(http, proxy.url)[0]


async def test_every_transfer_of_a_transaction_is_found(evm: EvmChain, rail: EvmRail) -> None:
    tx = evm.pay_many(evm.stranger, [(ACCOUNTS[1], 5), (ACCOUNTS[2], 6)])
    evm.mine(3)
    looked = await rail.find(tx)
    found = looked.transfers
    assert looked.fate is Fate.DONE
    assert [(one.to, one.amount) for one in found] == [(ACCOUNTS[1], 5), (ACCOUNTS[2], 6)]
    assert {one.ledger for one in found} == {f"eip155:31337/erc20:{evm.stranger}"}
    assert {one.confirmations for one in found} == {3}
    assert all(one.at is not None for one in found)


async def test_an_id_is_read_in_any_case_and_with_spaces(evm: EvmChain, rail: EvmRail) -> None:
    place = rail.place("xpub", XPUB, fresh_slot())
    tx = evm.send(place.to, value=5)
    evm.mine()
    (found,) = (await rail.find(f" 0x{tx[2:].upper()} ")).transfers
    assert (found.tx, found.to, found.index) == (tx, place.to, -1)


@pytest.mark.parametrize("tx", ["", "0x", "0x" + "1" * 63, "0x" + "g" * 64, "1" * 64, "0x" * 33])
async def test_what_is_no_id_is_refused_by_its_field(rail: EvmRail, tx: str) -> None:
    with pytest.raises(Invalid) as refused:
        await rail.find(tx)
    assert refused.value.faults[0].field == "tx"


async def test_a_waiting_transaction_has_no_confirmations(evm: EvmChain, rail: EvmRail) -> None:
    place = rail.place("xpub", XPUB, fresh_slot())
    tx = evm.send(place.to, value=5)
    found = await rail.find(tx)
    assert found.fate is Fate.WAITING
    (waiting,) = found.transfers
    assert (waiting.confirmations, waiting.block) == (0, None)


async def test_an_unreachable_chain_is_not_an_empty_transaction(
    rail: EvmRail, proxy: Proxy
) -> None:
    proxy.down = True
    with pytest.raises(ChainUnavailable):
        await rail.find("0x" + "1" * 64)


async def test_a_refused_question_is_not_an_empty_transaction(rail: EvmRail, proxy: Proxy) -> None:
    no = {"error": {"code": -32000, "message": "history is pruned"}}
    proxy.rule = lambda call: no if call["method"] == "eth_getTransactionReceipt" else None
    with pytest.raises(ChainUnavailable):
        await rail.find("0x" + "1" * 64)
