"""Prompts: the price of an intent on a ledger, and the place its money goes to.

Rates come from outside, so they are fetched before a transaction begins and only
written inside it. A slot is handed out in the transaction that writes its place: a
crash leaves neither, and no address is given to two who may be paid there.
"""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import msgspec

from app.domain.account import Account, Destination
from app.domain.intent import Intent
from app.domain.ledger import Catalogue, Ledger
from app.domain.narrowing import Narrowing
from app.domain.quote import Quote, amount_for
from app.errors import ChainUnavailable, Conflict, Invalid, NotConfigured, PriceUnavailable
from app.rails.base import Place, Rail
from app.services.destinations import Destinations
from app.services.prices import Priced, Prices
from app.services.recipients import Recipients
from app.settings import Settings
from app.storage import accounts, places
from app.storage.places import PlaceRow
from app.storage.store import Tx

TAGS = 10_000  # amounts that tell intents of one price apart on a shared address
TAG_TRIES = 64  # looked at before giving up
TAG_KEPT = timedelta(days=7)  # after the end, so that a late payment still finds its intent
REVISIONS_MAX = 12  # quotes kept a ledger, so that a slow payment finds its price

NOBODY: Mapping[str, str] = MappingProxyType({})  # no recipient: the account itself is paid
Rates = dict[str, Priced]  # by asset


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """Where an intent's place on a family will be: known before its transaction begins.

    A new slot of the account's destination, or a recipient's address.
    """

    family: str
    rail: Rail
    destination: Destination | None = None
    recipient: str = ""


