"""Accounts: the merchant, its policies, and where its money goes.

An account is live or test for good; live money and test money never meet in one.
"""

from datetime import datetime

import msgspec

from app.domain.branding import Branding
from app.domain.conditions import CONFIRM_SECONDS, Speed
from app.domain.intent import Overpayment, Underpayment


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """One merchant."""

    id: str
    name: str
    livemode: bool
    browser_amounts: bool  # may a publishable key name a price
    browser_recipients: bool = False  # may a publishable key name who is paid
    anonymous_intents: bool = False  # may anybody, without a key, ask to pay at a price they name
    unique_orders: bool  # one open intent per order_id
    underpayment: Underpayment
    overpayment: Overpayment
    tolerance_bps: int
    contact: str | None  # shown to a shopper who needs help: a URL or an address
    mail_receipts: bool = False  # send a receipt to the customer's address by itself
    locale: str | None = None  # the language of its pages; None: the browser's
    created_at: datetime
    currency: str = "USD"  # of what is asked for without one
    expires_in_seconds: int = 900  # of an intent that names no end
    confirm_seconds: int = CONFIRM_SECONDS
    speed: Speed | None = None  # None: by the price
    returns: bool = False  # a paid page goes back to the shop by itself
    website: str | None = None
    archived: bool = False
    branding: Branding = Branding()
    allowed_origins: tuple[str, ...] = ()  # who may show the modal; empty: anyone
    walletconnect_project_id: str | None = None  # None: WalletConnect is not offered


class Destination(msgspec.Struct, frozen=True, kw_only=True):
    """Where an account's money goes on one family of chains."""

    id: str
    account: str
    family: str
    kind: str  # evm: xpub or address; bitcoin, litecoin: descriptor too; sandbox: book
    value: str
    created_at: datetime
