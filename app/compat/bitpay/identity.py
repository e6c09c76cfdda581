"""BitId: an application's key, its public name (a SIN), and what it signs.

A request carries the compressed public key and a DER signature, both in hexadecimal, over the
SHA-256 of its whole URL followed by its body. Half of all clients' signatures have a high S,
which Bitcoin's own libraries refuse; plain ECDSA, as OpenSSL checks it, takes both.

A SIN is base58check of 0x0F, 0x02 and the key's hash160: it begins with T.
Source: Bitpay's BitAuth, and `NBitpayClient` as BTCPay Server uses it.
"""

import re

PREFIX = b"\x0f\x02"
SIN_BYTES = 22
SIN = re.compile(r"T[1-9A-HJ-NP-Za-km-z]{30,38}")
KEY = re.compile(r"0[23][0-9a-fA-F]{64}")
SIGNATURE = re.compile(r"30(?:[0-9a-fA-F]{2}){7,80}")


def signer(key: str, signature: str, said: bytes) -> str | None:
    """Return the SIN of a key that signed what was said; None: it did not."""
    # Late, as all below: a house that nobody signs to does not pay for it.
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.hashes import SHA256

    if not (KEY.fullmatch(key) and SIGNATURE.fullmatch(signature)):
        return None
    try:
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256K1(), bytes.fromhex(key))
        point.verify(bytes.fromhex(signature), said, ec.ECDSA(SHA256()))
    except (InvalidSignature, ValueError):  # a point that is on no curve, a signature that is none
        return None
    return sin(bytes.fromhex(key))


def sin(key: bytes) -> str:
    """Return the public name of a compressed public key."""
    from embit import base58, hashes

    return str(base58.encode_check(PREFIX + hashes.hash160(key)))


def is_sin(text: str) -> bool:
    """Tell whether a text is some key's public name: its checksum is right."""
    from embit import base58

    if not SIN.fullmatch(text):
        return False
    try:
        payload = bytes(base58.decode_check(text))
    except ValueError:
        return False
    return len(payload) == SIN_BYTES and payload.startswith(PREFIX)
