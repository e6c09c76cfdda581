"""The numbers and ids ICPay's clients expect beside ours, made from ours and never stored.

Its contract packs an account's number into 64 bits and an intent's code into 32, and the memo
of the Internet Computer leaves 32 bits to either. Nothing is looked up by them: an intent's
money is known by its place, so two ids that share a number do no harm.

An intent is one payment there, however many transfers paid it: its payment's id is its own
under another prefix, so that either is known by the other.
"""

import hashlib

NUMBER_MAX = 2**32 - 1
INTENT = "pi_"
PAYMENT = "pay_"


def account_number(id: str) -> int:
    """Return an account's number: the same for ever, from 1 to 2³²-1."""
    return _number(id)


def intent_code(id: str) -> int:
    """Return an intent's code: the same for ever, from 1 to 2³²-1."""
    return _number(id)


def payment_id(intent: str) -> str:
    """Return the id of the payment of an intent."""
    return PAYMENT + intent.removeprefix(INTENT)


def intent_of(payment: str) -> str:
    """Return the id of the intent that a payment's id was made from."""
    return INTENT + payment.removeprefix(PAYMENT)


def _number(id: str) -> int:
    drawn = int.from_bytes(hashlib.sha256(id.encode()).digest()[:8], "big")
    return drawn % NUMBER_MAX + 1
