"""Packing a page for the wire, when most of it was packed before.

A page's style is half of it and the same for every shopper of a merchant, so it is packed
once. A gzip body is a row of deflate blocks (RFC 1951): blocks that end at a byte's edge and
point back at nothing before themselves can be laid beside others as they are.
"""

import zlib
from functools import lru_cache

LEVEL = 5  # the page's own half in a fifth of a millisecond
LASTING_LEVEL = 9
LASTING_MAX = 512  # packed, of 3 KB
_RAW = -zlib.MAX_WBITS
_HEAD = (
    b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"  # RFC 1952: deflate, no name, no time, any system
)


def gzipped(body: bytes, lasting: bytes) -> bytes:
    """Return a body as gzip; `lasting` is the part of it that other bodies have too, or empty."""
    before, found, after = body.partition(lasting) if lasting else (b"", b"", body)
    if not found:
        before, after = b"", body
    return b"".join(
        (
            _HEAD,
            _packed(before, LEVEL, zlib.Z_FULL_FLUSH) if before else b"",
            _packed_lasting(found) if found else b"",
            _packed(after, LEVEL, zlib.Z_FINISH),
            zlib.crc32(body).to_bytes(4, "little"),
            (len(body) % 2**32).to_bytes(4, "little"),
        )
    )


@lru_cache(maxsize=LASTING_MAX)
def _packed_lasting(part: bytes) -> bytes:
    return _packed(part, LASTING_LEVEL, zlib.Z_FULL_FLUSH)


def _packed(part: bytes, level: int, end: int) -> bytes:
    packer = zlib.compressobj(level, zlib.DEFLATED, _RAW)
    return packer.compress(part) + packer.flush(end)
