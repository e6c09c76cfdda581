"""Bitpay's words for ours, as tables: statuses, exceptions, and what metadata is called.

Clients take an order for paid at `confirmed` or `complete`. `confirmed` is said in
notifications alone; an invoice that is read is `complete`.
"""

from typing import Literal

from app.domain.conditions import Speed
from app.domain.intent import Oddity, Status

Cell = tuple[Status, Oddity | None]
ODDITIES: tuple[Oddity | None, ...] = (None, *Oddity)

_STATUSES: dict[Status, str] = {
    Status.REQUIRES_PAYMENT: "new",
    Status.PROCESSING: "paid",
    Status.SUCCEEDED: "complete",
    Status.MISMATCHED: "expired",
    Status.FAILED: "invalid",
    Status.EXPIRED: "expired",
    Status.CANCELED: "invalid",
}
# More than was asked for is paid on that wire: it knows no merchant who would not take it.
_ODD: dict[Cell, str] = {(Status.MISMATCHED, Oddity.OVERPAID): "complete"}
PARTIAL, OVER, LATER, MARKED = "paidPartial", "paidOver", "paidLater", "marked"
# Where there is something to add; everywhere else it is false.
_EXCEPTIONS: dict[Cell, str] = {
    (Status.REQUIRES_PAYMENT, Oddity.UNDERPAID): PARTIAL,
    (Status.PROCESSING, Oddity.OVERPAID): OVER,
    (Status.SUCCEEDED, Oddity.OVERPAID): OVER,
    (Status.SUCCEEDED, Oddity.MARKED): MARKED,
    (Status.MISMATCHED, None): PARTIAL,
    (Status.MISMATCHED, Oddity.UNDERPAID): PARTIAL,
    (Status.MISMATCHED, Oddity.LATE): PARTIAL,
    (Status.MISMATCHED, Oddity.OVERPAID): OVER,
    (Status.EXPIRED, Oddity.UNDERPAID): PARTIAL,
    (Status.EXPIRED, Oddity.LATE): LATER,  # where all of the price came (`views.exception`)
} | {(Status.CANCELED, oddity): MARKED for oddity in ODDITIES}

STATUS: dict[Cell, str] = {
    (status, oddity): _ODD.get((status, oddity), word)
    for status, word in _STATUSES.items()
    for oddity in ODDITIES
}
EXCEPTION: dict[Cell, str | Literal[False]] = {
    cell: _EXCEPTIONS.get(cell, False) for cell in STATUS
}

# A word that is not here is the account's own way, as there.
SPEEDS: dict[str, Speed] = {
    "high": Speed.HIGH,
    "medium": Speed.MEDIUM,
    "low-medium": Speed.LOW_MEDIUM,
    "low": Speed.LOW,
}

# BTCPay Server's name of each piece of metadata, and the field of a request it comes from.
METADATA: dict[str, str] = {
    "orderId": "order_id",
    "itemCode": "item_code",
    "itemDesc": "item_desc",
    "posData": "pos_data",
    "physical": "physical",
    "buyerName": "buyer_name",
    "buyerEmail": "buyer_email",
    "buyerPhone": "buyer_phone",
    "buyerAddress1": "buyer_address1",
    "buyerAddress2": "buyer_address2",
    "buyerCity": "buyer_city",
    "buyerState": "buyer_state",
    "buyerZip": "buyer_zip",
    "buyerCountry": "buyer_country",
}
# The same for what may come inside `buyer`.
BUYER: dict[str, str] = {
    "buyerName": "name",
    "buyerEmail": "email",
    "buyerPhone": "phone",
    "buyerAddress1": "address1",
    "buyerAddress2": "address2",
    "buyerCity": "locality",
    "buyerState": "region",
    "buyerZip": "zip",
    "buyerCountry": "country",
}


def cells(word: str) -> tuple[Cell, ...]:
    """Return every status and exception that one of Bitpay's statuses stands for."""
    wanted = "complete" if word == "confirmed" else word
    return tuple(cell for cell, said in STATUS.items() if said == wanted)
