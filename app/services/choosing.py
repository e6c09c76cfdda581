"""Choosing how to pay: a ledger, a place, and a price that holds.

Two browsers may race here on one intent. Whatever they fetched, the locked intent
decides: it has one place a family and one newest quote a ledger.
"""

from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

import msgspec

from app.domain import quote as quotes
from app.domain.event import EventType
from app.domain.intent import Intent, Status
from app.domain.ledger import Catalogue
from app.domain.outage import Outage
from app.errors import NotConfigured, NotOpen, OrderTaken, PriceUnavailable, UnknownLedger
from app.services import once
from app.services.intents import Intents
from app.services.invoicing import Invoicing
from app.services.once import Once
from app.services.prompts import Prepared, Prompts, Rates
from app.services.standing import Standing
from app.services.views import IntentView
from app.storage import accounts, intents, payments, places
from app.storage.places import PlaceRow
from app.storage.store import Store, Tx
from app.world import World

RENEWED_BEFORE = timedelta(seconds=30)  # a price about to end is not worth showing


class Choosing:
    """The payer's side of an intent's price and place."""

    def __init__(
        self,
        store: Store,
        intents: Intents,
        prompts: Prompts,
        standing: Standing,
        catalogue: Catalogue,
        world: World,
        invoicing: Invoicing,
    ) -> None:
        self._store = store
        self._intents = intents
        self._prompts = prompts
        self._standing = standing
        self._catalogue = catalogue
        self._world = world
        self._invoicing = invoicing

    async def choose(
        self, id: str, ledger: str, account: str | None = None, key: Once | None = None
    ) -> IntentView:
        """Choose a ledger and prepare its prompt. Choosing it again changes nothing."""
        if (before := await self._told(key)) is not None:
            return await self._invoicing.fill(before)
        intent, families = await self._look(id, account)
        if ledger not in intent.ledgers:
            self._catalogue.ledger(ledger)
            raise UnknownLedger.field("ledger", "is not offered for this payment intent")
        self._refuse_if_closed(intent)
        prepared = await self._prepared(intent, ledger, families)
        rates = await self._fresh_rates(intent, ledger)

        def write(tx: Tx) -> IntentView:
            locked = self._intents.locked(tx, account, id)
            self._refuse_if_closed(locked)
            chosen = self._chosen(tx, locked, ledger, prepared, rates)
            return self._intents.view(tx, chosen)

        view, _ = await once.write(self._store, key, IntentView, write)
        return await self._invoicing.fill(view)

    async def _prepared(
        self, intent: Intent, ledger: str, families: Collection[str]
    ) -> list[Prepared]:
        """Find the places an intent lacks: the ledger's, and of those that stand in its code."""
        found: list[Prepared] = []
        family = self._catalogue.chain_of(ledger).family
        if family not in families:
            found.append(await self._prompts.prepare(intent.account, family, intent.recipients))
        for one in self._catalogue.beside(ledger):
            other = self._catalogue.chain_of(one.id).family
            if one.id in intent.ledgers and other not in {family, *families}:
                with suppress(NotConfigured):  # it was taken away since: the code is plain then
                    found.append(await self._prompts.prepare(intent.account, other))
        return found

    def _chosen(
        self, tx: Tx, intent: Intent, ledger: str, prepared: Sequence[Prepared], rates: Rates
    ) -> Intent:
        renew = self._must_renew(intent, ledger, tx.now)
        spots: Sequence[PlaceRow] = places.of_intent(tx, intent.id)
        has = {one.family for one in spots}
        lacking = [one for one in prepared if one.family not in has]
        if intent.ledger == ledger and not renew and not lacking:
            return intent
        chosen = msgspec.structs.replace(intent, ledger=ledger)
        for one in lacking:
            spots = self._prompts.settle_in(tx, chosen, one, spots)
        if renew and rates:
            quoted = self._prompts.quotes(tx, chosen, rates)
            chosen = msgspec.structs.replace(chosen, quotes=quoted)
        chosen = self._prompts.tag(tx, chosen, spots)
        paid = payments.of_intent(tx, intent.id)
        told = self._standing.tell(tx, chosen, paid, EventType.INTENT_UPDATED, spots=spots)
        intents.save(tx, told)
        return told

    async def freshen(self, id: str, *, listing: bool = False) -> IntentView:
        """Return the payer's intent with a price that holds, renewing one that ran out.

        That of the ledger chosen; before a choice, or where the payer wants the list, the
        offered ones'. Where no price can be had the view keeps what ran out: its screen is
        told by that.
        """
        return await self._invoicing.fill(await self._freshened(id, listing=listing))

    async def _freshened(self, id: str, *, listing: bool) -> IntentView:
        def read(tx: Tx) -> tuple[Intent, IntentView]:
            intent = self._intents.found(tx, None, id)
            return intent, self._intents.view(tx, intent)

        intent, view = await self._store.look(read)
        now = self._world.now()
        if intent.status is not Status.REQUIRES_PAYMENT or now >= intent.expires_at:
            return view
        with suppress(PriceUnavailable, NotOpen):
            if intent.ledger is not None and not listing:
                if self._must_renew(intent, intent.ledger, now):
                    return await self.choose(id, intent.ledger)
            elif quotes.current(intent.quotes, now) is None:
                return await self._renew(intent)
        return view

    async def _renew(self, intent: Intent) -> IntentView:
        """Price every ledger of an intent again, so that a list shows what holds."""
        rates = await self._rates(intent)

        def write(tx: Tx) -> IntentView:
            locked = self._intents.locked(tx, None, intent.id)
            open = locked.status is Status.REQUIRES_PAYMENT
            if open and quotes.current(locked.quotes, tx.now) is None:
                quoted = self._prompts.quotes(tx, locked, rates)
                locked = msgspec.structs.replace(locked, quotes=quoted)
                locked = self._prompts.tag(tx, locked, places.of_intent(tx, locked.id))
                paid = payments.of_intent(tx, locked.id)
                locked = self._standing.tell(tx, locked, paid, EventType.INTENT_UPDATED)
                intents.save(tx, locked)
            return self._intents.view(tx, locked)

        return await self._store.write(write)

    async def requote(
        self, id: str, account: str | None = None, key: Once | None = None
    ) -> IntentView:
        """Give an expired unpaid intent a new price and a new term: same id, same page.

        An unpaid intent that is open has what is asked for and is answered as it stands,
        so that two browsers that ask at once are both content.
        """
        if (before := await self._told(key)) is not None:
            return before
        intent, _ = await self._look(id, account)
        if intent.status is Status.REQUIRES_PAYMENT and self._world.now() >= intent.expires_at:
            intent = await self._store.write(lambda tx: self._end(tx, account, id))
        self._refuse_unless_unpaid(intent)
        rates = await self._rates(intent)

        def write(tx: Tx) -> IntentView:
            locked = self._intents.locked(tx, account, id)
            self._refuse_unless_unpaid(locked)
            if locked.status is Status.REQUIRES_PAYMENT:
                return self._intents.view(tx, locked)
            ends = tx.now + timedelta(seconds=locked.expires_in_seconds)
            reopened = msgspec.structs.replace(
                locked,
                expires_at=ends,
                gives_up_at=ends + locked.conditions.confirming,
                closed_at=None,
            )
            self._prompts.watch_on(tx, reopened)  # first: nobody takes an address watched again
            reopened = self._prompts.leave(tx, reopened)
            quoted = self._prompts.quotes(tx, reopened, rates)
            reopened = msgspec.structs.replace(reopened, quotes=quoted)
            reopened = self._prompts.tag(tx, reopened, places.of_intent(tx, id))
            self._take_order(tx, reopened)
            judged = self._standing.judge(tx, reopened, [])
            return self._intents.view(tx, judged)

        view, _ = await once.write(self._store, key, IntentView, write)
        return await self._invoicing.fill(view)

    def _take_order(self, tx: Tx, intent: Intent) -> None:
        """Make an intent that opens again its order's open one, where orders are unique."""
        account = accounts.get(tx, intent.account)
        assert account is not None
        if not account.unique_orders or intent.order_id is None:
            return
        taken = intents.open_order(tx, intent.account, intent.order_id)
        if taken is not None:
            raise OrderTaken(
                f"Order {intent.order_id} has another open intent.", payment_intent=taken.id
            )
        intents.save(tx, intent, open_order=intent.order_id)

    async def _told(self, key: Once | None) -> IntentView | None:
        """Return what this request was answered before: whatever has become of it since."""
        if key is None:
            return None
        return await self._store.read(lambda tx: once.told(tx, key, IntentView))

    def _end(self, tx: Tx, account: str | None, id: str) -> Intent:
        """End an intent whose time is up before the clock's next round comes by."""
        locked = self._intents.locked(tx, account, id)
        return self._standing.judge(tx, locked, payments.of_intent(tx, id))

    async def _look(self, id: str, account: str | None) -> tuple[Intent, set[str]]:
        def read(tx: Tx) -> tuple[Intent, set[str]]:
            intent = self._intents.found(tx, account, id)
            return intent, {one.family for one in places.of_intent(tx, id)}

        return await self._store.look(read)

    async def _fresh_rates(self, intent: Intent, ledger: str) -> Rates:
        """Return what renews a ledger's price, nothing where it holds, or refuse."""
        if not self._must_renew(intent, ledger, self._world.now()):
            return {}
        rates = await self._rates(intent)
        if (asset := self._catalogue.ledger(ledger).asset) not in rates:
            raise PriceUnavailable(f"No trustworthy price of {asset} in {intent.currency}.")
        return rates

    async def _rates(self, intent: Intent) -> Rates:
        """Return what the ledgers an intent is offered on cost now."""
        priced = intent.outage is not Outage.PRICE  # else nobody is to have an answer
        ledgers = [self._catalogue.ledger(one) for one in intent.ledgers if priced]
        return await self._prompts.rates(ledgers, intent.currency, intent.livemode)

    def _must_renew(self, intent: Intent, ledger: str, now: datetime) -> bool:
        held = quotes.current([one for one in intent.quotes if one.ledger == ledger], now)
        if held is None:
            return True
        return held.expires_at < intent.expires_at and held.expires_at - now < RENEWED_BEFORE

    def _refuse_if_closed(self, intent: Intent) -> None:
        if intent.status is not Status.REQUIRES_PAYMENT:
            raise NotOpen(f"{intent.id} is {intent.status}.", status=intent.status.value)

    def _refuse_unless_unpaid(self, intent: Intent) -> None:
        """Refuse to price what has money in it, or is over for another reason than time."""
        unpaid = intent.status in (Status.REQUIRES_PAYMENT, Status.EXPIRED)
        if not unpaid or intent.payments_count:
            what = "has payments" if intent.payments_count else f"is {intent.status}"
            raise NotOpen(
                f"{intent.id} {what}; only an expired unpaid intent is priced again.",
                status=intent.status.value,
            )
