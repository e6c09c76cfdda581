"""The machine's own zbar: a second reader of codes, beside zxing-cpp.

Many wallets read codes with zbar or with what grew from it. Its C library is called as it
is; the few functions below have not changed in fifteen years.
"""

import ctypes
from ctypes.util import find_library
from functools import cache

from PIL import Image

from tests.components.parts import MissingPart

GREY = int.from_bytes(b"Y800", "little")  # a byte for each pixel
QR_CODE = 64
ENABLE = 0


@cache
def _library() -> ctypes.CDLL:
    name = find_library("zbar") or "libzbar.so.0"
    try:
        library = ctypes.CDLL(name)
    except OSError:
        raise MissingPart("zbar is missing: install your system's `libzbar0` package.") from None
    here, size = ctypes.c_void_p, ctypes.c_ulong
    for function, answer, takes in (
        ("image_scanner_create", here, []),
        ("image_scanner_destroy", None, [here]),
        ("image_scanner_set_config", ctypes.c_int, [here, *[ctypes.c_int] * 3]),
        ("scan_image", ctypes.c_int, [here, here]),
        ("image_create", here, []),
        ("image_destroy", None, [here]),
        ("image_set_format", None, [here, size]),
        ("image_set_size", None, [here, ctypes.c_uint, ctypes.c_uint]),
        ("image_set_data", None, [here, ctypes.c_char_p, size, here]),
        ("image_first_symbol", here, [here]),
        ("symbol_next", here, [here]),
        ("symbol_get_data", here, [here]),
        ("symbol_get_data_length", ctypes.c_uint, [here]),
    ):
        called = getattr(library, f"zbar_{function}")
        called.restype, called.argtypes = answer, takes
    return library


def read(image: Image.Image) -> list[str]:
    """Return the text of every QR code in a picture."""
    zbar = _library()
    grey = image.convert("L")
    pixels = grey.tobytes()
    scanner, shown = zbar.zbar_image_scanner_create(), zbar.zbar_image_create()
    try:
        zbar.zbar_image_scanner_set_config(scanner, 0, ENABLE, 0)  # no bars in the noise
        zbar.zbar_image_scanner_set_config(scanner, QR_CODE, ENABLE, 1)
        zbar.zbar_image_set_format(shown, GREY)
        zbar.zbar_image_set_size(shown, *grey.size)
        zbar.zbar_image_set_data(shown, pixels, len(pixels), None)
        zbar.zbar_scan_image(scanner, shown)
        found = []
        symbol = zbar.zbar_image_first_symbol(shown)
        while symbol:
            size = zbar.zbar_symbol_get_data_length(symbol)
            found.append(ctypes.string_at(zbar.zbar_symbol_get_data(symbol), size).decode())
            symbol = zbar.zbar_symbol_next(symbol)
        return found
    finally:
        zbar.zbar_image_destroy(shown)
        zbar.zbar_image_scanner_destroy(scanner)
