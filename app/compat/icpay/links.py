"""Payment links over ICPay's wire: a till makes one with its intent, a page reads it."""

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from app.compat.icpay import link_entities, requests, wire
from app.compat.icpay.accounts import branding
from app.compat.icpay.link_entities import (
    MARK,
    TOKENS_MAX,
    USD,
    MadeLink,
    NewTillLink,
    PublicLink,
)
from app.domain.account import Account
from app.domain.ledger import Catalogue
from app.errors import CheckoutError, Invalid
from app.services.link_requests import LinkView, NewLink, NewSubmission
from app.services.links import Links
from app.services.submissions import Submissions
from app.services.views import IntentView
from app.settings import Settings
from app.web.auth import Caller
from app.world import World


class LinkController(Controller):
    """`/sdk/public/payment-links` and `/public/payment-links`."""

    @post("/sdk/public/payment-links", status_code=201)
    async def create(
        self,
        data: JSONBody[NewTillLink],
        caller: NamedDependency[Caller],
        links: NamedDependency[Links],
        submissions: NamedDependency[Submissions],
        catalogue: NamedDependency[Catalogue],
        world: NamedDependency[World],
    ) -> Response[bytes]:
        """Make a link and its intent; one token alone is chosen, of several the payer chooses."""
        caller.refuse_unless_it_may_price()
        new = _new(data, caller.account, catalogue)
        made, _ = await links.create(caller.account, new)
        intent = await _intent(made, caller.account, links, submissions)
        link, _ = await links.public(made.shortcode)
        answer = MadeLink(
            id=made.id,
            shortcode=made.shortcode,
            payment_intent_id=intent.id,
            url=f"{made.url}?paymentIntentId={intent.id}",
            link=link_entities.entity(link, world.now()),
        )
        return wire.answer(answer, 201)

    @get("/public/payment-links/{shortcode:str}")
    async def read(
        self,
        shortcode: FromPath[str],
        links: NamedDependency[Links],
        settings: NamedDependency[Settings],
        world: NamedDependency[World],
    ) -> Response[bytes]:
        """Return a link and its merchant, open or closed, to whoever has the shortcode."""
        link, account = await links.public(shortcode)
        public = PublicLink(
            link=link_entities.entity(link, world.now()),
            account=link_entities.owner(account, branding(account, settings)),
        )
        return wire.answer(public)


def _new(asked: NewTillLink, account: Account, catalogue: Catalogue) -> NewLink:
    if asked.amount_usd is None:
        raise Invalid.field("amountUsd", "is required")
    tokens = asked.token_shortcodes or ()
    if len(tokens) > TOKENS_MAX:
        raise Invalid.field("tokenShortcodes", f"must be at most {TOKENS_MAX}")
    for one in tokens:
        catalogue.ledger(one, field="tokenShortcodes")
    return NewLink(
        name=asked.name or account.name,
        description=asked.description,
        amount=requests.dollars(asked.amount_usd, "amountUsd"),
        currency=USD,
        ledgers=tokens or None,
        metadata=link_entities.kept(asked),
    )


async def _intent(
    made: LinkView, account: Account, links: Links, submissions: Submissions
) -> IntentView:
    """Make the intent of a new link; a link that cannot be paid is not left behind."""
    mark = {"id": made.id, "shortcode": made.shortcode, "quantity": 1}
    try:
        view, _ = await submissions.submit(made.shortcode, NewSubmission(metadata={MARK: mark}))
    except CheckoutError:
        await links.remove(account.id, made.id)
        raise
    return view
