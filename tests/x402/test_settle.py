"""One authorization, one transfer, one answer: whatever is sent twice, late, or wrong."""

import asyncio
import re
from typing import Any

import pytest
from eth_account import Account

from app.doctor import examine
from app.domain.authorization import Outcome, Reason, Requirement, Settlement
from app.domain.intent import Status
from app.errors import ChainUnavailable, TooMany, Unavailable
from app.services.settling import AGAIN, SURE
from app.services.views import IntentView
from tests.rails.evm_chain import encode
from tests.rails.proxy import Proxy
from tests.rails.till import USDC, Till
from tests.x402.payer import ACCOUNTS, Payer

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def asking(till: Till, amount: str = "10.00") -> tuple[IntentView, Requirement]:
    view = await till.ask(amount)
    (asked,) = await till.house.x402.requirements(till.account, view.id)
    return view, asked


async def settle(till: Till, view: IntentView, said: Any) -> Settlement:
    return await till.house.x402.settle(None, view.id, USDC, said)


async def test_what_is_asked_for_is_what_is_stored(till: Till) -> None:
    view, asked = await asking(till)
    assert asked.pay_to == till.to(view)
    assert asked.amount == 10_000_000
    assert (asked.network, asked.asset) == ("eip155:84532", till.chain.usdc)
    assert (asked.name, asked.version) == ("USD Coin", "2")


async def test_the_transfer_is_found_by_the_ordinary_scan(till: Till) -> None:
    view, asked = await asking(till)
    payer = Payer(till.chain)
    judged = await till.house.x402.verify(view.id, payer.sign(asked), USDC)
    assert (judged.outcome, judged.reason) == (Outcome.PENDING, None)
    told = await settle(till, view, payer.sign(asked))
    assert told.outcome is Outcome.SETTLED
    assert (await till.view(view)).status is Status.REQUIRES_PAYMENT  # nobody else may say so
    paid = await till.after(view, blocks=2)
    assert paid.status is Status.SUCCEEDED
    assert [one.tx for one in paid.payments] == [told.tx]
    assert till.chain.balance(till.chain.usdc, asked.pay_to) == asked.amount


async def test_many_at_once_make_one_transfer_and_get_one_answer(till: Till) -> None:
    view, asked = await asking(till)
    said = Payer(till.chain).sign(asked)
    answers = await asyncio.gather(*(settle(till, view, said) for _ in range(6)))
    assert {one.outcome for one in answers} == {Outcome.SETTLED}
    assert len({one.tx for one in answers}) == 1
    assert sorted(one.repeated for one in answers) == [False] + [True] * 5
    assert till.chain.balance(till.chain.usdc, asked.pay_to) == asked.amount
    await till.after(view, blocks=2)
    again = await settle(till, view, said)
    assert (again.outcome, again.tx, again.repeated) == (Outcome.SETTLED, answers[0].tx, True)


async def test_a_signature_pays_no_other_intent(till: Till) -> None:
    view, asked = await asking(till)
    other, other_asked = await asking(till)
    said = Payer(till.chain).sign(asked)
    told = await settle(till, other, said)
    assert told.reason == Reason.RECIPIENT
    assert (await settle(till, view, said)).outcome is Outcome.SETTLED
    told = await settle(till, other, said)
    assert (told.outcome, told.reason) == (Outcome.REFUSED, Reason.NONCE_USED)
    assert till.chain.balance(till.chain.usdc, other_asked.pay_to) == 0


async def test_a_second_payer_is_not_charged_for_what_is_paid(till: Till) -> None:
    view, asked = await asking(till)
    assert (await settle(till, view, Payer(till.chain).sign(asked))).outcome is Outcome.SETTLED
    late = Payer(till.chain).sign(asked)
    assert (await settle(till, view, late)).reason == Reason.DUPLICATE  # not scanned yet
    await till.after(view, blocks=2)
    assert (await settle(till, view, late)).reason == Reason.REQUIREMENT
    assert till.chain.balance(till.chain.usdc, asked.pay_to) == asked.amount


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "amount": ({"value": 9_999_999}, Reason.VALUE),
    "more": ({"value": 10_000_001}, Reason.VALUE),
    "recipient": ({"to": ACCOUNTS[1]}, Reason.RECIPIENT),
    "over": ({"valid_before": 1}, Reason.VALID_BEFORE),
    "early": ({"valid_after": 2**40}, Reason.VALID_AFTER),
    "signer": ({"signer": f"0x{7:064x}"}, "invalid_exact_evm_payload_signature"),
    "domain": ({"name": "Other Coin"}, "invalid_exact_evm_payload_signature"),
    "chain": ({"chain_id": 1}, "invalid_exact_evm_payload_signature"),
}


@pytest.mark.parametrize("how", WRONG)
async def test_what_is_wrong_is_refused_by_its_documented_reason(till: Till, how: str) -> None:
    fields, reason = WRONG[how]
    view, asked = await asking(till)
    said = Payer(till.chain).sign(asked, **fields)
    for told in (await till.house.x402.verify(view.id, said, USDC), await settle(till, view, said)):
        assert (told.outcome, told.reason) == (Outcome.REFUSED, reason)
        assert told.message
    assert till.chain.balance(till.chain.usdc, asked.pay_to) == 0


