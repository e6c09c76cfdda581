"""Wallets, events and invoices over ICPay's wire, to the secret key.

A wallet there is a destination here: where the account's money goes on one kind of chain.
"""

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.compat.icpay import translate, wire
from app.compat.icpay.hooks import HookAnswer
from app.compat.icpay.reports import WalletEntity
from app.compat.icpay.webhook import hook
from app.domain.account import Account, Destination
from app.errors import NotFound
from app.services.accounts import Accounts
from app.services.events import Events


class RecordController(Controller):
    """`/sdk/wallets`, `/sdk/webhook-events` and `/sdk/invoices`."""

    @get("/sdk/wallets/{id:str}")
    async def wallet(
        self,
        id: FromPath[str],
        merchant: NamedDependency[Account],
        accounts: NamedDependency[Accounts],
    ) -> Response[bytes]:
        """Return where money goes."""
        for one in await accounts.destinations(merchant.id):
            if one.id == id:
                return wire.answer(_wallet(one))
        raise NotFound(f"There is no wallet {id[:40]!r} here.")

    @get("/sdk/webhook-events/{id:str}")
    async def event(
        self,
        id: FromPath[str],
        merchant: NamedDependency[Account],
        events: NamedDependency[Events],
    ) -> Response[bytes]:
        """Return an event as its webhook tells it."""
        told = hook(await events.get(merchant.id, id))
        if told is None:
            raise NotFound(f"Event {id[:40]} has no word in ICPay's webhooks.")
        return wire.answer(HookAnswer(told))

    @get("/sdk/invoices/{id:str}")
    async def invoice(self, id: FromPath[str], merchant: NamedDependency[Account]) -> None:
        """Refuse: no payment here has an invoice, and none says it has."""
        raise NotFound("No invoices are kept here: see /sdk/payment-intents/{id}.")


def _wallet(destination: Destination) -> WalletEntity:
    return WalletEntity(
        id=destination.id,
        account_id=destination.account,
        chain_type=translate.NETWORKS.get(destination.family),
        wallet_type=destination.kind,
        wallet_address=destination.value,
        created_at=destination.created_at,
        updated_at=destination.created_at,
    )