class Prompts:
    """Prices intents and finds them places."""

    def __init__(
        self,
        destinations: Destinations,
        prices: Prices,
        rails: dict[str, Rail],
        catalogue: Catalogue,
        settings: Settings,
    ) -> None:
        self.recipients = Recipients(rails)
        self._destinations = destinations
        self._prices = prices
        self._rails = rails
        self._catalogue = catalogue
        self._watched = timedelta(days=settings.watch_days)
        self._quoted = timedelta(seconds=settings.quote_seconds)

    async def offered(
        self,
        account: Account,
        wanted: Narrowing,
        lagging: Iterable[str],
        recipients: Mapping[str, str] = NOBODY,
    ) -> list[Ledger]:
        """Return the ledgers an intent can be paid on, or refuse by name.

        Where recipients are named, nobody else is paid: only their families are offered.
        """
        has = recipients or await self._destinations.of(account.id)
        offered = self._catalogue.offered(livemode=account.livemode)
        ours = {one.id for one in offered}
        for id in wanted.ledgers or ():
            ledger = self._catalogue.ledger(id, field="ledgers")
            if id not in ours:
                mode = "live" if account.livemode else "test"
                raise NotConfigured.field("ledgers", f"{id} is not for {mode} accounts")
            if self._catalogue.chain_of(id).family not in has:
                nobody = (
                    "recipients name nobody" if recipients else "the account has no destination"
                )
                message = f"{nobody} for {ledger.chain}"
                raise NotConfigured.field("ledgers", message)
        usable = [one for one in offered if self._catalogue.chain_of(one.id).family in has]
        if not usable:
            raise NotConfigured("The account has no destination on any chain of this house.")
        usable = wanted.pick(self._catalogue, usable)
        slow = set(lagging)
        current = [one for one in usable if one.chain not in slow]
        if not current:
            raise ChainUnavailable("Every chain this could be paid on is behind.")
        return current

    async def rates(self, ledgers: Iterable[Ledger], currency: str, livemode: bool) -> Rates:
        """Return the rate of each asset that has one; refuse when none has.

        Test money has no market, so test ledgers are priced at the sandbox's fixed rates.
        """
        pairs = {(one.asset, currency) for one in ledgers}
        found = await self._prices.some(pairs, sandbox=not livemode)
        if not found:
            raise PriceUnavailable(f"No trustworthy price in {currency} right now.")
        return {pair[0]: priced for pair, priced in found.items()}

    async def in_dollars(self, price: Decimal, currency: str, livemode: bool) -> Decimal | None:
        """Return about what a price is in US dollars; None: unknown, so treated as large."""
        if currency == "USD":
            return price
        try:
            found = await self._prices.get(
                {("USDC", "USD"), ("USDC", currency)}, sandbox=not livemode
            )
        except PriceUnavailable:
            return None
        return price / found["USDC", currency].price * found["USDC", "USD"].price

    async def prepare(
        self, account: str, family: str, recipients: Mapping[str, str] = NOBODY
    ) -> Prepared:
        """Find where a place on a family is to be made, or refuse."""
        if recipients:
            return self._prepare(family, recipient=recipients[family])
        destination = (await self._destinations.of(account)).get(family)
        if destination is None:
            raise NotConfigured(f"The account has no destination for {family}.")
        return self._prepare(family, destination=destination)

    def _prepare(self, family: str, **where: Any) -> Prepared:
        rail = next(one for one in self._rails.values() if one.chain.family == family)
        return Prepared(family=family, rail=rail, **where)

    def settle_in(
        self, tx: Tx, intent: Intent, prepared: Prepared, spots: Sequence[PlaceRow]
    ) -> Sequence[PlaceRow]:
        """Give a locked intent its place on a family, unless it has one already.

        `spots` are the places it has; those it has then are returned.
        """
        destination = prepared.destination
        if any(one.family == prepared.family for one in spots):
            return spots
        slot: int | None = None
        if destination is not None:
            slot = self._slot(tx, prepared.rail, destination)
            place = prepared.rail.place(destination.kind, destination.value, slot)
        else:
            place = Place(to=prepared.recipient, shared=True)
            if places.is_own(tx, prepared.family, place.to):
                message = "is the address of one payment alone: name another"
                raise Invalid.field(f"recipients.{prepared.family}", message)
        row = PlaceRow(
            intent=intent.id,
            family=prepared.family,
            account=intent.account,
            destination=destination.id if destination else None,
            slot=slot,
            address=place.to,
            reference=place.reference,
            shared=place.shared,
            watch_until=intent.expires_at + self._watched,
        )
        places.add(tx, row)
        return [*spots, row]

    def _slot(self, tx: Tx, rail: Rail, destination: Destination) -> int:
        """Return a new slot, or a spare one where a wallet would not look further.

        Money at an address beyond the gap is not lost, but its owner's wallet shows it only
        when told to look. Where nothing is spare, a sale is worth more than the gap.
        """
        gap = rail.chain.gap_limit
        if gap is not None and places.unpaid_lately(tx, destination.id, gap) == gap:
            spare = places.spare(tx, destination.id)
            if spare is not None and spare.slot is not None and places.give_up(tx, spare):
                return spare.slot
        return accounts.take_slot(tx, destination.id)

    def leave(self, tx: Tx, intent: Intent) -> Intent:
        """Forget places whose slots went to others meanwhile: the payer chooses again."""
        families = places.leave(tx, intent.id)
        if intent.ledger is None:
            return intent
        if self._catalogue.chain_of(intent.ledger).family not in families:
            return intent
        return msgspec.structs.replace(intent, ledger=None)

    def watch_on(self, tx: Tx, intent: Intent) -> None:
        """Watch an intent's places for its new term."""
        places.watch(tx, intent.id, intent.expires_at + self._watched)

    def quotes(self, tx: Tx, intent: Intent, rates: Rates) -> tuple[Quote, ...]:
        """Return the intent's quotes with a new revision on every ledger that has a rate.

        Older revisions stay: a payment is worth what was promised when it moved.
        """
        kept: list[Quote] = []
        made: list[Quote] = []
        ends = min(intent.expires_at, tx.now + self._quoted)
        for id in intent.ledgers:
            ledger = self._catalogue.ledger(id)
            before = [one for one in intent.quotes if one.ledger == id][-REVISIONS_MAX:]
            kept += before
            if (rate := rates.get(ledger.asset)) is None:
                continue
            quote = Quote(
                intent=intent.id,
                ledger=id,
                revision=max((one.revision for one in before), default=0) + 1,
                price=intent.amount,
                currency=intent.currency,
                rate=rate.price,
                sources=rate.sources,
                rate_at=rate.at,
                amount=amount_for(intent.amount, rate.price, ledger.decimals, ledger.precision),
                created_at=tx.now,
                expires_at=ends,
            )
            made.append(quote)
        return (*kept, *made)

    def tag(self, tx: Tx, intent: Intent, spots: Sequence[PlaceRow]) -> Intent:
        """On a shared address, make the chosen quote's amount this intent's alone."""
        if intent.ledger is None or (quote := intent.quote(intent.ledger)) is None:
            return intent
        ledger = self._catalogue.ledger(intent.ledger)
        family = self._catalogue.chain_of(ledger.id).family
        place = next((one for one in spots if one.family == family), None)
        if place is None or not place.shared:
            return intent
        step = 10 ** (ledger.decimals - ledger.precision)
        start = zlib.crc32(intent.id.encode())  # intents of one price start looking apart
        wanted = [quote.amount + (start + number) % TAGS * step for number in range(TAG_TRIES)]
        until = intent.expires_at + TAG_KEPT
        amount = places.tag(tx, intent.id, ledger.id, place.address, quote.amount, wanted, until)
        if amount is None:
            raise Conflict("Too many open intents share this amount on this address.")
        tagged = msgspec.structs.replace(quote, amount=amount)
        others = tuple(one for one in intent.quotes if one is not quote)
        return msgspec.structs.replace(intent, quotes=(*others, tagged))
