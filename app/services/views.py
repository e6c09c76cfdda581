"""What people see of an intent. One builder makes every view, so they cannot differ.

The merchant's view is the payer's and more: metadata, the customer, the addresses the
shopper is sent to. Whoever holds an intent's id may have the payer's view, no more.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

import msgspec

from app.domain import money
from app.domain.conditions import NONE, Conditions
from app.domain.intent import Intent, Oddity, Status
from app.domain.ledger import Catalogue, Fee, wait_seconds
from app.domain.outage import Outage
from app.domain.payment import Payment, PaymentStatus
from app.domain.quote import Quote, asked
from app.rails.base import Rail
from app.services.prompt_views import PromptView, PromptViews
from app.storage.places import PlaceRow


class QuoteView(msgspec.Struct, frozen=True, kw_only=True):
    """What to send on one ledger now: the whole quote, or the rest of it once some came."""

    ledger: str
    chain: str
    chain_name: str
    symbol: str
    decimals: int
    contract: str | None
    amount: str
    amount_atomic: str
    rate: str
    rate_at: datetime
    rate_sources: tuple[str, ...]
    expires_at: datetime
    prompt: PromptView | None
    family: str = ""
    wait_seconds: int | None = None
    network_fee: Fee | None = None


class PaymentView(msgspec.Struct, frozen=True, kw_only=True):
    """One transfer that reached the intent."""

    id: str
    ledger: str
    symbol: str
    amount: str
    amount_atomic: str
    credit: str
    tx: str
    confirmations: int
    confirmations_required: int | None
    status: PaymentStatus
    explorer_url: str | None
    created_at: datetime
    chain_name: str | None = None
    rate: str | None = None
    to: str | None = None
    index: int | None = None  # which movement of its transaction


class PayerView(msgspec.Struct, frozen=True, kw_only=True):
    """What the holder of an intent's id may see."""

    id: str
    object: Literal["payment_intent"] = "payment_intent"
    status: Status
    exception: Oddity | None
    amount: str
    currency: str
    amount_received: str
    amount_due: str
    description: str | None
    order_id: str | None
    ledger: str | None
    ledgers: tuple[str, ...]
    quotes: tuple[QuoteView, ...]
    payments: tuple[PaymentView, ...]
    success_url: str | None
    cancel_url: str | None
    payment_link: str | None
    pay_url: str
    events_url: str
    livemode: bool
    created_at: datetime
    expires_at: datetime
    version: int


class IntentView(PayerView, frozen=True, kw_only=True):
    """What the merchant sees."""

    metadata: dict[str, Any]
    customer_email: str | None
    recipients: dict[str, str] = {}
    outage: Outage | None = None
    amount_usd: str | None = None  # about: where the price is in another currency
    conditions: Conditions = NONE
    gives_up_at: datetime | None = None  # confirmations are waited for until then
    tolerance_bps: int = 0
    expires_in_seconds: int = 0
    archived: bool = False
    redirect: str | None = None  # success_url as it was written, its gaps unfilled


PAYER_DECODER = msgspec.json.Decoder(PayerView)


