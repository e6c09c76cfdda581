"""Hints: "I have paid, here is my transaction". Looked up, judged, told what is wrong.

A client's word is never a fact: only what the chain says is written, by the same rules
as any scan. What no node has heard of yet is looked for again, a bounded number of times.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Literal

import msgspec

from app.domain import hint as rules
from app.domain import money
from app.domain.hint import Hint, Verdict
from app.domain.intent import Intent
from app.domain.ledger import Catalogue, Chain
from app.domain.payment import Payment
from app.errors import ChainUnavailable, Invalid, NotFound, TooMany
from app.rails.base import Fate, Found, Rail, Transfer
from app.services.arrivals import Arrivals
from app.services.views import PaymentView, Views
from app.storage import hints, intents, payments, places
from app.storage.places import PlaceRow
from app.storage.store import Store, Tx

TEXT_MAX = 500  # an explorer's address is shorter
HINTS_MAX = 20  # an intent, a day
DAY = timedelta(days=1)
PAUSE = timedelta(seconds=1)  # between two of an intent
CHAINS_MAX = 24  # of a family, asked about one transaction
AGAIN_MAX = 20  # looked for again in one round of a chain


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a transaction a payer named, in one word and with the facts behind it.

    `data` has the payments it made here. `look_again_seconds`: we go on looking by
    ourselves, and it is worth asking again after this.
    """

    object: Literal["list"] = "list"
    verdict: Verdict
    tx: str
    chain: str | None = None
    chain_name: str | None = None
    confirmations: int | None = None
    confirmations_required: int | None = None
    amount_due: str
    currency: str
    look_again_seconds: int | None = None
    data: tuple[PaymentView, ...] = ()
    has_more: bool = False


