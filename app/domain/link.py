"""Payment links: a reusable page that makes intents, and what it asks the shopper.

A link is checked by pure rules: is it open, what does a submission cost, and is the
form whole. The same rules answer the page and the API.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

import msgspec

from app.domain import money
from app.domain.money import Price
from app.domain.narrowing import Narrowing
from app.errors import Closed, Fault, Invalid
from app.phrase import Phrase, phrase

TEXT_LENGTH_MAX = 500
EMAIL = re.compile(r"[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f]{1,190}\.[^@\s\x00-\x1f.]{2,63}")
PHONE = re.compile(r"\+?[0-9 ().\-]{5,32}")


class Ask(StrEnum):
    """Whether a form asks for a field."""

    NO = "no"
    OPTIONAL = "optional"
    REQUIRED = "required"


class Collect(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the form collects."""

    email: Ask = Ask.NO
    name: Ask = Ask.NO
    phone: Ask = Ask.NO
    business: Ask = Ask.NO
    address: Ask = Ask.NO
    shipping: Ask = Ask.NO


FIELDS: tuple[str, ...] = Collect.__struct_fields__


class Quantity(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many of the thing one shopper may take."""

    allow: bool = False
    min: int = 1
    max: int = 99
    default: int = 1


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """One payment link. `amount` None: the payer chooses, between min and max."""

    id: str
    account: str
    livemode: bool
    shortcode: str
    name: str
    description: str | None
    amount: Decimal | None
    amount_min: Decimal | None
    amount_max: Decimal | None
    currency: str
    ledgers: tuple[str, ...] | None
    chains: tuple[str, ...] | None = None  # by shortcode
    chain_types: tuple[str, ...] | None = None
    quantity: Quantity
    collect: Collect
    max_redemptions: int | None
    redemptions: int  # intents of this link that succeeded
    goal: Decimal | None = None
    show_total: bool = False  # anybody may see what it raised; a goal says so too
    raised: Decimal = Decimal(0)  # credit that stands of intents that succeeded
    raised_count: int = 0  # how many of them it is from
    raised_at: datetime | None = None
    expires_at: datetime | None
    success_url: str | None
    active: bool
    bill: bool = False  # asks `goal` as one sum (`domain/bill.py`)
    order_id: str | None = None  # what its intents are for
    customer_email: str | None = None  # who is to pay
    paid_at: datetime | None = None  # when a bill was told to be paid
    version: int = 0  # of a bill's history
    metadata: dict[str, object]
    created_at: datetime

    @property
    def left(self) -> Decimal | None:
        """What a bill still asks; None: it is no bill."""
        if not self.bill or self.goal is None:
            return None
        return max(money.difference(self.goal, self.raised), Decimal(0))

    @property
    def paid(self) -> bool:
        """Whether a bill has nothing left to ask.

        One that is paid at once is so with its first success: a tolerance may have taken
        something off what was due.
        """
        return self.bill and (self.left == 0 or (self.amount is not None and self.redemptions > 0))


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """What a link sells that can be read: given only to who has paid."""

    link: str
    title: str
    kind: str  # text or html
    body: str
    updated_at: datetime


class Submission(msgspec.Struct, frozen=True, kw_only=True):
    """What a shopper typed on a link's form."""

    id: str
    link: str
    account: str
    intent: str
    quantity: int
    amount: Decimal
    fields: dict[str, str]
    created_at: datetime


def narrowing(link: Link) -> Narrowing:
    """Return what a link may be paid with."""
    return Narrowing(ledgers=link.ledgers, chains=link.chains, chain_types=link.chain_types)


def refuse_if_closed(link: Link, now: datetime) -> None:
    """Raise `Closed` naming why a link takes no more payments."""
    if not link.active:
        raise Closed(phrase("This payment link is not active."), reason="inactive")
    if link.paid:
        raise Closed("This payment link is paid.", reason="paid")
    if link.expires_at is not None and now >= link.expires_at:
        raise Closed(phrase("This payment link has expired."), reason="expired")
    if link.max_redemptions is not None and link.redemptions >= link.max_redemptions:
        raise Closed(phrase("This payment link is sold out."), reason="sold_out")


def price(link: Link, amount: Decimal | None, quantity: int) -> Decimal:
    """Return what a submission costs, or refuse the field that is wrong."""
    rule = link.quantity
    if not rule.allow and quantity != 1:
        raise Invalid.field("quantity", phrase("this link sells one at a time"))
    if rule.allow and not rule.min <= quantity <= rule.max:
        between = phrase("must be between %(least)s and %(most)s", least=rule.min, most=rule.max)
        raise Invalid.field("quantity", between)
    if link.amount is not None:
        if amount is not None and amount != link.amount:
            raise Invalid.field("amount", "is fixed by this link: leave it out")
        return link.amount * quantity
    if amount is None:
        raise Invalid.field("amount", phrase("is required"))
    if link.amount_min is not None and amount < link.amount_min:
        least = Price(link.amount_min, link.currency)
        raise Invalid.field("amount", phrase("must be at least %(least)s", least=least))
    highest = link.amount_max if link.left is None else link.left
    if highest is not None and amount > highest:
        most = Price(highest, link.currency)
        raise Invalid.field("amount", phrase("must be at most %(most)s", most=most))
    return amount * quantity


def form(link: Link, given: Mapping[str, str]) -> dict[str, str]:
    """Return the fields this link collects, trimmed, or refuse every wrong one at once."""
    faults: list[Fault] = []
    kept: dict[str, str] = {}
    for field in given:
        if field not in FIELDS:
            faults.append(Fault(field, "is no field of this form"))
    for field in FIELDS:
        ask: Ask = getattr(link.collect, field)
        value = given.get(field, "").strip()
        if ask is Ask.NO or (ask is Ask.OPTIONAL and not value):
            continue
        if message := _fault(field, value):
            faults.append(Fault(field, message))
        else:
            kept[field] = value
    if faults:
        raise Invalid("The form is not complete.", faults=tuple(faults))
    return kept


def _fault(field: str, value: str) -> Phrase | None:
    if not value:
        return phrase("is required")
    if len(value) > TEXT_LENGTH_MAX:
        return phrase("must be at most %(limit)s characters", limit=TEXT_LENGTH_MAX)
    if "\x00" in value:
        return phrase("must not contain a NUL character")
    if field == "email" and not EMAIL.fullmatch(value):
        return phrase("must be an e-mail address")
    if field == "phone" and not PHONE.fullmatch(value):
        return phrase("must be a telephone number")
    return None
