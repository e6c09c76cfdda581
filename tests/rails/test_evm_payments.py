"""Payments on a real EVM chain, through the whole house, on both databases.

Each test is one thing that happens to a merchant, and what the house must make of it.
"""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from app.domain.intent import Status
from app.errors import ChainUnavailable
from app.services.views import IntentView
from tests.rails.evm_chain import EvmChain
from tests.rails.proxy import Proxy
from tests.rails.till import ETH, OTHER_USDC, USDC, Till, fresh_address, open_till


@pytest.fixture
async def till(database: str, tmp_path: Path, evm: EvmChain, proxy: Proxy) -> AsyncIterator[Till]:
    """A till on one chain, seen through a node that can be told to misbehave."""
    async with open_till(database, tmp_path, evm, proxy.url) as one:
        yield one


def stands(view: IntentView) -> tuple[str, str | None]:
    return view.status.value, view.exception.value if view.exception else None


async def test_exact(till: Till) -> None:
    asked = await till.ask()
    till.pay(asked)
    seen = await till.after(asked)
    assert stands(seen) == ("processing", None)
    paid = await till.after(asked)
    assert stands(paid) == ("succeeded", None)
    assert (paid.amount_received, paid.amount_due) == ("10.00", "0.00")
    assert [one.status.value for one in paid.payments] == ["confirmed"]
    assert await till.said(asked) == [
        "payment_intent.created",
        "payment.seen",
        "payment_intent.processing",
        "payment.confirmed",
        "payment_intent.succeeded",
    ]


async def test_exact_in_the_chains_own_coin(till: Till) -> None:
    asked = await till.ask("10.00", ETH)
    till.chain.send(till.to(asked), value=int(till.quote(asked, ETH).amount_atomic))
    paid = await till.after(asked, 2)
    assert stands(paid) == ("succeeded", None)


