"""Pictures are known by their bytes: whatever else they claim to be."""

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from app.domain import picture
from app.domain.picture import PictureError


def drawn(kind: str, size: tuple[int, int] = (40, 30), **how: Any) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, "teal").save(file, kind, **how)
    return file.getvalue()


def moving(kind: str) -> bytes:
    frames = [Image.new("RGB", (8, 8), color) for color in ("red", "blue")]
    file = io.BytesIO()
    frames[0].save(file, kind, save_all=True, append_images=frames[1:])
    return file.getvalue()


@pytest.mark.parametrize(
    ("kind", "how"),
    [
        ("png", {}),
        ("jpeg", {}),
        ("jpeg", {"progressive": True}),
        ("webp", {}),
        ("webp", {"lossless": True}),
        ("webp", {"icc_profile": b"x" * 40}),  # the extended form
    ],
)
def test_the_size_is_read_of_every_kind(kind: str, how: dict[str, Any]) -> None:
    found = picture.read(drawn(kind, **how))
    assert (found.media_type, found.suffix) == (f"image/{kind}", kind)
    assert (found.width_pixels, found.height_pixels) == (40, 30)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a",
        b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        b"<!doctype html>",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff",
        b"RIFF\0\0\0\0WAVEfmt ",
        b"RIFF\0\0\0\0WEBPVP8X",
        drawn("png", (2049, 1)),
        drawn("png")[:16] + bytes(8) + drawn("png")[24:],
        drawn("png") + bytes(65_536),
        moving("png"),
        moving("webp"),
    ],
)
def test_what_is_no_still_picture_of_a_sane_size_is_refused(content: bytes) -> None:
    with pytest.raises(PictureError):
        picture.read(content)


@given(st.sampled_from([drawn("png"), drawn("jpeg"), drawn("webp")]), st.data())
def test_no_bytes_break_the_reader(whole: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(whole)))
    content = whole[:at] + data.draw(st.binary(max_size=40)) + whole[at:]
    try:
        found = picture.read(content)
    except PictureError:
        return
    assert 0 < found.width_pixels <= picture.SIDE_PIXELS_MAX
