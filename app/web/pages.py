"""The pay page, its receipt and its code. Everything works without JavaScript.

A page is one template over one `Showing`; each button is a form that answers with a
redirect back to the page. Whoever holds an intent's id may see and use these.
"""

import hashlib
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter, URLEncodedBody
from litestar.response import Redirect
from litestar.types import Scope
from sqlalchemy.exc import SQLAlchemyError

from app.domain.intent import Status
from app.domain.ledger import Catalogue
from app.errors import CheckoutError, Invalid, NotFound, NotOpen, PriceUnavailable
from app.services.chains import Chains
from app.services.choosing import Choosing
from app.services.help import Helping
from app.services.intents import Intents
from app.services.levers import Lever, Levers
from app.services.merchants import Merchants
from app.web import advice, qr, templates, walletconnect, wallets, widget
from app.web.problems import Problem
from app.web.setting import SETTING, Setting, parent_of
from app.web.showing import Showing, show
from app.web.templates import gettext as _
from app.world import World

WHOSE = "whose"  # the account a refused page belongs to
Asked = Request[Any, Any, Any]


class IntentPages(Controller):
    """`/i/{id}`: what a shopper sees of a payment intent."""

    path = "/i/{id:str}"
    include_in_schema = False
    dependencies = SETTING

    @get()
    async def page(
        self,
        request: Asked,
        id: FromPath[str],
        catalogue: NamedDependency[Catalogue],
        choosing: NamedDependency[Choosing],
        helping: NamedDependency[Helping],
        merchants: NamedDependency[Merchants],
        chains: NamedDependency[Chains],
        setting: NamedDependency[Setting],
        world: NamedDependency[World],
        choose: Annotated[str | None, QueryParameter(max_length=8)] = None,
        unpriced: Annotated[str | None, QueryParameter(max_length=8)] = None,
    ) -> Response[bytes]:
        """Show where the payment stands; `view=fragment` is its main part alone."""
        intent = await choosing.freshen(id, listing=bool(choose))
        account = await merchants.of(id)
        unseen = chains.unseen(intent)
        showing = show(
            intent,
            account,
            world.now(),
            setting,
            choose=bool(choose),
            unpriced=bool(unpriced),
            unseen=unseen,
            fee_rates=chains.fee_rates(),
        )
        template = "pay/main.html" if setting.part else "pay/intent.html"
        help = await helping.of(intent)
        mark = _mark(showing, sorted(unseen), help)
        if setting.part and request.headers.get("if-none-match") == f'"{mark}"':
            headers = {"ETag": f'"{mark}"', "Cache-Control": "no-store"}
            return Response(b"", status_code=304, headers=headers)
        ways = _ways(showing, catalogue) | {"help": help}
        return templates.page(
            request,
            template,
            world,
            setting,
            more_headers={"ETag": f'"{mark}"'} if setting.part else {},
            kept=not setting.part,
            also=walletconnect.RELAYS if ways.get("pairing") else (),
            account=account,
            show=showing,
            mark=mark,
            **ways,
        )

    @get("/wallet")
    async def wallet(
        self,
        request: Asked,
        id: FromPath[str],
        catalogue: NamedDependency[Catalogue],
        choosing: NamedDependency[Choosing],
        merchants: NamedDependency[Merchants],
        setting: NamedDependency[Setting],
        world: NamedDependency[World],
    ) -> Response[bytes]:
        """Draw the panel of the browser's own wallet, with the price as it is now."""
        intent = await choosing.freshen(id)
        account = await merchants.of(id)
        showing = show(intent, account, world.now(), setting)
        ways = _ways(showing, catalogue)
        return templates.page(
            request, "pay/wallet.html", world, setting, account=account, show=showing, **ways
        )

    @get("/receipt")
    async def receipt(
        self,
        request: Asked,
        id: FromPath[str],
        intents: NamedDependency[Intents],
        helping: NamedDependency[Helping],
        merchants: NamedDependency[Merchants],
        setting: NamedDependency[Setting],
        world: NamedDependency[World],
    ) -> Response[bytes] | Redirect:
        """Show what was paid, for keeping or printing. Before anything came there is none."""
        intent = await intents.get(id)
        if not intent.payments and intent.status is not Status.SUCCEEDED:
            return back(id, setting)
        account = await merchants.of(id)
        showing = show(intent, account, world.now(), setting)
        help = await helping.of(intent)
        return templates.page(
            request, "pay/receipt.html", world, setting, account=account, show=showing, help=help
        )

    @get("/qr.svg")
    async def code(
        self,
        id: FromPath[str],
        choosing: NamedDependency[Choosing],
        world: NamedDependency[World],
        ledger: Annotated[str | None, QueryParameter(max_length=64)] = None,
    ) -> Response[str]:
        """Return the code of a ledger's prompt: the chosen one's unless another is named."""
        intent = await choosing.freshen(id)
        wanted = ledger or intent.ledger
        for quote in intent.quotes:
            if quote.ledger == wanted and quote.prompt is not None:
                headers = {
                    "Cache-Control": "no-store",
                    "Content-Security-Policy": "default-src 'none'",
                    "X-Content-Type-Options": "nosniff",
                }
                if world.now() >= quote.expires_at:
                    raise PriceUnavailable("The price has run out, and there is no other now.")
                svg = str(qr.svg(quote.prompt.uri))
                return Response(svg, headers=headers, media_type="image/svg+xml")
        raise NotFound("There is no code for this ledger yet: choose it first.")

    @post("/ledger")
    async def choose(
        self,
        id: FromPath[str],
        data: URLEncodedBody[dict[str, str]],
        choosing: NamedDependency[Choosing],
        setting: NamedDependency[Setting],
    ) -> Redirect:
        """Choose how to pay."""
        try:
            await choosing.choose(id, data.get("ledger", ""))
        except PriceUnavailable:
            return back(id, setting, choose="1")  # the list marks what has no price
        except NotOpen:  # it closed meanwhile: the page says so
            pass
        return back(id, setting)

    @post("/requote")
    async def requote(
        self,
        id: FromPath[str],
        choosing: NamedDependency[Choosing],
        setting: NamedDependency[Setting],
    ) -> Redirect:
        """Give an expired, unpaid intent a new price."""
        try:
            await choosing.requote(id)
        except PriceUnavailable:
            return back(id, setting, unpriced="1")
        except NotOpen:
            pass
        return back(id, setting)

    @post("/sandbox")
    async def play(
        self,
        id: FromPath[str],
        data: URLEncodedBody[dict[str, str]],
        levers: NamedDependency[Levers],
        setting: NamedDependency[Setting],
    ) -> Redirect:
        """Pull a lever of the sandbox, for test money alone."""
        try:
            lever = Lever(data.get("action", ""))
        except ValueError:
            raise Invalid.field("action", "is no lever of the sandbox") from None
        with suppress(NotOpen, PriceUnavailable):  # the page says so
            await levers.pull(id, lever)
        return back(id, setting)


