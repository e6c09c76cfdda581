"""Refunds of an invoice over Greenfield: each is a pull payment for its payer."""

from decimal import Decimal
from typing import Any

from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from app.compat.greenfield import payouts_words as words
from app.compat.greenfield import wire
from app.compat.greenfield.access import needs
from app.compat.greenfield.payouts_refusals import handlers
from app.domain import money
from app.domain.account import Account
from app.domain.ledger import Catalogue
from app.domain.permission import Right
from app.domain.voucher import NAME_MAX
from app.errors import Invalid
from app.services.intents import Intents
from app.services.voucher_requests import NewRefund
from app.services.vouchers import Vouchers
from app.web.auth import once

INVOICES = ["/api/v1/invoices", "/api/v1/stores/{store_id:str}/invoices"]
PATHS = {
    "ledger": "payoutMethodId",
    "ledgers": "payoutMethodId",
    "basis": "refundVariant",
    "percent_less": "subtractPercentage",
    "amount": "customAmount",
    "currency": "customCurrency",
}


class RefundController(Controller):
    """`/api/v1/invoices/{invoiceId}/refund`."""

    exception_handlers = handlers(PATHS)

    @post(
        [f"{one}/{{invoice_id:str}}/refund" for one in INVOICES],
        status_code=200,
        opt=needs(Right.CREATE_PULL_PAYMENTS),
    )
    async def refund(
        self,
        request: Request[Any, Any, Any],
        invoice_id: FromPath[str],
        data: JSONBody[words.NewRefund],
        account: NamedDependency[Account],
        intents: NamedDependency[Intents],
        vouchers: NamedDependency[Vouchers],
        catalogue: NamedDependency[Catalogue],
    ) -> Response[bytes]:
        """Make the pull payment by which an invoice's money goes back."""
        basis = words.BASES.get(data.refund_variant or "")
        if basis is None:
            raise Invalid.field("refundVariant", f"must be one of {', '.join(words.BASES)}")
        method = data.payout_method_id or data.payment_method
        if method is None:
            paid = (await intents.get(invoice_id, account.id)).ledger
            if paid is None:
                raise Invalid.field("payoutMethodId", "is required")
        else:
            paid = words.ledger(method, account.livemode, catalogue)
        new = NewRefund(
            ledger=paid,
            basis=basis,
            name=(data.name or "").strip()[:NAME_MAX] or None,
            description=data.description,
            percent_less=data.subtract_percentage or Decimal(0),
            amount=words.plain(data.custom_amount, "customAmount"),
            currency=data.custom_currency,
        )
        key = await once(request, account.id)
        made = await vouchers.refund(account, invoice_id, new, key)
        return wire.answer(words.pull_payment(made))

    @get(
        [f"{one}/{{invoice_id:str}}/refund/{{payment_method_id:str}}" for one in INVOICES],
        opt=needs(Right.CREATE_PULL_PAYMENTS),
    )
    async def trigger(
        self,
        invoice_id: FromPath[str],
        payment_method_id: FromPath[str],
        account: NamedDependency[Account],
        vouchers: NamedDependency[Vouchers],
        catalogue: NamedDependency[Catalogue],
    ) -> Response[bytes]:
        """Tell what an invoice's money comes to in coins, of then and of now."""
        ledger = words.ledger(payment_method_id, account.livemode, catalogue)
        found = await vouchers.refundable(account.id, invoice_id, ledger)
        return wire.answer(
            words.RefundEntity(
                payment_amount_now=money.price_text(found.now, found.asset),
                payment_amount_then=money.price_text(found.then, found.asset),
                overpaid_payment_amount=money.price_text(found.excess, found.asset),
                payment_currency=found.asset,
                payment_currency_divisibility=money.digits(found.asset),
                invoice_amount=money.price_text(found.paid, found.currency),
                invoice_currency=found.currency,
                invoice_currency_divisibility=money.digits(found.currency),
            )
        )
