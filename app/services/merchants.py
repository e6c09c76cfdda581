"""Merchants: whose payment intent this is, for the page that shows it."""

from app.domain.account import Account
from app.errors import NotFound
from app.storage import accounts
from app.storage.store import Store


class Merchants:
    """Finds the account behind what a shopper holds."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def of(self, intent: str) -> Account:
        """Return the account an intent belongs to."""
        account = await self._store.look(lambda tx: accounts.of_intent(tx, intent))
        if account is None:
            raise NotFound(f"There is no payment intent {intent[:40]!r} here.")
        return account