def _mark(showing: Showing, *more: Any) -> str:
    """Name what a page shows, but for the seconds that pass: two of one name look the same."""
    parts = (showing.view, showing.account, showing.screen, showing.fragment, *more)
    shown = msgspec.json.encode(parts, enc_hook=str)
    return hashlib.sha256(shown).hexdigest()[:16]


def _ways(showing: Showing, catalogue: Catalogue) -> dict[str, Any]:
    """Return the wallets a chosen quote can be paid from, for its template."""
    quote = showing.quote
    if quote is None:
        return {}
    chain = catalogue.chains[quote.chain]
    connector = wallets.CONNECTORS.get(chain.family)
    path = f"/i/{showing.view.id}"
    page = showing.view.pay_url.removesuffix(path) + showing.setting.alone.path(path)
    return {
        "wallets": wallets.openable(chain, quote, page),
        "connector": connector and widget.path(connector),
        "network": wallets.network(chain),
        "pairing": walletconnect.pairing(showing.account, chain),
    }


def back(id: str, setting: Setting, **query: str) -> Redirect:
    """Send the browser to an intent's page by GET, so that a reload repeats nothing."""
    query |= {"part": "main"} if setting.part else {}
    return Redirect(setting.path(f"/i/{id}", **query), status_code=303)


def whose(merchants: Merchants) -> Callable[[Exception, Scope], Awaitable[None]]:
    """Return what finds out whose page a refusal stands on: it keeps to that merchant's rules."""

    async def find(_error: Exception, scope: Scope) -> None:
        match scope["path"].split("/"):
            case ["", "i", id, *_]:
                found = merchants.of(id)
            case ["", "pay", shortcode, *_]:
                found = merchants.of_link(shortcode)
            case _:
                return
        with suppress(CheckoutError, SQLAlchemyError):  # an unknown id: nothing to keep
            scope.setdefault("state", {})[WHOSE] = await found

    return find


def problem_page(world: World) -> Callable[[Asked, Problem, dict[str, str]], Response[bytes]]:
    """Return what answers a person with a page where a program would get a problem."""

    def answer(request: Asked, problem: Problem, headers: dict[str, str]) -> Response[bytes]:
        query = request.query_params
        setting = Setting.of(
            query.get("view"),
            query.get("origin"),
            query.get("part"),
            query.get("lang") or query.get("locale"),
            query.get("theme"),
            parent_of(request),
        )
        parts = request.url.path.split("/")  # "", "i", id, what was asked of it
        links = []
        if parts[1] == "i" and len(parts) > 3:
            links = [(setting.path(f"/i/{parts[2]}"), _("Back to the payment"))]
        return templates.page(
            request,
            "problem.html",
            world,
            setting,
            account=request.state.get(WHOSE),
            status=problem.status,
            more_headers=headers,
            problem=problem,
            advice=advice.of(problem),
            detail=advice.detail(problem),
            links=links,
        )

    return answer
