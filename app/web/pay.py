"""A payment link's page: what is sold, what is asked, and a form that makes one intent.

Looking makes nothing. A double click makes one intent, because the form carries a word
that is used once. What is wrong is said beside its field, and what was typed is kept.
"""

import hashlib
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter, URLEncodedBody
from litestar.response import Redirect

from app.domain import link as rules
from app.domain import money
from app.domain.account import Account
from app.domain.link import Ask, Link
from app.domain.money import Price
from app.errors import Fault, Invalid, NotReusable
from app.services.link_requests import NewSubmission
from app.services.links import Links
from app.services.submissions import Submissions
from app.web import templates
from app.web.pages import back
from app.web.setting import SETTING, Setting
from app.web.templates import gettext as _
from app.world import World

ONCE_LENGTH = 22
ONCE_LENGTH_MAX = 64

Asked = Request[Any, Any, Any]


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One field of the form as its template draws it."""

    name: str
    label: str
    type: str
    value: str
    required: bool
    autocomplete: str
    unit: str | None = None
    note: str | None = None
    fault: str | None = None
    also: tuple[tuple[str, str], ...] = ()


class LinkPages(Controller):
    """`/pay/{shortcode}`."""

    path = "/pay/{shortcode:str}"
    include_in_schema = False
    dependencies = SETTING

    @get()
    async def form(
        self,
        request: Asked,
        shortcode: FromPath[str],
        links: NamedDependency[Links],
        submissions: NamedDependency[Submissions],
        world: NamedDependency[World],
        setting: NamedDependency[Setting],
        intent: Annotated[str | None, QueryParameter(name="paymentIntentId", max_length=64)] = None,
    ) -> Response[bytes] | Redirect:
        """Show the form; or, with an intent's id, go on with that one and never a new one."""
        link, account = await links.public(shortcode)
        if intent is not None:
            try:
                return back((await submissions.reuse(link, intent, {})).id, setting)
            except NotReusable as error:
                return templates.page(
                    request,
                    "pay/finished.html",
                    world,
                    setting,
                    status=409,
                    account=account,
                    error=error,
                    href=setting.path(f"/i/{intent}"),
                )
        rules.refuse_if_closed(link, world.now())
        once = world.secret(ONCE_LENGTH)
        return _form(request, world, setting, link, account, {"once": once}, ())

    @post()
    async def submit(
        self,
        request: Asked,
        shortcode: FromPath[str],
        data: URLEncodedBody[dict[str, str]],
        links: NamedDependency[Links],
        submissions: NamedDependency[Submissions],
        world: NamedDependency[World],
        setting: NamedDependency[Setting],
    ) -> Response[bytes] | Redirect:
        """Make the intent and go to its page."""
        link, account = await links.public(shortcode)
        rules.refuse_if_closed(link, world.now())
        try:
            new = _read(link, data)
            view, _created = await submissions.submit(shortcode, new, _key(data))
        except Invalid as error:
            faults = error.faults or (Fault("", error.detail),)
            return _form(request, world, setting, link, account, data, faults, status=400)
        return back(view.id, setting)


def _read(link: Link, data: Mapping[str, str]) -> NewSubmission:
    """Read a submitted form, or refuse every wrong field at once."""
    faults: list[Fault] = []
    amount, quantity = None, 1
    if link.amount is None:
        amount = data.get("amount", "").strip()
    if link.quantity.allow:
        text = data.get("quantity", "").strip()
        quantity = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
    try:
        price = money.parse_price(amount, link.currency, field="amount") if amount else None
        rules.price(link, price, quantity)
    except Invalid as error:
        faults += error.faults
    fields = {name: data[name] for name in rules.FIELDS if name in data}
    try:
        fields = rules.form(link, fields)
    except Invalid as error:
        faults += error.faults
    if faults:
        raise Invalid("The form is not complete.", faults=tuple(faults))
    return NewSubmission(amount=amount or None, quantity=quantity, fields=fields)


def _key(data: Mapping[str, str]) -> str | None:
    """Name a submission by its word and by all it says: the same again is the same intent.

    Who goes back and changes the form sends another one.
    """
    once = data.get("once", "")
    if not 0 < len(once) <= ONCE_LENGTH_MAX:
        return None
    said = msgspec.json.encode(dict(data), order="sorted")
    return f"{once}:{hashlib.sha256(said).hexdigest()[:32]}"


def _form(
    request: Asked,
    world: World,
    setting: Setting,
    link: Link,
    account: Account,
    data: Mapping[str, str],
    faults: tuple[Fault, ...],
    *,
    status: int = 200,
) -> Response[bytes]:
    fields = _fields(link, data, {one.field: one.message for one in faults})
    names = {one.name for one in fields}
    return templates.page(
        request,
        "pay/link.html",
        world,
        setting,
        status=status,
        link=link,
        account=account,
        fields=fields,
        faults=faults,
        stray=[one for one in faults if one.field not in names],
        once=data.get("once", "")[:ONCE_LENGTH_MAX] or world.secret(ONCE_LENGTH),
    )


def _fields(link: Link, data: Mapping[str, str], faults: Mapping[str, str]) -> list[Field]:
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


def _asked() -> dict[str, tuple[str, str, str]]:
    return {
        "email": (_("E-mail"), "email", "email"),
        "name": (_("Name"), "text", "name"),
        "phone": (_("Telephone"), "tel", "tel"),
        "business": (_("Business"), "text", "organization"),
        "address": (_("Billing address"), "textarea", "billing street-address"),
        "shipping": (_("Shipping address"), "textarea", "shipping street-address"),
    }


def _limits(link: Link) -> str | None:
    """Say what a payer may choose."""
    least = link.amount_min and Price(link.amount_min, link.currency)
    most = link.amount_max and Price(link.amount_max, link.currency)
    if least and most:
        return _("From %(least)s to %(most)s.") % {"least": least, "most": most}
    if least:
        return _("At least %(least)s.") % {"least": least}
    return _("At most %(most)s.") % {"most": most} if most else None
