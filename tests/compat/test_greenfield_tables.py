"""Greenfield's words for ours: no cell is missing, and what was written down of the wire holds."""

from collections import Counter

import pytest

from app.compat.dialect import FRONTS
from app.compat.greenfield import operations, refusals, routes, translate
from app.compat.greenfield.redirect import onward
from app.domain.conditions import Speed
from app.domain.intent import Mark, Oddity, Status
from app.domain.payment import PaymentStatus
from app.errors import NotFound, NotOffered
from app.web.doors import NEED

CELLS = [(status, oddity) for status in Status for oddity in (None, *Oddity)]
STATUSES = {"New", "Processing", "Settled", "Expired", "Invalid"}
MORE = {"None", "PaidPartial", "PaidOver", "PaidLate", "Marked", "Invalid"}
# What was written down of the wire: status, exception, status there, additionalStatus there.
WRITTEN = [
    ("requires_payment", None, "New", "None"),
    ("requires_payment", "underpaid", "New", "PaidPartial"),
    ("processing", None, "Processing", "None"),
    ("processing", "overpaid", "Processing", "PaidOver"),
    ("succeeded", None, "Settled", "None"),
    ("succeeded", "overpaid", "Settled", "PaidOver"),
    ("succeeded", "marked", "Settled", "Marked"),
    ("mismatched", "underpaid", "Expired", "PaidPartial"),
    ("mismatched", "overpaid", "Settled", "PaidOver"),
    ("failed", None, "Invalid", "None"),
    ("expired", None, "Expired", "None"),
    ("expired", "late", "Expired", "PaidLate"),
    ("canceled", None, "Invalid", "Marked"),
]


def test_no_cell_is_missing() -> None:
    assert set(translate.STATUS) == set(CELLS)
    for status, more in translate.STATUS.values():
        assert status in STATUSES
        assert more in MORE
    assert set(translate.MARKS) == set(Mark)
    assert set(translate.SPEEDS) == set(Speed)
    assert set(translate.PAYMENTS) == set(PaymentStatus)


@pytest.mark.parametrize(("status", "odd", "word", "more"), WRITTEN)
def test_what_was_written_down_holds(status: str, odd: str | None, word: str, more: str) -> None:
    cell = Status(status), Oddity(odd) if odd else None
    assert translate.STATUS[cell] == (word, more)
    assert cell in translate.cells((word.lower(),))


def test_no_status_that_a_shop_delivers_on_is_told_of_what_is_not_paid() -> None:
    paid = {(Status.SUCCEEDED, oddity) for oddity in (None, *Oddity)} | {
        (Status.MISMATCHED, Oddity.OVERPAID)
    }
    assert {cell for cell, (word, _) in translate.STATUS.items() if word == "Settled"} == paid


def test_every_operation_of_greenfields_is_known_once() -> None:
    assert len(operations.all()) == 195
    assert Counter(str(one) for one in operations.all()).most_common(1)[0][1] == 1
    for one in operations.all():
        path = one.path.replace("{", "").replace("}", "")
        assert operations.named(one.method, path) is not None, one


@pytest.mark.parametrize(
    ("method", "path", "means"),
    [
        ("GET", "/api/v1/users/me", "GET /api/v1/users/me"),
        ("GET", "/api/v1/users/ann@example.org", "GET /api/v1/users/{user}"),
        ("DELETE", "/api/v1/stores/x/webhooks/y", "DELETE /api/v1/webhooks/{webhook}"),
        ("GET", "/api/v1/stores/x/users/", "GET /api/v1/stores/{store}/users"),
    ],
)
def test_an_address_is_refused_by_what_it_would_have_been(
    method: str, path: str, means: str
) -> None:
    refusal = routes.absent(method, path)
    assert isinstance(refusal, NotOffered)
    assert means in refusal.detail


def test_what_nobody_has_is_refused_as_nothing() -> None:
    assert routes.absent("GET", "/api/v1/moon") is None
    assert routes.absent("PATCH", "/api/v1/stores") is None


def test_every_route_says_what_it_needs() -> None:
    for controller in routes.CONTROLLERS:
        for handler in controller(owner=routes.router()).get_route_handlers():
            assert NEED in handler.opt, handler


def test_only_greenfield_knows_what_greenfield_lacks() -> None:
    own = next(front for front in FRONTS if front.prefixes == routes.PREFIXES)
    assert own.absent("GET", "/api/v1/files") is not None
    for front in FRONTS:
        if front is not own:
            assert front.absent("GET", "/api/v1/files") is None


@pytest.mark.parametrize(
    ("field", "path"),
    [
        ("amount", "amount"),
        ("ledgers", "checkout.paymentMethods"),
        ("expires_in_seconds", "checkout.expirationMinutes"),
        ("checkout.paymentMethods[1]", "checkout.paymentMethods[1]"),
        ("support_url", "supportUrl"),
    ],
)
def test_a_fault_is_named_as_its_sender_knows_it(field: str, path: str) -> None:
    assert refusals.path(field) == path


def test_what_is_missing_is_said_with_the_innermost_noun() -> None:
    both = {"store_id": "acct_1", "invoice_id": "pi_1"}
    assert str(refusals.missing(both, NotFound("no such intent"))) == "The invoice was not found"
    assert str(refusals.missing({}, NotFound("nothing"))) == "nothing"
    assert refusals.NOT_FOUND["The invoice was not found"] == "invoice-not-found"
    assert refusals.NOT_FOUND["The webhook was not found"] == "webhook-not-found"


def test_onward_fills_what_a_shop_left_open() -> None:
    class Intent:
        id = "pi_1"
        order_id = "A & B"
        status = Status.SUCCEEDED
        exception = None
        success_url: str | None = "https://a.example/{invoiceid}?o={OrderId}&s={STATUS}&x={y}"

    intent = Intent()
    assert onward(intent) == "https://a.example/pi_1?o=A%20%26%20B&s=Settled&x={y}"  # type: ignore[arg-type]
    intent.success_url = None
    assert onward(intent) is None  # type: ignore[arg-type]