async def test_an_empty_purse_and_a_used_nonce_are_the_chains_to_refuse(till: Till) -> None:
    view, asked = await asking(till)
    poor = Payer(till.chain, dollars=0)
    told = await settle(till, view, poor.sign(asked))
    assert told.reason == "invalid_exact_evm_insufficient_balance"
    payer = Payer(till.chain)
    said = payer.sign(asked)
    hand_in(till, asked, said)  # by the payer's own hand, past us
    told = await settle(till, view, said)
    assert told.reason == Reason.NONCE_USED
    assert (await till.after(view, blocks=2)).status is Status.SUCCEEDED


async def test_a_smart_wallet_signs_by_erc_1271(till: Till) -> None:
    view, asked = await asking(till)
    wallet = Payer(till.chain, wallet=till.chain.wallet)
    told = await settle(till, view, wallet.sign(asked, signer=f"0x{9:064x}"))
    assert told.reason == "invalid_exact_evm_payload_signature"
    told = await settle(till, view, wallet.sign(asked))
    assert (told.outcome, told.reason) == (Outcome.SETTLED, None)


async def test_a_late_receipt_is_unknown_and_then_the_same_answer(till: Till, node: Proxy) -> None:
    view, asked = await asking(till)
    said = Payer(till.chain).sign(asked)
    till.house.x402.settling.answer_seconds = 0.3
    node.rule = lambda call: (
        {"result": None}
        if call["method"] == "eth_getTransactionReceipt"
        else {"result": "0x" + "0" * 64}
        if call["method"] == "eth_call" and call["params"][0]["data"].startswith("0xe94a0102")
        else None
    )
    told = await settle(till, view, said)
    assert (told.outcome, told.reason) == (Outcome.PENDING, Reason.PENDING)
    assert told.tx is not None
    again = await settle(till, view, said)
    assert (again.outcome, again.tx) == (Outcome.PENDING, told.tx)
    assert len(node.asked("eth_sendRawTransaction")) == 1
    node.rule = lambda call: None
    once_more = await settle(till, view, said)
    assert (once_more.outcome, once_more.tx) == (Outcome.SETTLED, told.tx)
    assert till.chain.balance(till.chain.usdc, asked.pay_to) == asked.amount


async def test_a_node_that_stalls_before_anything_is_written_leaves_nothing(
    till: Till, node: Proxy
) -> None:
    view, asked = await asking(till)
    said = Payer(till.chain).sign(asked)
    node.down = True
    with pytest.raises(ChainUnavailable):
        await settle(till, view, said)
    node.down = False
    assert await till.house.x402.settled(view.id) is None
    assert (await settle(till, view, said)).outcome is Outcome.SETTLED


async def test_a_crash_before_sending_repeats_the_same_bytes(till: Till, node: Proxy) -> None:
    view, asked = await asking(till)
    said = Payer(till.chain).sign(asked)
    till.house.x402.settling.answer_seconds = 0.2
    node.rule = lambda call: (
        {"error": {"code": -32000, "message": "gone"}}
        if call["method"] == "eth_sendRawTransaction"
        else None
    )
    told = await settle(till, view, said)  # what was to be sent never left
    assert told.outcome is Outcome.PENDING
    (lost,) = node.asked("eth_sendRawTransaction")
    node.rule = lambda call: None
    till.world.advance(AGAIN.total_seconds())
    await till.house.x402.settling.step()
    sent = node.asked("eth_sendRawTransaction")
    assert [one["params"] for one in sent] == [lost["params"]] * 2
    till.world.advance(2 * AGAIN.total_seconds())
    await till.house.x402.settling.step()
    assert len(node.asked("eth_sendRawTransaction")) == 2  # it is in a block: nothing to send
    settled = await till.house.x402.settled(view.id)
    assert settled is not None
    assert (settled.outcome, settled.tx) == (Outcome.SETTLED, told.tx)
    assert till.chain.balance(till.chain.usdc, asked.pay_to) == asked.amount


async def test_somebody_quicker_with_the_same_signature_settles_it_too(
    till: Till, node: Proxy
) -> None:
    view, asked = await asking(till)
    said = Payer(till.chain).sign(asked)

    def quicker(call: dict[str, Any]) -> None:
        if call["method"] == "eth_sendRawTransaction":
            hand_in(till, asked, said)

    node.rule = quicker
    told = await settle(till, view, said)
    node.rule = lambda call: None
    assert told.outcome is Outcome.SETTLED
    paid = await till.after(view, blocks=2)
    assert [one.tx for one in paid.payments] == [told.tx]  # whose hand it was is no matter
    till.world.advance(AGAIN.total_seconds())
    node.calls.clear()
    await till.house.x402.settling.step()
    await till.house.x402.settling.step()
    assert node.asked("eth_sendRawTransaction") == []  # ours had its block, and moved nothing


