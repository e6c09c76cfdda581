"""QR codes as one SVG path, drawn on the server: no script, no image, no third party.

The search for the best of eight masks costs more than all the rest together and no
reader needs it: one fixed mask is used, and the tests decode it for every kind of URI
we show. The library draws each version's frame once; the check words and the data are laid
here, many times faster than it does, and the tests compare both with its own. Black on
white always, also in the dark: readers fail on inverted codes.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from itertools import zip_longest
from operator import itemgetter
from typing import Any

from markupsafe import Markup
from qrcode import QRCode
from qrcode.base import rs_blocks
from qrcode.constants import ERROR_CORRECT_M
from qrcode.util import BIT_LIMIT_TABLE, length_in_bits

from app.errors import Invalid

MASK = 0  # its rule is the cheapest of the eight, and as readable as any
QUIET_ZONE = 4  # modules; ISO/IEC 18004 asks for four
URI_MAX = 2048  # characters; a code this full is the most a phone reads from a screen
CACHED_MAX = 512  # codes of about 4 KB: 2 MB at most

_VALUES = bytes.maketrans(b"01", b"\x00\x01")
_BECH32 = ("bc1", "tb1", "bcrt1", "ltc1", "tltc1", "rltc1")


@lru_cache(maxsize=CACHED_MAX)
def svg(uri: str) -> Markup:
    """Return a URI's code as an `<svg>` element of its own."""
    rows = _rows(uri)
    size = len(rows) + 2 * QUIET_ZONE
    return Markup(  # noqa: S704 - only numbers are put in
        f'<svg xmlns="http://www.w3.org/2000/svg" class="qr" viewBox="0 0 {size} {size}"'
        f' width="{size}" height="{size}" shape-rendering="crispEdges" aria-hidden="true">'
        f'<path fill="#fff" d="M0 0h{size}v{size}H0z"/><path d="{_path(rows)}"/></svg>'
    )


def modules(uri: str) -> list[list[bool]]:
    """Return a URI's code as rows of dark and light modules, without the quiet zone."""
    return [[bool(dark) for dark in row] for row in _rows(uri)]


def _rows(uri: str) -> list[bytes]:
    if len(uri) > URI_MAX:
        raise Invalid.field("uri", f"must be at most {URI_MAX} characters to fit a code")
    code = QRCode(error_correction=ERROR_CORRECT_M, mask_pattern=MASK)
    code.add_data(scannable(uri))
    version = _fitting(code.data_list)
    empty, gather = _frame(version)
    laid = bytes(codewords(version, code.data_list))
    bits = f"0{int.from_bytes(laid, 'big'):0{8 * len(laid)}b}".encode().translate(_VALUES)
    size = 17 + 4 * version
    # The mask is there already, so bits are laid on by a sum without carry, all at once.
    whole = empty ^ int.from_bytes(bytes(gather(bits)), "big")
    drawn = whole.to_bytes(size * size, "big")
    return [drawn[start : start + size] for start in range(0, size * size, size)]


def _fitting(parts: Iterable[Any]) -> int:
    """Return the smallest version that holds what is to be written."""
    for version in (9, 26, 40):  # up to each of these, lengths take the same room
        needed = _written(version, parts).length
        fitting = bisect_left(BIT_LIMIT_TABLE[ERROR_CORRECT_M], needed, 1)
        if fitting <= version:
            return fitting
    raise Invalid.field("uri", "is too long to fit a code")


@cache
def _frame(version: int) -> tuple[int, Callable[[bytes], tuple[int, ...]]]:
    """Return a version's code without data, its mask laid on, and what puts each bit in place.

    Bits go up and down in columns of two from the right, around what is drawn already;
    the column of the timing pattern is left out (ISO/IEC 18004, 7.7.3).
    """
    code = _Frame(version=version, error_correction=ERROR_CORRECT_M, mask_pattern=MASK)
    code.data_cache = []
    code.make(fit=False)
    size = len(code.modules)
    order: list[int] = []
    rights = [right if right > 6 else right - 1 for right in range(size - 1, 0, -2)]
    for turn, right in enumerate(rights):
        for y in range(size) if turn % 2 else reversed(range(size)):
            order += [y * size + x for x in (right, right - 1) if code.free[y][x]]
    sources = [0] * (size * size)  # the bit each module takes; the first is always light
    bits_max = 8 * sum(block.total_count for block in rs_blocks(version, ERROR_CORRECT_M))
    for bit, at in enumerate(order[:bits_max], 1):
        sources[at] = bit
    empty = bytes(bool(dark) for row in code.modules for dark in row)
    return int.from_bytes(empty, "big"), itemgetter(*sources)


