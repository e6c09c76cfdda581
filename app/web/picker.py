"""The language picker in a page's footer: a form that works without a script.

It sends the page's own address again with another `lang`, so that the choice stays in
the address, as everything a page knows of its reader does.
"""

from functools import cache
from typing import Any

from litestar import Request
from markupsafe import Markup

from app.words.languages import Language, offered

OURS = {"lang", "locale", "part"}  # what the form says itself, and what is no page of its own
KEPT_MAX = 20


@cache
def options(chosen: Language) -> Markup:
    """Return the offered languages as options: drawn once for each that is chosen."""
    option = Markup('<option value="{0}" lang="{0}"{1}>{2}</option>')
    here = Markup(" selected")
    return Markup("").join(
        option.format(one.code, here if one is chosen else "", one.name)
        for one in offered().values()
    )


def kept(request: Request[Any, Any, Any]) -> list[tuple[str, str]]:
    """Return the rest of an address's query."""
    pairs = request.query_params.multi_items()
    return [(name, value) for name, value in pairs if name not in OURS][:KEPT_MAX]


def possible(request: Request[Any, Any, Any]) -> bool:
    """Tell whether this address can be looked at again: what a form was sent to may not."""
    return request.method == "GET" or request.url.path.startswith("/pay/")
