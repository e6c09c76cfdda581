"""An intent as Bitpay's clients read it: made of the view everybody has, and of nothing else."""

import hashlib
import uuid
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

import msgspec

from app.compat import moments
from app.compat.bitpay import translate
from app.compat.bitpay.entities import (
    Buyer,
    CryptoInfo,
    Enabled,
    Invoice,
    MinerFee,
    PaymentInfo,
    PaymentUrls,
)
from app.compat.bitpay.wire import milliseconds
from app.compat.moments import COUNTED
from app.compat.payment_methods import CHAIN, KINDS, LIGHTNING
from app.domain import money
from app.domain.payment import PaymentStatus
from app.domain.quote import amount_for
from app.services.views import IntentView, PaymentView, QuoteView

BITCOIN = f"BTC-{CHAIN}"
TOKEN_LENGTH = 22
DIGITS_MAX = 40  # of a tax, before or behind the point


def invoice(view: IntentView, at: datetime) -> Invoice:
    """Return an intent in Bitpay's words, as of an instant."""
    server = view.pay_url.removesuffix(f"/i/{view.id}")
    ways = [crypto_info(view, quote) for quote in view.quotes]
    coin = next((one for one in ways if one.payment_type == BITCOIN), None)
    subtotals = {
        payment_code(info.payment_type): money.atomic(info.price, quote.decimals)
        for info, quote in zip(ways, view.quotes, strict=True)
    }
    tax = _number(view.metadata.get("taxIncluded"))
    return Invoice(
        url=f"{server}/invoice?id={view.id}",
        pos_data=_text(view.metadata.get("posData")),
        status=translate.STATUS[moments.stands(view), view.exception],
        btc_price=coin.price if coin else None,
        btc_due=coin.due if coin else None,
        crypto_info=ways,
        price=Decimal(view.amount),
        currency=view.currency,
        ex_rates=coin.ex_rates if coin else None,
        item_desc=_text(view.metadata.get("itemDesc")) or view.description,
        item_code=_text(view.metadata.get("itemCode")),
        order_id=view.order_id or _text(view.metadata.get("orderId")),
        guid=str(uuid.uuid5(uuid.NAMESPACE_URL, view.pay_url)),
        id=view.id,
        invoice_time=milliseconds(view.created_at),
        expiration_time=milliseconds(view.expires_at),
        current_time=milliseconds(at),
        btc_paid=coin.paid if coin else None,
        rate=coin.rate if coin else Decimal(0),
        exception_status=exception(view),
        payment_urls=coin.payment_urls if coin else None,
        bitcoin_address=coin.address if coin else None,
        token=_token(view.id),
        payment_subtotals=subtotals,
        payment_totals=subtotals,
        miner_fees={"BTC": MinerFee()} if coin else {},
        exchange_rates={info.crypto_code: info.ex_rates for info in ways},
        supported_transaction_currencies={info.crypto_code: Enabled() for info in ways},
        addresses={payment_code(info.payment_type): info.address for info in ways},
        payment_codes={payment_code(info.payment_type): info.payment_urls for info in ways},
        tax_included=tax or msgspec.UNSET,
        buyer=_buyer(view.metadata),
    )


def exception(view: IntentView) -> str | Literal[False]:
    """Return what was odd. What came late is `paidLater` only where it makes up the price."""
    said = translate.EXCEPTION[view.status, view.exception]
    if view.status in moments.EXPIRED and said in (translate.LATER, translate.PARTIAL):
        whole = moments.Told(object=view).reaches(COUNTED)
        return translate.LATER if whole else translate.PARTIAL
    return said


def crypto_info(view: IntentView, quote: QuoteView) -> CryptoInfo:
    """Return one way to pay. Its amounts are what the price is worth in its coin."""
    type = payment_type(quote)
    came = [one for one in view.payments if one.ledger == quote.ledger and one.status in COUNTED]
    due = "0" if Decimal(view.amount_due) == 0 else quote.amount
    total = _total(view, quote)
    uri = quote.prompt.uri if quote.prompt else None
    return CryptoInfo(
        crypto_code=quote.symbol,
        payment_type=type,
        rate=Decimal(quote.rate),
        ex_rates={view.currency: Decimal(quote.rate)},
        paid=_worth(Decimal(view.amount_received), quote),
        price=total,
        due=due,
        total_due=total,
        tx_count=len(came),
        crypto_paid=money.units(sum(int(one.amount_atomic) for one in came), quote.decimals),
        address=quote.prompt.to if quote.prompt else None,
        url=f"{view.pay_url}/{type}",
        payment_urls=_urls(type, uri),
        payments=_payments(came, type),
    )


def payment_type(quote: QuoteView) -> str:
    """Return what BTCPay Server calls a way to pay: BTC-CHAIN, BTC-LN, and ours as USDC-BASE."""
    kind = KINDS.get(quote.family) or quote.ledger.rpartition("_")[0]
    return f"{quote.symbol}-{kind}".upper().replace("_", "-")


def payment_code(type: str) -> str:
    """Return the name of a way to pay among codes and addresses: a chain's coin is its own."""
    return type.removesuffix(f"-{CHAIN}")


def _total(view: IntentView, quote: QuoteView) -> str:
    """Return the whole amount of a quote, of which a view tells what is left."""
    partly = 0 < Decimal(view.amount_due) < Decimal(view.amount)
    return _worth(Decimal(view.amount), quote) if partly else quote.amount


def _worth(value: Decimal, quote: QuoteView) -> str:
    if value <= 0:
        return "0"
    atomic = amount_for(value, Decimal(quote.rate), quote.decimals, quote.decimals)
    return money.units(atomic, quote.decimals)


def _urls(type: str, uri: str | None) -> PaymentUrls:
    if type.endswith(f"-{LIGHTNING}"):
        return PaymentUrls(bolt11=uri)
    return PaymentUrls(bip21=uri)


def _payments(came: Sequence[PaymentView], type: str) -> list[PaymentInfo]:
    return [
        PaymentInfo(
            id=f"{one.tx}-{one.index or 0}",
            received_date=f"{one.created_at:%Y-%m-%dT%H:%M:%S}",
            value=Decimal(one.amount),
            payment_type=type,
            confirmed=one.status is PaymentStatus.CONFIRMED,
            completed=one.status is PaymentStatus.CONFIRMED,
            destination=one.to,
        )
        for one in came
    ]


def _buyer(metadata: dict[str, Any]) -> Buyer:
    said = {field: _text(metadata.get(name)) for name, field in translate.BUYER.items()}
    return Buyer(postal_code=said.pop("zip"), **said)


def _text(value: Any) -> str | None:
    """Return metadata as text: what is none is its JSON, as a shop wrote it elsewhere."""
    if value is None or isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode()


def _number(value: Any) -> Decimal | None:
    """Return metadata as a number; None: it is none that could be a price."""
    try:
        number = Decimal(str(value)) if value is not None else None
    except ArithmeticError:
        return None
    plain = number is not None and number.is_finite() and abs(number.adjusted()) <= DIGITS_MAX
    return number if plain else None


def _token(id: str) -> str:
    """Return what its clients look at and never send back: it opens nothing."""
    return hashlib.sha256(id.encode()).hexdigest()[:TOKEN_LENGTH]
