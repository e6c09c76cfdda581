"""Pull payments over Greenfield: the merchant makes and archives them, their holder claims."""

from typing import Any

from litestar import Controller, Request, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from app.compat.greenfield import payouts_words as words
from app.compat.greenfield import wire
from app.compat.greenfield.access import OPEN, needs
from app.compat.greenfield.payouts_refusals import REFUSED, handlers
from app.compat.greenfield.refusals import Refusal
from app.domain.account import Account
from app.domain.ledger import Catalogue
from app.domain.permission import Right
from app.domain.voucher import NAME_MAX, Filter
from app.services.claims import Claims
from app.services.keys import Holder
from app.services.voucher_requests import NewClaim, NewVoucher
from app.services.vouchers import Vouchers
from app.web.auth import once

LISTED_MAX = 1000  # the newest: the wire knows no pages here
# What our fields are called in these requests.
PATHS = {
    "ledgers": "payoutMethods",
    "ledger": "payoutMethodId",
    "address": "destination",
    "starts_at": "startsAt",
    "expires_at": "expiresAt",
}


class PullPaymentController(Controller):
    """`/api/v1/stores/{storeId}/pull-payments` and `/api/v1/pull-payments/{pullPaymentId}`."""

    exception_handlers = handlers(PATHS)

    @post(
        "/api/v1/stores/{store_id:str}/pull-payments",
        status_code=200,
        opt=needs(Right.CREATE_UNAPPROVED_PULL_PAYMENTS),
    )
    async def create(
        self,
        request: Request[Any, Any, Any],
        data: JSONBody[words.NewPullPayment],
        account: NamedDependency[Account],
        holder: NamedDependency[Holder],
        vouchers: NamedDependency[Vouchers],
        catalogue: NamedDependency[Catalogue],
    ) -> Response[bytes]:
        """Make a pull payment. Claims approved by themselves ask for a greater permission."""
        if data.auto_approve_claims:
            holder.require(Right.CREATE_PULL_PAYMENTS, account.id)
        key = await once(request, account.id)
        made = await vouchers.create(account, _new(data, account, catalogue), key)
        return wire.answer(words.pull_payment(made))

    @get("/api/v1/stores/{store_id:str}/pull-payments", opt=needs(Right.MANAGE_PULL_PAYMENTS))
    async def index(
        self,
        request: Request[Any, Any, Any],
        account: NamedDependency[Account],
        vouchers: NamedDependency[Vouchers],
    ) -> Response[bytes]:
        """List a store's pull payments, newest first; archived ones where asked for."""
        filter = Filter(archived=None if _asked(request, "includeArchived") else False)
        found, _ = await vouchers.page(account.id, filter, None, LISTED_MAX)
        return wire.answer([words.pull_payment(one) for one in found])

    @get("/api/v1/pull-payments/{pull_payment_id:str}", opt=OPEN)
    async def read(
        self, pull_payment_id: FromPath[str], vouchers: NamedDependency[Vouchers]
    ) -> Response[bytes]:
        """Return a pull payment to whoever holds its id."""
        return wire.answer(words.pull_payment(await vouchers.get(pull_payment_id)))

    @delete(
        [
            "/api/v1/pull-payments/{pull_payment_id:str}",
            "/api/v1/stores/{store_id:str}/pull-payments/{pull_payment_id:str}",
        ],
        status_code=200,
        opt=needs(Right.ARCHIVE_PULL_PAYMENTS),
    )
    async def archive(
        self,
        pull_payment_id: FromPath[str],
        account: NamedDependency[Account],
        vouchers: NamedDependency[Vouchers],
    ) -> Response[bytes]:
        """Archive a pull payment; what nobody has begun to send of it is cancelled."""
        await vouchers.archive(account.id, pull_payment_id)
        return wire.done()

    @get("/api/v1/pull-payments/{pull_payment_id:str}/payouts", opt=OPEN)
    async def payouts(
        self,
        request: Request[Any, Any, Any],
        pull_payment_id: FromPath[str],
        claims: NamedDependency[Claims],
        catalogue: NamedDependency[Catalogue],
    ) -> Response[bytes]:
        """List what was claimed, to whoever holds the pull payment's id."""
        canceled = _asked(request, "includeCancelled")
        found = await claims.of_voucher(pull_payment_id, LISTED_MAX, canceled=canceled)
        return wire.answer([words.payout(one, catalogue) for one in found])

    @post("/api/v1/pull-payments/{pull_payment_id:str}/payouts", status_code=200, opt=OPEN)
    async def claim(
        self,
        pull_payment_id: FromPath[str],
        data: JSONBody[words.NewPayout],
        vouchers: NamedDependency[Vouchers],
        claims: NamedDependency[Claims],
        catalogue: NamedDependency[Catalogue],
    ) -> Response[bytes]:
        """Claim: whoever holds the pull payment's id may."""
        voucher = await vouchers.get(pull_payment_id)
        method = data.payout_method_id or data.payment_method
        new = NewClaim(
            address=data.destination or "",
            ledger=words.ledger(method, voucher.livemode, catalogue),
            amount=words.plain(data.amount, "amount"),
        )
        made = await claims.ask(pull_payment_id, new)
        return wire.answer(words.payout(made, catalogue))

    @get("/api/v1/pull-payments/{pull_payment_id:str}/payouts/{payout_id:str}", opt=OPEN)
    async def payout(
        self,
        pull_payment_id: FromPath[str],
        payout_id: FromPath[str],
        claims: NamedDependency[Claims],
        catalogue: NamedDependency[Catalogue],
    ) -> Response[bytes]:
        """Return one payout of a pull payment."""
        found = await claims.get(None, payout_id, pull_payment_id)
        return wire.answer(words.payout(found, catalogue))

    @get("/api/v1/pull-payments/{pull_payment_id:str}/lnurl", opt=OPEN)
    async def lnurl(
        self, pull_payment_id: FromPath[str], vouchers: NamedDependency[Vouchers]
    ) -> Response[bytes]:
        """Say that a wallet cannot draw by itself: this house sends nothing."""
        await vouchers.get(pull_payment_id)
        refusal = Refusal(code="lnurl-not-supported", message="LNURL is not supported here.")
        return wire.answer(refusal, REFUSED)


def _new(data: words.NewPullPayment, account: Account, catalogue: Catalogue) -> NewVoucher:
    field = "payoutMethods" if data.payout_methods is not None else "paymentMethods"
    named = data.payout_methods if data.payout_methods is not None else data.payment_methods
    ledgers = None
    if named is not None:
        ledgers = words.ledgers(named, field, account.livemode, catalogue)
    return NewVoucher(
        name=(data.name or "").strip() or account.name[:NAME_MAX],
        description=data.description,
        amount=words.plain(data.amount, "amount") or "",
        currency=data.currency or "",
        ledgers=ledgers,
        auto_approve=bool(data.auto_approve_claims),
        starts_at=words.instant(data.starts_at, "startsAt"),
        expires_at=words.instant(data.expires_at, "expiresAt"),
    )


def _asked(request: Request[Any, Any, Any], name: str) -> bool:
    return request.query_params.get(name, "").lower() == "true"
