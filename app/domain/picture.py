"""Pictures a merchant sends: known by their bytes, never by what they are called.

A picture that can carry script (SVG) is none, and neither is one that moves: a page
keeps still for who asked for it. Only headers are read; browsers decode the rest.
"""

import struct
from collections.abc import Callable

import msgspec

BYTES_MAX = 65_536
SIDE_PIXELS_MAX = 2048
SEGMENTS_MAX = 200  # of a JPEG, before its size must have come

# Start-of-frame markers but not DHT, JPG and DAC, which share their range.
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_ALONE = {0x01, *range(0xD0, 0xD9)}  # markers without a length


class PictureError(ValueError):
    """No picture we show; the message says why."""


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """What the header of a picture says."""

    media_type: str
    suffix: str
    width_pixels: int
    height_pixels: int


def read(content: bytes) -> Picture:
    """Return what a picture is, or raise `PictureError`."""
    if len(content) > BYTES_MAX:
        raise PictureError(f"must be at most {BYTES_MAX} bytes")
    for magic, suffix, size in _KINDS:
        if content.startswith(magic):
            try:
                width, height = size(content)
            except (struct.error, IndexError):
                raise PictureError(f"is a {suffix} file that breaks off") from None
            if not (0 < width <= SIDE_PIXELS_MAX and 0 < height <= SIDE_PIXELS_MAX):
                message = f"must be between 1 and {SIDE_PIXELS_MAX} pixels wide and high"
                raise PictureError(message)
            return Picture(
                media_type=f"image/{suffix}",
                suffix=suffix,
                width_pixels=width,
                height_pixels=height,
            )
    raise PictureError("must be a PNG, JPEG or WebP picture")


def _png(content: bytes) -> tuple[int, int]:
    if content[12:16] != b"IHDR":
        raise PictureError("is a png file without a header")
    if b"acTL" in content[: content.find(b"IDAT")]:
        raise PictureError("must keep still: send a picture that is not animated")
    width, height = struct.unpack(">II", content[16:24])
    return width, height


def _jpeg(content: bytes) -> tuple[int, int]:
    at = 2
    for _ in range(SEGMENTS_MAX):
        if content[at] != 0xFF:
            break
        marker = content[at + 1]
        if marker in _ALONE or marker == 0xFF:
            at += 1 if marker == 0xFF else 2
            continue
        if marker in _FRAMES:
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return width, height
        at += 2 + int(struct.unpack(">H", content[at + 2 : at + 4])[0])
    raise PictureError("is a jpeg file that tells no size")


def _webp(content: bytes) -> tuple[int, int]:
    if content[8:12] != b"WEBP":
        raise PictureError("must be a PNG, JPEG or WebP picture")
    match content[12:16]:
        case b"VP8 ":
            width, height = struct.unpack("<HH", content[26:30])
            return width & 0x3FFF, height & 0x3FFF
        case b"VP8L":
            (bits,) = struct.unpack("<I", content[21:25])
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8X":
            if content[20] & 0x02:
                raise PictureError("must keep still: send a picture that is not animated")
            width = int.from_bytes(content[24:27], "little") + 1
            return width, int.from_bytes(content[27:30], "little") + 1
    raise PictureError("is a webp file that tells no size")


_KINDS: tuple[tuple[bytes, str, Callable[[bytes], tuple[int, int]]], ...] = (
    (b"\x89PNG\r\n\x1a\n", "png", _png),
    (b"\xff\xd8\xff", "jpeg", _jpeg),
    (b"RIFF", "webp", _webp),
)
