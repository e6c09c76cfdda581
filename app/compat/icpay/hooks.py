"""ICPay's webhooks as Structs, by the names of its documentation, API version 2025-08-11."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

import msgspec

from app.compat.icpay.entities import Wire

API_VERSION = "2025-08-11"


class Request(msgspec.Struct, frozen=True):
    """Which request made it happen: an event here comes of what is, not of who asked."""

    id: str | None = None
    idempotency_key: str | None = None


class About(msgspec.Struct, frozen=True):
    """What an event is about."""

    object: Any


class Hook(msgspec.Struct, frozen=True, kw_only=True):
    """What every webhook is wrapped in."""

    id: str
    object: Literal["event"] = "event"
    api_version: str = API_VERSION
    created: int
    data: About
    livemode: bool
    pending_webhooks: int = 1
    request: Request = Request()
    type: str


class HookAnswer(msgspec.Struct, frozen=True):
    """`GET /sdk/webhook-events/{id}`: the one answer that its client looks for in an envelope."""

    data: Hook


class IntentPart(Wire, frozen=True, kw_only=True):
    """The intent inside a payment."""

    id: str
    intent_code: int
    amount: str | None = None
    amount_usd: Decimal | None = None
    metadata: dict[str, Any] | None = None
    status: str | None = None


class IntentHook(IntentPart, frozen=True, kw_only=True):
    """What `payment_intent.created` is about."""

    account_id: str
    ledger_canister_id: str | None
    description: str | None
    expected_sender_principal: None = None
    created_at: datetime


class PaymentHook(Wire, frozen=True, kw_only=True):
    """What every `payment.*` is about. What nobody knows of one is null."""

    id: str
    account_id: str
    payment_intent_id: str
    transaction_id: str | None
    transaction_split_id: None = None
    canister_tx_id: None = None
    status: str
    amount: str | None = None
    ledger_canister_id: str | None = None
    ledger_tx_id: str | None
    account_canister_id: int
    base_payment_account_id: None = None
    invoice_id: None = None
    metadata: dict[str, Any] | None = None
    requested_amount: str | None = None
    paid_amount: str | None = None
    created_at: datetime
    completed_at: datetime | msgspec.UnsetType = msgspec.UNSET
    network: str | None
    token: str | None
    intent: IntentPart
