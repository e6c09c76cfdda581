"""Branding: how a merchant's pages look, and what keeps them readable.

The accent is the color of buttons and links. As text it stands on the card, which is
light or dark by the reader's wish, so it must be readable on both. What a merchant
leaves out is the house's own, or follows from the rest.
"""

from enum import StrEnum

import msgspec

from app.domain import color
from app.errors import Fault

CARD = "#ffffff"  # what text stands on; static/widget/pay.css and dark.css say the same
CARD_DARK = "#1b1d1a"
RADIUS_PIXELS = 12
RADIUS_PIXELS_MAX = 24


class Theme(StrEnum):
    """Light or dark, or as the reader's device has it."""

    AUTO = "auto"
    LIGHT = "light"
    DARK = "dark"


class Logo(msgspec.Struct, frozen=True, kw_only=True):
    """A picture we serve ourselves, at a path that names its content."""

    path: str
    width_pixels: int
    height_pixels: int


class Branding(msgspec.Struct, frozen=True, kw_only=True):
    """How an account's pages look. None: the house's own, or what follows from the rest."""

    accent: str | None = None
    accent_dark: str | None = None  # on the dark card; None: made from the accent
    background: str | None = None  # around the card
    corner_radius_pixels: int = RADIUS_PIXELS
    theme: Theme = Theme.AUTO
    logo: Logo | None = None


class BrandingChanges(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a merchant may change of its branding; what is left out stays, null resets."""

    accent: str | msgspec.UnsetType | None = msgspec.UNSET
    accent_dark: str | msgspec.UnsetType | None = msgspec.UNSET
    background: str | msgspec.UnsetType | None = msgspec.UNSET
    corner_radius_pixels: int | msgspec.UnsetType = msgspec.UNSET
    theme: Theme | msgspec.UnsetType = msgspec.UNSET


def changed(branding: Branding, changes: BrandingChanges, faults: list[Fault]) -> Branding:
    """Return a branding with changes applied; what cannot be read is added to the faults."""
    given = {
        name: value.lower() if isinstance(value, str) and name != "theme" else value
        for name, value in msgspec.structs.asdict(changes).items()
        if value is not msgspec.UNSET
    }
    wanted = msgspec.structs.replace(branding, **given)
    known = len(faults)
    for name in ("accent", "accent_dark", "background"):
        value = getattr(wanted, name)
        if value is not None and not color.COLOR.fullmatch(value):
            faults.append(Fault(f"branding.{name}", "must be a color such as #0c6b53"))
    if not 0 <= wanted.corner_radius_pixels <= RADIUS_PIXELS_MAX:
        message = f"must be between 0 and {RADIUS_PIXELS_MAX}"
        faults.append(Fault("branding.corner_radius_pixels", message))
    if len(faults) == known:
        _check_contrast(wanted, faults)
    return wanted


def _check_contrast(branding: Branding, faults: list[Fault]) -> None:
    if branding.accent is None and branding.accent_dark is not None:
        faults.append(Fault("branding.accent_dark", "needs an accent beside it"))
        return
    for name, card, scheme in (("accent", CARD, "light"), ("accent_dark", CARD_DARK, "dark")):
        value = getattr(branding, name)
        if value is None or color.contrast(value, card) >= color.TEXT_RATIO_MIN:
            continue
        ratio = f"{color.contrast(value, card):.2f}"
        nearest = color.readable(value, card)
        message = (
            f"has a contrast of {ratio} on the {scheme} card where text needs "
            f"{color.TEXT_RATIO_MIN}: {nearest} is the nearest that passes"
        )
        faults.append(Fault(f"branding.{name}", message))


def variables(branding: Branding) -> dict[str, str]:
    """Return the CSS variables a branding sets on light pages, beside what the sheet has."""
    found: dict[str, str] = {}
    if branding.accent is not None:
        found |= _accent(branding.accent)
    if branding.background is not None:
        found |= _background(branding.background)
    if branding.corner_radius_pixels != RADIUS_PIXELS:
        found["radius"] = f"{branding.corner_radius_pixels}px"
    return found


def variables_dark(branding: Branding) -> dict[str, str]:
    """Return what it sets on dark pages. A light background would glare there, so it stays away."""
    found: dict[str, str] = {}
    if branding.accent is not None:
        found |= _accent(accent_dark(branding.accent, branding.accent_dark))
    if branding.background is not None and color.text_on(branding.background) == color.WHITE:
        found |= _background(branding.background)
    return found


def accent_dark(accent: str, given: str | None = None) -> str:
    """Return the accent of dark pages: the merchant's own, or the nearest that is readable."""
    return given or color.readable(accent, CARD_DARK)


def _accent(accent: str) -> dict[str, str]:
    return {"accent": accent, "on-accent": color.text_on(accent)}


def _background(background: str) -> dict[str, str]:
    return {"page": background, "on-page": color.text_on(background)}
