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
from app.domain.account import Account
from app.domain.link import Link
from app.domain.narrowing import Narrowed
from app.errors import Closed, Fault, Invalid, NotReusable
from app.phrase import Phrase
from app.services.links import Links
from app.services.submissions import Submissions
from app.web import form, templates
from app.web.pages import back
from app.web.setting import SETTING, Setting
from app.web.templates import gettext as _
from app.world import World

ONCE_LENGTH = 22
ONCE_LENGTH_MAX = 64

Asked = Request[Any, Any, Any]

# Why a link takes no more payments: a title, and what to make of it.
CLOSED: dict[str, tuple[Phrase, Phrase]] = {
    "inactive": (
        _("This link is switched off"),
        _("The seller takes no payments here at the moment."),
    ),
    "paid": (_("This payment is finished"), _("It cannot be used for another payment.")),
    "expired": (_("This offer has ended"), _("The time to pay here is over.")),
    "sold_out": (_("Sold out"), _("Everything that was for sale here has been sold.")),
}


class LinkPages(Controller):
    """`/pay/{shortcode}`."""

    path = "/pay/{shortcode:str}"
    include_in_schema = False
    dependencies = SETTING

    @get()
    async def show(
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
        if (closed := _closed(request, world, setting, link, account)) is not None:
            return closed
        typed = form.given(link, request.query_params) | form.narrowed(request.query_params)
        links.narrow(link, Narrowed(**form.narrowed(typed)))  # a site's mistake shows at once
        return _form(request, world, setting, link, account, typed, ())

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
        if (closed := _closed(request, world, setting, link, account)) is not None:
            return closed
        try:
            new = form.read(link, data)
            view, _created = await submissions.submit(shortcode, new, _key(data))
        except Invalid as error:
            faults = error.faults or (Fault("", error.detail),)
            return _form(request, world, setting, link, account, data, faults, status=400)
        return back(view.id, setting)


def _key(data: Mapping[str, str]) -> str | None:
    """Name a submission by its word and by all it says: the same again is the same intent.

    Who goes back and changes the form sends another one.
    """
    once = data.get("once", "")
    if not 0 < len(once) <= ONCE_LENGTH_MAX:
        return None
    said = msgspec.json.encode(dict(data), order="sorted")
    return f"{once}:{hashlib.sha256(said).hexdigest()[:32]}"


def _closed(
    request: Asked, world: World, setting: Setting, link: Link, account: Account
) -> Response[bytes] | None:
    """Return the page of a link that takes no more payments; None: it is open."""
    try:
        rules.refuse_if_closed(link, world.now())
    except Closed as error:
        title, words = CLOSED[error.facts["reason"]]
        return templates.page(
            request,
            "pay/closed.html",
            world,
            setting,
            status=410,
            account=account,
            link=link,
            error=error,
            title=title,
            words=words,
        )
    return None


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
    fields = form.fields(link, data, {one.field: one.message for one in faults})
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
        narrowed=form.narrowed(data),
        first=next((one.name for one in fields if one.fault), None),
        total=form.total(link, data),
        faults=faults,
        stray=[one for one in faults if one.field not in names],
        once=data.get("once", "")[:ONCE_LENGTH_MAX] or world.secret(ONCE_LENGTH),
    )
