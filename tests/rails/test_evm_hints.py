"""A payer names a transaction, and the house says what came of it, on real chains."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.domain.hint import Verdict
from app.errors import ChainUnavailable, Invalid
from app.services.hints import Diagnosis
from app.services.refund_views import NewRefund
from app.services.views import IntentView
from tests.houses import new_database
from tests.rails.evm_chain import ACCOUNTS, EvmChain
from tests.rails.proxy import Proxy
from tests.rails.till import ETH, OTHER_USDC, USDC, Till, fresh_address, open_till


@pytest.fixture
async def till(
    tmp_path: Path, evm: EvmChain, other_chain: EvmChain, proxy: Proxy
) -> AsyncIterator[Till]:
    url = new_database("sqlite", tmp_path)
    async with open_till(url, tmp_path, evm, proxy.url, others=(other_chain,)) as one:
        yield one


async def ask(till: Till, intent: IntentView, tx: str, chain: str | None = None) -> Diagnosis:
    till.world.advance(2)  # two in a moment are refused
    return await till.house.hints.ask(intent.id, tx, chain)


async def test_found_confirming_and_counted(till: Till, evm: EvmChain) -> None:
    asked = await till.ask()
    tx = till.pay(asked)
    evm.mine(1)
    link = f"https://scan.example/tx/{tx}?tab=logs"
    first = await ask(till, asked, link)
    assert (first.verdict, first.tx, first.chain) == (Verdict.CONFIRMING, tx, "eip155:31337")
    assert (first.confirmations, first.confirmations_required) == (1, 2)
    assert [one.tx for one in first.data] == [tx]
    assert (await till.view(asked)).status == "processing"
    evm.mine(1)
    assert (await ask(till, asked, tx)).verdict is Verdict.COUNTED
    assert (await till.view(asked)).status == "succeeded"
    assert (await ask(till, asked, tx)).verdict is Verdict.ALREADY_COUNTED
    assert len((await till.view(asked)).payments) == 1


async def test_too_little_too_much_and_too_late(till: Till, evm: EvmChain) -> None:
    little, much, late = await till.ask(), await till.ask(), await till.ask()
    first, second = till.pay(little, 4_000_000), till.pay(much, 12_000_000)
    evm.mine(2)
    told = await ask(till, little, first)
    assert (told.verdict, told.amount_due, told.currency) == (Verdict.TOO_LITTLE, "6.00", "USD")
    assert (await ask(till, much, second)).verdict is Verdict.TOO_MUCH
    ahead = int((late.expires_at - till.world.now() + timedelta(minutes=1)).total_seconds())
    evm.anvil.rpc("evm_increaseTime", ahead)
    evm.mine(1)
    third = till.pay(late)
    evm.mine(2)
    till.world.advance(ahead + 60)
    assert (await ask(till, late, third)).verdict is Verdict.TOO_LATE
    assert (await till.view(late)).exception == "late"


async def test_another_token_coin_chain_address_or_payment(
    till: Till, evm: EvmChain, other_chain: EvmChain
) -> None:
    asked, other = await till.ask(), await till.ask()
    to = till.to(asked)
    token = evm.transfer(evm.stranger, to, 10_000_000)
    coin = evm.send(to, value=5)
    elsewhere = evm.transfer(evm.usdc, ACCOUNTS[1], 10_000_000)
    nothing = evm.send(ACCOUNTS[1])
    others = till.pay(other)
    evm.mine(2)
    across = other_chain.transfer(other_chain.usdc, to, 10_000_000)
    other_chain.mine(2)
    said = [(await ask(till, asked, tx)).verdict for tx in (token, coin, across)]
    assert said == [Verdict.OTHER_TOKEN, Verdict.OTHER_TOKEN, Verdict.OTHER_CHAIN]
    said = [(await ask(till, asked, tx)).verdict for tx in (elsewhere, nothing, others)]
    assert said == [Verdict.OTHER_ADDRESS, Verdict.OTHER_ADDRESS, Verdict.OTHER_PAYMENT]
    told = await ask(till, asked, across, "eip155:31337")
    assert (told.verdict, told.chain_name) == (Verdict.OTHER_CHAIN, "Another chain")
    view = await till.view(asked)
    assert (view.status, view.amount_received) == ("requires_payment", "0.00")
    assert {one.status.value for one in view.payments} == {"unmatched"}
    both = await till.ask("10.00", USDC, OTHER_USDC)
    await till.house.choosing.choose(both.id, USDC)
    to = till.to(await till.view(both))
    across = other_chain.transfer(other_chain.usdc, to, 10_000_000)
    other_chain.mine(2)
    assert (await ask(till, both, across)).verdict is Verdict.COUNTED, "it was offered there too"


async def test_a_transaction_that_failed_or_waits(till: Till, evm: EvmChain) -> None:
    asked = await till.ask("10.00", ETH)
    failed = evm.send(evm.usdc, value=5, gas=100_000)
    evm.mine()
    assert (await ask(till, asked, failed)).verdict is Verdict.FAILED
    waiting = evm.send(till.to(asked), value=int(till.quote(asked, ETH).amount_atomic))
    told = await ask(till, asked, waiting)
    assert (told.verdict, told.confirmations) == (Verdict.CONFIRMING, 0)
    evm.mine(2)
    assert (await till.after(asked)).status == "succeeded"


async def test_a_coin_that_is_no_ledger_is_told_of(
    tmp_path: Path, evm: EvmChain, proxy: Proxy
) -> None:
    url = new_database("sqlite", tmp_path)
    async with open_till(url, tmp_path, evm, native="") as till:
        asked = await till.ask()
        coin = evm.send(till.to(asked), value=5)
        evm.mine(2)
        assert (await ask(till, asked, coin)).verdict is Verdict.OTHER_TOKEN


async def test_on_a_shared_address_the_amount_must_be_the_one_asked_for(
    tmp_path: Path, evm: EvmChain
) -> None:
    url, mine = new_database("sqlite", tmp_path), fresh_address()
    async with open_till(url, tmp_path, evm, destination=("address", mine)) as till:
        first, second = await till.ask(), await till.ask()
        odd = evm.transfer(evm.usdc, mine, 1_234_567)
        theirs = till.pay(second)
        evm.mine(2)
        assert (await ask(till, first, odd)).verdict is Verdict.OTHER_AMOUNT
        assert (await ask(till, first, theirs)).verdict is Verdict.OTHER_PAYMENT
        assert (await ask(till, first, till.pay(first))).verdict is Verdict.CONFIRMING
        evm.mine(2)


async def test_what_is_not_there_yet_is_looked_for_until_it_is(till: Till, evm: EvmChain) -> None:
    asked = await till.ask()
    tx = till.pay(asked)
    raw = evm.raw(tx)
    evm.anvil.rpc("anvil_dropTransaction", tx)
    told = await ask(till, asked, tx)
    assert (told.verdict, told.look_again_seconds) == (Verdict.NOT_FOUND, 15)
    evm.send_raw(raw)
    evm.mine(2)
    chain = till.house.rails["eip155:31337"].chain
    await till.house.hints.look_again(chain)
    assert (await till.view(asked)).status == "requires_payment", "not before its time"
    till.world.advance(16)
    await till.house.hints.look_again(chain)
    assert (await till.view(asked)).status == "succeeded"


async def test_a_chain_that_cannot_be_read_is_no_answer(till: Till, proxy: Proxy) -> None:
    asked = await till.ask()
    proxy.down = True
    with pytest.raises(ChainUnavailable):
        await ask(till, asked, "0x" + "12" * 32)
    proxy.down = False
    till.world.advance(600)
    await till.look()  # a worker that looks again meets no fault
    with pytest.raises(Invalid):
        await ask(till, asked, "sbx_other_family")


async def test_money_is_asked_back_to_an_address_whose_checksum_is_right(
    till: Till, evm: EvmChain
) -> None:
    asked = await till.ask()
    till.pay(asked, 12_000_000)
    await till.after(asked, 2)
    refunds = till.house.refunds
    for wrong in ("0x12", ACCOUNTS[0].replace("F", "f"), "0x" + "0" * 40, "sandbox1payer"):
        with pytest.raises(Invalid) as refused:
            await refunds.ask(asked.id, NewRefund(address=wrong))
        assert refused.value.faults[0].field == "address"
    await refunds.ask(asked.id, NewRefund(address=ACCOUNTS[0].lower()))
    ((told,), _) = await refunds.page(till.account.id, None, 10)
    assert (told.address, told.sender_differs) == (ACCOUNTS[0], False)
    await refunds.ask(asked.id, NewRefund(address=ACCOUNTS[1]))
    ((told,), _) = await refunds.page(till.account.id, None, 10)
    assert (told.address, told.sender_differs) == (ACCOUNTS[1], True)
    assert [one.sender for one in told.payments] == [ACCOUNTS[0]]
