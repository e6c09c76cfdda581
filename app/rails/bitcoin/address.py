"""Addresses, and the scripts they stand for: base58 (P2PKH, P2SH) and bech32 (BIP-173, BIP-350).

Cryptography is imported when first used: a house without such a chain never pays for it.
"""

from functools import lru_cache
from hashlib import sha256

from app.errors import Invalid
from app.rails.bitcoin.network import Network
from app.rails.private import refuse_secrets

LENGTH_MAX = 100  # a bech32 address has at most 90 characters
CACHED_MAX = 65_536
PROGRAMS = ((0, 20), (0, 32), (1, 32))  # versions and lengths of witness programs in use


def check_address(network: Network, value: str, field: str = "value") -> str:
    """Return an address in canonical form, or say what is wrong with it."""
    value = value.strip()
    refuse_secrets(value, field)
    canonical = value
    if value.lower().startswith(f"{network.bech32}1") and value in (value.lower(), value.upper()):
        canonical = value.lower()  # BIP-173: one case or the other, never both
    found = _read(network, canonical) if len(value) <= LENGTH_MAX else None
    if found is None:
        what = f"must be a {network.scheme} address of this network: copy it again"
        raise Invalid.field(field, what)
    return canonical


@lru_cache(maxsize=CACHED_MAX)
def script_of(network: Network, address: str) -> bytes | None:
    """Return the script a canonical address stands for; None: it is of another network.

    A house may have watched another one before: those who wait there wait for nobody now.
    """
    return _read(network, address)


def script_hash(script: bytes) -> str:
    """Return what Electrum servers know an address by: its script's SHA-256, backwards."""
    return sha256(script).digest()[::-1].hex()


@lru_cache(maxsize=CACHED_MAX)
def address_of(network: Network, script: bytes) -> str | None:
    """Return a script's address in canonical form; None: it has none."""
    from embit.script import Script

    read = Script(script)
    if read.script_type() is None:
        return None
    return str(read.address(network.embit))


def _read(network: Network, address: str) -> bytes | None:
    """Return an address's script, or None: it is no address of this network."""
    from embit import base58, bech32
    from embit.base import EmbitError

    if address.startswith(f"{network.bech32}1"):
        version, program = bech32.decode(network.bech32, address)
        if version is None or (version, len(program)) not in PROGRAMS:
            return None
        return bytes([version + 0x50 if version else 0, len(program), *program])
    try:
        data = bytes(base58.decode_check(address))
    except (EmbitError, ValueError, KeyError, IndexError):
        return None
    if len(data) != 21:
        return None
    if data[0] == network.p2pkh:
        return b"\x76\xa9\x14" + data[1:] + b"\x88\xac"
    if data[0] in network.p2sh:
        return b"\xa9\x14" + data[1:] + b"\x87"
    return None
