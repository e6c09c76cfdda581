"""BTCPay's words for where an invoice stands, as its modal tells them.

An overpaid intent that its merchant does not take has all its money, and BTCPay knows no
such policy: it is settled there. One that was canceled is invalid, as if it had been marked.
"""

from app.domain.intent import Oddity, Status

Cell = tuple[Status, Oddity | None]

_WORDS: dict[Status, str] = {
    Status.REQUIRES_PAYMENT: "New",
    Status.PROCESSING: "Processing",
    Status.SUCCEEDED: "Settled",
    Status.MISMATCHED: "Expired",
    Status.EXPIRED: "Expired",
    Status.FAILED: "Invalid",
    Status.CANCELED: "Invalid",
}
_ODD: dict[Cell, str] = {(Status.MISMATCHED, Oddity.OVERPAID): "Settled"}
STATUS: dict[Cell, str] = {
    (status, oddity): _ODD.get((status, oddity), word)
    for status, word in _WORDS.items()
    for oddity in (None, *Oddity)
}
