"""The style of a page: one sheet, the tokens of the dark, and a merchant's own over both.

A brand is nothing but values of the sheet's variables (named at the head of `pay.css`),
so it can change colors and corners and nothing else.
"""

from functools import lru_cache

from markupsafe import Markup

from app.domain import branding as brands
from app.domain.branding import Branding, Theme
from app.web import widget

STYLES_MAX = 512  # of 8 KB: 4 MB at most


@lru_cache(maxsize=STYLES_MAX)
def style(branding: Branding, theme: Theme) -> Markup:
    """Return the whole style of a page."""
    light = widget.text("pay.css") + _root(brands.variables(branding))
    dark = widget.text("dark.css") + _root(brands.variables_dark(branding))
    parts = {
        Theme.AUTO: f"@media (prefers-color-scheme:dark){{\n{dark}}}\n",
        Theme.LIGHT: ":root{color-scheme:light}\n",
        Theme.DARK: f"{dark}:root{{color-scheme:dark}}\n",
    }
    return Markup(light + parts[theme])  # noqa: S704 - our own files and checked colors


def _root(variables: dict[str, str]) -> str:
    if not variables:
        return ""
    return f":root{{{';'.join(f'--{name}:{value}' for name, value in variables.items())}}}\n"
