"""Where a page is shown: on its own, or in a modal over a site named by its origin.

The site's origin comes with the address, so it is a claim. It is used for nothing but as
the exact target of the messages a page posts: a site that lies about it hears nothing.
"""

import re
from typing import Annotated
from urllib.parse import urlencode

import msgspec
from litestar.di import Provide
from litestar.params import QueryParameter

from app.web.templates import FRAMED_ANYWHERE, FRAMED_HERE
from app.words import languages

# RFC 6454: scheme, host, port and nothing after; IDNs come in their ASCII form.
ORIGIN = re.compile(r"https?://(?:[a-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::[0-9]{1,5})?")


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """A page's surroundings."""

    modal: bool = False
    origin: str | None = None
    part: bool = False  # the script asks for the main part alone
    lang: str | None = None  # asked for by the address, and offered

    @classmethod
    def of(
        cls, view: str | None, origin: str | None, part: str | None, lang: str | None = None
    ) -> "Setting":
        """Read what an address says of where it is shown."""
        modal = view == "modal"
        language = languages.match(lang)
        known = modal and origin is not None and ORIGIN.fullmatch(origin)
        return cls(
            modal=modal,
            origin=origin if known else None,
            part=part == "main" or view == "fragment",
            lang=language.code if language else None,
        )

    @property
    def framing(self) -> str:
        """Who may frame the page: the modal may be opened by any site that has a key or a link."""
        return FRAMED_ANYWHERE if self.modal else FRAMED_HERE

    @property
    def alone(self) -> "Setting":
        """The same for a page that stands on its own: in a new tab, in a wallet's browser."""
        return msgspec.structs.replace(self, modal=False, origin=None, part=False)

    def path(self, path: str, **query: str) -> str:
        """Return a path that stays in this setting."""
        if self.modal:
            query["view"] = "modal"
        if self.modal and self.origin is not None:
            query["origin"] = self.origin
        if self.lang is not None:
            query["lang"] = self.lang
        return f"{path}?{urlencode(query)}" if query else path


async def _setting(
    view: Annotated[str | None, QueryParameter(max_length=16)] = None,
    origin: Annotated[str | None, QueryParameter(max_length=300)] = None,
    part: Annotated[str | None, QueryParameter(max_length=16)] = None,
    lang: Annotated[str | None, QueryParameter(max_length=64)] = None,
    locale: Annotated[str | None, QueryParameter(max_length=64)] = None,
) -> Setting:
    return Setting.of(view, origin, part, lang or locale)


SETTING = {"setting": Provide(_setting)}
