"""Nostr, as far as a wallet is asked by it: signed events, sealed words, one relay at a time.

Formats: NIP-01 (events and relays), NIP-04 and NIP-44 version 2 (sealing between two keys),
BIP-340 (signatures). An event is believed when its id is the hash of what it says and its
signature is its author's: the relay in between is a stranger.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable
from typing import Any

import msgspec
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from embit.ec import PrivateKey, PublicKey, SchnorrSig

VERSION = b"\x02"
SALT = b"nip44-v2"
NONCE_BYTES, MAC_BYTES = 32, 32
PLAIN_MAX = 65_535
EVEN = b"\x02"  # an x-only key stands for the point with an even y


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One signed event."""

    id: str
    pubkey: str
    created_at: int
    kind: int
    tags: list[list[str]]
    content: str
    sig: str

    def tagged(self, name: str) -> list[str]:
        """Return the values of a tag."""
        return [one[1] for one in self.tags if len(one) > 1 and one[0] == name]

    @property
    def genuine(self) -> bool:
        """Its id is the hash of what it says, and its author signed it."""
        if self.id != _id(self.pubkey, self.created_at, self.kind, self.tags, self.content):
            return False
        try:
            author = PublicKey.from_xonly(bytes.fromhex(self.pubkey))
            signature = SchnorrSig.parse(bytes.fromhex(self.sig))
            return bool(author.schnorr_verify(signature, bytes.fromhex(self.id)))
        except Exception:  # the library has many ways to say that a key is none
            return False


class Identity:
    """A key of ours, and what can be done with it."""

    def __init__(self, secret: bytes) -> None:
        self._key = PrivateKey(secret)
        self._number = int.from_bytes(secret, "big")
        self.pubkey: str = self._key.xonly().hex()

    def sign(self, kind: int, tags: list[list[str]], content: str, created_at: int) -> Event:
        """Return a signed event."""
        id = _id(self.pubkey, created_at, kind, tags, content)
        sig = self._key.schnorr_sign(bytes.fromhex(id)).serialize().hex()
        return Event(
            id=id,
            pubkey=self.pubkey,
            created_at=created_at,
            kind=kind,
            tags=tags,
            content=content,
            sig=sig,
        )

    def shared(self, other: str) -> bytes:
        """Return what this key and another's share: the x of their product."""
        point = EVEN + bytes.fromhex(other)
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256K1(), point)
        return ec.derive_private_key(self._number, ec.SECP256K1()).exchange(ec.ECDH(), public)


def _id(pubkey: str, created_at: int, kind: int, tags: list[list[str]], content: str) -> str:
    said = msgspec.json.encode([0, pubkey, created_at, kind, tags, content])
    return hashlib.sha256(said).hexdigest()


def seal(scheme: str, shared: bytes, text: str, draw: Callable[[int], bytes]) -> str:
    """Return a text sealed for the other key; `scheme` is nip44_v2 or nip04."""
    if scheme == "nip44_v2":
        return seal_44(_conversation(shared), text, draw(NONCE_BYTES))
    iv = draw(16)
    padder = padding.PKCS7(128).padder()
    padded = padder.update(text.encode()) + padder.finalize()
    sealing = Cipher(algorithms.AES(shared), modes.CBC(iv)).encryptor()
    sealed = sealing.update(padded) + sealing.finalize()
    return f"{base64.b64encode(sealed).decode()}?iv={base64.b64encode(iv).decode()}"


def unseal(scheme: str, shared: bytes, sealed: str) -> str:
    """Return what was sealed, or raise `ValueError`."""
    if scheme == "nip44_v2":
        return unseal_44(_conversation(shared), sealed)
    body, _, iv = sealed.partition("?iv=")
    opening = Cipher(algorithms.AES(shared), modes.CBC(base64.b64decode(iv))).decryptor()
    padded = opening.update(base64.b64decode(body)) + opening.finalize()
    unpadder = padding.PKCS7(128).unpadder()
    return (unpadder.update(padded) + unpadder.finalize()).decode()


def seal_44(conversation: bytes, text: str, nonce: bytes) -> str:
    """Seal by NIP-44 version 2 under a conversation's key."""
    plain = text.encode()
    if not 0 < len(plain) <= PLAIN_MAX:
        raise ValueError("cannot be sealed at this length")
    padded = len(plain).to_bytes(2, "big") + plain.ljust(_padded(len(plain)), b"\0")
    key, stream_nonce, mac_key = _message_keys(conversation, nonce)
    sealed = _chacha(key, stream_nonce, padded)
    mac = hmac.digest(mac_key, nonce + sealed, "sha256")
    return base64.b64encode(VERSION + nonce + sealed + mac).decode()


def unseal_44(conversation: bytes, payload: str) -> str:
    """Open what was sealed by NIP-44 version 2, or raise `ValueError`."""
    raw = base64.b64decode(payload, validate=True)
    if raw[:1] != VERSION or len(raw) < 1 + NONCE_BYTES + MAC_BYTES + 2:
        raise ValueError("is sealed in another way")
    nonce, sealed, mac = (
        raw[1 : 1 + NONCE_BYTES],
        raw[1 + NONCE_BYTES : -MAC_BYTES],
        raw[-MAC_BYTES:],
    )
    key, stream_nonce, mac_key = _message_keys(conversation, nonce)
    if not hmac.compare_digest(hmac.digest(mac_key, nonce + sealed, "sha256"), mac):
        raise ValueError("was changed on its way")
    padded = _chacha(key, stream_nonce, sealed)
    length = int.from_bytes(padded[:2], "big")
    return padded[2 : 2 + length].decode()


def _conversation(shared: bytes) -> bytes:
    return hmac.digest(SALT, shared, "sha256")


def _message_keys(conversation: bytes, nonce: bytes) -> tuple[bytes, bytes, bytes]:
    """Return the keys of one message: HKDF-Expand (RFC 5869) to 76 bytes."""
    block, keys = b"", b""
    for number in (1, 2, 3):
        block = hmac.digest(conversation, block + nonce + bytes([number]), "sha256")
        keys += block
    return keys[:32], keys[32:44], keys[44:76]


def _chacha(key: bytes, nonce: bytes, text: bytes) -> bytes:
    """Run RFC 8439's stream, whose counter starts at zero, over a text: there and back."""
    return Cipher(algorithms.ChaCha20(key, bytes(4) + nonce), None).encryptor().update(text)


def _padded(length: int) -> int:
    """Return how long a text is made, so that its length tells less of it."""
    if length <= 32:
        return 32
    power = 1 << (length - 1).bit_length()
    chunk = 32 if power <= 256 else power // 8
    return chunk * ((length - 1) // chunk + 1)


def read_message(text: str | bytes) -> list[Any]:
    """Return a relay's message, or an empty one when it is none."""
    try:
        said = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return []
    return said if isinstance(said, list) else []
