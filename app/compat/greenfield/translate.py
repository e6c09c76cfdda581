"""Greenfield's words for ours, as tables: statuses, what may be marked, speeds, payments.

`additionalStatus` decides what a shop does: its PHP client takes PaidLate for paid. So an
expired invoice says it only where all that came, late as it was, is the whole price.
"""

from decimal import Decimal

from app.compat import moments
from app.domain.conditions import Speed
from app.domain.intent import Mark, Oddity, Status, least_due
from app.domain.payment import PaymentStatus
from app.services.views import IntentView, PaymentView

Cell = tuple[Status, Oddity | None]
Said = tuple[str, str]  # status and additionalStatus

ODDITIES: tuple[Oddity | None, ...] = (None, *Oddity)
NONE, PARTIAL, OVER, LATE, MARKED = "None", "PaidPartial", "PaidOver", "PaidLate", "Marked"

_STATUS: dict[Status, str] = {
    Status.REQUIRES_PAYMENT: "New",
    Status.PROCESSING: "Processing",
    Status.SUCCEEDED: "Settled",
    Status.MISMATCHED: "Expired",
    Status.FAILED: "Invalid",
    Status.EXPIRED: "Expired",
    Status.CANCELED: "Invalid",
}
# Where there is something to add; everywhere else it is None.
_ODD: dict[Cell, Said] = {
    (Status.REQUIRES_PAYMENT, Oddity.UNDERPAID): ("New", PARTIAL),
    (Status.PROCESSING, Oddity.OVERPAID): ("Processing", OVER),
    (Status.SUCCEEDED, Oddity.OVERPAID): ("Settled", OVER),
    (Status.SUCCEEDED, Oddity.MARKED): ("Settled", MARKED),
    (Status.MISMATCHED, None): ("Expired", PARTIAL),
    (Status.MISMATCHED, Oddity.UNDERPAID): ("Expired", PARTIAL),
    (Status.MISMATCHED, Oddity.LATE): ("Expired", PARTIAL),
    (Status.MISMATCHED, Oddity.OVERPAID): ("Settled", OVER),  # enough came: it is theirs
    (Status.EXPIRED, Oddity.UNDERPAID): ("Expired", PARTIAL),
    (Status.EXPIRED, Oddity.LATE): ("Expired", LATE),
} | {(Status.CANCELED, oddity): ("Invalid", MARKED) for oddity in ODDITIES}
STATUS: dict[Cell, Said] = {
    (status, oddity): _ODD.get((status, oddity), (word, NONE))
    for status, word in _STATUS.items()
    for oddity in ODDITIES
}
MARKS: dict[Mark, str] = {Mark.SETTLED: "Settled", Mark.INVALID: "Invalid"}
SPEEDS: dict[Speed, str] = {
    Speed.HIGH: "HighSpeed",
    Speed.MEDIUM: "MediumSpeed",
    Speed.LOW_MEDIUM: "LowMediumSpeed",
    Speed.LOW: "LowSpeed",
}
USUAL_SPEED = Speed.MEDIUM  # what is told where the price decides
PAYMENTS: dict[PaymentStatus, str] = {
    PaymentStatus.PENDING: "Processing",
    PaymentStatus.CONFIRMED: "Settled",
    PaymentStatus.LATE: "Processing",  # unless it lies deep (`payment`)
    PaymentStatus.REVERSED: "Invalid",
    PaymentStatus.UNMATCHED: "Invalid",
}
CAME = frozenset({PaymentStatus.PENDING, PaymentStatus.CONFIRMED, PaymentStatus.LATE})


def standing(view: IntentView) -> Said:
    """Return where an intent stands: status and additionalStatus."""
    said = STATUS[moments.stands(view), view.exception]
    if said[0] == "Expired" and said[1] in (LATE, PARTIAL):
        return said[0], LATE if paid_late(view) else PARTIAL
    return said


def paid_late(view: IntentView) -> bool:
    """Tell whether what came, with what came late, is the whole price."""
    late = [Decimal(one.credit) for one in view.payments if one.status is PaymentStatus.LATE]
    whole = Decimal(view.amount_received) + sum(late, Decimal(0))
    return bool(late) and whole >= least_due(Decimal(view.amount), view.tolerance_bps)


def cells(words: tuple[str, ...]) -> tuple[Cell, ...]:
    """Return every standing of ours that any of these statuses means."""
    wanted = {word.lower() for word in words}
    return tuple(cell for cell, (word, _) in STATUS.items() if word.lower() in wanted)


def payment(one: PaymentView) -> str:
    """Return where a payment stands."""
    needed = one.confirmations_required
    deep = needed is not None and one.confirmations >= needed
    if one.status is PaymentStatus.LATE and deep:
        return PAYMENTS[PaymentStatus.CONFIRMED]
    return PAYMENTS[one.status]
