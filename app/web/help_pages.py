"""What a payer can do by themselves: say which transaction was theirs.

Each is a page with a form that works without JavaScript, and says beside a field what is
wrong with it. Whoever holds an intent's id may use them.
"""

from typing import Any

from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody

from app.errors import ChainUnavailable, Invalid, TooMany
from app.services.choosing import Choosing
from app.services.hints import TEXT_MAX, Hints
from app.services.merchants import Merchants
from app.web import templates
from app.web.setting import SETTING, Setting
from app.web.showing import show
from app.web.templates import gettext as _
from app.world import World

Asked = Request[Any, Any, Any]
ID_EXAMPLES = {"evm": "0x1b2c…9f0e", "sandbox": "sbx_1B2c…9F0e"}  # by family: how an id looks


class HelpPages(Controller):
    """`/i/{id}/transaction`."""

    path = "/i/{id:str}"
    include_in_schema = False
    dependencies = SETTING

    @get("/transaction")
    async def transaction(
        self,
        request: Asked,
        id: FromPath[str],
        choosing: NamedDependency[Choosing],
        merchants: NamedDependency[Merchants],
        setting: NamedDependency[Setting],
        world: NamedDependency[World],
    ) -> Response[bytes]:
        """Ask which transaction was theirs."""
        showing = show(await choosing.freshen(id), await merchants.of(id), world.now(), setting)
        return templates.page(request, "pay/transaction.html", world, setting, show=showing)

    @post("/transaction", status_code=200)
    async def find(
        self,
        request: Asked,
        id: FromPath[str],
        data: URLEncodedBody[dict[str, str]],
        hints: NamedDependency[Hints],
        choosing: NamedDependency[Choosing],
        merchants: NamedDependency[Merchants],
        setting: NamedDependency[Setting],
        world: NamedDependency[World],
    ) -> Response[bytes]:
        """Look the transaction up, and say what came of it."""
        typed = data.get("tx", "").strip()[:TEXT_MAX]
        found, fault, status, headers = None, None, 200, {}
        try:
            found = await hints.ask(id, typed)
        except TooMany as error:
            fault, status = _("Please wait a little, then try again."), 429
            headers["Retry-After"] = str(error.retry_after_seconds)
        except ChainUnavailable:
            fault = _("The network cannot be read right now. We keep looking by ourselves.")
            status = 503
            headers["Retry-After"] = "30"
        except Invalid:
            fault, status = _("This is no transaction id."), 400
        intent = await choosing.freshen(id)
        return templates.page(
            request,
            "pay/transaction.html",
            world,
            setting,
            status=status,
            more_headers=headers,
            show=show(intent, await merchants.of(id), world.now(), setting),
            found=found,
            typed=typed,
            fault=fault,
            example=_example(hints.families(intent.ledgers)) if status == 400 else None,
        )


def _example(families: list[str]) -> str | None:
    """Return how a transaction's id looks, where it looks one way."""
    known = [ID_EXAMPLES[one] for one in families if one in ID_EXAMPLES]
    return known[0] if len(known) == 1 == len(families) else None
