"""Bitpay's objects as Structs, by its own names.

Amounts of a coin are decimals in text, prices and rates JSON numbers, instants milliseconds. A
field that never varies is one that clients look at and that nothing stands behind here.
"""

from decimal import Decimal
from typing import Literal

import msgspec


class Wire(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What is written in camel case, as nearly all of Bitpay's JSON."""


class PaymentUrls(msgspec.Struct, frozen=True, kw_only=True, rename="upper"):
    """Links for wallets. Nobody serves payment requests by BIP 70 to 73 any more."""

    bip21: str | None = None
    bip72: None = None
    bip72b: None = msgspec.field(default=None, name="BIP72b")
    bip73: None = None
    bolt11: str | None = None


class PaymentInfo(Wire, frozen=True, kw_only=True):
    """One transfer that reached the invoice."""

    id: str
    received_date: str
    value: Decimal
    fee: Decimal = Decimal(0)
    payment_type: str
    confirmed: bool
    completed: bool
    destination: str | None


class CryptoInfo(Wire, frozen=True, kw_only=True):
    """One way to pay."""

    crypto_code: str
    payment_type: str
    rate: Decimal
    ex_rates: dict[str, Decimal]
    paid: str
    price: str
    due: str
    total_due: str
    network_fee: str = "0"
    tx_count: int
    crypto_paid: str
    address: str | None
    url: str
    payment_urls: PaymentUrls
    payments: list[PaymentInfo]


class MinerFee(Wire, frozen=True, kw_only=True):
    """What a chain's fee adds to a price: nothing here. The rate is the least nodes relay."""

    satoshis_per_byte: Decimal = Decimal(1)
    total_fee: int = 0


class Enabled(Wire, frozen=True, kw_only=True):
    """A currency that may pay."""

    enabled: bool = True
    reason: None = None


class Buyer(Wire, frozen=True, kw_only=True):
    """Who buys, as far as the shop said."""

    name: str | None
    address1: str | None
    address2: str | None
    locality: str | None
    region: str | None
    postal_code: str | None
    country: str | None
    phone: str | None
    email: str | None


class Flags(Wire, frozen=True, kw_only=True):
    """What else may be done."""

    refundable: bool = False


class Invoice(Wire, frozen=True, kw_only=True):
    """A payment intent as an invoice. What is named for bitcoin is null where it cannot pay."""

    url: str
    pos_data: str | None
    status: str
    btc_price: str | None
    btc_due: str | None
    crypto_info: list[CryptoInfo]
    price: Decimal
    currency: str
    ex_rates: dict[str, Decimal] | None
    buyer_total_btc_amount: None = None
    item_desc: str | None
    item_code: str | None
    order_id: str | None
    guid: str
    id: str
    invoice_time: int
    expiration_time: int
    current_time: int
    low_fee_detected: bool = False
    btc_paid: str | None
    rate: Decimal
    exception_status: str | Literal[False]
    payment_urls: PaymentUrls | None
    refund_address_request_pending: bool = False
    buyer_paid_btc_miner_fee: None = None
    bitcoin_address: str | None
    token: str
    flags: Flags = Flags()
    payment_subtotals: dict[str, int]
    payment_totals: dict[str, int]
    amount_paid: int = 0
    miner_fees: dict[str, MinerFee]
    exchange_rates: dict[str, dict[str, Decimal]]
    supported_transaction_currencies: dict[str, Enabled]
    addresses: dict[str, str | None]
    payment_codes: dict[str, PaymentUrls]
    tax_included: Decimal | msgspec.UnsetType
    buyer: Buyer


class Paired(Wire, frozen=True, kw_only=True):
    """One of `POST /tokens`: a pairing code and the token it makes."""

    policies: list[str] = []
    pairing_code: str
    pairing_expiration: int
    date_created: int
    facade: str = "merchant"
    token: str
    label: str | None


class RateEntity(Wire, frozen=True, kw_only=True):
    """One of `GET /rates`: what one of `crypto_code` costs in `code`."""

    name: str
    crypto_code: str
    currency_pair: str
    code: str
    rate: Decimal


class Refused(msgspec.Struct, frozen=True):
    """One error."""

    error: str


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """An error body; `errors` comes with a refused key alone."""

    errors: list[Refused] | msgspec.UnsetType = msgspec.UNSET
    error: str