async def test_a_canceled_authorization_is_refused_and_its_number_is_used_up(
    till: Till, node: Proxy
) -> None:
    view, asked = await asking(till)
    owner = Payer(till.chain, wallet=till.chain.wallet)
    said = owner.sign(asked)
    canceled = till.chain.anvil.rpc("eth_call", order(till, said.payer, said.nonce), "latest")
    assert int(canceled, 16) == 0

    def cancel(call: dict[str, Any]) -> None:
        if call["method"] == "eth_sendRawTransaction":
            hand_in_end(till, owner, asked, said.nonce)

    node.rule = cancel
    told = await settle(till, view, said)
    node.rule = lambda call: None
    assert (told.outcome, told.reason) == (Outcome.REFUSED, Reason.NONCE_USED)
    assert till.chain.balance(till.chain.usdc, asked.pay_to) == 0
    # The gas account goes on without a gap: the next one settles.
    other, other_asked = await asking(till)
    assert (await settle(till, other, owner.sign(other_asked))).outcome is Outcome.SETTLED


async def test_what_a_reorg_threw_out_is_sent_again(till: Till, node: Proxy) -> None:
    view, asked = await asking(till)
    said = Payer(till.chain).sign(asked)
    told = await settle(till, view, said)
    assert told.outcome is Outcome.SETTLED
    till.chain.reorg(1)
    till.chain.anvil.rpc("anvil_dropAllTransactions")
    assert till.chain.balance(till.chain.usdc, asked.pay_to) == 0
    till.world.advance(SURE.total_seconds())
    await till.house.x402.settling.step()
    assert till.chain.balance(till.chain.usdc, asked.pay_to) == asked.amount
    assert till.chain.receipt(told.tx or "")["status"] == "0x1"
    now = int(till.world.now().timestamp())
    till.chain.anvil.rpc("evm_setNextBlockTimestamp", now)  # the chain's clock comes after ours
    await till.after(view)


async def test_the_doctor_looks_at_what_pays_for_gas(
    till: Till, node: Proxy, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = till.house.settings
    await examine(settings)
    assert re.search(rf"gas on .* is paid by {ACCOUNTS[2]}, which has [0-9.]+ ETH", read(capsys))
    node.rule = lambda call: {"result": "0x0"} if call["method"] == "eth_getBalance" else None
    assert await examine(settings) == 1
    assert "which has none of the chain's coin: send it some" in read(capsys)


async def test_gas_has_a_daily_budget_and_a_payer_an_hourly_one(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    view, asked = await asking(till)
    payer = Payer(till.chain)
    scheme = till.house.x402.schemes[asked.network]
    monkeypatch.setattr(scheme, "gas_daily", 1)
    with pytest.raises(Unavailable, match="budget"):
        await settle(till, view, payer.sign(asked))
    monkeypatch.undo()
    monkeypatch.setattr(till.house.x402.settling, "_payer_hourly", 1)
    assert (await settle(till, view, payer.sign(asked))).outcome is Outcome.SETTLED
    other, other_asked = await asking(till)
    with pytest.raises(TooMany):
        await settle(till, other, payer.sign(other_asked))
    assert till.chain.balance(till.chain.usdc, other_asked.pay_to) == 0


def hand_in(till: Till, asked: Requirement, said: Any) -> None:
    """Hand an authorization to the token from an account that is none of ours."""
    raw = bytes.fromhex(said.signature[2:])
    words = [said.payer, said.to, said.value, said.valid_after, said.valid_before, said.nonce]
    words += [raw[64], "0x" + raw[:32].hex(), "0x" + raw[32:64].hex()]
    kinds = "address,address,uint256,uint256,uint256,bytes32,uint8,bytes32,bytes32"
    call = f"transferWithAuthorization({kinds})"
    till.chain.send(asked.asset, encode(call, *words), sender=ACCOUNTS[1])


def order(till: Till, payer: str, nonce: str) -> dict[str, str]:
    return {
        "to": till.chain.usdc,
        "data": encode("authorizationState(address,bytes32)", payer, nonce),
    }


def hand_in_end(till: Till, payer: Payer, asked: Requirement, nonce: str) -> None:
    """Let a payer cancel an authorization, by EIP-3009's `cancelAuthorization`."""
    domain = {
        "name": asked.name,
        "version": asked.version,
        "chainId": int(asked.network.partition(":")[2]),
        "verifyingContract": asked.asset,
    }
    fields = [{"name": "authorizer", "type": "address"}, {"name": "nonce", "type": "bytes32"}]
    words = {"authorizer": payer.address, "nonce": bytes.fromhex(nonce[2:])}
    signed = Account.sign_typed_data(payer.key, domain, {"CancelAuthorization": fields}, words)
    call = "cancelAuthorization(address,bytes32,uint8,bytes32,bytes32)"
    parts: list[int | str] = [payer.address, nonce, signed.v, f"0x{signed.r:x}", f"0x{signed.s:x}"]
    till.chain.send(asked.asset, encode(call, *parts), sender=ACCOUNTS[1])


def read(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out
