"""The house itself over Greenfield: health, what it is, and the lists anybody may read."""

from typing import Any

import msgspec
from litestar import Controller, Response, get
from litestar.di import NamedDependency

from app.compat.greenfield import offer, wire
from app.compat.greenfield.access import ANY_KEY, OPEN
from app.domain.ledger import Catalogue
from app.domain.permission import INCLUDES, Right
from app.services.accounts import Accounts
from app.services.chains import Chains
from app.services.keys import Holder
from app.services.prices import Prices
from app.words import languages

# What its plugins compare before they offer refunds: the version whose wire this is.
VERSION = "2.4.1"


class HealthEntity(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`GET /health`."""

    synchronized: bool


class SyncEntity(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How one payment method's chain is read."""

    payment_method_id: str
    chain_height: int
    sync_height: int
    available: bool


class InfoEntity(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`GET /server/info`."""

    version: str
    onion: str | None
    supported_payment_methods: list[str]
    fully_synched: bool
    sync_status: list[SyncEntity]


class RightEntity(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A permission and what it includes."""

    name: str
    included: list[str]


class LanguageEntity(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A language a checkout page can be shown in."""

    code: str
    current_language: str


class SourceEntity(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Where rates come from."""

    id: str
    name: str
    url: str


class ServerController(Controller):
    """`/api/v1/health`, `/api/v1/server/info` and `/misc/…`."""

    @get("/api/v1/health", opt=OPEN)
    async def health(self, chains: NamedDependency[Chains]) -> Response[bytes]:
        """Tell whether every chain is read to its end."""
        return wire.answer(HealthEntity(synchronized=not chains.lagging()))

    @get("/api/v1/server/info", opt=ANY_KEY)
    async def info(
        self,
        holder: NamedDependency[Holder],
        accounts: NamedDependency[Accounts],
        catalogue: NamedDependency[Catalogue],
        chains: NamedDependency[Chains],
    ) -> Response[bytes]:
        """Tell what this is, and how the chains are read that the key's stores are paid on."""
        used: dict[str, str] = {}
        supported: dict[str, None] = {}
        for id in holder.accounts:
            account = await accounts.known(id)
            for one in await offer.ledgers(account, catalogue, accounts):
                used.setdefault(one.chain, offer.names([one], catalogue)[0])
            of_mode = catalogue.offered(livemode=account.livemode)
            supported |= dict.fromkeys(offer.names(of_mode, catalogue))
        read = [one for one in chains.status() if one.chain in used]
        return wire.answer(
            InfoEntity(
                version=VERSION,
                onion=None,
                supported_payment_methods=list(supported),
                fully_synched=not any(one.lagging for one in read),
                sync_status=[
                    SyncEntity(
                        payment_method_id=used[one.chain],
                        chain_height=one.tip or 0,
                        sync_height=one.tip or 0,
                        available=not one.lagging,
                    )
                    for one in read
                ],
            )
        )

    @get("/misc/permissions", opt=OPEN, sync_to_thread=False)
    def rights(self) -> Response[bytes]:
        """List the permissions a key can have."""
        known = [
            RightEntity(name=right, included=[str(one) for one in INCLUDES.get(right, ())])
            for right in Right
        ]
        return wire.answer(known)

    @get("/misc/lang", opt=OPEN, sync_to_thread=False)
    def languages(self) -> Response[bytes]:
        """List the languages of the pages."""
        known = [
            LanguageEntity(code=one.code, current_language=one.name)
            for one in languages.offered().values()
        ]
        return wire.answer(known)

    @get("/misc/rate-sources", opt=OPEN, sync_to_thread=False)
    def sources(self, prices: NamedDependency[Prices]) -> Response[bytes]:
        """List where rates come from."""
        known: list[Any] = [
            SourceEntity(id=one.name, name=one.name, url="") for one in prices.status()
        ]
        return wire.answer(known)