async def test_split_in_two(till: Till) -> None:
    asked = await till.ask("10.01")
    whole = int(till.quote(asked).amount_atomic)
    till.pay(asked, whole // 3)
    half = await till.after(asked, 2)
    assert stands(half) == ("requires_payment", "underpaid")
    rest = int(till.quote(half).amount_atomic)
    assert rest == whole - whole // 3, "the page asks for exactly the rest"
    assert f"uint256={rest}" in (half.quotes[0].prompt.uri if half.quotes[0].prompt else "")
    till.pay(half, rest)
    paid = await till.after(asked, 2)
    assert stands(paid) == ("succeeded", None)
    assert paid.amount_received == "10.01"


async def test_two_payments_in_one_transaction(till: Till) -> None:
    asked = await till.ask("10.00")
    to = till.to(asked)
    till.chain.pay_many(till.chain.usdc, [(to, 4_000_000), (to, 6_000_000)])
    paid = await till.after(asked, 2)
    assert stands(paid) == ("succeeded", None)
    assert len(paid.payments) == 2
    assert paid.amount_received == "10.00"


async def test_under(till: Till) -> None:
    asked = await till.ask("10.00", expires_in_seconds=60)
    till.pay(asked, 9_999_999)
    short = await till.after(asked, 2)
    assert stands(short) == ("requires_payment", "underpaid")
    till.world.advance(61)
    closed = await till.after(asked)
    assert stands(closed) == ("mismatched", "underpaid")
    taken = await till.house.intents.accept(till.account.id, asked.id)
    assert stands(taken) == ("succeeded", "marked")


async def test_under_within_the_tolerance(till: Till) -> None:
    await till.policy(tolerance_bps=100)
    asked = await till.ask("10.00")
    till.pay(asked, 9_900_000)
    paid = await till.after(asked, 2)
    assert stands(paid) == ("succeeded", None)


async def test_over(till: Till) -> None:
    asked = await till.ask("10.00")
    till.pay(asked, 12_500_000)
    paid = await till.after(asked, 2)
    assert stands(paid) == ("succeeded", "overpaid")
    assert paid.amount_received == "12.50"


async def test_late(till: Till) -> None:
    asked = await till.ask("10.00", expires_in_seconds=60)
    till.world.advance(120)
    till.chain.anvil.rpc("evm_increaseTime", 121)
    till.pay(asked)
    late = await till.after(asked, 2)
    assert stands(late) == ("expired", "late")
    assert late.amount_received == "0.00"
    assert "payment.late" in await till.said(asked)
    taken = await till.house.intents.accept(till.account.id, asked.id)
    assert taken.status is Status.SUCCEEDED


async def test_paid_in_time_and_read_late_is_not_late(till: Till) -> None:
    asked = await till.ask("10.00", expires_in_seconds=60)
    till.pay(asked)
    till.chain.mine(2)
    till.world.advance(3600)  # the worker was down; the block's own time speaks for the payer
    await till.look()
    assert stands(await till.view(asked)) == ("succeeded", None)


async def test_wrong_token(till: Till) -> None:
    asked = await till.ask()
    till.chain.transfer(till.chain.stranger, till.to(asked), 10_000_000)
    seen = await till.after(asked, 2)
    assert stands(seen) == ("requires_payment", None)
    assert [one.status.value for one in seen.payments] == ["unmatched"]
    assert till.chain.stranger.lower() in seen.payments[0].ledger.lower()
    assert "payment.unmatched" in await till.said(asked)
    assert seen.amount_received == "0.00", "found and told, never valued by its number"


async def test_wrong_coin_of_a_known_ledger(till: Till) -> None:
    asked = await till.ask("10.00", USDC)
    till.chain.send(till.to(asked), value=10**16)
    seen = await till.after(asked, 2)
    assert [(one.ledger, one.status.value) for one in seen.payments] == [(ETH, "unmatched")]


async def test_another_offered_ledger_is_credited_at_its_own_quote(till: Till) -> None:
    asked = await till.ask("10.00", USDC, ETH)
    await till.house.choosing.choose(asked.id, USDC)
    shown = await till.view(asked)
    till.chain.send(till.to(shown), value=int(till.quote(shown, ETH).amount_atomic))
    paid = await till.after(asked, 2)
    assert stands(paid) == ("succeeded", None)


async def test_wrong_chain(
    database: str, tmp_path: Path, evm: EvmChain, other_chain: EvmChain
) -> None:
    async with open_till(database, tmp_path, evm, others=(other_chain,)) as till:
        asked = await till.ask("10.00", USDC)
        other_chain.transfer(other_chain.usdc, till.to(asked), 10_000_000)
        other_chain.mine(2)
        seen = await till.after(asked, 2)
        assert [(one.ledger, one.status.value) for one in seen.payments] == [
            (OTHER_USDC, "unmatched")
        ]
        both = await till.ask("10.00", USDC, OTHER_USDC)
        await till.house.choosing.choose(both.id, USDC)
        other_chain.transfer(other_chain.usdc, till.to(await till.view(both)), 10_000_000)
        other_chain.mine(2)
        assert stands(await till.after(both)) == ("succeeded", None)


async def test_0_conf_then_confirmed(database: str, tmp_path: Path, evm: EvmChain) -> None:
    async with open_till(database, tmp_path, evm) as till:
        asked = await till.ask()
        till.pay(asked)
        waiting = await till.after(asked, 0)
        assert stands(waiting) == ("processing", None)
        assert [one.confirmations for one in waiting.payments] == [0]
        await till.after(asked)
        paid = await till.after(asked)
        assert stands(paid) == ("succeeded", None)
        assert len(paid.payments) == 1, "the block's transfer is the mempool's, seen again"
        assert (await till.said(asked)).count("payment.seen") == 1


async def test_reorged_out_and_back(till: Till) -> None:
    asked = await till.ask()
    tx = till.pay(asked)
    raw = till.chain.raw(tx)
    assert stands(await till.after(asked)) == ("processing", None)
    till.chain.reorg(1)
    till.chain.anvil.rpc("anvil_dropAllTransactions")
    gone = await till.after(asked)
    assert stands(gone) == ("requires_payment", None)
    assert [one.status.value for one in gone.payments] == ["reversed"]
    till.chain.send_raw(raw)
    back = await till.after(asked)
    assert stands(back) == ("processing", None)
    paid = await till.after(asked)
    assert stands(paid) == ("succeeded", None)
    assert paid.amount_received == "10.00", "credited once, though it came twice"
    assert len(paid.payments) == 1


async def test_rpc_down_mid_scan_and_back(till: Till, proxy: Proxy) -> None:
    asked = await till.ask()
    till.pay(asked)
    till.chain.mine(2)
    proxy.rule = lambda call: (
        {"error": {"code": -32000, "message": "gone"}} if call["method"] == "eth_getLogs" else None
    )
    with pytest.raises(ChainUnavailable):
        await till.look()
    proxy.rule = lambda call: None
    proxy.down = True
    with pytest.raises(ChainUnavailable):
        await till.look()
    assert stands(await till.view(asked)) == ("requires_payment", None)
    proxy.down = False
    await till.look()
    assert stands(await till.view(asked)) == ("succeeded", None)


async def test_a_chain_that_was_silent_is_not_offered(till: Till, proxy: Proxy) -> None:
    proxy.down = True
    till.world.advance(600)
    with pytest.raises(ChainUnavailable):
        await till.look()
    with pytest.raises(ChainUnavailable):
        await till.ask()
    assert any(one.lagging for one in till.house.chains.status())


async def test_scan_that_dies_between_writing_and_moving_on_credits_once(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = await till.ask()
    till.pay(asked)
    till.chain.mine(2)
    real = till.house.arrivals.record

    async def record_and_die(transfers: Any) -> None:
        await real(transfers)
        raise RuntimeError("the process ends here")

    monkeypatch.setattr(till.house.arrivals, "record", record_and_die)
    with pytest.raises(RuntimeError):
        await till.look()
    monkeypatch.undo()
    await till.look()
    paid = await till.view(asked)
    assert stands(paid) == ("succeeded", None)
    assert paid.amount_received == "10.00"
    assert (await till.said(asked)).count("payment.seen") == 1


async def test_a_shared_address_tells_intents_apart_by_their_exact_amounts(
    database: str, tmp_path: Path, evm: EvmChain
) -> None:
    mine = fresh_address()
    async with open_till(database, tmp_path, evm, destination=("address", mine)) as till:
        first, second = await till.ask(), await till.ask()
        assert till.to(first) == till.to(second) == mine
        amounts = {int(till.quote(one).amount_atomic) for one in (first, second)}
        assert len(amounts) == 2
        assert all(10_000_000 <= one < 10_010_000 for one in amounts), "a cent apart at most"
        till.pay(second)
        assert stands(await till.after(second, 2)) == ("succeeded", None)
        assert stands(await till.view(first)) == ("requires_payment", None)
        evm.transfer(evm.usdc, mine, 7_777_777)
        await till.after(first, 2)
        told = await till.house.events.after(till.account.id, 0)
        unmatched = [one for one in told if one.type.value == "payment.unmatched"]
        assert len(unmatched) == 1
        data = json.loads(bytes(unmatched[0].data))
        assert data["object"]["amount_atomic"] == "7777777"


async def test_a_shared_address_keeps_the_amount_that_was_shown(
    database: str, tmp_path: Path, evm: EvmChain
) -> None:
    mine = fresh_address()
    async with open_till(database, tmp_path, evm, destination=("address", mine)) as till:
        asked = await till.ask("10.00", USDC, ETH, expires_in_seconds=3600)
        shown = await till.house.choosing.choose(asked.id, USDC)
        amount = int(till.quote(shown).amount_atomic)
        await till.house.choosing.choose(asked.id, ETH)
        again = await till.house.choosing.choose(asked.id, USDC)
        assert int(till.quote(again).amount_atomic) == amount, "it has one amount, not a new one"
        till.world.advance(880)  # the price is about to end, and is renewed
        renewed = await till.house.choosing.freshen(asked.id)
        assert int(till.quote(renewed).amount_atomic) != amount
        till.pay(shown, amount)
        assert stands(await till.after(asked, 2)) == ("succeeded", None)
