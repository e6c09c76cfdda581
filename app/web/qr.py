"""QR codes as one SVG path, drawn on the server: no script, no image, no third party.

The search for the best of eight masks costs more than all the rest together and no
reader needs it: one fixed mask is used, and the tests decode it for every kind of URI
we show. Black on white always, also in the dark: readers fail on inverted codes.
"""

from functools import lru_cache

from markupsafe import Markup
from qrcode import QRCode
from qrcode.constants import ERROR_CORRECT_M
from qrcode.exceptions import DataOverflowError

from app.errors import Invalid

MASK = 0  # its rule is the cheapest of the eight, and as readable as any
QUIET_ZONE = 4  # modules; ISO/IEC 18004 asks for four
URI_MAX = 2048  # characters; a code this full is the most a phone reads from a screen
CACHED_MAX = 512  # codes of about 4 KB: 2 MB at most

_BECH32 = ("bc1", "tb1", "bcrt1")


@lru_cache(maxsize=CACHED_MAX)
def svg(uri: str) -> Markup:
    """Return a URI's code as an `<svg>` element of its own."""
    rows = modules(uri)
    size = len(rows) + 2 * QUIET_ZONE
    return Markup(  # noqa: S704 - only numbers are put in
        f'<svg xmlns="http://www.w3.org/2000/svg" class="qr" viewBox="0 0 {size} {size}"'
        f' width="{size}" height="{size}" shape-rendering="crispEdges" aria-hidden="true">'
        f'<path fill="#fff" d="M0 0h{size}v{size}H0z"/><path d="{_path(rows)}"/></svg>'
    )


def modules(uri: str) -> list[list[bool]]:
    """Return a URI's code as rows of dark and light modules, without the quiet zone."""
    if len(uri) > URI_MAX:
        raise Invalid.field("uri", f"must be at most {URI_MAX} characters to fit a code")
    code = QRCode(error_correction=ERROR_CORRECT_M, border=QUIET_ZONE, mask_pattern=MASK)
    code.add_data(scannable(uri))
    try:
        code.make(fit=True)
    except DataOverflowError:
        raise Invalid.field("uri", "is too long to fit a code") from None
    return [[bool(dark) for dark in row] for row in code.modules]


def scannable(uri: str) -> str:
    """Write in capitals what may be: capitals and digits need a third fewer modules.

    Bech32 and BOLT11 read the same in either case (BIP-173, BOLT 11). Every other
    address is kept to the letter, for its case is its checksum.
    """
    scheme, colon, rest = uri.partition(":")
    match scheme.lower():
        case "lightning" | "lnurl":
            return uri.upper()
        case "bitcoin":
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


def _path(rows: list[list[bool]]) -> str:
    """Draw each run of dark modules as a filled rectangle, moving from run to run.

    Rectangles are filled, not stroked: with crisp edges they leave no seams at any size.
    """
    steps: list[str] = []
    at_x, at_y = 0, 0
    for y, row in enumerate(rows, QUIET_ZONE):
        line = "".join("1" if dark else "0" for dark in row)
        end = 0
        while (start := line.find("1", end)) >= 0:
            end = line.find("0", start)
            end = len(line) if end < 0 else end
            x, long = start + QUIET_ZONE, end - start
            steps.append(f"m{x - at_x} {y - at_y}h{long}v1h-{long}z")
            at_x, at_y = x, y
    return "".join(steps)
