"""BTCPay's words for where an invoice stands, as its modal tells them.

An overpaid intent that its merchant does not take has all its money, and BTCPay knows no
such policy: it is settled there, once that is confirmed. The frame hears of no confirmation
any more by then, so it says only that it is seen. One that was canceled is invalid, as if it
had been marked.
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
_EXCESS: Cell = (Status.MISMATCHED, Oddity.OVERPAID)
_ODD: dict[Cell, str] = {_EXCESS: "Settled"}
STATUS: dict[Cell, str] = {
    (status, oddity): _ODD.get((status, oddity), word)
    for status, word in _WORDS.items()
    for oddity in (None, *Oddity)
}
FRAME: dict[Cell, str] = STATUS | {_EXCESS: "Processing"}
