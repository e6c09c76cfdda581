"""What ICPay's clients see of an intent and of what was paid, made from the view we show.

The amount is what the chosen ledger still asks for: whoever pays exactly that has paid. An
ERC-20 token has no `contract_address`: that client would let the wallet approve it and then
call it, which moves nothing to an address without code; without one it stops before that.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from app.compat.icpay import numbers, translate
from app.compat.icpay.entities import IntentEntity, IntentEnvelope, PaymentEntity
from app.domain.account import Account
from app.domain.ledger import Catalogue
from app.domain.payment import PaymentStatus
from app.services.views import IntentView, PaymentView, QuoteView

OWN = "icpay"  # its client writes this key into the metadata of every intent it makes
SENDER = "expectedSenderPrincipal"
ARRIVED = frozenset({PaymentStatus.PENDING, PaymentStatus.CONFIRMED, PaymentStatus.LATE})
UNCHOSEN = "0"  # the amount before a ledger is chosen: its client wants one


def envelope(
    view: IntentView, account: Account, catalogue: Catalogue, *, secret: bool
) -> IntentEnvelope:
    """Return an intent with its payment, as every one of its clients reads them."""
    return IntentEnvelope(
        payment_intent_id=view.id,
        payment_intent_code=numbers.intent_code(view.id),
        payment=payment(view, account, secret=secret),
        payment_intent=intent(view, account, catalogue, secret=secret),
    )


def intent(
    view: IntentView, account: Account, catalogue: Catalogue, *, secret: bool
) -> IntentEntity:
    """Return an intent in ICPay's words."""
    quote = chosen(view)
    chain = catalogue.chains.get(quote.chain) if quote is not None else None
    metadata = shown_metadata(view, secret=secret)
    return IntentEntity(
        id=view.id,
        account_id=account.id,
        amount=quote.amount_atomic if quote is not None else UNCHOSEN,
        amount_usd=dollars(view),
        amount_in_fiat=Decimal(view.amount),
        ledger_id=view.ledger,
        ledger_canister_id=token(quote),
        token_shortcode=view.ledger,
        description=view.description,
        expected_sender_principal=_sender(metadata),
        status=status(view),
        metadata=metadata,
        intent_code=numbers.intent_code(view.id),
        chain_id=chain.id if chain is not None else None,
        chain_name=translate.chain_name(chain) if chain is not None else None,
        chain_type=translate.network(chain) if chain is not None else None,
        account_canister_id=str(numbers.account_number(account.id)),
        contract_address=_contract(quote),
        rpc_url_public=chain.rpc_public if chain is not None else None,
        rpc_chain_id=translate.chain_number(chain) if chain is not None else None,
        fiat_currency_code=view.currency,
        fiat_currency_symbol=translate.symbol(view.currency),
        pay_url=view.pay_url,
        expires_at=view.expires_at,
        created_at=view.created_at,
        updated_at=max([view.created_at, *(one.created_at for one in view.payments)]),
    )


def payment(view: IntentView, account: Account, *, secret: bool) -> PaymentEntity | None:
    """Return all that reached an intent as the one payment ICPay knows; None: nothing did."""
    arrived = [one for one in view.payments if one.status in ARRIVED]
    if not arrived:
        return None
    quote = chosen(view)
    asked = requested(view)
    return PaymentEntity(
        id=numbers.payment_id(view.id),
        account_id=account.id,
        payment_intent_id=view.id,
        transaction_id=arrived[-1].tx,
        amount=asked,
        ledger_canister_id=token(quote),
        ledger_tx_id=arrived[-1].tx,
        account_canister_id=numbers.account_number(account.id),
        status=translate.PAYMENT_STATUS[view.status, view.exception],
        requested_amount=asked,
        paid_amount=str(paid(view, arrived)),
        metadata=shown_metadata(view, secret=secret),
        created_at=arrived[0].created_at,
        updated_at=arrived[-1].created_at,
    )


def chosen(view: IntentView) -> QuoteView | None:
    """Return the quote of the ledger the payer chose."""
    return next((one for one in view.quotes if one.ledger == view.ledger), None)


def status(view: IntentView) -> str:
    """Return where an intent stands."""
    return translate.INTENT_STATUS[view.status, view.exception]


def requested(view: IntentView) -> str:
    """Return what the chosen ledger was asked for in all: a quote tells what is left of it."""
    quote = chosen(view)
    if quote is None:
        return UNCHOSEN
    left = int(quote.amount_atomic)
    partly = 0 < Decimal(view.amount_due) < Decimal(view.amount)
    return str(left + paid(view, view.payments) if partly else left)


def rate(view: IntentView) -> Decimal | None:
    """Return what a whole unit of the chosen ledger was counted as."""
    quote = chosen(view)
    return None if quote is None else Decimal(quote.rate)


def shown_metadata(view: IntentView, *, secret: bool) -> dict[str, Any]:
    """Return the metadata a caller may read.

    To a publishable key it is what a client of ICPay wrote itself, in a browser for all to
    see. What a merchant's server wrote through our own API stays with the secret key, but for
    the words of the widget that reused the intent.
    """
    if secret or OWN in view.metadata:
        return view.metadata
    return {key: value for key, value in view.metadata.items() if key.startswith(OWN)}


def paid(view: IntentView, arrived: Sequence[PaymentView]) -> int:
    """Return what came on the chosen ledger, in its smallest unit."""
    return sum(
        int(one.amount_atomic)
        for one in arrived
        if one.ledger == view.ledger and one.status in ARRIVED
    )


def dollars(view: IntentView) -> Decimal | None:
    """Return the price in dollars; None: nobody knows it."""
    if view.currency == "USD":
        return Decimal(view.amount)
    return None if view.amount_usd is None else Decimal(view.amount_usd)


def token(quote: QuoteView | None) -> str | None:
    """Return what ICPay calls the ledger of a quote."""
    if quote is None:
        return None
    return translate.token_address(quote.family, quote.ledger, quote.contract)


def _contract(quote: QuoteView | None) -> str | None:
    """Return where its client sends a chain's own coin: to the intent's place itself."""
    if quote is None or quote.prompt is None or quote.contract is not None:
        return None
    return quote.prompt.to if quote.family == "evm" else None


def _sender(metadata: dict[str, Any]) -> str | None:
    own = metadata.get(OWN)
    sender = own.get(SENDER) if isinstance(own, dict) else None
    return sender if isinstance(sender, str) else None
