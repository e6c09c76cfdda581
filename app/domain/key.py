"""API keys: made once, shown once, kept as a hash.

`pk_` is publishable: it may stand in a page's source. `sk_` is secret. The suffix
`live_` or `test_` is the account's mode, so a key tells aloud what it can touch.
A key is 190 bits of entropy, so one HMAC under the house's own secret is enough;
slow password hashing would only slow the merchant down.
"""

import hashlib
import hmac
from datetime import datetime
from enum import StrEnum

import msgspec

SECRET_LENGTH = 32


class KeyKind(StrEnum):
    """What a key may do: read and pay, or everything."""

    PUBLISHABLE = "publishable"
    SECRET = "secret"  # noqa: S105 -- a kind, not a key


PREFIX = {KeyKind.PUBLISHABLE: "pk", KeyKind.SECRET: "sk"}


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """One key as it is stored."""

    id: str
    account: str
    kind: KeyKind
    livemode: bool
    hash: str
    hint: str  # the last four characters, to tell keys apart
    name: str | None
    created_at: datetime
    revoked_at: datetime | None


def text(kind: KeyKind, livemode: bool, secret: str) -> str:
    """Return the key as its owner will see it, once."""
    return f"{PREFIX[kind]}_{'live' if livemode else 'test'}_{secret}"


def kind_of(key: str) -> KeyKind | None:
    """Tell a key's kind by its prefix; None: it is no key of ours."""
    for kind, prefix in PREFIX.items():
        if key.startswith((f"{prefix}_live_", f"{prefix}_test_")):
            return kind
    return None


def digest(key: str, pepper: bytes) -> str:
    """Return what is stored and looked up in the key's place."""
    return hmac.new(pepper, key.encode(), hashlib.sha256).hexdigest()
