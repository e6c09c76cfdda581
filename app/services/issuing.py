"""Issuing: a checked wish becomes an intent, priced on every ledger it can be paid on.

Prices and places come from outside, so they are gathered as terms before the
transaction, and only written inside it.
"""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

import msgspec

from app.domain.account import Account
from app.domain.conditions import NONE, Conditions
from app.domain.event import EventType
from app.domain.intent import Intent, Status, look_again_at
from app.domain.ledger import Catalogue
from app.errors import Fault, OrderTaken
from app.services import requests
from app.services.chains import Chains
from app.services.prompts import Prepared, Prompts, Rates
from app.services.requests import NewIntent, Wish
from app.services.standing import Standing
from app.storage import intents
from app.storage.places import PlaceRow
from app.storage.store import Tx
from app.world import World


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What an intent is issued on: ledgers, their rates, a place where only one can be."""

    ledgers: tuple[str, ...]
    rates: Rates
    dollars: Decimal | None
    prepared: Prepared | None
    amount: int | None = None  # what was promised to pay the one ledger's quote


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A price promised before its intent is made: LNURL tells a wallet the amount first.

    The wish names one ledger; `amount` of it pays the whole price.
    """

    rates: Rates
    amount: int
    memo_hash: str | None = None


class Issuing:
    """Makes intents."""

    def __init__(
        self,
        world: World,
        prompts: Prompts,
        standing: Standing,
        catalogue: Catalogue,
        chains: Chains,
    ) -> None:
        self._world = world
        self._prompts = prompts
        self._standing = standing
        self._catalogue = catalogue
        self._chains = chains

    def wish(self, new: NewIntent, conditions: Conditions = NONE) -> Wish:
        """Check a request to make an intent, or refuse every wrong field at once."""
        return requests.wish(new, self._catalogue, self._prompts.recipients, conditions)

    async def terms(self, account: Account, wish: Wish, held: Held | None = None) -> Terms:
        """Gather what the outside has to say of a wish; a promised price is not asked again."""
        lagging = self._chains.lagging()
        paid = wish.recipients
        ledgers = await self._prompts.offered(account, wish.narrowing, lagging, paid)
        rates = held.rates if held else {}
        if held is None:
            rates = await self._prompts.rates(ledgers, wish.currency, account.livemode)
        priced = tuple(one.id for one in ledgers if one.asset in rates)
        prepared = None
        if len(priced) == 1:  # nothing to choose: ready to be paid at once
            family = self._catalogue.chain_of(priced[0]).family
            prepared = await self._prompts.prepare(account.id, family, paid)
        return Terms(
            ledgers=priced,
            rates=rates,
            dollars=await self._prompts.in_dollars(wish.amount, wish.currency, account.livemode),
            prepared=prepared,
            amount=held.amount if held else None,
        )

    def open_order(self, tx: Tx, account: Account, wish: Wish) -> Intent | None:
        """Return the order's open intent, where the account keeps orders unique."""
        if not account.unique_orders or wish.order_id is None:
            return None
        found = intents.open_order(tx, account.id, wish.order_id)
        if found is None:
            return None
        asked = (wish.amount, wish.currency, wish.recipients)
        if (found.amount, found.currency, found.recipients) != asked:
            other = "at another price" if found.recipients == wish.recipients else "paid to others"
            raise OrderTaken(
                f"Order {wish.order_id} has the open intent {found.id} {other}.",
                faults=(Fault("order_id", f"has the open intent {found.id}"),),
                payment_intent=found.id,
            )
        return found

    def insert(
        self, tx: Tx, account: Account, wish: Wish, terms: Terms
    ) -> tuple[Intent, Sequence[PlaceRow]]:
        """Write a new intent with its quotes, and its place where there is one."""
        seconds = wish.expires_in_seconds or account.expires_in_seconds
        ends = tx.now + timedelta(seconds=seconds)
        conditions = wish.conditions.settled(account.speed, account.confirm_seconds)
        tolerance = conditions.tolerance_bps
        intent = Intent(
            id=self._world.id("pi"),
            account=account.id,
            livemode=account.livemode,
            status=Status.REQUIRES_PAYMENT,
            exception=None,
            amount=wish.amount,
            currency=wish.currency,
            amount_usd=terms.dollars,
            seen=Decimal(0),
            confirmed=Decimal(0),
            tolerance_bps=account.tolerance_bps if tolerance is None else tolerance,
            underpayment=account.underpayment,
            overpayment=account.overpayment,
            description=wish.description,
            order_id=wish.order_id,
            metadata=wish.metadata,
            customer_email=wish.customer_email,
            ledger=terms.ledgers[0] if terms.prepared is not None else None,
            ledgers=terms.ledgers,
            quotes=(),
            success_url=wish.success_url,
            cancel_url=wish.cancel_url,
            link=wish.link,
            recipients=wish.recipients,
            accepted=False,
            canceled=False,
            expires_in_seconds=seconds,
            expires_at=ends,
            gives_up_at=ends + conditions.confirming,
            conditions=conditions,
            payments_count=0,
            version=1,
            created_at=tx.now,
            closed_at=None,
        )
        quotes = self._prompts.quotes(tx, intent, terms.rates)
        if terms.amount is not None:
            quotes = tuple(msgspec.structs.replace(one, amount=terms.amount) for one in quotes)
        intent = msgspec.structs.replace(intent, quotes=quotes)
        intents.add(
            tx,
            intent,
            open_order=wish.order_id if account.unique_orders else None,
            look_again_at=look_again_at(intent.status, intent.facts(late=False)),
        )
        spots: Sequence[PlaceRow] = ()
        if terms.prepared is not None:
            spots = self._prompts.settle_in(tx, intent, terms.prepared, spots)
            tagged = self._prompts.tag(tx, intent, spots)
            if tagged is not intent:
                intents.save(tx, tagged)
                intent = tagged
        before = msgspec.structs.replace(intent, version=0)
        told = self._standing.tell(tx, before, [], EventType.INTENT_CREATED, spots=spots)
        return told, spots
