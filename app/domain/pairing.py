"""Pairing: how an application's own key comes to act for an account.

Such an application makes a key, signs each request with it and never hears a secret of ours. A
pairing code brings its key and an account together, from either side: the application asks for
one and a merchant approves it, or a merchant makes one and the application claims it. Either way
the code is spent by whoever comes second.
"""

from datetime import datetime, timedelta

import msgspec

# Without 0, O, I and l, which people take for each other; 7 of these are 41 bits, for minutes.
SIGNS = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
CODE_LENGTH = 7
TOKEN_LENGTH = 44
CODE_KEPT = timedelta(minutes=15)
LABEL_MAX = 100
CLIENT_MAX = 64


class PairingCode(msgspec.Struct, frozen=True, kw_only=True):
    """A code that waits for its second side, as it is stored: by its hash alone."""

    hash: str
    client: str | None  # the application's key, by its public name; None: none came yet
    account: str | None  # None: no merchant approved it yet
    label: str | None  # what the application, or the merchant, calls it
    token: str
    created_at: datetime
    expires_at: datetime


class Pairing(msgspec.Struct, frozen=True, kw_only=True):
    """An application's key that may act for an account.

    `token` is what a client was handed with it and sends along. It opens nothing: only
    signatures do.
    """

    id: str
    account: str
    client: str
    label: str | None
    token: str
    created_at: datetime
