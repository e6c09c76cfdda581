"""`python -m budget.pictures [FOLDER]`: photograph every screen, to be looked at by people.

Each is taken in the light, in the dark, from right to left and on a phone. `--readme` also
writes the small ones the README shows into `docs/images/`.
"""

import argparse
import io
from pathlib import Path
from typing import Any

import msgspec
from PIL import Image
from playwright.sync_api import Page

from budget.stage import Stage
from e2e.scenes import FROM_RIGHT, Dress
from e2e.till import ROOT

FOLDER = ROOT / "test-results" / "pictures"
SHOWN = ROOT / "docs" / "images"
COLORS = 64
BYTES_MAX = 60_000
SHEET_COLUMNS = 5
SHEET_EDGE = 12


class Shot(msgspec.Struct, frozen=True):
    """One way to take a picture."""

    name: str
    options: dict[str, Any]
    dress: Dress = Dress()


DESK: dict[str, Any] = {"viewport": {"width": 480, "height": 640}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 360, "height": 640},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}
SHOTS = (
    Shot("light", DESK | {"color_scheme": "light"}),
    Shot("dark", DESK | {"color_scheme": "dark"}),
    Shot("rtl", DESK | {"color_scheme": "light"}, Dress(FROM_RIGHT)),
    Shot("phone", PHONE | {"color_scheme": "light"}),
)
README: dict[str, Any] = {"viewport": {"width": 360, "height": 480}, "color_scheme": "light"}


def take(stage: Stage, folder: Path) -> list[Path]:
    """Take every picture, and a sheet of each kind; return the sheets."""
    sheets = []
    for shot in SHOTS:
        context = stage.browser.new_context(reduced_motion="reduce", **shot.options)
        page = context.new_page()
        some = []
        for name, path in stage.scenes.items():
            image = picture(page, stage.till.url + shot.dress.path(path))
            image.save(_named(folder / shot.name, name), optimize=True)
            some.append(image)
        context.close()
        sheets.append(folder / f"{shot.name}.png")
        sheet(some).save(sheets[-1], optimize=True)
    return sheets


def show(stage: Stage, folder: Path) -> None:
    """Write the README's pictures: small, few colors, none of them heavy."""
    context = stage.browser.new_context(reduced_motion="reduce", **README)
    page = context.new_page()
    for name, path in stage.scenes.items():
        image = picture(page, stage.till.url + path)
        file = _named(folder, f"state {name}")
        image.quantize(COLORS, dither=Image.Dither.NONE).save(file, optimize=True)
        assert file.stat().st_size <= BYTES_MAX, f"{file} has {file.stat().st_size:,} bytes"
    context.close()


def picture(page: Page, url: str) -> Image.Image:
    """Open a page and photograph all of it."""
    page.goto(url)
    page.locator("h1").wait_for()
    return Image.open(io.BytesIO(page.screenshot(full_page=True))).convert("RGB")


def sheet(images: list[Image.Image]) -> Image.Image:
    """Lay pictures out in rows, each row as high as its highest."""
    rows = [images[at : at + SHEET_COLUMNS] for at in range(0, len(images), SHEET_COLUMNS)]
    wide = max(image.width for image in images) + SHEET_EDGE
    high = [max(image.height for image in row) + SHEET_EDGE for row in rows]
    whole = Image.new("RGB", (wide * SHEET_COLUMNS + SHEET_EDGE, sum(high) + SHEET_EDGE), "#888")
    for number, row in enumerate(rows):
        for column, image in enumerate(row):
            whole.paste(image, (SHEET_EDGE + column * wide, SHEET_EDGE + sum(high[:number])))
    return whole


def _named(folder: Path, name: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{name.replace(' ', '-')}.png"


def main() -> None:
    """Take the pictures that are asked for, and say where they are."""
    parser = argparse.ArgumentParser(prog="python -m budget.pictures", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    parser.add_argument("--readme", action="store_true", help="write docs/images/ too")
    options = parser.parse_args()
    with Stage() as stage:
        for one in take(stage, options.folder):
            print(one)
        if options.readme:
            show(stage, SHOWN)
            print(SHOWN)


if __name__ == "__main__":
    main()
