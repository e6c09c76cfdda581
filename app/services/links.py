"""Payment links: made once, paid many times, through a form or by API."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

import msgspec

from app.domain import link as rules
from app.domain import money
from app.domain.account import Account
from app.domain.event import EventType
from app.domain.intent import Intent
from app.domain.ledger import Catalogue
from app.domain.link import Collect, Link, Quantity, Submission
from app.errors import Fault, NotFound
from app.services import requests
from app.services.events import Events
from app.services.intents import Intents
from app.services.once import Once, keep, told
from app.services.requests import Wish
from app.services.views import IntentView
from app.storage import accounts, links
from app.storage.store import Store, Tx
from app.world import World

SHORTCODE_LENGTH = 10  # 59 bits: not guessable in a lifetime, short enough to type
NAME_MAX = 200
UNSET = msgspec.UNSET


class NewLink(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A payment link to be made. Without an amount the payer chooses."""

    name: str
    currency: str
    description: str | None = None
    amount: str | None = None
    min: str | None = None
    max: str | None = None
    ledgers: tuple[str, ...] | None = None
    quantity: Quantity = Quantity()
    collect: Collect = Collect()
    max_redemptions: int | None = None
    expires_at: datetime | None = None
    success_url: str | None = None
    active: bool = True
    metadata: dict[str, Any] = {}


