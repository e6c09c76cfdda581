"""Payment intents over HTTP: decode, call one service, encode. Nothing else."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, HeaderParameter, JSONBody, QueryParameter

from app.domain.account import Account
from app.domain.intent import Filter, Status
from app.errors import Fault
from app.services.choosing import Choosing
from app.services.follow import Follow
from app.services.hints import TEXT_MAX, Diagnosis, Hints
from app.services.intents import Intents
from app.services.requests import IntentChanges, NewIntent, check_instant, refuse
from app.services.views import IntentView, PayerView, payer
from app.settings import Settings
from app.web import sse
from app.web.auth import Anybody, Caller, once
from app.web.lists import After, Limit, Page
from app.world import World

LABEL_PREFIX = "metadata["
LastSeen = Annotated[str | None, HeaderParameter(name="Last-Event-ID", max_length=32)]
_encode = msgspec.json.Encoder().encode


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The ledger a payer chose."""

    ledger: str


class Hint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A transaction the payer says was theirs: its id, or an explorer's page of it."""

    tx: Annotated[str, msgspec.Meta(max_length=TEXT_MAX)]
    chain: str | None = None


class IntentController(Controller):
    """`/v1/payment_intents`."""

    path = "/v1/payment_intents"
    tags = ("Payment intents",)

    @post()
    async def create(
        self,
        request: Request[Any, Any, Any],
        data: JSONBody[NewIntent],
        intents: NamedDependency[Intents],
        caller: NamedDependency[Caller],
    ) -> Response[IntentView | PayerView]:
        """Create an intent, or return the one this key, order or id already has."""
        account = caller.account
        if data.payment_intent is None:
            caller.refuse_unless_it_may_price()
        caller.refuse_unless_it_may_name(data.recipients)
        view, created = await intents.create(account, data, await once(request, account.id))
        shown = view if caller.secret else payer(view)
        return Response(shown, status_code=201 if created else 200)

    @get()
    async def index(
        self,
        request: Request[Any, Any, Any],
        intents: NamedDependency[Intents],
        merchant: NamedDependency[Account],
        limit: Limit = 20,
        after: After = None,
        status: Annotated[Status | None, QueryParameter()] = None,
        order_id: Annotated[str | None, QueryParameter(max_length=255)] = None,
        payment_link: Annotated[str | None, QueryParameter(max_length=64)] = None,
        created_from: Annotated[datetime | None, QueryParameter()] = None,
        created_before: Annotated[datetime | None, QueryParameter()] = None,
    ) -> Page[IntentView]:
        """List intents, newest first. `metadata[key]=value` narrows to a label."""
        filter = Filter(
            status=status,
            order_id=order_id,
            link=payment_link,
            created_from=_zoned("created_from", created_from),
            created_before=_zoned("created_before", created_before),
            label=_label(request),
        )
        data, more = await intents.page(merchant.id, filter, after, limit)
        return Page(data=data, has_more=more)

    @get("/{id:str}")
    async def read(
        self,
        id: FromPath[str],
        intents: NamedDependency[Intents],
        anybody: NamedDependency[Anybody],
    ) -> IntentView | PayerView:
        """Return an intent: the merchant's view to its secret key, else the payer's."""
        if anybody is None:
            return payer(await intents.get(id))
        view = await intents.get(id, anybody.account.id)
        return view if anybody.secret else payer(view)

    @patch("/{id:str}")
    async def change(
        self,
        id: FromPath[str],
        data: JSONBody[IntentChanges],
        intents: NamedDependency[Intents],
        merchant: NamedDependency[Account],
    ) -> IntentView:
        """Change metadata and description."""
        return await intents.change(merchant.id, id, data)

    @post("/{id:str}/ledger", status_code=200)
    async def choose(
        self,
        request: Request[Any, Any, Any],
        id: FromPath[str],
        data: JSONBody[Choice],
        choosing: NamedDependency[Choosing],
        anybody: NamedDependency[Anybody],
    ) -> IntentView | PayerView:
        """Choose a ledger and prepare its prompt. Needs the id alone: the payer chooses."""
        account = anybody.account.id if anybody is not None else None
        key = await once(request, account or id)
        view = await choosing.choose(id, data.ledger, account, key)
        return view if anybody is not None and anybody.secret else payer(view)

    @post("/{id:str}/requote", status_code=200)
    async def requote(
        self,
        request: Request[Any, Any, Any],
        id: FromPath[str],
        choosing: NamedDependency[Choosing],
        anybody: NamedDependency[Anybody],
    ) -> IntentView | PayerView:
        """Give an expired unpaid intent a new price on the same id and page."""
        account = anybody.account.id if anybody is not None else None
        view = await choosing.requote(id, account, await once(request, account or id))
        return view if anybody is not None and anybody.secret else payer(view)

    @post("/{id:str}/transactions", status_code=200)
    async def hint(
        self,
        id: FromPath[str],
        data: JSONBody[Hint],
        hints: NamedDependency[Hints],
    ) -> Diagnosis:
        """Look up a transaction the payer names, and say what came of it. The chain decides."""
        return await hints.ask(id, data.tx, data.chain)

    @post("/{id:str}/cancel", status_code=200)
    async def cancel(
        self,
        request: Request[Any, Any, Any],
        id: FromPath[str],
        intents: NamedDependency[Intents],
        merchant: NamedDependency[Account],
    ) -> IntentView:
        """Cancel an intent nobody has paid."""
        return await intents.cancel(merchant.id, id, await once(request, merchant.id))

    @post("/{id:str}/accept", status_code=200)
    async def accept(
        self,
        request: Request[Any, Any, Any],
        id: FromPath[str],
        intents: NamedDependency[Intents],
        merchant: NamedDependency[Account],
    ) -> IntentView:
        """Take a mismatched, expired or failed intent as paid."""
        return await intents.accept(merchant.id, id, await once(request, merchant.id))

    @get("/{id:str}/events", media_type="text/event-stream")
    async def follow(
        self,
        id: FromPath[str],
        follow: NamedDependency[Follow],
        world: NamedDependency[World],
        settings: NamedDependency[Settings],
        seen: LastSeen = None,
        after: Annotated[int | None, QueryParameter(ge=0)] = None,
    ) -> Response[Any]:
        """Stream what happens to an intent, resuming after the last version seen."""
        start = sse.resume(seen, after)
        if not await follow.begin(id, start):
            return Response(None, status_code=204)

        async def messages() -> AsyncIterator[bytes]:
            async for one in follow.follow(id, start):
                if one is None:
                    yield sse.HEARTBEAT
                else:
                    yield sse.message(_encode(one.view), type=one.type, id=one.version)

        return sse.stream(messages(), world, settings.stream_seconds_max)


def _label(request: Request[Any, Any, Any]) -> tuple[str, str] | None:
    for name, value in request.query_params.items():
        if name.startswith(LABEL_PREFIX) and name.endswith("]"):
            return name[len(LABEL_PREFIX) : -1], value
    return None


def _zoned(field: str, at: datetime | None) -> datetime | None:
    faults: list[Fault] = []
    check_instant(faults, field, at)
    refuse(faults)
    return at
