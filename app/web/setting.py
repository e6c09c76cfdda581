"""Where a page is shown: on its own, or in a modal over a site named by its origin.

The site's origin comes with the address, so it is a claim. It is used for nothing but as
the exact target of the messages a page posts: a site that lies about it hears nothing.
Where the merchant names the sites it trusts, no other may frame the page or hear of it.

A modal whose address names no site was opened by another's script. What it hears is the
business of the frame's second script, which a dialect brings; whom it may tell is known
from the browser's word on who asked (`Referer`), and kept in the address as `parent`.
"""

import re
from typing import Annotated, Any
from urllib.parse import urlencode

import msgspec
from litestar import Request
from litestar.di import Provide
from litestar.params import QueryParameter
from markupsafe import Markup

from app.domain.account import Account
from app.domain.branding import Branding, Theme
from app.web import sheet
from app.words import languages

FRAMED_HERE = "'self'"
FRAMED_ANYWHERE = "*"
NOBODY = "null"  # as an address says of a site that may hear nothing

# RFC 6454: scheme, host, port and nothing after; IDNs come in their ASCII form.
ORIGIN = re.compile(r"https?://(?:[a-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::[0-9]{1,5})?")
THEMES = {str(theme): theme for theme in Theme}
PLAIN = Branding()


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """A page's surroundings."""

    modal: bool = False
    origin: str | None = None
    foreign: bool = False  # opened by another's script, which does not say for whom
    parent: str | None = None  # the site it was opened on, where that is known
    part: bool = False  # the script asks for the main part alone
    lang: str | None = None  # asked for by the address, and offered

    theme: Theme | None = None  # asked for in the address, for this view
    allowed: tuple[str, ...] = ()  # who may frame it; empty: anyone
    branding: Branding = PLAIN

    @classmethod
    def of(
        cls,
        view: str | None,
        origin: str | None,
        part: str | None,
        lang: str | None = None,
        theme: str | None = None,
        parent: str | None = None,
    ) -> "Setting":
        """Read what an address says of where it is shown."""
        modal = view == "modal"
        language = languages.match(lang)
        foreign = modal and origin is None
        return cls(
            modal=modal,
            origin=_origin(origin) if modal else None,
            foreign=foreign,
            parent=_origin(parent) if foreign else None,
            part=part == "main" or view == "fragment",
            lang=language.code if language else None,
            theme=THEMES.get(theme or ""),
        )

    def at(self, account: Account) -> "Setting":
        """Return the setting as a merchant has it: its look, and the sites it trusts."""
        allowed = account.allowed_origins
        return msgspec.structs.replace(
            self,
            allowed=allowed,
            branding=account.branding,
            origin=self.origin if not allowed or self.origin in allowed else None,
            parent=self.parent if not allowed or self.parent in allowed else None,
        )

    @property
    def framing(self) -> str:
        """Who may frame the page, as `frame-ancestors` has it."""
        if not self.modal:
            return FRAMED_HERE
        return " ".join(self.allowed) or FRAMED_ANYWHERE

    @property
    def shown_theme(self) -> Theme:
        return self.theme or self.branding.theme

    @property
    def style(self) -> Markup:
        """The page's style: the house's, and the merchant's colors over it."""
        return sheet.style(self.branding, self.shown_theme)

    @property
    def alone(self) -> "Setting":
        """The same for a page that stands on its own: in a new tab, in a wallet's browser."""
        return msgspec.structs.replace(
            self, modal=False, origin=None, foreign=False, parent=None, part=False
        )

    def path(self, path: str, **query: str) -> str:
        """Return a path that stays in this setting."""
        if self.modal:
            query["view"] = "modal"
        if self.modal and not self.foreign:
            query["origin"] = self.origin or NOBODY
        if self.parent is not None:
            query["parent"] = self.parent
        if self.lang is not None:
            query["lang"] = self.lang
        if self.theme is not None:
            query["theme"] = self.theme.value
        return f"{path}?{urlencode(query)}" if query else path


def _origin(text: str | None) -> str | None:
    return text if text is not None and ORIGIN.fullmatch(text) else None


def parent_of(request: Request[Any, Any, Any]) -> str | None:
    """Return the site a page was opened on: as its address has it, else as the browser says."""
    asked: str | None = request.query_params.get("parent")
    if asked is not None:
        return asked
    scheme, _, rest = request.headers.get("referer", "").partition("://")
    return f"{scheme}://{rest.partition('/')[0]}"


async def _setting(
    request: Request[Any, Any, Any],
    view: Annotated[str | None, QueryParameter(max_length=16)] = None,
    origin: Annotated[str | None, QueryParameter(max_length=300)] = None,
    part: Annotated[str | None, QueryParameter(max_length=16)] = None,
    lang: Annotated[str | None, QueryParameter(max_length=64)] = None,
    locale: Annotated[str | None, QueryParameter(max_length=64)] = None,
    theme: Annotated[str | None, QueryParameter(max_length=16)] = None,
) -> Setting:
    return Setting.of(view, origin, part, lang or locale, theme, parent_of(request))


SETTING = {"setting": Provide(_setting)}
