"""Everything Opentill refuses, in one tree.

    CheckoutError
    ├── Invalid             the request is wrong: fix it and send it again
    │   ├── UnknownLedger
    │   ├── UnknownCurrency
    │   ├── NoLedgerLeft    what is named leaves nothing to pay with
    │   └── NotConfigured   the account lacks something, such as a destination
    ├── Unauthorized        no key, a wrong key, or a key of the other mode
    ├── Forbidden           the key is real and may not do this
    │   ├── MissingPermission
    │   ├── TotalPrivate
    │   └── UnlockRefused   a token that opens nothing
    ├── NotFound            no such thing, or not yours: the same answer
    ├── Conflict            the thing is not in a state that allows this
    │   ├── NotReusable
    │   ├── NotOpen
    │   ├── NotPaid
    │   ├── NotClaimable    a voucher that gives nothing, or not so much
    │   ├── IdempotencyMismatch
    │   ├── OrderTaken
    │   └── KeyReused       an application's key acts for one account
    ├── NotOffered          known, and not to be had here: no retry brings it
    ├── Closed              a link that is inactive, sold out or past its end
    ├── TooMany             asked too often: the same request is welcome later
    └── Unavailable         nothing is wrong with the request: try again later
        ├── PriceUnavailable
        └── ChainUnavailable

A code is stable and a client may match on it. A title is for people, a hint says
what to do next. HTTP statuses live in `web/problems.py` alone.
"""

from typing import ClassVar, Self

import msgspec


class Fault(msgspec.Struct, frozen=True):
    """One thing wrong with one field of a request."""

    field: str
    message: str


class CheckoutError(Exception):
    """An expected refusal."""

    code: ClassVar[str] = "error"
    title: ClassVar[str] = "The request was refused"
    hint: ClassVar[str] = "Read the detail and try again."

    def __init__(self, detail: str = "", *, faults: tuple[Fault, ...] = (), **facts: str) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.faults = faults
        self.facts = facts


class Invalid(CheckoutError):
    code = "invalid_request"
    title = "The request is not valid"
    hint = "Correct the fields named in errors and send the request again."

    @classmethod
    def field(cls, field: str, message: str) -> Self:
        """Refuse one field, naming it."""
        return cls(f"{field}: {message}", faults=(Fault(field, message),))


class UnknownLedger(Invalid):
    code = "unknown_ledger"
    title = "No such ledger"
    hint = "GET /v1/ledgers lists the ledgers this account can be paid on."


class UnknownCurrency(Invalid):
    code = "unknown_currency"
    title = "No such currency"
    hint = "Use an ISO 4217 code such as USD or EUR, or the code of a listed asset."


class NoLedgerLeft(Invalid):
    code = "no_ledger_left"
    title = "Nothing is left to pay with"
    hint = "Name fewer or other ledgers, chains or chain_types: errors tells what is available."


class NotConfigured(Invalid):
    code = "not_configured"
    title = "The account is not set up for this"
    hint = "Add a destination for this chain: POST /v1/destinations."


class Unauthorized(CheckoutError):
    code = "unauthorized"
    title = "This key opens nothing here"
    hint = "Send Authorization: Bearer sk_… (or pk_… where a publishable key is enough)."


class Forbidden(CheckoutError):
    code = "forbidden"
    title = "This key may not do that"
    hint = "Use the account's secret key from your server."


class MissingPermission(Forbidden):
    """A key that lacks one permission: the one fault names it."""

    code = "missing_permission"
    title = "This key lacks a permission"
    hint = "Use a key that has it: make one with this permission, or use the account's secret key."

    def __init__(self, permission: str) -> None:
        super().__init__(
            f"This needs the permission {permission}, which this key does not have.",
            faults=(Fault("permission", permission),),
        )


class TotalPrivate(Forbidden):
    code = "total_private"
    title = "This total is not shown"
    hint = "The merchant shows it by setting the link's goal, or show_total."


class UnlockRefused(Forbidden):
    code = "unlock_refused"
    title = "This token opens nothing here"
    hint = "Ask for a new one: POST /v1/payment_intents/{id}/unlock, once it is paid."


class NotFound(CheckoutError):
    code = "not_found"
    title = "Nothing here by that id"
    hint = "Check the id and that the key belongs to the same account and mode."


class Conflict(CheckoutError):
    code = "conflict"
    title = "The current state does not allow this"
    hint = "Read the object again and decide from its status."


class NotReusable(Conflict):
    code = "intent_not_reusable"
    title = "This payment intent is finished"
    hint = "Only requires_payment and processing can be reused. Make a new intent."


class NotOpen(Conflict):
    code = "intent_not_open"
    title = "This payment intent is no longer open to the payer"
    hint = "An expired unpaid intent can be priced again: POST …/requote."


class NotPaid(Conflict):
    code = "intent_not_paid"
    title = "This payment intent is not paid"
    hint = "Unlock it once it has succeeded, while the payment stands."


class NotClaimable(Conflict):
    code = "not_claimable"
    title = "This cannot be claimed"
    hint = "Read the voucher again: its status, and how much is left of it."


class IdempotencyMismatch(Conflict):
    code = "idempotency_mismatch"
    title = "This Idempotency-Key was used for another request"
    hint = "Use a new key for a new request; repeat a request with the same body."


class OrderTaken(Conflict):
    code = "order_taken"
    title = "This order already has an open payment intent"
    hint = "Use the open intent, or cancel it first."


class KeyReused(Conflict):
    code = "key_reused"
    title = "This application's key acts for another account"
    hint = "End that pairing first, or let the application make a new key."


class NotOffered(CheckoutError):
    code = "not_offered"
    title = "This is not offered here"
    hint = "Use another way to pay: GET /v1/ledgers lists those there are."


class Closed(CheckoutError):
    code = "link_closed"
    title = "This payment link is closed"
    hint = "Ask the merchant for a new link."


class TooMany(CheckoutError):
    code = "too_many_requests"
    title = "Too many requests"
    hint = "Wait as long as Retry-After says and try again."

    def __init__(self, detail: str = "", retry_after_seconds: int = 1) -> None:
        super().__init__(detail)
        self.retry_after_seconds = max(retry_after_seconds, 1)


class Unavailable(CheckoutError):
    code = "unavailable"
    title = "Not available right now"
    hint = "Try again in a minute."


class PriceUnavailable(Unavailable):
    code = "price_unavailable"
    title = "No trustworthy price right now"
    hint = "Try again in a minute. /readyz tells which rate sources answer."


class ChainUnavailable(Unavailable):
    code = "chain_unavailable"
    title = "This chain cannot be read right now"
    hint = "Choose another ledger or try again. /readyz tells which chain lags."
