"""Which of the sandbox's levers make sense now: none for live money."""

from collections.abc import Mapping

from app.domain.intent import Status
from app.domain.sandbox import CHAIN
from app.phrase import Phrase
from app.services.levers import Lever
from app.services.views import PayerView
from app.web.templates import gettext as _

Choice = tuple[tuple[Lever, ...], tuple[Lever, ...]]  # those in sight, and the others

_NONE: Choice = ((), ())
_PAY = (Lever.FULL, Lever.HALF, Lever.MORE)
_MOVE = (Lever.CONFIRM, Lever.REORG)
_ENDS = (Lever.EXCESS, Lever.STUCK, Lever.FAIL, Lever.EXPIRE, Lever.CANCEL)
_OUTAGES = (Lever.PRICE_UNAVAILABLE, Lever.CHAIN_LAGGING, Lever.RESTORE)

TEXTS: Mapping[Lever, Phrase] = {
    Lever.FULL: _("Pay in full"),
    Lever.HALF: _("Pay half"),
    Lever.MORE: _("Pay too much"),
    Lever.EXCESS: _("Pay more than is taken"),
    Lever.LATE: _("Pay too late"),
    Lever.STUCK: _("Pay, and stay unconfirmed"),
    Lever.CONFIRM: _("Confirm"),
    Lever.REORG: _("Reorganize"),
    Lever.EXPIRE: _("Let the time run out"),
    Lever.FAIL: _("Pay, and never confirm"),
    Lever.CANCEL: _("Cancel"),
    Lever.PRICE_UNAVAILABLE: _("Lose the price"),
    Lever.CHAIN_LAGGING: _("Lose sight of the network"),
    Lever.RESTORE: _("End the outage"),
}


def of(view: PayerView) -> Choice:
    """Return the levers that do something where an intent stands."""
    here = [one for one in view.quotes if view.ledger in (None, one.ledger)]
    if view.livemode or not any(one.chain == CHAIN.id for one in here):
        return _NONE
    late = (Lever.LATE,) if view.ledger is not None else ()  # there is an address to be late at
    if view.status is Status.EXPIRED and not view.payments:
        return late, _OUTAGES
    if view.status is Status.REQUIRES_PAYMENT:
        moving = _MOVE if view.payments else ()
        return (*_PAY, *late, *moving), (*_ENDS, *_OUTAGES)
    return (_MOVE, _OUTAGES[1:]) if view.status is Status.PROCESSING else _NONE
