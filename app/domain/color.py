"""Colors as WCAG 2.2 sees them: contrast computed, never guessed.

A color is `#rrggbb`. Luminance is computed in decimals, so that what is exactly at a
threshold falls on the same side on every machine.
"""

import re
from decimal import Decimal
from functools import cache

Channels = tuple[int, int, int]

COLOR = re.compile(r"#[0-9a-f]{6}")
TEXT_RATIO_MIN = Decimal("4.5")  # WCAG 2.2, 1.4.3: text of any size
BLACK, WHITE = "#000000", "#ffffff"
STEPS = 255  # from a color to black or white: no channel moves further in one step than by one


def contrast(one: str, other: str) -> Decimal:
    """Return the contrast ratio of two colors: 1 to 21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + Decimal("0.05")) / (darker + Decimal("0.05"))


def luminance(color: str) -> Decimal:
    """Return a color's relative luminance: 0 is black, 1 is white."""
    red, green, blue = (_linear(one) for one in channels(color))
    return Decimal("0.2126") * red + Decimal("0.7152") * green + Decimal("0.0722") * blue


def text_on(color: str) -> str:
    """Return black or white, whichever reads better on a color. One of them always passes."""
    return max((WHITE, BLACK), key=lambda text: contrast(text, color))


def readable(color: str, on: str) -> str:
    """Return the nearest color of the same hue that can be text on a background.

    It goes towards black on what is light and towards white on what is dark, in steps
    that only ever add contrast.
    """
    end = channels(text_on(on))
    start = channels(color)
    for step in range(STEPS + 1):
        mixed = hexed(_mixed(start, end, step))
        if contrast(mixed, on) >= TEXT_RATIO_MIN:
            return mixed
    raise AssertionError("black or white passes on every color")


def channels(color: str) -> Channels:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def hexed(color: Channels) -> str:
    return "#{:02x}{:02x}{:02x}".format(*color)


def _mixed(start: Channels, end: Channels, step: int) -> Channels:
    red, green, blue = (a + (b - a) * step // STEPS for a, b in zip(start, end, strict=True))
    return red, green, blue


@cache
def _linear(channel: int) -> Decimal:
    """Return one channel's share of light: WCAG 2.2's sRGB, with its corrected threshold."""
    share = Decimal(channel) / 255
    if share <= Decimal("0.04045"):
        return share / Decimal("12.92")
    return ((share + Decimal("0.055")) / Decimal("1.055")) ** Decimal("2.4")
