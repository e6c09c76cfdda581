"""Whatever a merchant's colors are, what is accepted can be read."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import branding, color
from app.domain.branding import CARD, CARD_DARK, Branding, BrandingChanges
from app.domain.color import BLACK, TEXT_RATIO_MIN, WHITE, contrast
from app.errors import Fault
from tests.components.parts import ROOT

COLORS = st.from_regex(color.COLOR, fullmatch=True)


def asked(before: Branding | None = None, **changes: object) -> tuple[Branding, list[Fault]]:
    faults: list[Fault] = []
    wanted = msgspec.convert(changes, BrandingChanges)
    return branding.changed(before or Branding(), wanted, faults), faults


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        (BLACK, WHITE, "21.00"),
        (WHITE, WHITE, "1.00"),
        ("#767676", WHITE, "4.54"),  # the greys every table of WCAG names
        ("#777777", WHITE, "4.48"),
        ("#ff0000", WHITE, "4.00"),
        ("#0000ff", WHITE, "8.59"),
    ],
)
def test_contrast_is_what_wcag_says(one: str, other: str, ratio: str) -> None:
    assert f"{contrast(one, other):.2f}" == ratio
    assert contrast(one, other) == contrast(other, one)


@given(COLORS, st.none() | COLORS, st.none() | COLORS)
def test_whatever_is_accepted_can_be_read_in_light_and_in_dark(
    accent: str, dark: str | None, background: str | None
) -> None:
    made, faults = asked(accent=accent, accent_dark=dark, background=background)
    if faults:
        assert {one.field for one in faults} <= {"branding.accent", "branding.accent_dark"}
        return
    for variables, card in (
        (branding.variables(made), CARD),
        (branding.variables_dark(made), CARD_DARK),
    ):
        assert contrast(variables["accent"], card) >= TEXT_RATIO_MIN
        assert contrast(variables["on-accent"], variables["accent"]) >= TEXT_RATIO_MIN
        if "page" in variables:
            assert contrast(variables["on-page"], variables["page"]) >= TEXT_RATIO_MIN


@given(COLORS)
def test_the_color_a_refusal_names_is_accepted_and_near(accent: str) -> None:
    _, faults = asked(accent=accent)
    if not faults:
        return
    (fault,) = faults
    nearest = color.COLOR.search(fault.message)
    assert fault.field == "branding.accent"
    assert nearest
    assert asked(accent=nearest[0])[1] == []
    one_lighter = color.hexed(
        tuple(
            min(have + 2, was)
            for have, was in zip(  # type: ignore[arg-type]
                color.channels(nearest[0]), color.channels(accent), strict=True
            )
        )
    )
    assert contrast(one_lighter, CARD) < TEXT_RATIO_MIN or one_lighter == nearest[0]


@given(COLORS, COLORS)
def test_text_on_a_color_is_black_or_white_and_readable_is_readable(one: str, on: str) -> None:
    assert color.text_on(on) in (BLACK, WHITE)
    assert contrast(color.text_on(on), on) >= TEXT_RATIO_MIN
    assert contrast(color.readable(one, on), on) >= TEXT_RATIO_MIN


def test_what_is_left_out_stays_and_null_resets() -> None:
    before, _ = asked(accent="#7A1F5C", corner_radius_pixels=4, theme="dark")
    assert before.accent == "#7a1f5c"
    after, faults = asked(before, background="#102030")
    assert not faults
    assert (after.accent, after.corner_radius_pixels, after.theme) == ("#7a1f5c", 4, "dark")
    assert asked(after, accent=None)[0].accent is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"accent": "red"}, "accent"),
        ({"accent": "#12345"}, "accent"),
        ({"accent": "#0c6b53;}"}, "accent"),
        ({"background": "url(x)"}, "background"),
        ({"accent": "#ffee00"}, "accent"),
        ({"accent": "#0c6b53", "accent_dark": "#0c6b53"}, "accent_dark"),
        ({"accent_dark": "#ffffff"}, "accent_dark"),
        ({"corner_radius_pixels": 25}, "corner_radius_pixels"),
        ({"corner_radius_pixels": -1}, "corner_radius_pixels"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(changes: dict[str, Any], field: str) -> None:
    _, faults = asked(**changes)
    assert [one.field for one in faults] == [f"branding.{field}"]


def test_the_house_s_own_colors_keep_its_own_rule() -> None:
    for name, card in (("pay.css", CARD), ("dark.css", CARD_DARK)):
        text = (ROOT / "static" / "widget" / name).read_text()
        tokens = dict(
            part.strip(" -").split(": ", 1)
            for part in text[text.index("{") + 1 : text.index("}")].replace("\n", "").split(";")
            if part.strip().startswith("--")
        )
        full = {
            key: "#" + "".join(2 * sign for sign in value[1:]) if len(value) == 4 else value
            for key, value in tokens.items()
            if value.startswith("#")
        }
        assert full["card"] == card
        for text_color, on in (
            *((one, "card") for one in ("ink", "soft", "accent", "good", "warn", "bad")),
            ("ink", "wash"),
            ("on-accent", "accent"),
            ("on-page", "page"),
        ):
            assert contrast(full[text_color], full[on]) >= TEXT_RATIO_MIN, (name, text_color, on)
        assert contrast(full["field"], card) >= 3, "a field is seen (WCAG 1.4.11)"
