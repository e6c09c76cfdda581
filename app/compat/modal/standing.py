"""Where an invoice stands, for whoever asks again and again as BTCPay's own page does.

Our page hears of changes by its stream; these addresses are for scripts written against
the other one. They tell what the page shows to anybody who holds the id.
"""

from decimal import Decimal
from typing import Annotated, Any

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from app.compat import moments, payment_methods
from app.compat.modal.translate import STATUS
from app.domain.intent import Status
from app.domain.ledger import Catalogue
from app.domain.payment import PaymentStatus
from app.errors import NotFound
from app.services.intents import Intents
from app.services.merchants import Merchants
from app.services.views import PayerView, QuoteView
from app.world import World

COUNTED = {PaymentStatus.PENDING, PaymentStatus.CONFIRMED}
Named = Annotated[str | None, QueryParameter(name="paymentMethodId", max_length=80)]


class Method(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One way to pay that is on offer."""

    payment_method_id: str
    payment_method_name: str
    displayed: bool = True
    order: int


class Checkout(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """BTCPay's checkout model, as far as it says something of an invoice of ours."""

    invoice_id: str
    status: str
    store_id: str
    store_name: str
    order_id: str | None
    item_desc: str | None
    order_amount_fiat: str
    activated: bool
    payment_method_id: str | None
    payment_method_name: str | None
    payment_method_currency: str | None
    address: str | None
    invoice_bitcoin_url: str | None
    invoice_bitcoin_url_qr: str | None = msgspec.field(name="invoiceBitcoinUrlQR")
    rate: str | None
    order_amount: str | None
    paid: str | None
    due: str | None
    network_fee: str = "0"  # nothing is added to a price here
    expiration_seconds: int
    max_time_seconds: int
    required_confirmations: int | None
    received_confirmations: int | None
    merchant_ref_link: str | None
    receipt_link: str | None
    redirect_automatically: bool
    available_payment_methods: list[Method]


@get(["/i/{id:str}/status", "/invoice/{id:str}/status"])
async def of_path(
    id: FromPath[str],
    intents: NamedDependency[Intents],
    merchants: NamedDependency[Merchants],
    catalogue: NamedDependency[Catalogue],
    world: NamedDependency[World],
    method: Named = None,
) -> Response[Checkout]:
    """Tell where an invoice stands."""
    return await _told(id, method, intents, merchants, catalogue, world)


@get("/i/{id:str}/{method:str}/status")
async def of_method(
    id: FromPath[str],
    method: FromPath[str],
    intents: NamedDependency[Intents],
    merchants: NamedDependency[Merchants],
    catalogue: NamedDependency[Catalogue],
    world: NamedDependency[World],
) -> Response[Checkout]:
    """Tell where an invoice stands, and what one way to pay it comes to."""
    return await _told(id, method, intents, merchants, catalogue, world)


@get("/invoice/status")
async def of_query(
    intents: NamedDependency[Intents],
    merchants: NamedDependency[Merchants],
    catalogue: NamedDependency[Catalogue],
    world: NamedDependency[World],
    id: Annotated[str, QueryParameter(name="invoiceId", max_length=80)] = "",
    method: Named = None,
) -> Response[Checkout]:
    """Tell the same of an invoice that the query names."""
    return await _told(id, method, intents, merchants, catalogue, world)


async def _told(
    id: str,
    method: str | None,
    intents: Intents,
    merchants: Merchants,
    catalogue: Catalogue,
    world: World,
) -> Response[Checkout]:
    view = await intents.get(id)
    account = await merchants.of(id)
    left = (view.expires_at - world.now()).total_seconds()
    shown = _quote(view, method, catalogue)
    returns = view.conditions.returns
    waiting = [one for one in view.payments if one.status is PaymentStatus.PENDING]
    paid = bool(view.payments) and view.status is Status.SUCCEEDED
    checkout = Checkout(
        invoice_id=view.id,
        status=STATUS[moments.stands(view), view.exception],
        store_id=account.id,
        store_name=account.name,
        order_id=view.order_id,
        item_desc=view.description,
        order_amount_fiat=f"{view.amount} {view.currency}",
        expiration_seconds=max(int(left), 0),
        max_time_seconds=int((view.expires_at - view.created_at).total_seconds()),
        required_confirmations=waiting[0].confirmations_required if waiting else None,
        received_confirmations=waiting[0].confirmations if waiting else None,
        merchant_ref_link=view.success_url,
        redirect_automatically=account.returns if returns is None else returns,
        receipt_link=f"{view.pay_url}/receipt" if paid else None,
        available_payment_methods=_methods(view, catalogue),
        **_prompt(view, shown, catalogue),
    )
    return Response(checkout, headers={"Cache-Control": "no-store"})


def _quote(view: PayerView, method: str | None, catalogue: Catalogue) -> QuoteView | None:
    """Return the quote of the method that is asked about, else of the one that was chosen."""
    wanted: tuple[str | None, ...] = (view.ledger,)
    if method is not None:
        offered = [catalogue.ledgers[one.ledger] for one in view.quotes]
        wanted = payment_methods.to_ledgers(method, offered, catalogue)
        if not wanted:
            raise NotFound(f"This invoice cannot be paid by {method[:40]!r}.")
    return next((one for one in view.quotes if one.ledger in wanted), None)


def _methods(view: PayerView, catalogue: Catalogue) -> list[Method]:
    if view.status is not Status.REQUIRES_PAYMENT:
        return []
    return [
        Method(
            payment_method_id=payment_methods.of_ledger(one.ledger, catalogue),
            payment_method_name=f"{one.symbol} ({one.chain_name})",
            order=place,
        )
        for place, one in enumerate(view.quotes)
    ]


def _prompt(view: PayerView, quote: QuoteView | None, catalogue: Catalogue) -> dict[str, Any]:
    """Return what is said of one method; of none, that there is none."""
    if quote is None:
        names = (
            *("payment_method_id", "payment_method_name", "payment_method_currency", "address"),
            *("invoice_bitcoin_url", "invoice_bitcoin_url_qr", "rate", "order_amount", "paid"),
            "due",
        )
        return dict.fromkeys(names) | {"activated": False}
    counted = (one for one in view.payments if one.ledger == quote.ledger and one.status in COUNTED)
    paid = sum((Decimal(one.amount) for one in counted), Decimal())
    open = view.status is Status.REQUIRES_PAYMENT
    due = Decimal(quote.amount) if open else Decimal()
    prompt = quote.prompt if open else None
    return {
        "activated": quote.prompt is not None,
        "payment_method_id": payment_methods.of_ledger(quote.ledger, catalogue),
        "payment_method_name": f"{quote.symbol} ({quote.chain_name})",
        "payment_method_currency": quote.symbol,
        "address": prompt.to if prompt else None,
        "invoice_bitcoin_url": prompt.uri if prompt else None,
        "invoice_bitcoin_url_qr": prompt.uri if prompt else None,
        "rate": quote.rate,
        "order_amount": f"{due + paid:f}",
        "paid": f"{paid:f}",
        "due": f"{due:f}",
    }
