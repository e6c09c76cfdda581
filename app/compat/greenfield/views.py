"""Our views in Greenfield's entities. Pure: what is told comes of the view everybody has."""

from decimal import ROUND_DOWN, Decimal
from typing import Any

from app.compat import payment_methods
from app.compat.greenfield import offer, translate, wire
from app.compat.greenfield.entities import (
    CheckoutEntity,
    InvoiceEntity,
    MethodEntity,
    PaymentEntity,
    ReceiptEntity,
)
from app.domain import money
from app.domain.account import Account
from app.domain.conditions import CONFIRM_SECONDS
from app.domain.intent import marks
from app.domain.ledger import Catalogue
from app.services.views import IntentView, PaymentView, QuoteView

MINUTE = Decimal(60)
BASIS_POINTS = Decimal(100)  # of one percent
NOTHING = "0"


def invoice(view: IntentView, account: Account, catalogue: Catalogue) -> InvoiceEntity:
    """Return an intent as an invoice."""
    status, additional = translate.standing(view)
    return InvoiceEntity(
        id=view.id,
        store_id=account.id,
        amount=view.amount,
        paid_amount=view.amount_received,
        currency=view.currency,
        checkout_link=view.pay_url,
        created_time=wire.seconds(view.created_at),
        expiration_time=wire.seconds(view.expires_at),
        monitoring_expiration=wire.seconds(view.gives_up_at or view.expires_at),
        status=status,
        additional_status=additional,
        available_statuses_for_manual_marking=[
            translate.MARKS[one] for one in marks(view.status, view.exception)
        ],
        archived=view.archived,
        metadata=metadata(view),
        checkout=_checkout(view, account, catalogue),
        receipt=_receipt(view),
    )


def metadata(view: IntentView) -> dict[str, Any]:
    """Return an invoice's metadata; what is ours beside it has a name in it there."""
    ours = {
        "orderId": view.order_id,
        "itemDesc": view.description,
        "buyerEmail": view.customer_email,
    }
    return {key: text for key, text in ours.items() if text is not None} | view.metadata


def methods(
    view: IntentView, catalogue: Catalogue, *, accounted_only: bool = False
) -> list[MethodEntity]:
    """Return every way an invoice can be paid, or only those that something came by."""
    found = [_method(view, one, catalogue) for one in view.quotes]
    return [one for one in found if one.payments or not accounted_only]


def payment(one: PaymentView) -> PaymentEntity:
    """Return one transfer."""
    return PaymentEntity(
        id=f"{one.tx}-{one.index or 0}",
        received_date=wire.seconds(one.created_at),
        value=one.amount,
        status=translate.payment(one),
        destination=one.to or "",
    )


def _checkout(view: IntentView, account: Account, catalogue: Catalogue) -> CheckoutEntity:
    asked = view.conditions
    patience = CONFIRM_SECONDS if asked.confirm_seconds is None else asked.confirm_seconds
    preferred = asked.preferred
    return CheckoutEntity(
        speed_policy=translate.SPEEDS[asked.speed or translate.USUAL_SPEED],
        payment_methods=offer.names(view.ledgers, catalogue),
        default_payment_method=(
            None if preferred is None else payment_methods.of_ledger(preferred, catalogue)
        ),
        lazy_payment_methods=None,
        expiration_minutes=_minutes(view.expires_in_seconds),
        monitoring_minutes=_minutes(patience),
        payment_tolerance=Decimal(view.tolerance_bps) / BASIS_POINTS,
        redirect_url=view.redirect,
        redirect_automatically=account.returns if asked.returns is None else asked.returns,
        default_language=asked.locale,
    )


def _receipt(view: IntentView) -> ReceiptEntity:
    wanted = view.conditions.receipt
    return ReceiptEntity(
        enabled=wanted.enabled, show_qr=wanted.codes, show_payments=wanted.payments
    )


def _minutes(seconds: int) -> Decimal:
    """Return whole minutes as a whole number: typed clients read no 15.0 there."""
    minutes = seconds / MINUTE
    return minutes.to_integral_value() if minutes == minutes.to_integral_value() else minutes


def _method(view: IntentView, quote: QuoteView, catalogue: Catalogue) -> MethodEntity:
    came = [one for one in view.payments if one.status in translate.CAME]
    own = [one for one in came if one.ledger == quote.ledger]
    paid = sum(int(one.amount_atomic) for one in own)
    open = Decimal(view.amount_due) > 0
    due = int(quote.amount_atomic) if open else 0
    partly = 0 < Decimal(view.amount_due) < Decimal(view.amount)
    amount = int(quote.amount_atomic) + (paid if partly else 0)
    return MethodEntity(
        payment_method_id=payment_methods.of_ledger(quote.ledger, catalogue),
        currency=quote.symbol,
        destination=quote.prompt.to if quote.prompt else "",
        payment_link=quote.prompt.uri if quote.prompt else "",
        rate=quote.rate,
        payment_method_paid=money.units(paid, quote.decimals),
        total_paid=_total(view, quote, own, came, paid),
        due=money.units(due, quote.decimals),
        amount=money.units(amount, quote.decimals),
        activated=quote.prompt is not None,
        payments=[payment(one) for one in own],
    )


def _total(
    view: IntentView,
    quote: QuoteView,
    own: list[PaymentView],
    came: list[PaymentView],
    paid: int,
) -> str:
    """Return what came by every method, in this one's unit: others at their worth."""
    if len(own) == len(came):
        return money.units(paid, quote.decimals)
    others = sum((Decimal(one.credit) for one in came if one not in own), Decimal(0))
    whole = money.WIDE.multiply(others, 10**quote.decimals)
    worth = money.WIDE.divide(whole, Decimal(quote.rate)).to_integral_value(ROUND_DOWN)
    return money.units(paid + int(worth), quote.decimals)
