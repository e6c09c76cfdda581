"""A link's form: the fields it asks for, what was typed, what is wrong, and what it comes to."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from app.domain import link as rules
from app.domain import money
from app.domain.link import Ask, Link
from app.domain.money import Price
from app.domain.narrowing import Narrowed
from app.errors import CheckoutError, Fault, Invalid
from app.phrase import Phrase
from app.services.link_requests import NewSubmission
from app.web.templates import gettext as _

# Some telephones have a comma and no point. Three digits after it would be thousands.
_COMMA = re.compile(r"([0-9]+),([0-9]{1,2}|[0-9]{4,18})|(0),([0-9]{3})")


NARROWED: tuple[str, ...] = Narrowed.__struct_fields__
NARROWED_LENGTH_MAX = 2000


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One field of the form as its template draws it."""

    name: str
    label: Phrase
    type: str
    value: str
    required: bool
    autocomplete: str
    unit: str | None = None
    note: Phrase | None = None
    fault: str | None = None
    also: tuple[tuple[str, str], ...] = ()


class Total(msgspec.Struct, frozen=True, kw_only=True):
    """What several come to, and what a script needs to say it again as numbers change."""

    price: Price | None  # None: there is no valid amount yet
    each: str | None  # the link's own price of one; None: the payer's
    digits: int


def narrowed(said: Mapping[str, str]) -> dict[str, Any]:
    """Return how an address or a form narrows what may be paid with, by our own names."""
    found = {name: said.get(name) or said.get(_camel(name)) for name in NARROWED}
    return {name: text[:NARROWED_LENGTH_MAX] for name, text in found.items() if text}


def _camel(name: str) -> str:
    """Return a name as the loader's options write it: tokenShortcodes."""
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))


def read(link: Link, data: Mapping[str, str]) -> NewSubmission:
    """Read a submitted form, or refuse every wrong field at once."""
    faults: list[Fault] = []
    amount, quantity = None, 1
    try:
        amount, quantity = _numbers(link, data)
        rules.price(link, amount, quantity)
    except Invalid as error:
        faults += error.faults
    fields = {name: data[name] for name in rules.FIELDS if name in data}
    try:
        fields = rules.form(link, fields)
    except Invalid as error:
        faults += error.faults
    if faults:
        raise Invalid("The form is not complete.", faults=tuple(faults))
    price = None if amount is None else money.price_text(amount, link.currency)
    return NewSubmission(amount=price, quantity=quantity, fields=fields, **narrowed(data))


def _numbers(link: Link, data: Mapping[str, str]) -> tuple[Decimal | None, int]:
    """Read the amount and the quantity of a form, where it asks for them."""
    amount, quantity = None, 1
    if link.quantity.allow:
        text = data.get("quantity", "").strip()
        quantity = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
    if link.amount is None and (text := _plain(data.get("amount", "").strip())):
        amount = money.parse_price(text, link.currency, field="amount")
    return amount, quantity


def _plain(amount: str) -> str:
    """Return an amount with a point where a comma can only be meant for one."""
    if (found := _COMMA.fullmatch(amount)) is None:
        return amount
    whole, part = found[1] or found[3], found[2] or found[4]
    return f"{whole}.{part}"


def given(link: Link, query: Mapping[str, str]) -> dict[str, str]:
    """Return what an address fills in: only what the form asks for, as if it were typed."""
    asked = [name for name in rules.FIELDS if getattr(link.collect, name) is not Ask.NO]
    asked += ["amount"] if link.amount is None else []
    asked += ["quantity"] if link.quantity.allow else []
    return {name: query[name][: rules.TEXT_LENGTH_MAX] for name in asked if name in query}


def total(link: Link, data: Mapping[str, str]) -> Total | None:
    """Return what the form comes to, where the price of one does not tell it."""
    if not link.quantity.allow:
        return None
    usual = {"quantity": str(link.quantity.default)}
    each = None if link.amount is None else money.price_text(link.amount, link.currency)
    digits = money.digits(link.currency)
    try:
        amount, quantity = _numbers(link, usual | dict(data))
        due = Price(rules.price(link, amount, quantity), link.currency)
    except CheckoutError:
        due = None
    return Total(price=due, each=each, digits=digits)


def fields(link: Link, data: Mapping[str, str], faults: Mapping[str, str]) -> list[Field]:
    """Return the fields a link asks for, each with what was typed and what is wrong."""
    made: list[Field] = []
    if link.amount is None:
        made.append(
            Field(
                name="amount",
                label=_("Amount"),
                type="text",
                value=data.get("amount", ""),
                required=True,
                autocomplete="off",
                unit=link.currency,
                note=_limits(link),
                fault=faults.get("amount"),
                also=(("inputmode", "decimal"), ("maxlength", "40")),
            )
        )
    if link.quantity.allow:
        rule = link.quantity
        made.append(
            Field(
                name="quantity",
                label=_("Quantity"),
                type="number",
                value=data.get("quantity", str(rule.default)),
                required=True,
                autocomplete="off",
                fault=faults.get("quantity"),
                also=(("min", str(rule.min)), ("max", str(rule.max)), ("step", "1")),
            )
        )
    for name, (label, type, autocomplete) in _asked().items():
        ask: Ask = getattr(link.collect, name)
        if ask is not Ask.NO:
            made.append(
                Field(
                    name=name,
                    label=label,
                    type=type,
                    value=data.get(name, ""),
                    required=ask is Ask.REQUIRED,
                    autocomplete=autocomplete,
                    fault=faults.get(name),
                    also=(("maxlength", str(rules.TEXT_LENGTH_MAX)),),
                )
            )
    return made


def _asked() -> dict[str, tuple[Phrase, str, str]]:
    return {
        "email": (_("E-mail"), "email", "email"),
        "name": (_("Name"), "text", "name"),
        "phone": (_("Telephone"), "tel", "tel"),
        "business": (_("Business"), "text", "organization"),
        "address": (_("Billing address"), "textarea", "billing street-address"),
        "shipping": (_("Shipping address"), "textarea", "shipping street-address"),
    }


def _limits(link: Link) -> Phrase | None:
    """Say what a payer may choose."""
    least = link.amount_min and Price(link.amount_min, link.currency)
    most = link.amount_max and Price(link.amount_max, link.currency)
    if least and most:
        return _("From %(least)s to %(most)s.") % {"least": least, "most": most}
    if least:
        return _("At least %(least)s.") % {"least": least}
    return _("At most %(most)s.") % {"most": most} if most else None
