"""x402 as ICPay's client carries it: in JSON bodies, with the field names of its first version."""

import msgspec

from app.compat.icpay.entities import IntentEntity, PaymentEntity, Wire
from app.domain.authorization import EXACT

VERSION = 2
REFUSED = "failed"


class Extra(Wire, frozen=True, kw_only=True):
    """What the client signs with, and what it hands back."""

    intent_id: str
    provider: str = "opentill"
    ledger_id: str
    facilitator_url: str
    name: str
    eip3009_version: str
    primary_type: str = "TransferWithAuthorization"
    rpc_chain_id: str
    rpc_url_public: str | None


class RequirementEntity(Wire, frozen=True, kw_only=True):
    """One of `accepts`."""

    scheme: str
    network: str
    max_amount_required: str
    resource: str
    description: str
    mime_type: str = "application/json"
    pay_to: str
    max_timeout_seconds: int
    asset: str
    extra: Extra


class Required(Wire, frozen=True, kw_only=True):
    """`POST …/intents/x402`: what may be signed, answered with 402."""

    x402_version: int = VERSION
    payment_intent_id: str
    rpc_chain_id: str
    accepts: list[RequirementEntity]
    error: str = ""


class Fallback(Wire, frozen=True, kw_only=True):
    """The same for a chain's own coin: its client then sends that by itself."""

    x402_version: int = VERSION
    payment_intent_id: str | None
    status: str = REFUSED
    fallback_suggested: bool = True
    accepts: tuple[RequirementEntity, ...] = ()


class Echo(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What is read of the requirement a client hands back."""

    asset: str = ""
    network: str = ""


class NewSettlement(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`POST …/x402/settle`."""

    payment_intent_id: str
    payment_header: str | None = None
    payment_requirements: Echo = Echo()


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """The authorization in a header, numbers as text."""

    payer: str = msgspec.field(name="from")
    to: str
    value: str
    valid_after: str = msgspec.field(name="validAfter")
    valid_before: str = msgspec.field(name="validBefore")
    nonce: str


class Payload(msgspec.Struct, frozen=True, kw_only=True):
    authorization: Signed
    signature: str


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """The base64 JSON of `paymentHeader`: shaped as in x402's first version."""

    scheme: str = EXACT
    network: str = ""
    payload: Payload


class Settled(Wire, frozen=True, kw_only=True):
    """The answer to a settlement. Without a status its client would take it for paid."""

    ok: bool
    status: str
    tx_hash: str | None
    transaction_id: str | None
    canister_tx_id: None = None
    payment_intent: IntentEntity
    payment: PaymentEntity | None
    error: str | msgspec.UnsetType = msgspec.UNSET
    message: str | msgspec.UnsetType = msgspec.UNSET
