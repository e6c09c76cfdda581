"""Blocks' headers and transactions as they go over the wire, in Bitcoin's own encoding.

Every id here is a hash of the very bytes, so what a server says is checked by reading it.
"""

from datetime import UTC, datetime
from hashlib import scrypt, sha256

import msgspec

HEADER_BYTES = 80
TRANSACTION_BYTES_MAX = 4_000_000  # no block holds a larger one
LEAF_BYTES = 64  # a transaction this long could pose as a branch of the tree of a block


class Malformed(Exception):
    """These bytes are not what they should be."""


class Header(msgspec.Struct, frozen=True):
    """One block's header, and where it stands."""

    height: int
    hash: str
    previous: str
    root: bytes  # of the tree of its transactions
    seconds: int
    target: int  # what its proof of work must not exceed
    raw: bytes

    @property
    def at(self) -> datetime:
        """The block's own time."""
        return datetime.fromtimestamp(self.seconds, UTC)

    @property
    def work(self) -> int:
        """How many hashes it takes to find such a block, on average."""
        return (1 << 256) // (self.target + 1)


class Moved(msgspec.Struct, frozen=True):
    """What one transaction moved: amounts and scripts in order, and the coins it spent."""

    tx: str
    outputs: tuple[tuple[int, bytes], ...]
    spent: tuple[tuple[str, int], ...]


def double_sha256(data: bytes) -> bytes:
    return sha256(sha256(data).digest()).digest()


def read_header(raw: bytes, height: int) -> Header:
    """Read a block's header; what follows the eighty bytes is another matter's."""
    if len(raw) < HEADER_BYTES:
        raise Malformed("a header is too short")
    raw = raw[:HEADER_BYTES]
    bits = int.from_bytes(raw[72:76], "little")
    size, digits = bits >> 24, bits & 0x7FFFFF
    return Header(
        height=height,
        hash=double_sha256(raw)[::-1].hex(),
        previous=raw[4:36][::-1].hex(),
        root=raw[36:68],
        seconds=int.from_bytes(raw[68:72], "little"),
        target=digits << 8 * (size - 3) if size > 3 else digits >> 8 * (3 - size),
        raw=raw,
    )


def is_worked(header: Header, *, by_scrypt: bool) -> bool:
    """Tell whether the work a header claims was done."""
    raw = header.raw
    scrypted = scrypt(raw, salt=raw, n=1024, r=1, p=1, dklen=32) if by_scrypt else b""
    found = scrypted or double_sha256(raw)
    return int.from_bytes(found, "little") <= header.target


def read_transaction(raw: bytes) -> Moved:
    """Read what a transaction moved. Its id leaves out its witnesses (BIP-144), whatever they are.

    They stand between its outputs and its last four bytes, and are not read.
    """
    if not 60 <= len(raw) <= TRANSACTION_BYTES_MAX or len(raw) == LEAF_BYTES:
        raise Malformed("a transaction has no such length")
    reader = _Reader(raw)
    version = reader.take(4)
    start = reader.at
    if raw[4] == 0:  # no inputs: a mark, and flags of what is witnessed
        reader.take(2)
        start = reader.at
    spent = tuple(reader.spent() for _ in range(reader.count()))
    outputs = tuple(reader.output() for _ in range(reader.count()))
    tx = double_sha256(version + raw[start : reader.at] + raw[-4:])[::-1].hex()
    return Moved(tx, outputs, spent)


def is_in_tree(tx: str, position: int, branch: list[str], root: bytes) -> bool:
    """Tell whether a transaction is in the tree of a block, by the hashes beside its way up."""
    found = bytes.fromhex(tx)[::-1]
    for one in branch:
        beside = bytes.fromhex(one)[::-1]
        found = double_sha256(beside + found if position & 1 else found + beside)
        position >>= 1
    return position == 0 and found == root


class _Reader:
    """Reads numbers and strings one after the other."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self.at = 0

    def take(self, length: int) -> bytes:
        if self.at + length > len(self._raw):
            raise Malformed("a transaction ends too early")
        self.at += length
        return self._raw[self.at - length : self.at]

    def count(self) -> int:
        first = self.take(1)[0]
        if first < 0xFD:
            return first
        return int.from_bytes(self.take({0xFD: 2, 0xFE: 4, 0xFF: 8}[first]), "little")

    def spent(self) -> tuple[str, int]:
        tx = self.take(32)[::-1].hex()
        index = int.from_bytes(self.take(4), "little")
        self.take(self.count())  # the script that signs
        self.take(4)
        return tx, index

    def output(self) -> tuple[int, bytes]:
        amount = int.from_bytes(self.take(8), "little")
        return amount, self.take(self.count())
