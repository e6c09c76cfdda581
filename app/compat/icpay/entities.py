"""ICPay's objects as Structs, by its own names.

Its token amounts are whole numbers in text, its dollars JSON numbers. A field that is always
null is one its clients look at and that nothing stands behind here.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec


class Wire(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What is written in camel case, as all of ICPay's JSON."""


class AccountEntity(Wire, frozen=True, kw_only=True):
    """`GET /sdk/public/account`."""

    id: str
    name: str | None
    is_active: bool
    is_live: bool
    account_canister_id: int
    icpay_canister_id: str
    branding: "BrandingEntity"


class DetailedAccountEntity(AccountEntity, frozen=True, kw_only=True):
    """`GET /sdk/account`: for the secret key."""

    email: str | None
    wallet_address: str | None
    created_at: datetime
    updated_at: datetime


class BrandingEntity(Wire, frozen=True, kw_only=True):
    """How the account looks."""

    logo_url: str | None
    favicon_url: None = None
    primary_color: str | None
    secondary_color: str | None
    statement_descriptor: None = None
    statement_descriptor_suffix: None = None


class ChainEntity(Wire, frozen=True, kw_only=True):
    """`GET /sdk/public/chains`. `chain_id` is the chain's own number, `id` ours."""

    id: str
    chain_type: str
    chain_name: str
    chain_id: str
    shortcode: str
    contract_address: None = None
    enabled: bool
    rpc_url_public: str | None
    explorer_url: str | None
    native_symbol: str | None
    confirmations_required: int


class LedgerEntity(Wire, frozen=True, kw_only=True):
    """`GET /sdk/public/ledgers/…`. `canister_id` is the token's address, zeros for the coin."""

    id: str
    name: str
    symbol: str
    shortcode: str
    canister_id: str
    chain_id: str
    chain_name: str
    chain_shortcode: str
    chain_type: str
    native_symbol: str | None
    rpc_chain_id: str
    decimals: int
    logo_url: None = None
    verified: bool = True
    fee: None = None
    network: str
    description: None = None
    coingecko_id: None = None
    current_price: Decimal | None
    last_price_update: datetime | None
    x402_accepts: bool
    eip3009_version: str | None
    created_at: datetime
    updated_at: datetime


class IntentEntity(Wire, frozen=True, kw_only=True):
    """A payment intent. `pay_url` is ours besides: the page that takes every kind of wallet."""

    id: str
    account_id: str
    amount: str
    amount_usd: Decimal | None
    amount_in_fiat: Decimal
    ledger_id: str | None
    ledger_canister_id: str | None
    token_shortcode: str | None
    description: str | None
    expected_sender_principal: str | None
    status: str
    metadata: dict[str, Any]
    intent_code: int
    chain_id: str | None
    chain_name: str | None
    chain_type: str | None
    account_canister_id: str
    contract_address: str | None
    rpc_url_public: str | None
    rpc_chain_id: str | None
    function_selectors: None = None
    external_cost_amount: None = None
    transaction_base64: None = None
    x402_upto: bool = False
    fiat_currency_code: str
    fiat_currency_symbol: str
    pay_url: str
    expires_at: datetime
    created_at: datetime
    updated_at: datetime


class PaymentEntity(Wire, frozen=True, kw_only=True):
    """What has been paid on an intent: all its transfers as the one payment ICPay knows."""

    id: str
    account_id: str
    payment_intent_id: str
    transaction_id: str | None
    transaction_split_id: None = None
    canister_tx_id: None = None
    amount: str
    ledger_canister_id: str | None
    ledger_tx_id: str | None
    account_canister_id: int
    base_payment_account_id: None = None
    status: str
    requested_amount: str
    paid_amount: str
    invoice_id: None = None
    metadata: dict[str, Any]
    created_at: datetime
    updated_at: datetime


class IntentEnvelope(Wire, frozen=True, kw_only=True):
    """An intent with what was paid, wherever a client reads one."""

    payment_intent_id: str
    payment_intent_code: int
    payment: PaymentEntity | None
    payment_intent: IntentEntity
    onramp: None = None


class ChosenToken(Wire, frozen=True, kw_only=True):
    """`PATCH …/set-token`."""

    ok: bool = True
    payment_intent: IntentEntity


class Notified(Wire, frozen=True, kw_only=True):
    """`POST /sdk/public/payments/notify`."""

    payment_id: str | None
    payment_intent_id: str
    status: str
    canister_tx_id: None = None
    transaction_id: str | None
    transaction_split_id: None = None
    ledger_tx_id: str | None
    account_canister_id: int
    base_payment_account_id: None = None
    payment_intent: IntentEntity
    payment: PaymentEntity | None
