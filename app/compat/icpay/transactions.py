"""Transfers over ICPay's wire: what a transaction brought, and how deep it lies."""

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.compat.icpay import numbers, translate, wire
from app.compat.icpay.reports import TransactionEntity, TransactionStatus
from app.domain.account import Account
from app.domain.payment import Payment
from app.errors import NotFound
from app.services.payments import Payments
from app.web.auth import Caller
from app.world import World

UNKNOWN = "unknown"  # no word of its own: it has not reached us, and may yet


class TransactionController(Controller):
    """`/sdk/transactions` and `/sdk/public/transactions`."""

    @get("/sdk/transactions/{id:str}")
    async def read(
        self,
        id: FromPath[str],
        merchant: NamedDependency[Account],
        payments: NamedDependency[Payments],
    ) -> Response[bytes]:
        """Return what a transaction brought the account."""
        return wire.answer(transaction(await payments.named(merchant.id, id)))

    @get("/sdk/transactions/{id:str}/status")
    async def status(
        self,
        id: FromPath[str],
        merchant: NamedDependency[Account],
        payments: NamedDependency[Payments],
    ) -> Response[bytes]:
        """Return how deep a transaction lies."""
        return wire.answer(_status(await payments.named(merchant.id, id)))

    @get("/sdk/public/transactions/{id:str}/sync")
    async def sync(
        self,
        id: FromPath[str],
        caller: NamedDependency[Caller],
        payments: NamedDependency[Payments],
        world: NamedDependency[World],
    ) -> Response[bytes]:
        """Return what is known of a transaction: every chain is read anyway."""
        try:
            found = _status(await payments.named(caller.account.id, id))
        except NotFound:
            found = TransactionStatus(
                transaction_id=id[: wire.TEXT_MAX], status=UNKNOWN, timestamp=world.now()
            )
        return wire.answer(found)


def transaction(payment: Payment) -> TransactionEntity:
    """Return a transfer as ICPay's transaction."""
    return TransactionEntity(
        id=payment.tx,
        transaction_id=payment.tx,
        payment_intent_id=payment.intent,
        payment_id=None if payment.intent is None else numbers.payment_id(payment.intent),
        chain_id=payment.chain,
        status=translate.TRANSFER_STATUS[payment.status],
        amount=str(payment.amount),
        ledger_id=payment.ledger,
        from_address=payment.sender,
        to_address=payment.to,
        block_height=payment.block,
        confirmations=payment.confirmations,
        timestamp=payment.arrived_at,
        created_at=payment.created_at,
        updated_at=payment.created_at,
    )


def _status(payment: Payment) -> TransactionStatus:
    return TransactionStatus(
        transaction_id=payment.tx,
        status=translate.TRANSFER_STATUS[payment.status],
        block_height=payment.block,
        timestamp=payment.arrived_at,
    )