class Views:
    """Builds views from facts: the catalogue, the rails' URIs, and this house's address."""

    def __init__(
        self,
        catalogue: Catalogue,
        rails: dict[str, Rail],
        url: str,
        onward: Callable[[Intent], str | None] = lambda intent: intent.success_url,
    ) -> None:
        """`onward` says where a shopper goes on to; a dialect may have gaps to fill there."""
        self._onward = onward
        self._catalogue = catalogue
        self._rails = rails
        self._url = url
        self._prompts = PromptViews(catalogue, rails)

    def intent(
        self,
        intent: Intent,
        payments: Sequence[Payment],
        places: Sequence[PlaceRow],
        *,
        used_only: bool = False,
    ) -> IntentView:
        """Return the merchant's view. `used_only` keeps just the quotes that were shown.

        Events carry the short form: a hundred offered ledgers would fill the history
        with promises nobody saw.
        """
        by_family = {place.family: place for place in places}
        left = intent.left
        quotes = [
            self._quote(intent, quote, left, by_family)
            for quote in intent.newest_quotes()
            if quote.ledger in self._catalogue.ledgers
            and (not used_only or quote.ledger == intent.ledger)
        ]
        return IntentView(
            id=intent.id,
            status=intent.status,
            exception=intent.exception,
            amount=money.price_text(intent.amount, intent.currency),
            currency=intent.currency,
            amount_received=money.price_text(intent.seen, intent.currency),
            amount_due=money.price_text(left, intent.currency),
            description=intent.description,
            order_id=intent.order_id,
            ledger=intent.ledger,
            ledgers=intent.ledgers,
            quotes=tuple(quotes),
            payments=tuple(self.payment(one) for one in payments),
            success_url=self._onward(intent),
            cancel_url=intent.cancel_url,
            payment_link=intent.link,
            pay_url=f"{self._url}/i/{intent.id}",
            events_url=f"{self._url}/v1/payment_intents/{intent.id}/events",
            livemode=intent.livemode,
            created_at=intent.created_at,
            expires_at=intent.expires_at,
            version=intent.version,
            metadata=intent.metadata,
            customer_email=intent.customer_email,
            recipients=intent.recipients,
            outage=intent.outage,
            amount_usd=_dollars(intent.amount_usd),
            conditions=intent.conditions,
            gives_up_at=intent.gives_up_at,
            tolerance_bps=intent.tolerance_bps,
            expires_in_seconds=intent.expires_in_seconds,
            archived=intent.archived,
            redirect=intent.success_url,
        )

    def payment(self, payment: Payment) -> PaymentView:
        """Return one payment as people read it."""
        ledger = self._catalogue.ledgers.get(payment.ledger)
        chain = self._catalogue.chains.get(payment.chain)
        explorer = chain.explorer_tx if chain else None
        return PaymentView(
            id=payment.id,
            ledger=payment.ledger,
            symbol=ledger.symbol if ledger else "?",
            amount=money.units(payment.amount, ledger.decimals) if ledger else "?",
            amount_atomic=str(payment.amount),
            credit=f"{payment.credit:f}",
            tx=payment.tx,
            confirmations=payment.confirmations,
            confirmations_required=payment.confirmations_required,
            status=payment.status,
            explorer_url=explorer.replace("{tx}", payment.tx) if explorer else None,
            created_at=payment.created_at,
            chain_name=chain.name if chain else None,
            rate=_rate(payment, ledger.decimals) if ledger else None,
            to=payment.to,
            index=payment.index,
        )

    def _family(self, ledger: str) -> str:
        return self._catalogue.chain_of(ledger).family

    def _quote(
        self, intent: Intent, quote: Quote, left: Decimal, spots: dict[str, PlaceRow]
    ) -> QuoteView:
        ledger = self._catalogue.ledger(quote.ledger)
        amount = asked(quote, left, ledger.decimals, ledger.precision)
        prompt = self._prompts.of(intent, quote, left, spots)
        chain = self._catalogue.chains[ledger.chain]
        return QuoteView(
            ledger=ledger.id,
            chain=ledger.chain,
            chain_name=chain.name,
            symbol=ledger.symbol,
            decimals=ledger.decimals,
            contract=ledger.contract,
            amount=money.units(amount, ledger.decimals),
            amount_atomic=str(amount),
            rate=f"{quote.rate:f}",
            rate_at=quote.rate_at,
            rate_sources=quote.sources,
            expires_at=quote.expires_at,
            prompt=prompt,
            family=chain.family,
            wait_seconds=wait_seconds(chain, intent.amount_usd, intent.conditions.speed),
            network_fee=chain.fee,
        )


def _dollars(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{money.round_price_to_even(amount, 'USD'):f}"


def _rate(payment: Payment, decimals: int) -> str | None:
    """Return what one whole unit was counted as: the promise the payment was worth by."""
    if not payment.quote_amount or payment.quote_price is None:
        return None
    whole = money.WIDE.multiply(payment.quote_price, 10**decimals)
    return f"{money.round_rate(money.WIDE.divide(whole, Decimal(payment.quote_amount))):f}"


def payer(view: IntentView) -> PayerView:
    """Return the part of a view that the holder of the id may see."""
    return PayerView(
        **{name: getattr(view, name) for name in PayerView.__struct_fields__ if name != "object"}
    )
