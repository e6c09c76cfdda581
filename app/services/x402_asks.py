"""What a merchant's server asks of x402: a price for one of its own paths, and its payment."""

from typing import Literal

import msgspec

from app.domain import money
from app.domain.account import Account
from app.domain.authorization import Reason, Requirement, Settlement
from app.domain.narrowing import Narrowing
from app.errors import NotFound
from app.services.intents import Intents
from app.services.once import Once
from app.services.requests import NewIntent
from app.services.views import IntentView
from app.services.x402 import X402

RESOURCE = "x402_resource"  # in an intent's metadata: what it pays for


class NewRequirements(NewIntent, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A price for a resource; or, with `payment_intent`, an intent that has one already."""

    resource: str
    mime_type: str | None = None


class Offered(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The `PAYMENT-SIGNATURE` a merchant's server received, and what it must have paid for."""

    payment: str
    payment_intent: str | None = None
    resource: str | None = None
    amount: str | None = None
    currency: str | None = None


class RequirementsView(msgspec.Struct, frozen=True, kw_only=True):
    """What a merchant's server answers 402 with."""

    object: Literal["x402_requirements"] = "x402_requirements"
    payment_intent: str
    payment_required: str
    body: msgspec.Raw


class SettlementView(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a payment. `payment_response` is the header for the payer."""

    object: Literal["x402_settlement"] = "x402_settlement"
    outcome: str
    reason: str | None
    message: str | None
    tx: str | None
    payer: str | None
    network: str | None
    payment_intent: str | None
    repeated: bool
    payment_response: str


class Asks:
    """Asks for and checks payments on a merchant's behalf."""

    def __init__(self, x402: X402, intents: Intents) -> None:
        self.x402 = x402
        self._intents = intents

    async def ask(
        self, account: Account, new: NewRequirements, key: Once | None
    ) -> tuple[IntentView, list[Requirement]]:
        """Make an intent for a resource, or take the one that is named, and ask for its payment."""
        fields = {name: getattr(new, name) for name in NewIntent.__struct_fields__}
        fields["metadata"] = new.metadata | {RESOURCE: new.resource}
        view, _ = await self._intents.create(account, NewIntent(**fields), key)
        return view, await self.x402.requirements(account, view.id, Narrowing())

    async def meant(
        self, account: Account, intent: str | None, offered: Offered
    ) -> str | Settlement:
        """Return the intent a payment is for, or the refusal when it is for something else.

        A payment for a cheap resource must not open a dear one: what the server says it
        serves is held against what the intent was made for.
        """
        named = offered.payment_intent or intent
        try:
            view = await self._intents.get(named or "", account.id)
        except NotFound:
            return Settlement.refused(Reason.REQUIREMENT)
        if intent is not None and view.id != intent:
            return Settlement.refused(Reason.RECIPIENT)
        if offered.resource is not None and view.metadata.get(RESOURCE) != offered.resource:
            message = "The payment is for another resource."
            return Settlement.refused(Reason.REQUIREMENT, message)
        currency = view.currency if offered.currency is None else offered.currency
        if money.currency(currency) != view.currency:
            return Settlement.refused(Reason.REQUIREMENT, "The payment is in another currency.")
        if offered.amount is not None:
            wanted = money.parse_price(offered.amount, view.currency, field="amount")
            if money.price_text(wanted, view.currency) != view.amount:
                return Settlement.refused(Reason.REQUIREMENT, "The payment is of another price.")
        return view.id
