"""ICPay's words for ours: no cell is missing, and the numbers it wants are stable."""

import msgspec
import pytest

from app.compat.icpay import numbers, offer, translate
from app.domain.intent import Oddity, Status
from app.domain.ledger import Chain, Ledger
from app.domain.payment import PaymentStatus
from app.domain.sandbox import CHAIN, LEDGERS
from app.rails.evm.catalogue import KNOWN
from tests.compat import icpay_shapes

CELLS = [(status, oddity) for status in Status for oddity in (None, *Oddity)]
INTENTS = {
    "requires_payment",
    "processing",
    "succeeded",
    "completed",
    "failed",
    "canceled",
    "mismatched",
}
PAYMENTS = {"pending", "completed", "failed", "canceled", "refunded", "mismatched"}

# What was written down of the wire, row by row: status, exception, intent, payment.
WRITTEN = [
    ("requires_payment", None, "requires_payment", "pending"),
    ("requires_payment", "underpaid", "requires_payment", "mismatched"),
    ("processing", None, "processing", "pending"),
    ("processing", "overpaid", "processing", "pending"),
    ("succeeded", None, "succeeded", "completed"),
    ("succeeded", "overpaid", "succeeded", "completed"),
    ("succeeded", "marked", "succeeded", "completed"),
    ("mismatched", "underpaid", "mismatched", "mismatched"),
    ("mismatched", "overpaid", "mismatched", "mismatched"),
    ("failed", None, "failed", "failed"),
    ("expired", None, "canceled", "canceled"),
    ("expired", "late", "canceled", "mismatched"),
    ("canceled", None, "canceled", "canceled"),
]


def test_every_status_with_every_exception_has_a_word() -> None:
    for cell in CELLS:
        assert translate.INTENT_STATUS[cell] in INTENTS
        assert translate.PAYMENT_STATUS[cell] in PAYMENTS
    assert set(translate.INTENT_STATUS) == set(translate.PAYMENT_STATUS) == set(CELLS)


@pytest.mark.parametrize(("status", "oddity", "intent", "payment"), WRITTEN)
def test_the_written_rows_hold(status: str, oddity: str | None, intent: str, payment: str) -> None:
    cell = Status(status), Oddity(oddity) if oddity else None
    assert translate.INTENT_STATUS[cell] == intent
    assert translate.PAYMENT_STATUS[cell] == payment


def test_a_client_stops_waiting_exactly_when_nothing_more_is_waited_for() -> None:
    for status, oddity in CELLS:
        over = translate.INTENT_STATUS[status, oddity] in translate.TERMINAL
        assert over is (status not in {Status.REQUIRES_PAYMENT, Status.PROCESSING})


def test_every_transfer_has_a_word() -> None:
    assert set(translate.TRANSFER_STATUS) == set(PaymentStatus)
    assert set(translate.TRANSFER_STATUS.values()) <= PAYMENTS


def test_a_payments_word_is_found_back() -> None:
    for word in PAYMENTS - {"refunded"}:
        assert {translate.PAYMENT_STATUS[cell] for cell in translate.cells(word)} == {word}
    assert translate.cells("refunded") == translate.cells("nonsense") == ()
    assert translate.cells("cancelled") == translate.cells("canceled")


def test_the_widget_takes_every_chain_we_know_for_its_own_kind() -> None:
    for known in KNOWN.values():
        for text in (known.chain.name, *(coin.name for coin in known.coins)):
            assert "sol" not in text.lower(), text
            assert "ic" not in text.lower(), text
    assert translate.chain_number(CHAIN) == "0", "no wallet is to take the sandbox for a chain"
    for ledger in LEDGERS:
        assert translate.ledger_name(ledger, CHAIN) == ledger.name


def test_a_name_the_widget_would_take_for_another_kind_is_not_used() -> None:
    sonic = _named("Sonic", "evm")
    assert translate.chain_name(sonic) == "EVM chain 146"
    assert translate.chain_name(_named("Solana", "solana")) == "Solana"
    assert translate.ledger_name(_of("Wrapped SOL", "WSOL"), sonic) == "Token"
    assert translate.ledger_name(_of("Matic", "POL"), sonic) == "POL"


def _named(name: str, family: str) -> Chain:
    known = next(iter(KNOWN.values())).chain
    return Chain(
        id="eip155:146",
        short="one",
        name=name,
        family=family,
        livemode=True,
        depths=known.depths,
        block_seconds=known.block_seconds,
    )


def _of(name: str, symbol: str) -> Ledger:
    return Ledger(
        id="one_one",
        chain="eip155:146",
        symbol=symbol,
        asset=symbol,
        name=name,
        decimals=18,
        precision=6,
    )


def test_the_client_is_offered_what_it_can_pay_with_by_itself() -> None:
    chain = next(iter(KNOWN.values())).chain
    token = msgspec.structs.replace(_of("Tether USD", "USDT"), contract="0x" + "1" * 40)
    coin = _of("Ether", "ETH")
    assert offer.can_be_paid_in_the_client(token, chain, x402=True)
    assert not offer.can_be_paid_in_the_client(token, chain, x402=False), "it would only approve"
    assert offer.can_be_paid_in_the_client(coin, chain, x402=False)
    assert not offer.can_be_paid_in_the_client(LEDGERS[0], CHAIN, x402=False)


def test_numbers_are_stable_and_fit_a_memo() -> None:
    assert numbers.account_number("acct_1") == numbers.account_number("acct_1")
    drawn = {numbers.intent_code(f"pi_{number}") for number in range(1000)}
    assert len(drawn) == 1000
    assert min(drawn) >= 1
    assert max(drawn) <= 2**32 - 1


def test_a_payments_id_is_its_intents() -> None:
    assert numbers.payment_id("pi_7") == "pay_7"
    assert numbers.intent_of("pay_7") == "pi_7"


def test_a_shape_notices_what_is_missing_and_what_is_of_another_type() -> None:
    shape = "id:s amount:n? paid:b"
    assert icpay_shapes.wrong({"id": "x", "amount": None, "paid": True}, shape) == []
    assert icpay_shapes.wrong({"amount": True, "paid": 1}, shape) == [
        "id is missing",
        "amount is True",
        "paid is 1",
    ]
