"""x402 as it goes over HTTP: version 2 of the protocol, its headers and its JSON.

From the specification at github.com/coinbase/x402 (specs/x402-specification-v2.md and
specs/transports-v2/http.md). A header is base64 of JSON. Amounts are decimal text in the
token's smallest unit, networks are CAIP-2.
"""

import base64
import binascii
from typing import Annotated, Any, TypeVar

import msgspec

from app.domain.authorization import (
    MESSAGES,
    Authorization,
    Outcome,
    Reason,
    Requirement,
    Settlement,
)
from app.errors import Invalid
from app.services.x402 import X402

VERSION = 2
REQUIRED = "PAYMENT-REQUIRED"
SIGNATURE = "PAYMENT-SIGNATURE"
RESPONSE = "PAYMENT-RESPONSE"
HEADER_LENGTH_MAX = 16_384
Text = Annotated[str, msgspec.Meta(max_length=8192)]
T = TypeVar("T")
_encode = msgspec.json.Encoder().encode


class Accepted(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One way to pay: what a server asks for, and what a client echoes of it."""

    scheme: Text
    network: Text
    asset: Text
    amount: Text
    pay_to: Text
    max_timeout_seconds: int = 0
    extra: dict[str, Any] = {}

    @property
    def intent(self) -> str | None:
        """The intent it names, as far as an echo can be believed: as a hint."""
        named = self.extra.get("paymentIntent")
        return named if isinstance(named, str) else None


class Resource(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What is paid for."""

    url: str
    description: str | None = None
    mime_type: str | None = None


class Required(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The answer 402, as a body and as the header `PAYMENT-REQUIRED`."""

    x402_version: int = VERSION
    error: str
    resource: Resource
    accepts: list[Accepted]


class Signed(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """EIP-3009's words as a wallet signed them."""

    payer: Text = msgspec.field(name="from")
    to: Text
    value: Text
    valid_after: Text
    valid_before: Text
    nonce: Text


class Exact(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What scheme `exact` puts into a payload on an EVM chain."""

    authorization: Signed
    signature: Annotated[str, msgspec.Meta(max_length=HEADER_LENGTH_MAX)]


class Payment(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The header `PAYMENT-SIGNATURE`: what a client signed, and an echo of what it accepted."""

    x402_version: int
    accepted: Accepted
    payload: msgspec.Raw


class Settled(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The header `PAYMENT-RESPONSE`, and a facilitator's answer to `settle`."""

    success: bool
    transaction: str
    network: str
    payer: str | None = None
    error_reason: str | None = None
    error_message: str | None = None


class Judged(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A facilitator's answer to `verify`."""

    is_valid: bool
    payer: str | None = None
    invalid_reason: str | None = None
    invalid_message: str | None = None


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """A payment as the services know it: whom it was signed for, and by whom."""

    ledger: str
    intent: str | None
    authorization: Authorization


def accepted(asked: Requirement) -> Accepted:
    """Return a requirement as a client reads it."""
    return Accepted(
        scheme=asked.scheme,
        network=asked.network,
        asset=asked.asset,
        amount=str(asked.amount),
        pay_to=asked.pay_to,
        max_timeout_seconds=asked.timeout_seconds,
        extra={"name": asked.name, "version": asked.version, "paymentIntent": asked.intent},
    )


def header(value: msgspec.Struct) -> str:
    """Return a Struct as a header carries it."""
    return base64.b64encode(_encode(value)).decode()


def payment(text: str) -> Payment:
    """Read a `PAYMENT-SIGNATURE`, or refuse it."""
    if len(text) > HEADER_LENGTH_MAX:
        raise Invalid.field(SIGNATURE, f"must have at most {HEADER_LENGTH_MAX} characters")
    try:
        return msgspec.json.decode(base64.b64decode(text, validate=True), type=Payment)
    except (binascii.Error, UnicodeError, msgspec.DecodeError, RecursionError, ValueError):
        message = "must be base64 of an x402 version 2 payment payload"
        raise Invalid.field(SIGNATURE, message) from None


async def offer(x402: X402, paid: Payment, echoed: Accepted | None = None) -> Offer | Settlement:
    """Read whom a payment was signed for and on which ledger, or why it cannot be taken.

    An intent is found by the address the payer signed for; what the echo names is only a
    hint where there is none such. `echoed` is what a facilitator is told besides.
    """
    named = echoed or paid.accepted
    if paid.x402_version != VERSION:
        return Settlement.refused(Reason.VERSION)
    ledger = x402.chosen(named.scheme, named.network, named.asset)
    if isinstance(ledger, Reason):
        return Settlement.refused(ledger)
    try:
        exact = msgspec.json.decode(paid.payload, type=Exact)
        said = exact.authorization
        authorization = Authorization.read(
            payer=said.payer,
            to=said.to,
            value=said.value,
            valid_after=said.valid_after,
            valid_before=said.valid_before,
            nonce=said.nonce,
            signature=exact.signature,
        )
    except (Invalid, msgspec.DecodeError, ValueError) as error:
        words = error.detail if isinstance(error, Invalid) else None
        return Settlement.refused(Reason.PAYLOAD, words)
    if echoed is not None and echoed.amount != said.value:
        return Settlement.refused(Reason.VALUE, payer=authorization.payer)
    intent = await x402.place(named.network, named.asset, said.to, authorization.value)
    if intent is None and echoed is not None:
        intent = await x402.place(named.network, named.asset, echoed.pay_to, authorization.value)
    return Offer(ledger=ledger, intent=intent or named.intent, authorization=authorization)


def settled(told: Settlement, network: str = "") -> Settled:
    """Return an answer as x402 words it. What is unknown yet is no success, and has a hash."""
    success = told.outcome is Outcome.SETTLED
    return Settled(
        success=success,
        transaction=told.tx or "",
        network=told.network or network,
        payer=told.payer,
        error_reason=None if success else (told.reason or str(Reason.PENDING)),
        error_message=None if success else (told.message or MESSAGES[Reason.PENDING]),
    )


def judged(told: Settlement) -> Judged:
    """Return a judgement as x402 words it."""
    if told.outcome is Outcome.REFUSED:
        return Judged(
            is_valid=False,
            payer=told.payer,
            invalid_reason=told.reason,
            invalid_message=told.message,
        )
    return Judged(is_valid=True, payer=told.payer)
