"""Invoicing: has a payee's node write what an intent asks for there, and shows it.

A node is outside, so no transaction waits for it: an intent is made and its ledger chosen
first, then whoever is to show it comes here, and the invoice is put at its place if it still
fits. A node that does not answer leaves the intent without; the next look tries again.
"""

import asyncio
from collections.abc import Sequence

import msgspec
import structlog

from app.domain.event import EventType
from app.domain.intent import Intent, Status
from app.domain.invoice import Ask, Invoice
from app.domain.ledger import Catalogue
from app.domain.quote import asked
from app.errors import ChainUnavailable
from app.rails.base import Rail
from app.rails.invoicer import Invoicer
from app.services.destinations import Destinations
from app.services.standing import Standing
from app.services.views import IntentView, Views
from app.storage import accounts, intents, invoices, payments, places
from app.storage.places import PlaceRow
from app.storage.store import Store, Tx

log = structlog.get_logger()
SECONDS_MIN = 10  # nobody pays an invoice that ends sooner


class _Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """One invoice an intent lacks, and the node that is to write it."""

    family: str
    kind: str
    value: str
    revision: int
    ask: Ask


class Invoicing:
    """Keeps every open intent's invoices in step with what it asks for."""

    def __init__(
        self,
        store: Store,
        rails: dict[str, Rail],
        catalogue: Catalogue,
        destinations: Destinations,
        standing: Standing,
        views: Views,
    ) -> None:
        self._store = store
        self._catalogue = catalogue
        self._destinations = destinations
        self._standing = standing
        self._views = views
        self._invoicers = {id: one for id, one in rails.items() if isinstance(one, Invoicer)}
        self._ledgers = {one.id for one in catalogue if one.chain in self._invoicers}
        self._running: dict[str, asyncio.Task[IntentView]] = {}

    async def fill(self, view: IntentView, memo_hash: str | None = None) -> IntentView:
        """Return an intent with the invoices it lacks, as far as nodes write them.

        Whoever asks meanwhile waits for the same ones. `memo_hash` stands in them in the
        memo's stead.
        """
        if view.status is not Status.REQUIRES_PAYMENT or not self._lacks(view):
            return view
        running = self._running.get(view.id)
        if running is None:
            running = asyncio.create_task(self._fill(view, memo_hash))
            self._running[view.id] = running
            running.add_done_callback(lambda _done: self._running.pop(view.id, None))
        return await asyncio.shield(running)

    def _lacks(self, view: IntentView) -> bool:
        return any(one.prompt is None and one.ledger in self._ledgers for one in view.quotes)

    async def _fill(self, view: IntentView, memo_hash: str | None) -> IntentView:
        wanted = await self._store.look(lambda tx: self._wanted(tx, view.id))
        written: list[tuple[_Wanted, Invoice]] = []
        for one in wanted:
            rail = self._invoicers[self._catalogue.ledger(one.ask.ledger).chain]
            ask = msgspec.structs.replace(one.ask, memo_hash=memo_hash)
            try:
                invoice = await rail.invoice(one.kind, one.value, ask)
            except ChainUnavailable as error:
                log.warning("invoice.not_written", intent=view.id, error=error.detail)
                continue
            written.append((one, msgspec.structs.replace(invoice, revision=one.revision)))
        if not written:
            return await self._store.look(lambda tx: self._view(tx, view))
        return await self._store.write(lambda tx: self._keep(tx, view.id, written))

    def _view(self, tx: Tx, view: IntentView) -> IntentView:
        """Return an intent as it is now: what was answered before may have its invoice since."""
        intent = intents.get(tx, view.id)
        if intent is None:
            return view
        paid = payments.of_intent(tx, intent.id)
        return self._views.intent(intent, paid, places.of_intent(tx, intent.id))

    def _wanted(self, tx: Tx, id: str) -> list[_Wanted]:
        """Return what an intent lacks: for each quote at a place that needs an invoice."""
        intent = intents.get(tx, id)
        if intent is None or intent.status is not Status.REQUIRES_PAYMENT:
            return []
        found: list[_Wanted] = []
        for spot in places.of_intent(tx, id):
            for ledger in self._at(intent, spot):
                quote = intent.quote(ledger)
                if quote is None or self._fits(intent, ledger, spot.invoice):
                    continue
                seconds = int((min(quote.expires_at, intent.expires_at) - tx.now).total_seconds())
                node = self._destinations.node(tx, spot.destination) if spot.destination else None
                if node is None or seconds < SECONDS_MIN:
                    continue
                amount = self._amount(intent, ledger)
                assert amount is not None, "a quote asks for an amount"
                account = accounts.get(tx, intent.account)
                memo = intent.description or (account.name if account else "")
                ask = Ask(ledger=ledger, amount=amount, memo=memo, expires_in_seconds=seconds)
                kind, value = node
                found.append(
                    _Wanted(
                        family=spot.family,
                        kind=kind,
                        value=value,
                        revision=quote.revision,
                        ask=ask,
                    )
                )
        return found

    def _at(self, intent: Intent, spot: PlaceRow) -> Sequence[str]:
        """Return the ledgers that are paid by invoice at a place. It has one invoice at a time."""
        ours = [one for one in intent.ledgers if one in self._ledgers]
        return [one for one in ours if self._catalogue.chain_of(one).family == spot.family][:1]

    def _amount(self, intent: Intent, id: str) -> int | None:
        quote, ledger = intent.quote(id), self._catalogue.ledger(id)
        if quote is None:
            return None
        return asked(quote, intent.left, ledger.decimals, ledger.precision)

    def _fits(self, intent: Intent, ledger: str, invoice: Invoice | None) -> bool:
        """Tell whether an invoice asks for what the intent asks for now."""
        quote, amount = intent.quote(ledger), self._amount(intent, ledger)
        if invoice is None or quote is None or amount is None:
            return False
        return invoice.is_for(ledger, quote.revision, amount)

    def _keep(self, tx: Tx, id: str, written: list[tuple[_Wanted, Invoice]]) -> IntentView:
        """Put invoices at their places, where they still fit; the others just end unpaid."""
        intent = intents.lock(tx, id)
        assert intent is not None, f"{id} has a place and no row"
        spots = {one.family: one for one in places.of_intent(tx, id)}
        changed = False
        for wanted, invoice in written:
            spot, ledger = spots[wanted.family], invoice.ledger
            open = intent.status is Status.REQUIRES_PAYMENT
            if not open or not self._fits(intent, ledger, invoice):
                continue
            if self._fits(intent, ledger, spot.invoice):
                continue  # another process was quicker
            invoices.add(tx, self._catalogue.ledger(ledger).chain, spot, invoice)
            places.put_invoice(tx, id, wanted.family, invoice)
            spots[wanted.family] = msgspec.structs.replace(spot, invoice=invoice)
            changed = True
        paid = payments.of_intent(tx, id)
        shown = list(spots.values())
        if changed:
            intent = self._standing.tell(tx, intent, paid, EventType.INTENT_UPDATED, spots=shown)
            intents.save(tx, intent)
        return self._views.intent(intent, paid, shown)
