"""What a merchant gives: an extended public key, an output descriptor, or one address.

From a key, slot n is the child 0/n, where every wallet that holds the seed will find it; the
key's own letter says what script it stands for (SLIP-132: ypub is BIP-49, zpub BIP-84), and a
plain xpub stands for BIP-84. Endings as other shops write them say otherwise: `-[legacy]`,
`-[p2sh]`, `-[taproot]` (BIP-86). A descriptor (BIP-380) says everything itself; of several
branches the first is meant. Nothing of a value is ever repeated: it may be a secret.
"""

from functools import lru_cache
from typing import TYPE_CHECKING

from app.errors import Invalid
from app.rails.bitcoin.address import address_of, check_address
from app.rails.bitcoin.network import BARE, Network
from app.rails.private import SECRET, refuse_secrets

if TYPE_CHECKING:
    from embit.bip32 import HDKey
    from embit.descriptor import Descriptor

KINDS = ("xpub", "descriptor", "address")
KEY_LENGTH_MAX = 130  # 111 characters and an ending
DESCRIPTOR_LENGTH_MAX = 500
HARDENED = 2**31  # slots below it can be derived from a public key
ENDINGS = {"-[legacy]": "pkh", "-[p2sh]": "sh(wpkh)", "-[taproot]": "tr"}


def check_destination(network: Network, kind: str, value: str) -> str:
    """Return a destination in canonical form, or say what is wrong with it."""
    value = value.strip()
    refuse_secrets(value, "value")
    if kind == "xpub":
        if _read_key(network, value) is None:
            raise Invalid.field(
                "value",
                "must be an extended public key of this network (xpub…, ypub…, zpub…, tpub…): "
                "copy it again",
            )
        return value
    if kind == "descriptor":
        return _check_descriptor(network, value)
    if kind == "address":
        return check_address(network, value)
    raise Invalid.field("kind", f"must be {', '.join(KINDS[:-1])} or {KINDS[-1]} on this chain")


def address_at(network: Network, kind: str, value: str, slot: int) -> str:
    """Return the address of a key's or a descriptor's slot."""
    assert 0 <= slot < HARDENED, f"slot {slot} is outside of what a public key can derive"
    if kind == "descriptor":
        script = _descriptor(value).derive(slot, branch_index=0).script_pubkey()
    else:
        script = _script(*_branch(network, value), slot)
    found = address_of(network, script.data)
    assert found is not None, "a stored destination has no address"
    return found


def _script(key: "HDKey", kind: str, slot: int) -> "object":
    from embit import script

    child = key.child(slot)
    if kind == "sh(wpkh)":
        return script.p2sh(script.p2wpkh(child))
    return {"wpkh": script.p2wpkh, "pkh": script.p2pkh, "tr": script.p2tr}[kind](child)


@lru_cache(maxsize=256)
def _branch(network: Network, value: str) -> "tuple[HDKey, str]":
    """Return the branch of receiving addresses, and the kind of their scripts."""
    read = _read_key(network, value)
    assert read is not None, "a stored key no longer reads"
    return read[0].child(0), read[1]


def _read_key(network: Network, value: str) -> "tuple[HDKey, str] | None":
    """Read an extended public key in any of its network's letters."""
    from embit import base58
    from embit.base import EmbitError
    from embit.bip32 import HDKey

    key, bracket, ending = value.partition("-[")
    kind = ENDINGS.get(f"-[{ending}") if bracket else None
    if len(value) > KEY_LENGTH_MAX or (bracket and kind is None):
        return None
    try:
        data = base58.decode_check(key)
        meant = dict(network.keys).get(data[:4].hex())
        if meant is None or len(data) != 78:
            return None
        read = HDKey.parse(BARE + data[4:])
        if read.is_private:
            return None
        read.child(0)  # a point that is not on the curve shows here
    except (EmbitError, ValueError, AssertionError):
        return None
    return read, kind or meant


def _check_descriptor(network: Network, value: str) -> str:
    from embit.descriptor.checksum import add_checksum

    body, mark, checksum = value.partition("#")
    if len(value) > DESCRIPTOR_LENGTH_MAX:
        raise Invalid.field("value", f"must be at most {DESCRIPTOR_LENGTH_MAX} characters")
    if "prv" in body:
        raise Invalid.field("value", SECRET)
    try:
        whole = str(add_checksum(body))
        read = _descriptor(whole)
        versions = {key.key.version.hex() for key in read.keys if key.is_extended}
        private = any(key.is_private for key in read.keys)
        ranged = bool(read.is_wildcard)
        read.derive(0, branch_index=0).script_pubkey()
    except Exception:  # whatever its parser trips over
        raise Invalid.field("value", "is no output descriptor: copy it again") from None
    if private:
        raise Invalid.field("value", SECRET)
    if mark and f"{body}#{checksum}" != whole:
        raise Invalid.field("value", "the descriptor's checksum is wrong: copy it again")
    if not ranged:
        raise Invalid.field("value", "must end in /*: each payment gets an address of its own")
    if not versions <= {version for version, _ in network.keys}:
        raise Invalid.field("value", "holds a key of another network")
    return whole


@lru_cache(maxsize=256)
def _descriptor(value: str) -> "Descriptor":
    from embit.descriptor import Descriptor

    return Descriptor.from_string(value)
