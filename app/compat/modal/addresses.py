"""The checkout's addresses: `/invoice?id=…` and `/i/{id}/{method}` lead to `/i/{id}`.

An address may name how to pay. That is chosen on the way; where it cannot be, the page
shows what can.
"""

from contextlib import suppress
from typing import Annotated
from urllib.parse import quote

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect

from app.compat import payment_methods
from app.domain.ledger import Catalogue
from app.errors import NotFound, NotOpen, PriceUnavailable
from app.services.choosing import Choosing
from app.services.intents import Intents
from app.web.setting import SETTING, Setting

Named = Annotated[str | None, QueryParameter(max_length=payment_methods.LENGTH_MAX)]


@get("/invoice", dependencies=SETTING)
async def invoice(
    setting: NamedDependency[Setting],
    id: Named = None,
    named: Annotated[str | None, QueryParameter(name="invoiceId", max_length=80)] = None,
    method: Annotated[str | None, QueryParameter(name="paymentMethodId", max_length=80)] = None,
) -> Redirect:
    """Lead to an invoice's page by the name it has in a query."""
    wanted = named or id
    if not wanted:
        raise NotFound("The address names no invoice: write /invoice?id= and its id.")
    path = "/".join(quote(part, safe="") for part in (wanted, method) if part)
    return Redirect(setting.path(f"/i/{path}"), status_code=302)


@get("/i/{id:str}/{method:str}", dependencies=SETTING)
async def chosen(
    id: FromPath[str],
    method: FromPath[str],
    intents: NamedDependency[Intents],
    choosing: NamedDependency[Choosing],
    catalogue: NamedDependency[Catalogue],
    setting: NamedDependency[Setting],
) -> Redirect:
    """Choose how to pay by BTCPay's name for it, and go to the page."""
    if payment_methods.canonical(method) is None:
        raise NotFound(f"There is no page and no payment method {method[:40]!r} here.")
    intent = await intents.get(id)
    ledgers = [catalogue.ledgers[one] for one in intent.ledgers if one in catalogue.ledgers]
    found = payment_methods.to_ledgers(method, ledgers, catalogue)
    if found and intent.ledger not in found:
        with suppress(PriceUnavailable, NotOpen):  # the page says so
            await choosing.choose(id, found[0])
    return Redirect(setting.path(f"/i/{quote(id, safe='')}"), status_code=302)
