"""Payouts over Greenfield, as the merchant handles them: approved, marked, cancelled."""

from decimal import Decimal, InvalidOperation
from typing import Any

from litestar import Controller, Request, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from app.compat.greenfield import payouts_words as words
from app.compat.greenfield import wire
from app.compat.greenfield.access import needs
from app.compat.greenfield.payouts_refusals import REFUSED, handlers
from app.compat.greenfield.pull_payments import LISTED_MAX
from app.compat.greenfield.refusals import Refusal
from app.domain.account import Account
from app.domain.claim import ClaimStatus, Filter
from app.domain.ledger import Catalogue
from app.domain.permission import Right
from app.errors import Invalid
from app.services.claims import Claims
from app.services.keys import Holder
from app.services.payouts import Payouts
from app.services.voucher_requests import NewPayout
from app.web.auth import once

STORE = "/api/v1/stores/{store_id:str}/payouts"
ONE = ["/api/v1/payouts/{payout_id:str}", STORE + "/{payout_id:str}"]
PATHS = {
    "ledger": "payoutMethodId",
    "address": "destination",
    "proof": "paymentProof",
    "rate": "rateRule",
    "status": "state",
}


class PayoutController(Controller):
    """`/api/v1/stores/{storeId}/payouts` and `/api/v1/payouts/{payoutId}`."""

    exception_handlers = handlers(PATHS)

    @post(STORE, status_code=200, opt=needs(Right.CREATE_UNAPPROVED_PULL_PAYMENTS))
    async def create(
        self,
        request: Request[Any, Any, Any],
        data: JSONBody[words.NewPayout],
        account: NamedDependency[Account],
        holder: NamedDependency[Holder],
        claims: NamedDependency[Claims],
        catalogue: NamedDependency[Catalogue],
    ) -> Response[bytes]:
        """Make a payout, of a pull payment or of none; approved asks for a greater permission."""
        if data.approved:
            holder.require(Right.CREATE_PULL_PAYMENTS, account.id)
        method = data.payout_method_id or data.payment_method
        new = NewPayout(
            address=data.destination or "",
            ledger=words.ledger(method, account.livemode, catalogue),
            amount=words.plain(data.amount, "amount"),
            voucher=data.pull_payment_id,
            approved=bool(data.approved),
            metadata=data.metadata or {},
        )
        key = await once(request, account.id)
        made = await claims.make(account.id, account.livemode, new, key)
        return wire.answer(words.payout(made, catalogue))

    @get(STORE, opt=needs(Right.VIEW_PAYOUTS))
    async def index(
        self,
        request: Request[Any, Any, Any],
        account: NamedDependency[Account],
        claims: NamedDependency[Claims],
        catalogue: NamedDependency[Catalogue],
    ) -> Response[bytes]:
        """List a store's payouts, newest first; the cancelled ones where they are asked for."""
        canceled = request.query_params.get("includeCancelled", "").lower() == "true"
        filter = Filter(canceled=canceled)
        found, _ = await claims.page(account.id, filter, None, LISTED_MAX)
        return wire.answer([words.payout(one, catalogue) for one in found])

    @get(ONE, opt=needs(Right.MANAGE_PULL_PAYMENTS))
    async def read(
        self,
        payout_id: FromPath[str],
        account: NamedDependency[Account],
        claims: NamedDependency[Claims],
        catalogue: NamedDependency[Catalogue],
    ) -> Response[bytes]:
        """Return one payout."""
        return wire.answer(words.payout(await claims.get(account.id, payout_id), catalogue))

    @post(ONE, status_code=200, opt=needs(Right.MANAGE_PULL_PAYMENTS))
    async def approve(
        self,
        payout_id: FromPath[str],
        data: JSONBody[words.Approval],
        account: NamedDependency[Account],
        payouts: NamedDependency[Payouts],
        catalogue: NamedDependency[Catalogue],
    ) -> Response[bytes]:
        """Approve a payout at the rate of now, or at one the merchant names."""
        if data.revision != 0:
            message = "The payout was changed since: read it again."
            return wire.answer(Refusal(code="old-revision", message=message), REFUSED)
        approved = await payouts.approve(account.id, payout_id, _rate(data.rate_rule))
        return wire.answer(words.payout(approved, catalogue))

    @delete(ONE, status_code=200, opt=needs(Right.MANAGE_PULL_PAYMENTS))
    async def cancel(
        self,
        payout_id: FromPath[str],
        account: NamedDependency[Account],
        payouts: NamedDependency[Payouts],
    ) -> Response[bytes]:
        """Cancel a payout that is not on its way."""
        await payouts.cancel(account.id, payout_id)
        return wire.done()

    @post(
        [f"{one}/mark-paid" for one in ONE], status_code=200, opt=needs(Right.MANAGE_PULL_PAYMENTS)
    )
    async def mark_paid(
        self,
        payout_id: FromPath[str],
        account: NamedDependency[Account],
        payouts: NamedDependency[Payouts],
    ) -> Response[bytes]:
        """Write down that the merchant sent it."""
        await payouts.mark(account.id, payout_id, ClaimStatus.SUCCEEDED)
        return wire.done()

    @post([f"{one}/mark" for one in ONE], status_code=200, opt=needs(Right.MANAGE_PULL_PAYMENTS))
    async def mark(
        self,
        payout_id: FromPath[str],
        data: JSONBody[words.Mark],
        account: NamedDependency[Account],
        payouts: NamedDependency[Payouts],
    ) -> Response[bytes]:
        """Write down how the merchant says it stands, and their proof of it."""
        if data.state not in words.STATUSES:
            raise Invalid.field("state", f"must be one of {', '.join(words.STATUSES)}")
        to = words.STATUSES[data.state]
        await payouts.mark(account.id, payout_id, to, data.payment_proof)
        return wire.done()


def _rate(rule: str | None) -> Decimal | None:
    """Read a rate: none is the market's, a number the merchant's own."""
    if rule is None or rule == "":
        return None
    try:
        found = Decimal(rule)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or abs(found.adjusted()) > words.DIGITS_MAX:
        raise Invalid.field("rateRule", "must be empty, or a plain decimal number: the rate")
    return found
