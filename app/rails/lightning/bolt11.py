"""BOLT #11: what an invoice says. Enough of it to judge what a node wrote for us.

The signature is not checked: the payee's own node hands us the text over a connection of its
own, and whoever pays has his wallet check it. The checksum is, since a text may be cut.
"""

import re
from datetime import UTC, datetime

import msgspec

from app.domain import bech32
from app.domain.bech32 import SIGNS

LENGTH_MAX = 2048  # what a code on a screen can hold; real ones have 200 to 1000
HEAD = re.compile(r"ln(bcrt|bc|tbs|tb)(?:([1-9][0-9]{0,17})([munp]?))?")
# Millisatoshi for one of each: milli-, micro- and nanobitcoin. Ten picobitcoin are one.
MILLISATOSHI = {"": 10**11, "m": 10**8, "u": 10**5, "n": 10**2}
SIGNATURE, TIMESTAMP = 104, 7  # groups of five bits
HASH_GROUPS = 52
EXPIRES_SECONDS = 3600  # where an invoice says nothing


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What an invoice says. `network` is the prefix of its addresses: bc, tb, tbs, bcrt."""

    network: str
    amount: int | None  # in millisatoshi; None: the payer says how much
    hash: str
    written_at: datetime
    expires_in_seconds: int
    memo: str | None = None
    memo_hash: str | None = None
    fallback: bool = False  # it names an address besides: the payee's wallet's own


def read(text: str) -> Said:
    """Read an invoice, or raise `ValueError` saying what is wrong with it."""
    if len(text) > LENGTH_MAX:
        raise ValueError("is too long for an invoice")
    head, groups = bech32.decode(text)
    found = HEAD.fullmatch(head)
    if found is None:
        raise ValueError("is no BOLT11 invoice")
    if len(groups) < TIMESTAMP + SIGNATURE:
        raise ValueError("is too short for an invoice")
    fields = _fields(groups[TIMESTAMP:-SIGNATURE])
    hash = fields.get("p")
    if hash is None:
        raise ValueError("names no payment hash")
    network, digits, unit = found.groups()
    hashed = fields.get("h")
    memo = fields.get("d")
    return Said(
        network=network,
        amount=_amount(digits, unit) if digits else None,
        hash=bech32.whole_bytes(hash).hex(),
        written_at=datetime.fromtimestamp(bech32.number(groups[:TIMESTAMP]), UTC),
        expires_in_seconds=bech32.number(fields["x"]) if "x" in fields else EXPIRES_SECONDS,
        memo=bech32.whole_bytes(memo).decode(errors="replace") if memo is not None else None,
        fallback="f" in fields,
        memo_hash=bech32.whole_bytes(hashed).hex() if hashed is not None else None,
    )


def _amount(digits: str, unit: str) -> int:
    if unit == "p":
        if not digits.endswith("0"):
            raise ValueError("asks for a part of a millisatoshi")
        return int(digits) // 10
    return int(digits) * MILLISATOSHI[unit]


def _fields(groups: list[int]) -> dict[str, list[int]]:
    """Return the tagged fields by their letter; the first of a kind counts, as BOLT #11 has it."""
    fields: dict[str, list[int]] = {}
    at = 0
    while at + 3 <= len(groups):
        letter = SIGNS[groups[at]]
        length = bech32.number(groups[at + 1 : at + 3])
        value = groups[at + 3 : at + 3 + length]
        if len(value) < length:
            raise ValueError("ends inside a field")
        # A hash of another length is to be skipped, as by a reader that does not know it.
        if letter not in "ph" or length == HASH_GROUPS:
            fields.setdefault(letter, value)
        at += 3 + length
    return fields
