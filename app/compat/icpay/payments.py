"""What was paid, over ICPay's wire, to the secret key."""

from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from app.compat.icpay import numbers, translate, views, wire
from app.compat.icpay.reports import FlatPayment, History, PaymentAggregate
from app.compat.icpay.transactions import transaction
from app.domain.account import Account
from app.domain.intent import Paid
from app.domain.ledger import Catalogue
from app.errors import Invalid, NotFound
from app.services.payments import PaidIntent, Payments

LIMIT = 50
MILLISECONDS = 10**12  # a time as large as this is counted in them
SECONDS_MAX = 2**35

Asked = Request[Any, Any, Any]


class Wanted(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The query of every list of payments."""

    limit: int = LIMIT
    offset: int = 0
    status: str | None = None
    ledger_canister_id: str | None = None
    from_timestamp: str | None = None
    to_timestamp: str | None = None


class Labels(msgspec.Struct, frozen=True, kw_only=True):
    """What the metadata of a payment must say."""

    metadata: dict[str, str | int | bool]


class PaymentController(Controller):
    """`/sdk/payments` and `/sdk/payment-intents`."""

    @get("/sdk/payments")
    async def index(
        self,
        request: Asked,
        merchant: NamedDependency[Account],
        payments: NamedDependency[Payments],
        catalogue: NamedDependency[Catalogue],
    ) -> Response[bytes]:
        """List what was paid, newest first."""
        wanted = wire.query(request, Wanted)
        found, _ = await payments.page(
            merchant.id, _paid(wanted, catalogue), wanted.offset, wanted.limit
        )
        return wire.answer([_aggregate(one, merchant, catalogue) for one in found])

    @get("/sdk/payments/history")
    async def history(
        self,
        request: Asked,
        merchant: NamedDependency[Account],
        payments: NamedDependency[Payments],
        catalogue: NamedDependency[Catalogue],
    ) -> Response[bytes]:
        """List payments line by line, narrowed by ledger, time and status."""
        if request.query_params.get("accountId", merchant.id) != merchant.id:
            raise NotFound("This key opens another account.")
        wanted = wire.query(request, Wanted)
        paid = _paid(wanted, catalogue)
        return await _history(payments, merchant, catalogue, wanted, paid)

    @get("/sdk/payments/by-principal/{principal:str}")
    async def by_principal(
        self,
        request: Asked,
        principal: FromPath[str],
        merchant: NamedDependency[Account],
        payments: NamedDependency[Payments],
        catalogue: NamedDependency[Catalogue],
    ) -> Response[bytes]:
        """List what an address paid."""
        wanted = wire.query(request, Wanted)
        paid = msgspec.structs.replace(_paid(wanted, catalogue), sender=principal[: wire.TEXT_MAX])
        return await _history(payments, merchant, catalogue, wanted, paid)

    @post("/sdk/payments/by-metadata", status_code=200)
    async def by_metadata(
        self,
        request: Asked,
        data: JSONBody[Labels],
        merchant: NamedDependency[Account],
        payments: NamedDependency[Payments],
        catalogue: NamedDependency[Catalogue],
    ) -> Response[bytes]:
        """List payments whose metadata says all of this."""
        wanted = wire.query(request, Wanted)
        labels = tuple((key, _label(value)) for key, value in data.metadata.items())
        paid = msgspec.structs.replace(_paid(wanted, catalogue), labels=labels)
        return await _history(payments, merchant, catalogue, wanted, paid)

    @get("/sdk/payments/{id:str}")
    async def read(
        self,
        id: FromPath[str],
        merchant: NamedDependency[Account],
        payments: NamedDependency[Payments],
        catalogue: NamedDependency[Catalogue],
    ) -> Response[bytes]:
        """Return a payment with its intent."""
        found = await payments.get(merchant.id, numbers.intent_of(id))
        if views.payment(found.view, merchant, secret=True) is None:
            raise NotFound(f"There is no payment {id[:40]!r} here.")
        return wire.answer(_aggregate(found, merchant, catalogue))

    @get("/sdk/payment-intents/{id:str}")
    async def intent(
        self,
        id: FromPath[str],
        merchant: NamedDependency[Account],
        payments: NamedDependency[Payments],
        catalogue: NamedDependency[Catalogue],
    ) -> Response[bytes]:
        """Return an intent."""
        found = await payments.get(merchant.id, id)
        return wire.answer(views.intent(found.view, merchant, catalogue, secret=True))


async def _history(
    payments: Payments, account: Account, catalogue: Catalogue, wanted: Wanted, paid: Paid
) -> Response[bytes]:
    found, total = await payments.page(account.id, paid, wanted.offset, wanted.limit)
    history = History(
        payments=[_flat(one, account, catalogue) for one in found],
        total=total,
        limit=wanted.limit,
        offset=wanted.offset,
        has_more=wanted.offset + len(found) < total,
    )
    return wire.answer(history)


def _aggregate(found: PaidIntent, account: Account, catalogue: Catalogue) -> PaymentAggregate:
    came = found.transfers
    return PaymentAggregate(
        payment=views.payment(found.view, account, secret=True),
        intent=views.intent(found.view, account, catalogue, secret=True),
        transaction=transaction(came[-1]) if came else None,
    )


def _flat(found: PaidIntent, account: Account, catalogue: Catalogue) -> FlatPayment:
    view = found.view
    quote = views.chosen(view)
    came = found.transfers[-1]
    intent = views.intent(view, account, catalogue, secret=True)
    return FlatPayment(
        id=numbers.payment_id(view.id),
        status=translate.PAYMENT_STATUS[view.status, view.exception],
        amount=views.requested(view),
        ledger_canister_id=intent.ledger_canister_id,
        ledger_symbol=quote.symbol if quote is not None else None,
        from_address=came.sender,
        to_address=came.to,
        decimals=quote.decimals if quote is not None else None,
        token_price=views.rate(view),
        expected_sender_principal=intent.expected_sender_principal,
        metadata=view.metadata,
        created_at=intent.created_at,
        updated_at=intent.updated_at,
        intent=intent,
    )


def _paid(wanted: Wanted, catalogue: Catalogue) -> Paid:
    """Return what a query narrows payments to."""
    return Paid(
        standing=None if wanted.status is None else translate.cells(wanted.status),
        ledgers=_ledgers(wanted.ledger_canister_id, catalogue),
        created_from=_time("fromTimestamp", wanted.from_timestamp),
        created_before=_time("toTimestamp", wanted.to_timestamp),
    )


def _ledgers(canister: str | None, catalogue: Catalogue) -> tuple[str, ...] | None:
    """Return every ledger of an address: the zeros are each chain's own coin."""
    if canister is None:
        return None
    return tuple(
        one.id
        for one in catalogue
        if canister.lower()
        in {
            one.id,
            translate.token_address(
                catalogue.chains[one.chain].family, one.id, one.contract
            ).lower(),
        }
    )


def _time(field: str, text: str | None) -> datetime | None:
    """Read a time as text, or as seconds or milliseconds since 1970."""
    if text is None:
        return None
    try:
        if text.isascii() and text.isdigit() and len(text) < 20:
            number = int(text)
            seconds = number // 1000 if number >= MILLISECONDS else number
            return datetime.fromtimestamp(min(seconds, SECONDS_MAX), UTC)
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid.field(field, "must be a time such as 2026-01-01T00:00:00Z") from None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def _label(value: str | int | bool) -> str:
    """Return a value as a label is kept."""
    return str(value).lower() if isinstance(value, bool) else str(value)
