"""ICPay's objects that a secret key reads, and what a wallet holds, by its own names."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from app.compat.icpay.entities import IntentEntity, PaymentEntity, Wire


class UptoAnswer(Wire, frozen=True, kw_only=True):
    """`…/x402/upto/…`: refusals only."""

    ok: bool = False
    error: str
    invalid_reason: str
    message: str
    status: str = "failed"


class PaymentAggregate(Wire, frozen=True, kw_only=True):
    """`GET /sdk/payments`: a payment with its intent."""

    payment: PaymentEntity | None
    intent: IntentEntity
    invoice: None = None
    transaction: "TransactionEntity | None"


class FlatPayment(Wire, frozen=True, kw_only=True):
    """One line of `GET /sdk/payments/history`."""

    id: str
    status: str
    amount: str
    ledger_canister_id: str | None
    ledger_symbol: str | None
    from_address: str | None
    to_address: str | None
    fee: None = None
    decimals: int | None
    token_price: Decimal | None
    expected_sender_principal: str | None
    metadata: dict[str, Any]
    created_at: datetime
    updated_at: datetime
    intent: IntentEntity


class History(Wire, frozen=True, kw_only=True):
    """`GET /sdk/payments/history` and its kind."""

    payments: list[FlatPayment]
    total: int
    limit: int
    offset: int
    has_more: bool


class TransactionEntity(Wire, frozen=True, kw_only=True):
    """`GET /sdk/transactions/{id}`: one transfer that reached an intent."""

    id: str
    transaction_id: str
    payment_intent_id: str | None
    payment_id: str | None
    chain_id: str
    status: str
    amount: str
    ledger_id: str
    from_address: str | None
    to_address: str
    block_height: int | None
    confirmations: int
    timestamp: datetime
    created_at: datetime
    updated_at: datetime


class TransactionStatus(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """`GET /sdk/transactions/{id}/status`."""

    transaction_id: str
    status: str
    block_height: int | None = None
    timestamp: datetime
    error: str | None = None


class WalletEntity(Wire, frozen=True, kw_only=True):
    """`GET /sdk/wallets/{id}`: where an account's money goes on one kind of chain."""

    id: str
    account_id: str
    chain_type: str | None
    wallet_type: str
    wallet_address: str
    created_at: datetime
    updated_at: datetime


class BalanceRow(Wire, frozen=True, kw_only=True):
    """What a wallet holds on one ledger. What is unknown of it is left out."""

    ledger_id: str
    ledger_name: str
    ledger_symbol: str
    token_shortcode: str
    canister_id: str
    eip3009_version: str | None
    x402_accepts: bool
    balance: str
    formatted_balance: str
    decimals: int
    current_price: Decimal | None
    last_price_update: datetime | None
    last_updated: datetime
    chain_id: str
    chain_name: str
    rpc_url_public: str | None
    chain_uuid: str
    required_amount: str | msgspec.UnsetType = msgspec.UNSET
    required_amount_formatted: str | msgspec.UnsetType = msgspec.UNSET
    has_sufficient_balance: bool | msgspec.UnsetType = msgspec.UNSET
    logo_url: None = None


class BalanceList(msgspec.Struct, frozen=True, kw_only=True):
    """`GET …/external-balances` and `…/wallet-balances`."""

    balances: list[BalanceRow]
    total: Decimal = msgspec.field(name="totalBalancesUSD")
    last_updated: datetime = msgspec.field(name="lastUpdated")
