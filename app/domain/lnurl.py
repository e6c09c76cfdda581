"""LNURL-pay and Lightning addresses: what a wallet is told before it asks for an invoice.

Formats: LUD-01 (the code), LUD-06 (pay), LUD-09 (what is shown afterwards), LUD-16 (addresses).
Amounts are in millisatoshi.
"""

import hashlib
import re
from datetime import datetime
from decimal import Decimal

import msgspec

from app.domain import bech32

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
SENDABLE_MIN = 1000
SENDABLE_MAX = 10**11  # one bitcoin: more than channels carry


class LightningAddress(msgspec.Struct, frozen=True, kw_only=True):
    """A name before the @: whose it is, and the link it sells; None: whatever the payer gives."""

    name: str
    account: str
    link: str | None
    created_at: datetime


class PayRequest(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What may be sent, and where to ask for the invoice."""

    tag: str = "payRequest"
    callback: str
    min_sendable: int
    max_sendable: int
    metadata: str
    comment_allowed: int = 0


class After(msgspec.Struct, frozen=True, kw_only=True):
    """A page a wallet offers once it has paid."""

    tag: str = "url"
    description: str
    url: str


class Answer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The invoice a wallet asked for."""

    pr: str
    routes: tuple[()] = ()
    success_action: After | None = None


class Promise(msgspec.Struct, frozen=True, kw_only=True):
    """A price told to a wallet, held until then: it comes back sealed with the wallet's request."""

    name: str
    rate: Decimal
    rate_at: datetime
    sources: tuple[str, ...]
    least: int
    most: int
    until: datetime


def code(url: str) -> str:
    """Return a URL as a code wallets scan: LNURL1…"""
    return bech32.encode("lnurl", url.encode()).upper()


def metadata(title: str, address: str) -> str:
    """Return what an invoice is about, as the text its description hash is made of."""
    return msgspec.json.encode([["text/plain", title], ["text/identifier", address]]).decode()


def hash_of(metadata: str) -> str:
    """Return what stands in an invoice in the stead of its memo."""
    return hashlib.sha256(metadata.encode()).hexdigest()
