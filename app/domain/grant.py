"""Grants: what a user lets a program do, and the key it does it with.

The key is `gk_` and forty characters. Only its hash is kept, unless the program named itself
and where it lives: then the key lies sealed beside it, so that the same program at the same
address is handed the same key again.
"""

from datetime import datetime

import msgspec

from app.domain.permission import Permission

PREFIX = "gk_"
SECRET_LENGTH = 40
LABEL_MAX = 200
APPLICATION_MAX = 200
REDIRECT_MAX = 2000
PERMISSIONS_MAX = 200
GRANTS_MAX = 500  # alive, of one user


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """One key a user gave away."""

    id: str
    user: str
    hash: str
    hint: str
    label: str
    permissions: tuple[Permission, ...]
    application: str | None  # what the program calls itself
    redirect: str | None  # where its key was sent
    sealed: str | None
    created_at: datetime
    revoked_at: datetime | None

    def serves(self, wanted: tuple[Permission, ...]) -> bool:
        """Tell whether it is just what is wanted: all of it, and nothing beyond."""
        return set(self.permissions) == set(wanted)


def text(secret: str) -> str:
    """Return the key as its program will hold it."""
    return f"{PREFIX}{secret}"
