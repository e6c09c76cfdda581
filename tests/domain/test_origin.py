"""An origin has one form, and what is none is refused by its place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import origin
from app.domain.origin import OriginError, canonical
from app.errors import Fault
from app.web.setting import ORIGIN


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://shop.example", "https://shop.example"),
        ("HTTPS://Shop.Example/", "https://shop.example"),
        ("https://shop.example:443", "https://shop.example"),
        ("https://shop.example:8443", "https://shop.example:8443"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://127.0.0.1:80", "http://127.0.0.1"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
    ],
)
def test_one_form(text: str, expected: str) -> None:
    assert canonical(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "shop.example",
        "null",
        "*",
        "https://*.shop.example",
        "http://shop.example",
        "http://localhost.shop.example",
        "https://shop.example/pay",
        "https://shop.example?x",
        "https://shop.example#x",
        "https://me@shop.example",
        "https://shop.example:99999",
        "https://shop.example; script-src *",
        "https://shop.example https://other.example",
        "https://shop.example\nX: y",
        "https://[::1]",
        "https://-shop.example",
        "https://" + "a" * 64 + ".example",
        "javascript:alert(1)",
    ],
)
def test_what_is_none_is_refused(text: str) -> None:
    with pytest.raises(OriginError):
        canonical(text)


@given(st.text(max_size=60) | st.from_regex(r"https?://[a-zA-Z0-9.:/@*-]{0,30}", fullmatch=True))
def test_a_form_is_its_own_form_and_breaks_out_of_no_header(text: str) -> None:
    try:
        found = canonical(text)
    except OriginError:
        return
    assert canonical(found) == found
    assert ORIGIN.fullmatch(found), "a browser that says so is heard"


def test_a_list_names_each_wrong_one_and_keeps_each_right_one_once() -> None:
    faults: list[Fault] = []
    given = ["https://a.example", "http://b.example", "https://A.example:443", "c"]
    assert origin.checked(given, faults) == ("https://a.example",)
    assert [one.field for one in faults] == ["allowed_origins[1]", "allowed_origins[3]"]


def test_a_list_has_an_end() -> None:
    for texts in (
        [f"https://{n}.example" for n in range(51)],
        [f"https://{'a' * 60}.{n}.example" for n in range(45)],
    ):
        faults: list[Fault] = []
        origin.checked(texts, faults)
        assert [one.field for one in faults] == ["allowed_origins"]
