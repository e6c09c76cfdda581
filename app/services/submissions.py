"""Submissions: a shopper fills a link's form in, and an intent comes of it."""

import hashlib
from decimal import Decimal
from typing import Any

import msgspec

from app.domain import link as rules
from app.domain import money
from app.domain.account import Account
from app.domain.event import EventType
from app.domain.intent import Intent
from app.domain.link import Link, Submission
from app.errors import Fault, NotFound
from app.services import requests
from app.services.events import Events
from app.services.intents import Intents
from app.services.issuing import Held
from app.services.link_requests import NewSubmission
from app.services.links import Links
from app.services.once import Once
from app.services.requests import Wish
from app.services.views import IntentView
from app.storage import links
from app.storage.store import Store, Tx
from app.world import World


class Submissions:
    """Every form that was filled in."""

    def __init__(
        self, store: Store, world: World, intents: Intents, events: Events, links: Links
    ) -> None:
        self._store = store
        self._world = world
        self._intents = intents
        self._events = events
        self._links = links

    async def submit(
        self, shortcode: str, new: NewSubmission, key: str | None = None
    ) -> tuple[IntentView, bool]:
        """Make an intent from a link's form, or go on with the one that is named.

        `key` makes a double click one intent. Raises `Closed`, or `Invalid` naming every
        field that is wrong.
        """
        link, account = await self._links.public(shortcode)
        if new.payment_intent is not None:
            return await self.reuse(link, new.payment_intent, new.metadata), False
        rules.refuse_if_closed(link, self._world.now())
        amount = None
        if new.amount is not None:
            amount = money.parse_price(new.amount, link.currency, field="amount")
        quantity = new.quantity if new.quantity is not None else self._usual(link)
        price = rules.price(link, amount, quantity)
        fields = rules.form(link, new.fields)
        said = msgspec.json.encode(new, order="sorted")
        once = Once.of(account.id, _own_key(link, key) if key else None, said)

        def beside(tx: Tx, intent: Intent) -> None:
            self._note(tx, link, intent, quantity, price, fields)

        wish = self._wish(link, new, price, fields.get("email"))
        return await self._intents.make(account, wish, once, beside)

    async def pay(
        self,
        link: Link,
        account: Account,
        price: Decimal,
        quantity: int,
        ledger: str,
        held: Held,
    ) -> IntentView:
        """Make an intent of a link whose price was promised already, on one ledger."""

        def beside(tx: Tx, intent: Intent) -> None:
            self._note(tx, link, intent, quantity, price, {})

        wish = self._wish(link, NewSubmission(ledgers=(ledger,)), price, None)
        view, _ = await self._intents.make(account, wish, None, beside, held)
        return view

    def _usual(self, link: Link) -> int:
        return link.quantity.default if link.quantity.allow else 1

    def _wish(self, link: Link, new: NewSubmission, price: Decimal, email: str | None) -> Wish:
        """Return what a submission wishes; the link's own words win over the shopper's."""
        metadata = new.metadata | link.metadata
        faults: list[Fault] = []
        requests.check_metadata(faults, metadata)
        requests.refuse(faults)
        return Wish(
            amount=price,
            currency=link.currency,
            description=link.name,
            order_id=link.order_id,
            metadata=metadata,
            narrowing=self._links.narrow(link, new),
            success_url=link.success_url,
            cancel_url=None,
            expires_in_seconds=None,
            customer_email=email or link.customer_email,
            link=link.id,
        )

    def _note(
        self,
        tx: Tx,
        link: Link,
        intent: Intent,
        quantity: int,
        amount: Decimal,
        fields: dict[str, str],
    ) -> None:
        submission = Submission(
            id=self._world.id("sub"),
            link=link.id,
            account=link.account,
            intent=intent.id,
            quantity=quantity,
            amount=amount,
            fields=fields,
            created_at=tx.now,
        )
        links.add_submission(tx, submission)
        self._events.append(
            tx,
            account=link.account,
            aggregate=submission.id,
            version=1,
            type=EventType.LINK_SUBMITTED,
            livemode=link.livemode,
            data={"object": submission},
        )

    async def reuse(self, link: Link, id: str, metadata: dict[str, Any]) -> IntentView:
        """Go on with an intent of the link's account; a finished one is refused by status."""
        return await self._intents.reuse(link.account, id, metadata)

    async def page(
        self, account: str, id: str, after: str | None, limit: int
    ) -> tuple[list[Submission], bool]:
        """Return what shoppers typed, newest first."""

        def read(tx: Tx) -> list[Submission]:
            own = links.get(tx, account, id)
            if own is None:
                raise NotFound(f"There is no payment link {id[:40]!r} here.")
            return links.submissions_page(tx, own.id, after, limit + 1)

        found = await self._store.read(read)
        return found[:limit], len(found) > limit

    async def of_intent(self, intent: str) -> Submission | None:
        """Return the form an intent came from."""
        return await self._store.read(lambda tx: links.submission_of(tx, intent))


def _own_key(link: Link, key: str) -> str:
    """Return a shopper's key as one of the link's own: it cannot meet the merchant's."""
    return f"link:{link.id}:{hashlib.sha256(key.encode()).hexdigest()}"
