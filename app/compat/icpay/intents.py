"""Payment intents over ICPay's wire: made, read, chosen for, followed."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from litestar import Controller, Response, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from app.compat.icpay import recipients, requests, views, wire
from app.compat.icpay.entities import ChosenToken
from app.compat.icpay.requests import Choice, NewPayment
from app.compat.icpay.translate import TERMINAL
from app.domain.account import Account
from app.domain.ledger import Catalogue
from app.errors import Invalid
from app.services.choosing import Choosing
from app.services.follow import Follow
from app.services.intents import Intents
from app.services.views import IntentView
from app.settings import Settings
from app.web import sse
from app.web.auth import Caller
from app.world import World

UPDATE = "payment_intent_update"
TERMINAL_EVENT = "terminal"


class IntentController(Controller):
    """`/sdk/public/payments/intents`."""

    path = "/sdk/public/payments/intents"

    @post()
    async def create(
        self,
        data: JSONBody[NewPayment],
        caller: NamedDependency[Caller],
        intents: NamedDependency[Intents],
        choosing: NamedDependency[Choosing],
        catalogue: NamedDependency[Catalogue],
    ) -> Response[bytes]:
        """Make an intent, or go on with the one whose id is sent."""
        view, created = await take(data, caller, intents, choosing, catalogue)
        body = views.envelope(view, caller.account, catalogue, secret=caller.secret)
        return wire.answer(body, 201 if created else 200)

    @get("/{id:str}")
    async def read(
        self,
        id: FromPath[str],
        caller: NamedDependency[Caller],
        intents: NamedDependency[Intents],
        choosing: NamedDependency[Choosing],
        catalogue: NamedDependency[Catalogue],
    ) -> Response[bytes]:
        """Return an intent, at a price that holds."""
        await intents.get(id, caller.account.id)
        view = await choosing.freshen(id)
        return wire.answer(views.envelope(view, caller.account, catalogue, secret=caller.secret))

    @patch("/{id:str}/set-token")
    async def choose(
        self,
        id: FromPath[str],
        data: JSONBody[Choice],
        caller: NamedDependency[Caller],
        choosing: NamedDependency[Choosing],
        catalogue: NamedDependency[Catalogue],
    ) -> Response[bytes]:
        """Choose the ledger an intent is paid on."""
        ledger = requests.ledger(data, catalogue, livemode=caller.account.livemode)
        if ledger is None:
            raise Invalid.field("tokenShortcode", "is required")
        view = await choosing.choose(id, ledger.id, caller.account.id)
        intent = views.intent(view, caller.account, catalogue, secret=caller.secret)
        return wire.answer(ChosenToken(payment_intent=intent))

    @get("/{id:str}/stream", media_type="text/event-stream")
    async def stream(
        self,
        id: FromPath[str],
        caller: NamedDependency[Caller],
        intents: NamedDependency[Intents],
        follow: NamedDependency[Follow],
        catalogue: NamedDependency[Catalogue],
        world: NamedDependency[World],
        settings: NamedDependency[Settings],
    ) -> Response[Any]:
        """Stream an intent as it is now and at each change, until nothing more can come."""
        first = await intents.get(id, caller.account.id)

        async def messages() -> AsyncIterator[bytes]:
            view = first
            said = _said(view, caller.account, catalogue, secret=caller.secret)
            yield _message(view, said)
            if views.status(view) in TERMINAL:
                return
            async with aclosing(follow.follow(id, view.version)) as news:  # type: ignore[type-var]
                async for one in news:
                    if one is None:
                        yield sse.HEARTBEAT
                        continue
                    view = await intents.get(id, caller.account.id)
                    now = _said(view, caller.account, catalogue, secret=caller.secret)
                    if now == said:
                        continue
                    said = now
                    yield _message(view, said)
                    if views.status(view) in TERMINAL:
                        return

        return sse.stream(messages(), world, settings.stream_seconds_max)


async def take(
    asked: NewPayment,
    caller: Caller,
    intents: Intents,
    choosing: Choosing,
    catalogue: Catalogue,
) -> tuple[IntentView, bool]:
    """Return the intent of a request, its ledger chosen where one is named; whether it is new."""
    account = caller.account
    ledger = requests.ledger(asked, catalogue, livemode=account.livemode)
    paid = recipients.read(asked, catalogue)
    if asked.payment_intent_id:
        recipients.refuse_another(await intents.get(asked.payment_intent_id, account.id), paid)
        wanted = requests.reuse(asked, asked.payment_intent_id)
    else:
        caller.refuse_unless_it_may_price()
        caller.refuse_unless_it_may_name(paid)
        wanted = requests.new_intent(asked, ledger, paid)
    view, created = await intents.create(account, wanted)
    if ledger is not None and view.ledger != ledger.id:
        view = await choosing.choose(view.id, ledger.id, account.id)
    return view, created


def _said(view: IntentView, account: Account, catalogue: Catalogue, *, secret: bool) -> bytes:
    return wire.encode(views.envelope(view, account, catalogue, secret=secret))


def _message(view: IntentView, said: bytes) -> bytes:
    """Return one message; a status that stays is told under another name."""
    over = views.status(view) in TERMINAL
    return sse.message(said, type=TERMINAL_EVENT if over else UPDATE)