class _Frame(QRCode):  # type: ignore[misc]
    """The library's code, which remembers what was free before data was laid."""

    def map_data(self, data: Any, mask_pattern: Any) -> None:
        self.free = [[dark is None for dark in row] for row in self.modules]
        super().map_data(data, mask_pattern)


def scannable(uri: str) -> str:
    """Write in capitals what may be: capitals and digits need a third fewer modules.

    Bech32 and BOLT11 read the same in either case (BIP-173, BOLT 11). Every other
    address is kept to the letter, for its case is its checksum.
    """
    scheme, colon, rest = uri.partition(":")
    match scheme.lower():
        case "lightning" | "lnurl":
            return uri.upper()
        case "bitcoin" | "litecoin":
            address, mark, query = rest.partition("?")
            if address.lower().startswith(_BECH32):
                address = address.upper()
            parts = query.split("&") if query else []
            return f"{scheme}{colon}{address}{mark}{'&'.join(_capitals(one) for one in parts)}"
        case _:
            return uri


def _capitals(parameter: str) -> str:
    name, equals, value = parameter.partition("=")
    return f"{name}{equals}{value.upper()}" if name == "lightning" else parameter


def _path(rows: list[bytes]) -> str:
    """Draw each run of dark modules as a filled rectangle, and move over the light ones after it.

    Rectangles are filled, not stroked: with crisp edges they leave no seams at any size.
    None is closed, for a fill closes it, so the pen stands at its end, where the next run begins.
    """
    lines = "".join(map(_stroke, _RUNS.findall(b"\n".join(rows))))
    return f"m{QUIET_ZONE} {QUIET_ZONE}{lines}".replace("\n", f"m-{len(rows[0])} 1")


_RUNS = re.compile(rb"\x01+\x00*|\x00+|\n")


@cache  # a code's runs are few and short: some hundred strokes draw most of them
def _stroke(run: bytes) -> str:
    """Return how a run of dark and then light modules is drawn; a line's end stands for itself."""
    dark, light = run.count(1), run.count(0)
    box = f"v1h{dark}v-1" if dark else ""
    return f"{box}m{light} 0" if light else box or "\n"


class _Bits:
    """A string of bits as one number, written to as the library writes to its own."""

    def __init__(self) -> None:
        self.value = 0
        self.length = 0

    def put(self, number: int, length: int) -> None:
        self.value = self.value << length | number
        self.length += length


def codewords(version: int, parts: Iterable[Any]) -> list[int]:
    """Return all of a code's bytes, data and checks, in the order they are laid out."""
    bits = _written(version, parts)
    blocks = rs_blocks(version, ERROR_CORRECT_M)
    room = sum(block.data_count for block in blocks)
    bits.put(0, min(4, room * 8 - bits.length))
    bits.put(0, -bits.length % 8)
    data = bits.value.to_bytes(bits.length // 8, "big")
    data += (b"\xec\x11" * (room // 2 + 1))[: room - len(data)]
    split: list[bytes] = []
    checks: list[bytes] = []
    for block in blocks:
        split.append(data[: block.data_count])
        data = data[block.data_count :]
        checks.append(_checks(split[-1], block.total_count - block.data_count))
    laid = (*zip_longest(*split), *zip_longest(*checks))
    return [byte for column in laid for byte in column if byte is not None]


def _written(version: int, parts: Iterable[Any]) -> _Bits:
    """Return each part behind its mode and its length."""
    bits = _Bits()
    for part in parts:
        bits.put(part.mode, 4)
        bits.put(len(part), length_in_bits(part.mode, version))
        part.write(bits)
    return bits


def _checks(data: bytes, count: int) -> bytes:
    """Divide by the generator, a byte at a time: Reed and Solomon's check bytes."""
    table = _remainders(count)
    shift, mask, rest = 8 * (count - 1), (1 << 8 * count) - 1, 0
    for byte in data:
        rest = (rest << 8) & mask ^ table[rest >> shift ^ byte]
    return rest.to_bytes(count, "big")


@cache
def _remainders(count: int) -> list[int]:
    """Return each leading byte times the generator of a degree, its own term left out."""
    exp = [1]
    for _ in range(254):
        exp.append(exp[-1] << 1 ^ (0x11D if exp[-1] > 127 else 0))  # ISO/IEC 18004, 7.5.2
    log = {power: at for at, power in enumerate(exp)}

    def times(left: int, right: int) -> int:
        return exp[(log[left] + log[right]) % 255] if left and right else 0

    generator = [1]
    for power in exp[:count]:
        shifted = [*generator, 0]
        for at, factor in enumerate(generator):
            shifted[at + 1] ^= times(factor, power)
        generator = shifted
    return [
        int.from_bytes(bytes(times(lead, factor) for factor in generator[1:]), "big")
        for lead in range(256)
    ]
