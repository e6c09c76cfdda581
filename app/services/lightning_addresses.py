"""Lightning addresses as their merchant sees them: names that wallets send money to."""

from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from app.domain import lnurl
from app.domain.lnurl import LightningAddress
from app.errors import Conflict, Invalid, NotFound
from app.storage import lightning_addresses as names
from app.storage import links
from app.storage.store import Store, Tx
from app.world import World

ADDRESSES_MAX = 100  # an account


class NewLightningAddress(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a name should sell: a payment link by id; None takes whatever the payer gives."""

    payment_link: str | None = None


class LightningAddressView(msgspec.Struct, frozen=True, kw_only=True):
    """A name, the address made of it, and the code that leads to the same."""

    name: str
    object: Literal["lightning_address"] = "lightning_address"
    address: str
    lnurl: str
    payment_link: str | None
    created_at: datetime


class LightningAddresses:
    """Every name of this house."""

    def __init__(self, store: Store, world: World, url: str) -> None:
        self._store = store
        self._world = world
        self._url = url

    async def all(self, account: str) -> list[LightningAddressView]:
        """Return an account's addresses."""
        found = await self._store.read(lambda tx: names.of_account(tx, account, ADDRESSES_MAX))
        return [self._view(one) for one in found]

    async def put(self, account: str, name: str, new: NewLightningAddress) -> LightningAddressView:
        """Take a name, or let one that is the account's sell something else."""
        if not lnurl.NAME.fullmatch(name):
            message = "must be 1 to 64 of a-z, 0-9, dots, hyphens and underscores"
            raise Invalid.field("name", message)

        def write(tx: Tx) -> LightningAddress:
            link = None
            if new.payment_link is not None:
                link = links.get(tx, account, new.payment_link)
                if link is None:
                    raise Invalid.field("payment_link", "is no payment link of this account")
            known = names.get(tx, name)
            if known is not None and known.account != account:
                raise Conflict(f"The name {name} is taken.")
            if known is None and len(names.of_account(tx, account, ADDRESSES_MAX)) >= ADDRESSES_MAX:
                raise Conflict(f"An account has at most {ADDRESSES_MAX} Lightning addresses.")
            taken = LightningAddress(
                name=name,
                account=account,
                link=link.id if link else None,
                created_at=known.created_at if known else tx.now,
            )
            names.put(tx, taken)
            return taken

        return self._view(await self._store.write(write))

    async def remove(self, account: str, name: str) -> None:
        """Give a name up."""
        if not await self._store.write(lambda tx: names.remove(tx, account, name)):
            raise NotFound(f"There is no Lightning address {name[:64]!r} here.")

    def _view(self, known: LightningAddress) -> LightningAddressView:
        return LightningAddressView(
            name=known.name,
            address=address(known.name, self._url),
            lnurl=lnurl.code(f"{self._url}/.well-known/lnurlp/{known.name}"),
            payment_link=known.link,
            created_at=known.created_at,
        )


def address(name: str, url: str) -> str:
    """Return a name as people write it: `name@host`."""
    return f"{name}@{urlsplit(url).netloc}"
