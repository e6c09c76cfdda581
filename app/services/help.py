"""Help: which things a payer can do by themselves on an intent now."""

import msgspec

from app.domain.intent import Status
from app.services.refund_views import RefundForPayer
from app.services.refunds import Refunds
from app.services.views import PayerView


class Help(msgspec.Struct, frozen=True, kw_only=True):
    """What the pay page and the receipt offer besides paying."""

    refund: RefundForPayer | None = None
    refundable: bool = False
    mailing: bool = False


class Helping:
    """Gathers what is offered."""

    def __init__(self, refunds: Refunds, *, mailing: bool) -> None:
        self._refunds = refunds
        self.mailing = mailing

    async def of(self, view: PayerView) -> Help:
        """Return what the payer of an intent can do. Before money came there is nothing."""
        if not view.payments:
            return Help()
        busy = view.status in (Status.REQUIRES_PAYMENT, Status.PROCESSING)
        refund = await self._refunds.of_intent(view.id)
        return Help(
            refund=refund,
            refundable=refund is not None or self._is_odd(view, busy),
            mailing=self.mailing and not busy,
        )

    @staticmethod
    def _is_odd(view: PayerView, busy: bool) -> bool:
        """Tell whether something went wrong: a plain paid order's page asks no such thing."""
        if busy:
            return False
        plain = view.status is Status.SUCCEEDED and view.exception is None
        return not plain or any(one.status in ("unmatched", "late") for one in view.payments)