class Hints:
    """Looks for the transactions payers name."""

    def __init__(
        self,
        store: Store,
        rails: dict[str, Rail],
        catalogue: Catalogue,
        arrivals: Arrivals,
        views: Views,
    ) -> None:
        self._store = store
        self._rails = rails
        self._catalogue = catalogue
        self._arrivals = arrivals
        self._views = views

    async def ask(self, id: str, text: str, chain: str | None = None) -> Diagnosis:
        """Look up a transaction a payer names, on the chain they say or on every one.

        Raises `Invalid` for what is no transaction's id, `TooMany` when asked too often,
        and `ChainUnavailable` when it is not found and a chain could not be read.
        """

        def read(tx: Tx) -> tuple[Intent, list[PlaceRow]]:
            intent = intents.get(tx, id)
            if intent is None:
                raise NotFound(f"There is no payment intent {id[:40]!r} here.")
            return intent, places.of_intent(tx, id)

        intent, spots = await self._store.read(read)
        rails = self._near(intent, spots, chain)
        family, tx_id = _read_id(rails, text)
        rails = [one for one in rails if one.chain.family == family]
        await self._store.write(lambda tx: self._note(tx, intent, tx_id, family))
        return await self._look(intent.id, tx_id, rails)

    def families(self, ledgers: Sequence[str]) -> list[str]:
        """Return the families of chains these ledgers are on."""
        known = [one for one in ledgers if one in self._catalogue.ledgers]
        return list(dict.fromkeys(self._catalogue.chain_of(one).family for one in known))

    def _near(self, intent: Intent, spots: list[PlaceRow], wanted: str | None) -> list[Rail]:
        """Return the chains an intent's money may have gone to, the likeliest first."""
        offered = [one for one in intent.ledgers if one in self._catalogue.ledgers]
        likely = [self._catalogue.chain_of(one) for one in offered]
        if intent.ledger in self._catalogue.ledgers:
            likely.insert(0, self._catalogue.chain_of(intent.ledger))
        families = {one.family for one in spots} or {one.family for one in likely}
        found = [
            rail
            for rail in self._rails.values()
            if rail.chain.family in families and rail.chain.livemode == intent.livemode
        ]
        if wanted is not None and wanted not in {one.chain.id for one in found}:
            raise Invalid.field("chain", "is no chain this payment can arrive on")
        order = [*([wanted] if wanted else []), *(one.id for one in likely)]
        rank = {name: place for place, name in reversed(list(enumerate(order)))}
        found.sort(key=lambda one: rank.get(one.chain.id, len(order)))
        if not found:
            raise Invalid.field("tx", "cannot be looked up: no chain of this payment is read here")
        return found

    def _note(self, tx: Tx, intent: Intent, tx_id: str, family: str) -> None:
        """Write a hint down, within the bounds of an intent."""
        intents.lock(tx, intent.id)
        before = hints.of_intent(tx, intent.id)
        if before and tx.now < before[0].asked_at + PAUSE:
            raise TooMany("A transaction was looked up a moment ago.", 1)
        same = next((one for one in before if one.tx == tx_id), None)
        if same is None and len(before) >= HINTS_MAX:
            free = before[-1].asked_at + DAY - tx.now
            raise TooMany(
                f"{HINTS_MAX} transactions were looked up for this payment.",
                int(free.total_seconds()) + 1,
            )
        hint = Hint(
            intent=intent.id,
            tx=tx_id,
            family=family,
            livemode=intent.livemode,
            looks=0,
            created_at=same.created_at if same else tx.now,
            asked_at=tx.now,
            due_at=None,
        )
        due_at = rules.next_look(hint, intent.gives_up_at, tx.now)
        hints.put(tx, msgspec.structs.replace(hint, due_at=due_at))

    async def _look(self, id: str, tx_id: str, rails: list[Rail]) -> Diagnosis:
        rail, found = await self._find(tx_id, rails[:CHAINS_MAX])
        spots = await self._store.read(lambda tx: places.of_intent(tx, id))
        here = {one.address for one in spots if one.family == rails[0].chain.family}
        ours = [one for one in found.transfers if one.to in here]
        chain = rail.chain if rail is not None else None

        def known(tx: Tx) -> set[str]:
            if chain is None:
                return set()
            return {one.id for one in payments.named(tx, chain.id, tx_id) if one.deep}

        before = await self._store.read(known)
        await self._arrivals.record(ours)
        read = await self._store.read(
            lambda tx: self._judge(tx, id, tx_id, chain, found, here, before)
        )
        if read.verdict not in rules.LOOKED_FOR_ON:
            await self._store.write(lambda tx: hints.rest(tx, id, tx_id))
        return read

    async def _find(self, tx_id: str, rails: list[Rail]) -> tuple[Rail | None, Found]:
        """Ask every chain; return the first that knows the transaction.

        That none does is only known when each could be read.
        """
        answers = await asyncio.gather(*(one.find(tx_id) for one in rails), return_exceptions=True)
        broken: BaseException | None = None
        for rail, answer in zip(rails, answers, strict=True):
            if isinstance(answer, BaseException):
                broken = broken or answer
            elif answer.fate is not Fate.UNKNOWN:
                return rail, answer
        if broken is not None:
            raise broken
        return None, Found(fate=Fate.UNKNOWN)

    def _judge(
        self,
        tx: Tx,
        id: str,
        tx_id: str,
        chain: Chain | None,
        found: Found,
        here: set[str],
        before: set[str],
    ) -> Diagnosis:
        intent = intents.get(tx, id)
        assert intent is not None
        moved = payments.named(tx, chain.id, tx_id) if chain is not None else []
        mine = [one for one in moved if one.intent == id]
        # The one that says most: what counts before what does not.
        main = min(mine, key=lambda one: (not one.counts, one.quote_amount is None), default=None)
        if main is not None:
            on = self._catalogue.ledgers.get(intent.ledger or "")
            verdict = rules.verdict(intent, main, on.chain if on else None, known=main.id in before)
        else:
            verdict = self._elsewhere(tx, intent, chain, found, here, moved)
        hint = hints.get(tx, id, tx_id)
        soon = hint.due_at if hint is not None and verdict in rules.LOOKED_FOR_ON else None
        return Diagnosis(
            verdict=verdict,
            tx=tx_id,
            chain=chain.id if chain else None,
            chain_name=chain.name if chain else None,
            confirmations=main.confirmations if main else None,
            confirmations_required=main.confirmations_required if main else None,
            amount_due=money.price_text(intent.left, intent.currency),
            currency=intent.currency,
            look_again_seconds=None
            if soon is None
            else max(int((soon - tx.now).total_seconds()), 1),
            data=tuple(self._views.payment(one) for one in mine),
        )

    def _elsewhere(
        self,
        tx: Tx,
        intent: Intent,
        chain: Chain | None,
        found: Found,
        here: set[str],
        moved: list[Payment],
    ) -> Verdict:
        """Return what is to be said of a transaction that brought this intent nothing."""
        if chain is None:
            return Verdict.NOT_FOUND
        if found.fate is Fate.FAILED:
            return Verdict.FAILED
        if any(one.intent is not None and one.account == intent.account for one in moved):
            return Verdict.OTHER_PAYMENT
        if any(one.to in here for one in found.transfers):
            return Verdict.OTHER_AMOUNT
        if any(self._is_of(tx, intent.account, chain, one) for one in found.transfers):
            return Verdict.OTHER_PAYMENT
        if found.fate is Fate.WAITING and not found.transfers:
            return Verdict.WAITING
        return Verdict.OTHER_ADDRESS

    def _is_of(self, tx: Tx, account: str, chain: Chain, transfer: Transfer) -> bool:
        """Tell whether a transfer went to another intent of the same merchant."""
        spots = places.at(tx, chain.family, transfer.to, transfer.reference)
        return any(one.account == account for one in spots)

    async def look_again(self, chain: Chain) -> None:
        """Look once more for what no node had heard of, on every chain of this one's family."""
        due = await self._store.read(
            lambda tx: hints.due(tx, chain.family, chain.livemode, AGAIN_MAX)
        )
        rails = [
            one
            for one in self._rails.values()
            if one.chain.family == chain.family and one.chain.livemode == chain.livemode
        ]
        for hint in due:
            if not await self._store.write(lambda tx, hint=hint: self._take(tx, hint)):  # type: ignore[misc]
                continue
            try:
                await self._look(hint.intent, hint.tx, rails)
            except ChainUnavailable:
                continue  # its next look is set already

    def _take(self, tx: Tx, hint: Hint) -> bool:
        intent = intents.get(tx, hint.intent)
        assert intent is not None
        looked = msgspec.structs.replace(hint, looks=hint.looks + 1)
        return hints.take(tx, hint, rules.next_look(looked, intent.gives_up_at, tx.now))


def _read_id(rails: list[Rail], text: str) -> tuple[str, str]:
    """Return the transaction's id in a text, and the first family that reads it."""
    if len(text) > TEXT_MAX:
        raise Invalid.field("tx", f"must be at most {TEXT_MAX} characters")
    refused: Invalid | None = None
    for rail in rails:
        try:
            return rail.chain.family, rail.read_id(text)
        except Invalid as error:
            refused = refused or error
    assert refused is not None
    raise refused
