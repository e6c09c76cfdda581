"""The dialects this house speaks, by name: to webhook endpoints, and over HTTP.

A new one is a folder beside this file and a line in each table that it has something for.
Its `webhook.py` has a class with the shape of `app.services.dialects.Dialect`; its
`routes.py` has the addresses it answers at and the words of its refusals there.
"""

from collections.abc import Callable

import msgspec
from litestar import Response, Router

from app.compat.bitpay import routes as bitpay
from app.compat.bitpay.ipn import Bitpay
from app.compat.greenfield import routes as greenfield
from app.compat.greenfield.webhook import Greenfield
from app.compat.icpay import routes as icpay
from app.compat.icpay.webhook import Icpay
from app.compat.modal import routes as modal
from app.compat.modal import script
from app.domain.ledger import Catalogue
from app.errors import CheckoutError
from app.services.dialects import Dialect, Native
from app.web.problems import Problem

__all__ = ["FRONTS", "Dialect", "Front", "dialects"]


def _nothing(_method: str, _path: str) -> CheckoutError | None:
    return None


class Front(msgspec.Struct, frozen=True, kw_only=True):
    """A dialect over HTTP: its handlers, where they live, and how it refuses there.

    A dialect of pages refuses as our own do. It may have a script inside a frame that a
    site's own script opened; there is one such dialect at most.
    """

    router: Callable[[], Router]
    prefixes: tuple[str, ...] = ()
    refuse: Callable[[Problem, dict[str, str]], Response[bytes]] | None = None
    # Refuses a method and path that no route has by what it would have been; None: nothing.
    absent: Callable[[str, str], CheckoutError | None] = _nothing
    frame_path: Callable[[], str] | None = None


def dialects(catalogue: Catalogue) -> dict[str, Dialect]:
    """Return every way to tell of an event, by name. Some name ledgers their own way."""
    known: tuple[Dialect, ...] = (Native(), Icpay(), Greenfield(catalogue), Bitpay())
    return {one.name: one for one in known}


FRONTS: tuple[Front, ...] = (
    Front(prefixes=icpay.PREFIXES, router=icpay.router, refuse=icpay.refuse),
    Front(prefixes=bitpay.PREFIXES, router=bitpay.router, refuse=bitpay.refuse),
    Front(
        prefixes=greenfield.PREFIXES,
        router=greenfield.router,
        refuse=greenfield.refuse,
        absent=greenfield.absent,
    ),
    Front(router=modal.router, frame_path=script.frame_path),
)
