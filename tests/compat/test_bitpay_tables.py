"""Bitpay's words for ours: no cell is missing, and what is asked for is found back."""

import pytest

from app.compat.bitpay import translate
from app.compat.bitpay.requests import NewBuyer, NewInvoice
from app.compat.greenfield import translate as greenfield
from app.domain.conditions import Speed
from app.domain.intent import Oddity, Status

CELLS = [(status, oddity) for status in Status for oddity in (None, *Oddity)]
STATUSES = {"new", "paid", "complete", "expired", "invalid"}
EXCEPTIONS = {False, "paidPartial", "paidOver", "paidLater", "marked"}

# What was written down of the wire, row by row: status, exception, status, exceptionStatus.
WRITTEN = [
    ("requires_payment", None, "new", False),
    ("requires_payment", "underpaid", "new", "paidPartial"),
    ("processing", None, "paid", False),
    ("processing", "overpaid", "paid", "paidOver"),
    ("succeeded", None, "complete", False),
    ("succeeded", "overpaid", "complete", "paidOver"),
    ("succeeded", "marked", "complete", "marked"),
    ("mismatched", "underpaid", "expired", "paidPartial"),
    ("mismatched", "overpaid", "complete", "paidOver"),
    ("failed", None, "invalid", False),
    ("expired", None, "expired", False),
    ("expired", "late", "expired", "paidLater"),
    ("canceled", None, "invalid", "marked"),
]


def test_every_status_with_every_exception_has_a_word() -> None:
    assert set(translate.STATUS) == set(translate.EXCEPTION) == set(CELLS)
    assert set(translate.STATUS.values()) == STATUSES
    assert set(translate.EXCEPTION.values()) == EXCEPTIONS


@pytest.mark.parametrize(("status", "oddity", "word", "exception"), WRITTEN)
def test_the_written_rows_hold(
    status: str, oddity: str | None, word: str, exception: str | bool
) -> None:
    cell = Status(status), Oddity(oddity) if oddity else None
    assert translate.STATUS[cell] == word
    assert translate.EXCEPTION[cell] == exception


# BTCPay Server keeps one state and writes it in two ways.
BOTH = {
    "New": "new",
    "Processing": "paid",
    "Settled": "complete",
    "Expired": "expired",
    "Invalid": "invalid",
}
ODD = {
    "None": False,
    "PaidPartial": "paidPartial",
    "PaidOver": "paidOver",
    "PaidLate": "paidLater",
    "Marked": "marked",
}


@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_both_of_its_wires_say_the_same(cell: translate.Cell) -> None:
    status, additional = greenfield.STATUS[cell]
    assert translate.STATUS[cell] == BOTH[status]
    assert translate.EXCEPTION[cell] == ODD[additional]


def test_a_status_is_found_back() -> None:
    for word in STATUSES:
        assert {translate.STATUS[cell] for cell in translate.cells(word)} == {word}
    assert translate.cells("confirmed") == translate.cells("complete")
    assert translate.cells("nonsense") == ()


def test_every_speed_can_be_asked_for() -> None:
    assert set(translate.SPEEDS.values()) == set(Speed)


def test_every_piece_of_metadata_is_a_field_that_is_read() -> None:
    assert set(translate.METADATA.values()) <= set(NewInvoice.__struct_fields__)
    assert set(translate.BUYER) <= set(translate.METADATA)
    assert set(translate.BUYER.values()) == set(NewBuyer.__struct_fields__)
