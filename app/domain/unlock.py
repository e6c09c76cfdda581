"""Unlock tokens: a short-lived, signed word that a payment stands, for whoever serves content.

    ul1.{claims}.{signature}      both base64url without padding

The claims are JSON; the signature is HMAC-SHA256 over everything before the last dot, with the
account's unlock secret as it is written. Anyone with that secret can check a token without us.
"""

import base64
import hashlib
import hmac
from datetime import datetime, timedelta

import msgspec

from app.errors import UnlockRefused

VERSION = "ul1"
SECONDS = 600
LENGTH_MAX = 2048


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What a token says was paid, for whom, and until when it may be believed."""

    account: str
    payment_intent: str
    payment_link: str | None
    content: str | None  # what the merchant called it: metadata.content of the intent
    origin: str | None  # the site that asked, as its browser told us
    expires_at: datetime


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Claims).decode


def expiry(now: datetime) -> datetime:
    """Return when a token made now ends."""
    return now + timedelta(seconds=SECONDS)


def sign(claims: Claims, secret: str) -> str:
    """Return the token of these claims."""
    said = f"{VERSION}.{_base64(_encode(claims))}"
    return f"{said}.{_signature(said, secret)}"


def claimed(token: str) -> Claims:
    """Return what a token says, unproven: only to find whose secret proves it."""
    parts = token.split(".")
    if len(token) <= LENGTH_MAX and len(parts) == 3 and parts[0] == VERSION:
        try:
            return _decode(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        except (ValueError, msgspec.MsgspecError):
            pass
    raise UnlockRefused("This is no unlock token.")


def proven(token: str, secret: str, now: datetime) -> Claims:
    """Return what a token says, or refuse one that is forged or over."""
    claims = claimed(token)
    said, _, signature = token.rpartition(".")
    if not hmac.compare_digest(_signature(said, secret).encode(), signature.encode()):
        raise UnlockRefused("The token's signature is not the account's.")
    if now >= claims.expires_at:
        raise UnlockRefused("The token has expired.")
    return claims


def _signature(said: str, secret: str) -> str:
    return _base64(hmac.new(secret.encode(), said.encode(), hashlib.sha256).digest())


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
