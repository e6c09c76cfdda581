"""Users: the people who sign in, and the links that let them in the first time.

A user belongs to accounts (`members`). An operator keeps the house: every account is within
their reach, and they alone may give a program rights on the house itself.
"""

import re
from datetime import datetime, timedelta

import msgspec

from app.errors import Fault

EMAIL = re.compile(r"[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f]{1,189}")
PASSWORD_LENGTH_MIN = 10
PASSWORD_LENGTH_MAX = 200  # what is typed is worked on: there is an end to it
WELCOME_LASTS = timedelta(hours=24)
SESSION_LASTS = timedelta(days=7)


class User(msgspec.Struct, frozen=True, kw_only=True):
    """One person."""

    id: str
    email: str
    operator: bool
    password: str | None  # its argon2 hash; None: never set
    totp_sealed: str | None  # the secret of their one-time codes; None: a password is enough
    totp_step: int | None  # the newest code that was used: none is taken twice
    created_at: datetime


class Welcome(msgspec.Struct, frozen=True, kw_only=True):
    """A link that sets a password once; with no user yet it makes the first one."""

    hash: str
    user: str | None
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """One browser that is signed in; `proved` once a one-time code was given where one is due."""

    hash: str
    user: str
    proved: bool
    created_at: datetime
    expires_at: datetime


def folded(email: str) -> str:
    """Return an address as it is kept and looked up: one person, one spelling."""
    return email.strip().lower()


def check_email(faults: list[Fault], email: str) -> None:
    """Note an address nobody could have."""
    if not EMAIL.fullmatch(email):
        faults.append(Fault("email", "must be an e-mail address"))


def check_password(faults: list[Fault], password: str, field: str = "password") -> None:
    """Note a password that is too easy to guess, or too long to work on."""
    if not PASSWORD_LENGTH_MIN <= len(password) <= PASSWORD_LENGTH_MAX:
        least, most = PASSWORD_LENGTH_MIN, PASSWORD_LENGTH_MAX
        faults.append(Fault(field, f"must have {least} to {most} characters"))
