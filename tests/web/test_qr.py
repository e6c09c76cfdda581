"""Every code we draw is read back exactly, at the size a screen shows it and smaller."""

import re

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter
from qrcode import QRCode
from qrcode.constants import ERROR_CORRECT_M
from qrcode.util import create_data

from app.errors import Invalid
from app.web import qr
from tests.uris import BECH32, INVOICE, URIS

QR_CODES = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)


def picture(rows: list[list[bool]], scale: int, quiet: int = qr.QUIET_ZONE) -> Image.Image:
    """Paint a code as a screen does, `scale` pixels a module."""
    size = len(rows) + 2 * quiet
    image = Image.new("L", (size, size), 255)
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            if dark:
                image.putpixel((x + quiet, y + quiet), 0)
    return image.resize((size * scale, size * scale), Image.Resampling.NEAREST)


def read(image: Image.Image) -> str:
    """Read it as a wallet does: wallets look for QR codes, not for bars in the noise."""
    found = zxingcpp.read_barcodes(image, formats=QR_CODES)
    assert len(found) == 1, "one code and nothing else is seen"
    return str(found[0].text)


def drawn(svg: str) -> list[list[bool]]:
    """Fill an SVG's path in, so that what is tested is what is shown."""
    size = int(re.search(r'viewBox="0 0 (\d+) \1"', svg)[1])  # type: ignore[index]
    rows = [[False] * size for _ in range(size)]
    x = y = 0
    path = svg.rpartition('<path d="')[2].partition('"')[0]
    step = r"m(-?\d+) (-?\d+)|(v1h(\d+)v-1)"  # a move, or a box whose end the pen stands at
    assert re.fullmatch(f"({step})+", path)
    for right, down, box, long in re.findall(step, path):
        if box:
            rows[y][x : x + int(long)] = [True] * int(long)
        x, y = x + int(long or right), y + int(down or 0)
    return rows


@pytest.mark.parametrize("uri", URIS.values(), ids=URIS.keys())
def test_what_is_drawn_is_read_back(uri: str) -> None:
    rows = drawn(str(qr.svg(uri)))
    for scale in (2, 3, 5, 8):
        assert read(picture(rows, scale, quiet=0)) == qr.scannable(uri)
    tilted = picture(rows, 6, quiet=0).rotate(13, Image.Resampling.BICUBIC, True, fillcolor=255)
    assert read(tilted.filter(ImageFilter.GaussianBlur(1))) == qr.scannable(uri)


@pytest.mark.parametrize("uri", URIS.values(), ids=URIS.keys())
def test_a_code_keeps_its_quiet_zone(uri: str) -> None:
    rows = drawn(str(qr.svg(uri)))
    edge = qr.QUIET_ZONE
    outside = [*rows[:edge], *rows[-edge:], *([*row[:edge], *row[-edge:]] for row in rows)]
    assert not any(any(row) for row in outside)
    assert rows[edge][edge]


ADDRESS = st.binary(min_size=20, max_size=20).map(lambda raw: f"0x{raw.hex()}")


@settings(max_examples=60, deadline=None)
@given(token=ADDRESS, to=ADDRESS, chain=st.integers(1, 2**31), amount=st.integers(1, 2**128))
def test_the_fixed_mask_reads_for_any_payment(token: str, to: str, chain: int, amount: int) -> None:
    uri = f"ethereum:{token}@{chain}/transfer?address={to}&uint256={amount}"
    assert read(picture(qr.modules(uri), 3)) == uri


@settings(max_examples=40, deadline=None)
@given(text=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=300))
def test_the_fixed_mask_reads_for_any_text(text: str) -> None:
    uri = f"https://till.example/{text}"
    assert read(picture(qr.modules(uri), 3)) == uri


@settings(max_examples=60, deadline=None)
@given(text=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=1500))
def test_our_bytes_are_the_librarys_own(text: str) -> None:
    code = QRCode(error_correction=ERROR_CORRECT_M)
    code.add_data(text)
    code.best_fit(start=1)
    theirs = create_data(code.version, ERROR_CORRECT_M, code.data_list)
    assert qr.codewords(code.version, code.data_list) == theirs


@settings(max_examples=30, deadline=None)
@given(text=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=1500))
def test_our_modules_are_the_librarys_own(text: str) -> None:
    code = QRCode(error_correction=ERROR_CORRECT_M, mask_pattern=qr.MASK)
    code.add_data(qr.scannable(text))
    code.make(fit=True)
    assert qr.modules(text) == [[bool(dark) for dark in row] for row in code.modules]


def test_capitals_are_used_where_they_mean_the_same_and_nowhere_else() -> None:
    assert qr.scannable(f"lightning:{INVOICE}") == f"lightning:{INVOICE}".upper()
    coin = "litecoin:ltc1qjmxnz78nmc8nq77wuxh25n2es7rzm5c2rkk4wh"
    assert qr.scannable(coin) == f"litecoin:{coin.removeprefix('litecoin:').upper()}"
    both = qr.scannable(f"bitcoin:{BECH32}?amount=0.1&label=Tea&lightning={INVOICE}")
    assert both == f"bitcoin:{BECH32.upper()}?amount=0.1&label=Tea&lightning={INVOICE.upper()}"
    for kept in ("EIP-681 ERC-20", "BIP-21 base58", "Solana Pay", "plain URL"):
        assert qr.scannable(URIS[kept]) == URIS[kept]
    assert len(qr.modules(f"lightning:{INVOICE}")) < len(qr.modules(f"LiGhTnInG_:{INVOICE}"))


def test_a_code_too_full_to_read_is_refused() -> None:
    with pytest.raises(Invalid):
        qr.svg("x" * (qr.URI_MAX + 1))
    assert qr.svg("x" * qr.URI_MAX)


def test_a_code_is_drawn_once() -> None:
    assert qr.svg(URIS["BIP-21"]) is qr.svg(URIS["BIP-21"])