class LinkChanges(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may change of a link; what is left out stays."""

    name: str | msgspec.UnsetType = UNSET
    description: str | msgspec.UnsetType | None = UNSET
    amount: str | msgspec.UnsetType | None = UNSET
    min: str | msgspec.UnsetType | None = UNSET
    max: str | msgspec.UnsetType | None = UNSET
    ledgers: tuple[str, ...] | msgspec.UnsetType | None = UNSET
    quantity: Quantity | msgspec.UnsetType = UNSET
    collect: Collect | msgspec.UnsetType = UNSET
    max_redemptions: int | msgspec.UnsetType | None = UNSET
    expires_at: datetime | msgspec.UnsetType | None = UNSET
    success_url: str | msgspec.UnsetType | None = UNSET
    active: bool | msgspec.UnsetType = UNSET
    metadata: dict[str, Any] | msgspec.UnsetType = UNSET


class NewSubmission(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A shopper's answer to a link: the form, or an intent to go on with."""

    amount: str | None = None
    quantity: int | None = None
    fields: dict[str, str] = {}
    ledgers: tuple[str, ...] | None = None
    metadata: dict[str, Any] = {}
    payment_intent: str | None = None


class LinkView(msgspec.Struct, frozen=True, kw_only=True):
    """A link as the merchant sees it."""

    id: str
    object: Literal["payment_link"] = "payment_link"
    shortcode: str
    url: str
    name: str
    description: str | None
    amount: str | None
    min: str | None
    max: str | None
    currency: str
    ledgers: tuple[str, ...] | None
    quantity: Quantity
    collect: Collect
    max_redemptions: int | None
    redemptions: int
    expires_at: datetime | None
    success_url: str | None
    active: bool
    livemode: bool
    metadata: dict[str, Any]
    created_at: datetime


class Links:
    """Every payment link of this house."""

    def __init__(
        self,
        store: Store,
        world: World,
        intents: Intents,
        events: Events,
        catalogue: Catalogue,
        url: str,
    ) -> None:
        self._store = store
        self._world = world
        self._intents = intents
        self._events = events
        self._catalogue = catalogue
        self._url = url

    async def create(
        self, account: Account, new: NewLink, key: Once | None = None
    ) -> tuple[LinkView, bool]:
        """Make a link with a shortcode of its own."""
        link = self._checked(
            Link(
                id=self._world.id("plink"),
                account=account.id,
                livemode=account.livemode,
                shortcode=self._world.secret(SHORTCODE_LENGTH),
                name=new.name,
                description=new.description,
                amount=None,
                amount_min=None,
                amount_max=None,
                currency=money.currency(new.currency),
                ledgers=new.ledgers,
                quantity=new.quantity,
                collect=new.collect,
                max_redemptions=new.max_redemptions,
                redemptions=0,
                expires_at=new.expires_at,
                success_url=new.success_url,
                active=new.active,
                metadata=new.metadata,
                created_at=self._world.now(),
            ),
            {"amount": new.amount, "amount_min": new.min, "amount_max": new.max},
        )

        def write(tx: Tx) -> tuple[LinkView, bool]:
            if (before := told(tx, key, LinkView)) is not None:
                return before, False
            links.add(tx, link)
            view = self.view(link)
            keep(tx, key, view)
            return view, True

        return await self._store.write(write)

    async def get(self, account: str, id: str) -> LinkView:
        """Return one of an account's links by id or shortcode."""
        return self.view(await self._store.read(lambda tx: self._own(tx, account, id)))

    async def page(
        self, account: str, after: str | None, limit: int
    ) -> tuple[list[LinkView], bool]:
        """Return one page, newest first, and whether more follow."""
        found = await self._store.read(lambda tx: links.page(tx, account, after, limit + 1))
        return [self.view(one) for one in found[:limit]], len(found) > limit

    async def change(self, account: str, id: str, changes: LinkChanges) -> LinkView:
        """Change a link. Intents already made keep their price."""
        given = {
            name: value
            for name, value in msgspec.structs.asdict(changes).items()
            if value is not UNSET
        }
        prices = {"amount": "amount", "min": "amount_min", "max": "amount_max"}
        texts = {prices[name]: given.pop(name) for name in tuple(prices) if name in given}

        def write(tx: Tx) -> LinkView:
            own = self._own(tx, account, id)
            changed = self._checked(msgspec.structs.replace(own, **given), texts)
            links.save(tx, changed)
            return self.view(changed)

        return await self._store.write(write)

    async def remove(self, account: str, id: str) -> None:
        """Take a link down for good. Its intents and submissions stay."""
        await self._store.write(lambda tx: links.remove(tx, self._own(tx, account, id).id))

    async def public(self, shortcode: str) -> tuple[Link, Account]:
        """Return a link and its merchant, open or closed, to whoever has the shortcode."""

        def read(tx: Tx) -> tuple[Link, Account] | None:
            link = links.by_shortcode(tx, shortcode)
            account = accounts.get(tx, link.account) if link is not None else None
            return (link, account) if link is not None and account is not None else None

        found = await self._store.read(read)
        if found is None:
            raise NotFound("There is no payment link here.")
        return found

    async def submit(
        self, shortcode: str, new: NewSubmission, key: str | None = None
    ) -> tuple[IntentView, bool]:
        """Make an intent from a link's form, or go on with the one that is named.

        `key` makes a double click one intent. Raises `Closed`, or `Invalid` naming every
        field that is wrong.
        """
        link, account = await self.public(shortcode)
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
        once = Once.of(account.id, f"link:{link.id}:{key}" if key else None, said)

        def beside(tx: Tx, intent: Intent) -> None:
            self._note(tx, link, intent, quantity, price, fields)

        wish = self._wish(link, new, price, fields.get("email"))
        return await self._intents.make(account, wish, once, beside)

    def _usual(self, link: Link) -> int:
        return link.quantity.default if link.quantity.allow else 1

    def _wish(self, link: Link, new: NewSubmission, price: Decimal, email: str | None) -> Wish:
        """Return what a submission wishes; the link's own words win over the shopper's."""
        ledgers = link.ledgers
        if new.ledgers is not None:
            allowed = set(link.ledgers) if link.ledgers is not None else set(new.ledgers)
            ledgers = tuple(one for one in new.ledgers if one in allowed) or link.ledgers
        metadata = new.metadata | link.metadata
        faults: list[Fault] = []
        requests.check_metadata(faults, metadata)
        requests.refuse(faults)
        return Wish(
            amount=price,
            currency=link.currency,
            description=link.name,
            order_id=None,
            metadata=metadata,
            ledgers=ledgers,
            success_url=link.success_url,
            cancel_url=None,
            expires_in_seconds=requests.EXPIRES_SECONDS,
            customer_email=email,
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

    async def submissions(
        self, account: str, id: str, after: str | None, limit: int
    ) -> tuple[list[Submission], bool]:
        """Return what shoppers typed, newest first."""

        def read(tx: Tx) -> list[Submission]:
            own = self._own(tx, account, id)
            return links.submissions_page(tx, own.id, after, limit + 1)

        found = await self._store.read(read)
        return found[:limit], len(found) > limit

    async def submission(self, intent: str) -> Submission | None:
        """Return the form an intent came from."""
        return await self._store.read(lambda tx: links.submission_of(tx, intent))

    def view(self, link: Link) -> LinkView:
        """Return a link as the merchant sees it."""

        def text(amount: Decimal | None) -> str | None:
            return None if amount is None else money.price_text(amount, link.currency)

        return LinkView(
            id=link.id,
            shortcode=link.shortcode,
            url=f"{self._url}/pay/{link.shortcode}",
            name=link.name,
            description=link.description,
            amount=text(link.amount),
            min=text(link.amount_min),
            max=text(link.amount_max),
            currency=link.currency,
            ledgers=link.ledgers,
            quantity=link.quantity,
            collect=link.collect,
            max_redemptions=link.max_redemptions,
            redemptions=link.redemptions,
            expires_at=link.expires_at,
            success_url=link.success_url,
            active=link.active,
            livemode=link.livemode,
            metadata=link.metadata,
            created_at=link.created_at,
        )

    def _own(self, tx: Tx, account: str, id: str) -> Link:
        found = links.get(tx, account, id)
        if found is None:
            raise NotFound(f"There is no payment link {id[:40]!r} here.")
        return found

    def _checked(self, link: Link, texts: dict[str, str | None]) -> Link:
        """Return a link with its prices read, or refuse every wrong field at once."""
        faults: list[Fault] = []
        names = {"amount": "amount", "amount_min": "min", "amount_max": "max"}
        for field, text in texts.items():
            value = None
            if text is not None:
                value = money.parse_price(text, link.currency, field=names[field])
            link = msgspec.structs.replace(link, **{field: value})
        if not link.name.strip():
            faults.append(Fault("name", "is required"))
        requests.check_text(faults, "name", link.name, NAME_MAX)
        requests.check_text(faults, "description", link.description, requests.TEXT_MAX)
        requests.check_url(faults, "success_url", link.success_url)
        requests.check_metadata(faults, link.metadata)
        if link.max_redemptions is not None and link.max_redemptions < 1:
            faults.append(Fault("max_redemptions", "must be at least 1"))
        if link.expires_at is not None and link.expires_at.tzinfo is None:
            faults.append(Fault("expires_at", "must name its zone, as in 2026-01-01T00:00:00Z"))
        rule = link.quantity
        if not 1 <= rule.min <= rule.default <= rule.max <= 100_000:
            faults.append(Fault("quantity", "must keep 1 ≤ min ≤ default ≤ max ≤ 100000"))
        least, most = link.amount_min, link.amount_max
        if least is not None and most is not None and least > most:
            faults.append(Fault("max", "must not be less than min"))
        if link.amount is not None and (link.amount_min or link.amount_max):
            faults.append(Fault("min", "and max are for links without an amount"))
        for ledger in link.ledgers or ():
            self._catalogue.ledger(ledger)
        requests.refuse(faults)
        return link
