"""What a payer can do by themselves: say which transaction was theirs, ask for money back,
have the receipt mailed.

Each is a page with a form that works without JavaScript, and says beside a field what is
wrong with it. Whoever holds an intent's id may use them.
"""

from typing import Any

from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect

from app.domain.intent import Oddity
from app.domain.ledger import Catalogue
from app.domain.refund import Reason
from app.errors import ChainUnavailable, Conflict, Invalid, TooMany
from app.services.choosing import Choosing
from app.services.help import Helping
from app.services.hints import TEXT_MAX, Hints
from app.services.intents import Intents
from app.services.mails import Mails
from app.services.merchants import Merchants
from app.services.refund_views import NewRefund
from app.services.refunds import Refunds
from app.services.views import PayerView, payer
from app.web import templates
from app.web.setting import SETTING, Setting
from app.web.showing import show
from app.web.templates import gettext as _
from app.words import languages
from app.world import World

Asked = Request[Any, Any, Any]
ID_EXAMPLES = {  # by family: how an id looks
    "evm": "0x1b2c…9f0e",
    "bitcoin": "1b2c…9f0e",
    "litecoin": "1b2c…9f0e",
    "sandbox": "sbx_1B2c…9F0e",
}


TYPED_MAX = 1000
REASONS = (
    (Reason.EXCESS, _("I sent too much")),
    (Reason.LATE, _("I sent it too late")),
    (Reason.MISTAKE, _("I sent it by mistake")),
    (Reason.OTHER, _("Another reason")),
)


