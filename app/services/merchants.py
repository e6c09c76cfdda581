"""Merchants: whose payment intent or link this is, for the page that shows it.

Whose it is never changes, so it is remembered; how that merchant wants its pages to look
may, so an account is remembered no longer than a key's (`services/accounts.py`).
"""

from app.domain.account import Account
from app.errors import NotFound
from app.services.accounts import Accounts
from app.services.intents import Intents
from app.storage import accounts, links
from app.storage.store import Store


class Merchants:
    """Finds the account behind what a shopper holds."""

    def __init__(self, store: Store, accounts: Accounts, intents: Intents) -> None:
        self._store = store
        self._accounts = accounts
        self._intents = intents

    async def of(self, intent: str) -> Account:
        """Return the account an intent belongs to."""
        owner = self._intents.owner(intent)
        if owner is not None:
            return await self._accounts.known(owner)
        account = await self._store.look(lambda tx: accounts.of_intent(tx, intent))
        if account is None:
            raise NotFound(f"There is no payment intent {intent[:40]!r} here.")
        return account

    async def owner(self, intent: str) -> str:
        """Return the id of the account an intent belongs to."""
        return self._intents.owner(intent) or (await self.of(intent)).id

    async def of_link(self, shortcode: str) -> Account:
        """Return the account a payment link belongs to, open or closed."""
        link = await self._store.look(lambda tx: links.by_shortcode(tx, shortcode))
        if link is None:
            raise NotFound("There is no payment link here.")
        return await self._accounts.known(link.account)
