"""Addresses: their checksum, what a merchant may give us, and children of an xpub.

The canonical form is EIP-55: mixed case that is a checksum. Two spellings of one address
are therefore equal as text, and a mistyped one is noticed. An account's extended public
key (m/44'/60'/0') gives one fresh address per slot, at external child 0/slot, where every
wallet that holds the seed will find the money.

Cryptography is imported when first used: a house without an EVM chain never pays for it.
"""

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from app.errors import Invalid
from app.phrase import phrase
from app.rails.private import refuse_secrets

if TYPE_CHECKING:
    from embit.bip32 import HDKey

ZERO = "0x" + "0" * 40
ACCOUNT_DEPTH = 3  # m / 44' / 60' / 0'
HARDENED = 2**31  # slots below it can be derived from a public key
LENGTH_MAX = 200  # an extended key has 111 characters

_ADDRESS = re.compile(r"0[xX][0-9a-fA-F]{40}")


@lru_cache(maxsize=16_384)
def checksum(address: str) -> str:
    """Return twenty bytes of hex as EIP-55 writes them."""
    digits = address[2:].lower()
    shield = _keccak(digits.encode()).hex()
    return "0x" + "".join(
        digit.upper() if int(nibble, 16) > 7 else digit
        for digit, nibble in zip(digits, shield, strict=False)
    )


def check_address(value: str, field: str = "value") -> str:
    """Return an address in canonical form, or say what is wrong with it."""
    value = value.strip()
    refuse_secrets(value, field)
    if not _ADDRESS.fullmatch(value):
        raise Invalid.field(field, phrase("must be an address: 0x and 40 hexadecimal digits"))
    address = checksum(value)
    digits = value[2:]
    if digits not in (digits.lower(), digits.upper()) and digits != address[2:]:
        raise Invalid.field(field, phrase("the checksum is wrong: copy the address again"))
    if address == ZERO:
        raise Invalid.field(field, phrase("the zero address belongs to nobody"))
    return address


def check_xpub(value: str, field: str = "value") -> str:
    """Return an account's extended public key, or say what is wrong with it.

    Nothing of the value is ever repeated: it may be a secret pasted by mistake.
    """
    value = value.strip()
    refuse_secrets(value, field)
    if not value.startswith("xpub") or len(value) > LENGTH_MAX:
        raise Invalid.field(field, "must be an extended public key: xpub…")
    key = _parse(value)
    if key is None:
        raise Invalid.field(field, "is no extended public key: copy it again")
    if key.depth != ACCOUNT_DEPTH or key.child_number < HARDENED:
        raise Invalid.field(
            field,
            f"is at depth {key.depth} of the wallet; give the account's key, m/44'/60'/0'",
        )
    return value


def child(xpub: str, slot: int) -> str:
    """Return the address at external child 0/slot of an account's public key."""
    assert 0 <= slot < HARDENED, f"slot {slot} is outside of what a public key can derive"
    point = _branch(xpub).child(slot).get_public_key()
    point.compressed = False  # an address is made from both coordinates
    return checksum("0x" + _keccak(point.sec()[1:])[-20:].hex())


def of_key(secret: str) -> str:
    """Return the address a private key signs for. Nothing of the key is ever repeated."""
    from embit.ec import PrivateKey

    point = PrivateKey(bytes.fromhex(secret.removeprefix("0x"))).get_public_key()
    point.compressed = False
    return checksum("0x" + _keccak(point.sec()[1:])[-20:].hex())


@lru_cache(maxsize=256)
def _branch(xpub: str) -> "HDKey":
    key = _parse(xpub)
    assert key is not None, "a stored xpub no longer reads"
    return key.child(0)


def _parse(xpub: str) -> "HDKey | None":
    from embit.base import EmbitError
    from embit.bip32 import HDKey

    try:
        key = HDKey.from_string(xpub)
        if key.is_private:
            return None
        key.child(0)  # a point that is not on the curve shows here
    except (EmbitError, ValueError):
        return None
    return key


def _keccak(data: bytes) -> bytes:
    from Crypto.Hash import keccak

    return keccak.new(digest_bits=256, data=data).digest()
