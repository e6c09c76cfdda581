"""One-time codes from a secret and the clock: RFC 6238 with its defaults.

Six digits, SHA-1, thirty seconds: what every authenticator takes. One step on either side
of now is taken too, for clocks that go wrong, and no step twice.
"""

import base64
import hashlib
import hmac
from datetime import datetime
from urllib.parse import quote, urlencode

SECRET_LENGTH = 32  # base32 characters: 160 bits, as RFC 4226 asks
STEP_SECONDS = 30
DIGITS = 6
DRIFT_STEPS = 1
_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def secret_of(entropy: str) -> str:
    """Return a secret in base32 drawn from characters nobody can guess."""
    return base64.b32encode(hashlib.sha256(entropy.encode()).digest()[:20]).decode()


def readable(secret: str) -> bool:
    """Tell whether a text is such a secret."""
    return len(secret) == SECRET_LENGTH and set(secret) <= set(_BASE32)


def step_at(now: datetime) -> int:
    return int(now.timestamp()) // STEP_SECONDS


def code(secret: str, step: int) -> str:
    """Return the code of one step (RFC 4226 §5.3)."""
    digest = hmac.new(base64.b32decode(secret), step.to_bytes(8, "big"), hashlib.sha1).digest()
    start = digest[-1] & 0x0F
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def match(secret: str, typed: str, now: datetime, used: int | None) -> int | None:
    """Return the step a typed code belongs to; None: it is wrong, too old, or was used."""
    plain = "".join(typed.split())
    if not plain.isascii():
        return None
    current = step_at(now)
    found = None
    for step in range(current - DRIFT_STEPS, current + DRIFT_STEPS + 1):
        fits = hmac.compare_digest(code(secret, step), plain)
        if fits and (used is None or step > used):
            found = step
    return found


def uri(secret: str, email: str, issuer: str) -> str:
    """Return what an authenticator reads from a code on the screen."""
    label = quote(f"{issuer}:{email}", safe=":@")
    return f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': issuer})}"
