"""What must never be given to a house that only receives: private keys, in any family's writing."""

import re

from app.errors import Invalid

_PRIVATE = re.compile(
    r"(0[xX])?[0-9a-fA-F]{64}"
    r"|[^\s]*[a-zA-Z]prv[0-9A-Za-z]{20}[^\s]*"  # an extended private key, in a descriptor too
    r"|[a-zA-Z]prv[0-9A-Za-z]*"
    r"|[5KLcT69][1-9A-HJ-NP-Za-km-z]{50,51}"  # one key as wallets export it (WIF)
    r"|([a-z]+\s+){11,}[a-z]+"
)
SECRET = "this is a private key. Treat it as stolen, and give the public key (xpub…) instead"  # noqa: S105


def refuse_secrets(value: str, field: str) -> None:
    """Refuse what looks like a private key, never repeating it."""
    if _PRIVATE.fullmatch(value):
        raise Invalid.field(field, SECRET)