class HelpPages(Controller):
    """`/i/{id}/transaction`, `/refund` and `/mail`."""

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
        account = await merchants.of(id)
        showing = show(await choosing.freshen(id), account, world.now(), setting)
        return templates.page(
            request, "pay/transaction.html", world, setting, account=account, show=showing
        )

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
        account = await merchants.of(id)
        return templates.page(
            request,
            "pay/transaction.html",
            world,
            setting,
            account=account,
            status=status,
            more_headers=headers,
            show=show(intent, account, world.now(), setting),
            found=found,
            typed=typed,
            fault=fault,
            example=_example(hints.families(intent.ledgers)) if status == 400 else None,
        )

    @get("/refund")
    async def refund(
        self,
        request: Asked,
        id: FromPath[str],
        intents: NamedDependency[Intents],
        merchants: NamedDependency[Merchants],
        refunds: NamedDependency[Refunds],
        catalogue: NamedDependency[Catalogue],
        setting: NamedDependency[Setting],
        world: NamedDependency[World],
    ) -> Response[bytes]:
        """Ask where money should go back to; or show what was asked."""
        intent, account = await intents.get(id), await merchants.of(id)
        asked = await refunds.of_intent(id)
        reason = asked.reason if asked else _likely(intent)
        return templates.page(
            request,
            "pay/refund.html",
            world,
            setting,
            account=account,
            show=show(payer(intent), account, world.now(), setting),
            refund=asked,
            typed={"address": "", "reason": reason, "email": "", "note": ""},
            reasons=REASONS,
            faults={},
            network=_network(intent, catalogue),
        )

    @post("/refund", status_code=200)
    async def ask_refund(
        self,
        request: Asked,
        id: FromPath[str],
        data: URLEncodedBody[dict[str, str]],
        intents: NamedDependency[Intents],
        merchants: NamedDependency[Merchants],
        refunds: NamedDependency[Refunds],
        catalogue: NamedDependency[Catalogue],
        setting: NamedDependency[Setting],
        world: NamedDependency[World],
    ) -> Response[bytes] | Redirect:
        """Write the request down, or say beside each field what is wrong with it."""
        intent, account = await intents.get(id), await merchants.of(id)
        typed = {name: data.get(name, "")[:TYPED_MAX] for name in ("address", "email", "note")}
        chosen = data.get("reason", "")
        reason = Reason(chosen) if chosen in set(Reason) else Reason.OTHER
        faults, status, headers = {}, 400, {}
        try:
            await refunds.ask(id, NewRefund(**typed, reason=reason))
            return Redirect(setting.path(f"/i/{id}/refund"), status_code=303)
        except Invalid as error:
            faults = {one.field: one.message for one in error.faults}
        except Conflict:
            status = 409  # nothing came, or it was taken back meanwhile: the page says so
        except TooMany as error:
            faults, status = {"": _("Please wait a little, then try again.")}, 429
            headers["Retry-After"] = str(error.retry_after_seconds)
        return templates.page(
            request,
            "pay/refund.html",
            world,
            setting,
            account=account,
            status=status,
            more_headers=headers,
            show=show(payer(intent), account, world.now(), setting),
            refund=await refunds.of_intent(id),
            typed=typed | {"reason": reason},
            reasons=REASONS,
            faults=faults,
            network=_network(intent, catalogue),
        )

    @get("/mail")
    async def mail(
        self,
        request: Asked,
        id: FromPath[str],
        intents: NamedDependency[Intents],
        helping: NamedDependency[Helping],
        merchants: NamedDependency[Merchants],
        setting: NamedDependency[Setting],
        world: NamedDependency[World],
    ) -> Response[bytes] | Redirect:
        """Ask where to send the receipt, where there is one and mail is sent."""
        intent, account = await intents.get(id), await merchants.of(id)
        if not (await helping.of(intent)).mailing:
            return Redirect(setting.path(f"/i/{id}"), status_code=303)
        showing = show(payer(intent), account, world.now(), setting)
        return templates.page(
            request, "pay/mail.html", world, setting, account=account, show=showing
        )

    @post("/mail", status_code=200)
    async def send_mail(
        self,
        request: Asked,
        id: FromPath[str],
        data: URLEncodedBody[dict[str, str]],
        intents: NamedDependency[Intents],
        mails: NamedDependency[Mails],
        merchants: NamedDependency[Merchants],
        setting: NamedDependency[Setting],
        world: NamedDependency[World],
    ) -> Response[bytes] | Redirect:
        """Owe the receipt to an address."""
        intent, account = await intents.get(id), await merchants.of(id)
        typed = data.get("email", "").strip()[:TYPED_MAX]
        wished = request.headers.get("accept-language", "")
        language = languages.choose(setting.lang, account.locale, wished)
        fault, status, headers = None, 200, {}
        try:
            await mails.ask(id, typed, language.code)
        except Invalid as error:
            fault, status = error.faults[0].message, 400
        except TooMany as error:
            fault, status = _("This receipt was mailed often enough."), 429
            headers["Retry-After"] = str(error.retry_after_seconds)
        except Conflict:
            return Redirect(setting.path(f"/i/{id}"), status_code=303)
        return templates.page(
            request,
            "pay/mail.html",
            world,
            setting,
            account=account,
            status=status,
            more_headers=headers,
            show=show(payer(intent), account, world.now(), setting),
            sent=fault is None,
            typed=typed,
            fault=fault,
        )


def _example(families: list[str]) -> str | None:
    """Return how a transaction's id looks, where it looks one way."""
    known = [ID_EXAMPLES[one] for one in families if one in ID_EXAMPLES]
    return known[0] if len(known) == 1 == len(families) else None


def _likely(intent: PayerView) -> Reason:
    """Return the reason a payer most likely has."""
    if intent.exception is Oddity.OVERPAID:
        return Reason.EXCESS
    late = intent.exception is Oddity.LATE
    return Reason.LATE if late else Reason.MISTAKE


def _network(intent: PayerView, catalogue: Catalogue) -> str:
    """Return the name of the network the money came by."""
    for one in reversed(intent.payments):
        chain = catalogue.chains.get(one.ledger.partition("/")[0])
        if one.ledger in catalogue.ledgers:
            chain = catalogue.chain_of(one.ledger)
        if chain is not None:
            return chain.name
    return ""
