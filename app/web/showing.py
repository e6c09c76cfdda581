"""Showing: everything the pay page's templates read of one screen."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from types import MappingProxyType

import msgspec
from markupsafe import Markup

from app.domain import money
from app.domain.account import Account
from app.domain.intent import Status
from app.domain.money import Price
from app.domain.payment import PaymentStatus
from app.phrase import Phrase
from app.services.levers import Lever
from app.services.views import IntentView, PayerView, PaymentView, QuoteView
from app.web import levers, qr, templates
from app.web.offers import Family, families
from app.web.screens import FACES, Face, Look, Screen, Way, chosen, screen
from app.web.setting import Setting

NO_RATES: Mapping[str, str] = MappingProxyType({})

RETRY = timedelta(seconds=10)  # after so long a page looks for a price or a chain again
PAYABLE = {Screen.PENDING, Screen.UNDERPAID, Screen.UNSEEN}  # a code is shown, while open
LISTING = {Screen.NEW, Screen.CHOOSING}
WAITING = {Screen.UNPRICED, Screen.UNSEEN}


class Showing(msgspec.Struct, frozen=True, kw_only=True):
    """What a template is told."""

    view: PayerView
    account: Account
    screen: Screen
    setting: Setting
    look: Look
    quote: QuoteView | None
    qr: Markup | None
    families: tuple[Family, ...]
    fee_rate: str | None  # what the chosen chain's senders pay for room, with its unit
    open: bool
    seconds: int  # until nothing counts any more
    fresh_seconds: int  # until the page should look again by itself

    @property
    def locale(self) -> str | None:
        """The language that was asked for with the intent."""
        return self.view.conditions.locale if isinstance(self.view, IntentView) else None

    @property
    def face(self) -> Face:
        """How this screen looks."""
        return FACES[self.screen]

    @property
    def words(self) -> str:
        """The template with this screen's words."""
        return f"pay/words/{self.screen}.html"

    @property
    def ways(self) -> list[Way]:
        """The ways on that lead somewhere from here."""
        return [one for one in self.face.ways if self._leads(one)]

    def _leads(self, way: Way) -> bool:
        view = self.view
        match way:
            case Way.ANOTHER:
                return self.open and len(view.quotes) > 1
            case Way.REQUOTE:
                return not view.payments
            case Way.RECEIPT:
                return bool(view.payments) or view.status is Status.SUCCEEDED
            case Way.ONWARD:
                return view.success_url is not None or self.setting.modal
            case Way.BACK:
                return view.cancel_url is not None
            case Way.CONTACT:
                return self.account.contact is not None
            case _:
                return True

    @property
    def onward(self) -> str | None:
        """Where a shopper who paid is sent by the page itself."""
        view = self.view
        if view.status is not Status.SUCCEEDED or not isinstance(view, IntentView):
            return None
        asked = view.conditions.returns
        returns = self.account.returns if asked is None else asked
        return view.success_url if returns else None

    @property
    def fragment(self) -> str:
        """Where the script fetches this page's main part again."""
        query = {"choose": "1"} if self.look.choose else {}
        if self.look.unpriced:
            query["unpriced"] = "1"
        return self.path(part="main", **query)

    @property
    def contact(self) -> str | None:
        """Where help is."""
        return templates.contact_href(self.account.contact) if self.account.contact else None

    @property
    def waits(self) -> bool:
        """Whether the page looks again by itself for what is missing now."""
        return self.screen is Screen.UNSEEN or (self.open and self.screen is Screen.UNPRICED)

    @property
    def reloads(self) -> bool:
        """Whether a page without scripts reloads: never where a choice is about to be made."""
        moving = self.view.status in (Status.REQUIRES_PAYMENT, Status.PROCESSING)
        return (moving or self.waits) and self.screen not in LISTING

    @property
    def blind(self) -> bool:
        """Whether a chain that money came on, or should, cannot be seen now."""
        used = {self.view.ledger, *(one.ledger for one in self.view.payments)}
        return any(one.chain in self.look.unseen for one in self.view.quotes if one.ledger in used)

    @property
    def pending(self) -> PaymentView | None:
        """The payment we wait for."""
        waiting = [one for one in self.view.payments if one.status is PaymentStatus.PENDING]
        return waiting[-1] if waiting else None

    @property
    def unmatched(self) -> bool:
        """Whether something came that no quote was made for."""
        return any(one.status is PaymentStatus.UNMATCHED for one in self.view.payments)

    @property
    def levers(self) -> tuple[tuple[Lever, ...], tuple[Lever, ...]]:
        """The sandbox's levers: those in sight, and the others."""
        return levers.of(self.view)

    @property
    def lever_texts(self) -> Mapping[Lever, Phrase]:
        """What is written on each lever."""
        return levers.TEXTS

    def path(self, more: str = "", **query: str) -> str:
        """Return a path of this intent that stays in the same setting."""
        return self.setting.path(f"/i/{self.view.id}{more}", **query)

    def page(self, more: str = "") -> str:
        """Return a path that is opened as a page of its own, also from inside a modal."""
        return self.setting.alone.path(f"/i/{self.view.id}{more}")

    @property
    def price(self) -> Price:
        return templates.price(self.view.amount, self.view.currency)

    @property
    def received(self) -> Price:
        return templates.price(self.view.amount_received, self.view.currency)

    @property
    def excess(self) -> Price:
        """What was sent beyond the price."""
        more = money.difference(Decimal(self.view.amount_received), Decimal(self.view.amount))
        return templates.price(more, self.view.currency)

    @property
    def due(self) -> Price:
        return templates.price(self.view.amount_due, self.view.currency)


def show(
    view: PayerView,
    account: Account,
    now: datetime,
    setting: Setting,
    *,
    choose: bool = False,
    unpriced: bool = False,
    unseen: frozenset[str] = frozenset(),
    fee_rates: Mapping[str, str] = NO_RATES,
) -> Showing:
    """Gather what a template needs. `choose` shows the list of ledgers once more."""
    look = Look(now=now, choose=choose, unpriced=unpriced, unseen=unseen)
    kind = screen(view, look)
    open = view.status is Status.REQUIRES_PAYMENT and now < view.expires_at
    quote = chosen(view) if open and kind in PAYABLE else None
    ends = min(quote.expires_at, view.expires_at) if quote else view.expires_at
    if kind in WAITING:
        ends = min(ends, now + RETRY) if open else now + RETRY
    return Showing(
        view=view,
        account=account,
        screen=kind,
        setting=setting.at(account),
        look=look,
        quote=quote,
        qr=qr.svg(quote.prompt.uri) if quote and quote.prompt else None,
        families=families(view.quotes, now, unseen, fee_rates) if open and kind in LISTING else (),
        fee_rate=fee_rates.get(quote.chain) if quote else None,
        open=open,
        seconds=_seconds(view.expires_at, now),
        fresh_seconds=_seconds(ends, now),
    )


def _seconds(at: datetime, now: datetime) -> int:
    return max(int((at - now).total_seconds()), 0)
