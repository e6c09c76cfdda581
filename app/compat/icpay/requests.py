"""What ICPay's clients ask for, read into what our services take.

Prices come as JSON numbers made by JavaScript, 10.1 + 0.2 for 10.3, so they are read to the
nearest of the currency's smallest unit. More is sent than is read: what has no meaning here,
such as the size of a widget, is left alone.
"""

from decimal import Decimal
from typing import Any

import msgspec

from app.compat.icpay import translate
from app.compat.icpay.views import OWN, SENDER
from app.compat.icpay.wire import TEXT_MAX
from app.domain import money
from app.domain.ledger import Catalogue, Ledger
from app.errors import Invalid, UnknownLedger
from app.services.requests import NewIntent

ATOMIC_DIGITS_MAX = 78  # 2²⁵⁶ has as many
PRICE_DIGITS_MAX = 40
REUSED = "icpay_x402"


class Token(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The ways a ledger is named: by shortcode, or by its parts, as older clients do."""

    token_shortcode: str | None = None
    symbol: str | None = None
    ledger_canister_id: str | None = None
    chain_id: str | int | None = None


class NewPayment(Token, frozen=True, kw_only=True, rename="camel"):
    """`POST …/payments/intents`, and with `x402` the same for a signed authorization."""

    amount: str | None = None
    amount_usd: Decimal | None = None
    description: str | None = None
    expected_sender_principal: str | None = None
    metadata: dict[str, Any] = msgspec.field(default_factory=dict)
    external_cost_amount: Decimal | None = None
    recipient_address: str | None = None
    recipient_addresses: dict[str, str | None] | None = None
    payment_intent_id: str | None = None
    x402: bool = False
    x402_upto: bool = False
    x402_scheme: str | None = None


class Choice(Token, frozen=True, kw_only=True, rename="camel"):
    """`PATCH …/set-token`."""


class Notice(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`POST …/notify`: what a client says was paid. Only the chain is believed."""

    payment_intent_id: str
    transaction_id: str | None = None


def new_intent(
    asked: NewPayment, ledger: Ledger | None, recipients: dict[str, str] | None
) -> NewIntent:
    """Return the wish behind a request."""
    amount, currency = _price(asked, ledger)
    return NewIntent(
        amount=amount,
        currency=currency,
        description=asked.description,
        metadata=_metadata(asked),
        ledgers=(ledger.id,) if ledger is not None else None,
        recipients=recipients,
    )


def reuse(asked: NewPayment, intent: str) -> NewIntent:
    """Return the wish to go on with an intent that exists, marked where it is to be signed for.

    Its client's own mark is not added: it tells who made an intent.
    """
    metadata = {key: value for key, value in asked.metadata.items() if key != OWN}
    mark = {REUSED: True} if asked.x402 else {}
    return NewIntent(payment_intent=intent, metadata=metadata | mark)


def ledger(asked: Token, catalogue: Catalogue, *, livemode: bool) -> Ledger | None:
    """Return the one ledger a request names, None where it names none, or refuse."""
    if asked.token_shortcode:
        return catalogue.ledger(asked.token_shortcode, field="tokenShortcode")
    if not asked.symbol and not asked.ledger_canister_id:
        return None
    found = [
        one for one in catalogue.offered(livemode=livemode) if _is_meant(asked, one, catalogue)
    ]
    if len(found) == 1:
        return found[0]
    field = "ledgerCanisterId" if asked.ledger_canister_id else "symbol"
    if not found:
        raise UnknownLedger.field(field, "names no ledger of this account")
    names = ", ".join(sorted(one.id for one in found)[:10])
    raise UnknownLedger.field(field, f"names several ledgers: send tokenShortcode, one of {names}")


def _is_meant(asked: Token, ledger: Ledger, catalogue: Catalogue) -> bool:
    chain = catalogue.chains[ledger.chain]
    address = translate.token_address(chain.family, ledger.id, ledger.contract)
    if asked.ledger_canister_id and asked.ledger_canister_id.lower() != address.lower():
        return False
    if asked.symbol and asked.symbol.lower() not in {ledger.symbol.lower(), ledger.id}:
        return False
    names = {chain.id, chain.short, translate.chain_number(chain)}
    return asked.chain_id in (None, "") or str(asked.chain_id) in names


def _price(asked: NewPayment, ledger: Ledger | None) -> tuple[str, str]:
    """Return the price in dollars, or in the token where only that is named."""
    if asked.amount_usd is not None:
        return dollars(asked.amount_usd, "amountUsd"), "USD"
    if asked.amount is None:
        raise Invalid.field("amountUsd", "is required")
    if ledger is None:
        raise Invalid.field("tokenShortcode", "is required with amount")
    digits = asked.amount
    if not (digits.isascii() and digits.isdigit() and len(digits) <= ATOMIC_DIGITS_MAX):
        raise Invalid.field("amount", "must be a whole number in text, in the smallest unit")
    return money.units(int(digits), ledger.decimals), ledger.asset


def dollars(value: Decimal, field: str) -> str:
    """Write a JSON number of dollars as a price in whole cents, or refuse it."""
    if not value.is_finite() or value.adjusted() > PRICE_DIGITS_MAX or value < 0:
        raise Invalid.field(field, "must be a number of dollars such as 12.5")
    cents = money.round_price_to_even(value, "USD")
    if not cents:
        raise Invalid.field(field, "must be at least 0.01")
    return f"{cents:f}"


def _metadata(asked: NewPayment) -> dict[str, Any]:
    """Return the metadata with the payer's address where the client is to find it again."""
    sender = asked.expected_sender_principal
    own = asked.metadata.get(OWN)
    if not sender or len(sender) > TEXT_MAX or not isinstance(own, dict | None):
        return asked.metadata
    return asked.metadata | {OWN: (own or {}) | {SENDER: sender}}
