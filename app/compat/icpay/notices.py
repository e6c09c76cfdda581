"""Notices over ICPay's wire: "this was paid, here is the transaction". A hint, and no more."""

from contextlib import suppress

from litestar import Controller, Response, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from app.compat.icpay import numbers, views, wire
from app.compat.icpay.entities import Notified
from app.compat.icpay.requests import Notice
from app.domain.account import Account
from app.domain.intent import Status
from app.domain.ledger import Catalogue
from app.errors import ChainUnavailable, TooMany
from app.services.hints import Hints
from app.services.intents import Intents
from app.services.views import IntentView
from app.web.auth import Caller

LOOKED_UP = frozenset({Status.REQUIRES_PAYMENT, Status.EXPIRED})  # else it was found already


class NoticeController(Controller):
    """`/sdk/public/payments/notify`."""

    @post("/sdk/public/payments/notify", status_code=200)
    async def notify(
        self,
        data: JSONBody[Notice],
        caller: NamedDependency[Caller],
        intents: NamedDependency[Intents],
        hints: NamedDependency[Hints],
        catalogue: NamedDependency[Catalogue],
    ) -> Response[bytes]:
        """Return where an intent stands, after looking for the transaction that is named."""
        account = caller.account
        view = await intents.get(data.payment_intent_id, account.id)
        if data.transaction_id and view.status in LOOKED_UP:
            # Asked a moment ago, or the chain is silent: the client asks again by itself.
            with suppress(TooMany, ChainUnavailable):
                await hints.ask(view.id, data.transaction_id)
            view = await intents.get(view.id, account.id)
        return wire.answer(notified(view, account, catalogue, data.transaction_id, caller.secret))


def notified(
    view: IntentView, account: Account, catalogue: Catalogue, tx: str | None, secret: bool
) -> Notified:
    """Return what its client reads of an intent it asks about again and again."""
    paid = views.payment(view, account, secret=secret)
    return Notified(
        payment_id=paid.id if paid is not None else None,
        payment_intent_id=view.id,
        status=paid.status if paid is not None else views.status(view),
        transaction_id=paid.transaction_id if paid is not None else tx,
        ledger_tx_id=paid.ledger_tx_id if paid is not None else None,
        account_canister_id=numbers.account_number(account.id),
        payment_intent=views.intent(view, account, catalogue, secret=secret),
        payment=paid,
    )
