"""Balances: what a wallet holds, so that a shopper is offered what they can pay with.

Anybody with a key may ask of any address, so what an answer costs is bounded: one request
a chain, remembered for seconds, and only so many under way. What cannot be told now is
unknown, and nobody is turned away by it.
"""

import asyncio
from collections.abc import Iterable
from datetime import datetime

import msgspec
import structlog

from app.domain.account import Account
from app.domain.ledger import Catalogue, Ledger
from app.errors import ChainUnavailable
from app.rails import base
from app.rails.base import Rail
from app.services.destinations import Destinations
from app.world import World

log = structlog.get_logger()

KNOWN_SECONDS = 5.0
KNOWN_MAX = 5_000  # wallets on a chain
READ_SECONDS_MAX = 4.0  # a shopper waits for this: a slow chain is an unknown one
READS_MAX = 32  # under way in this process; one more is unknown


class Holding(msgspec.Struct, frozen=True, kw_only=True):
    """What an address holds on one ledger, in atomic units; None: it could not be told."""

    ledger: str
    amount: int | None
    read_at: datetime


class _Known(msgspec.Struct, frozen=True):
    """What one address holds on one chain, until a moment of the monotonic clock."""

    amounts: dict[str, int | None]
    at: datetime
    until: float


class Balances:
    """Reads wallets on every chain that lets itself be asked."""

    def __init__(
        self, world: World, rails: dict[str, Rail], catalogue: Catalogue, destinations: Destinations
    ) -> None:
        self._world = world
        self._rails = rails
        self._destinations = destinations
        self._ledgers: dict[str, list[Ledger]] = {}
        for ledger in catalogue:
            self._ledgers.setdefault(ledger.chain, []).append(ledger)
        self._catalogue = catalogue
        self._known: dict[tuple[str, str], _Known] = {}
        self._reads = 0

    async def of(self, address: str, ledgers: Iterable[Ledger]) -> list[Holding]:
        """Return what an address holds on each ledger, in their order.

        Raises `Invalid` naming `address` where a chain that would be asked cannot read it.
        """
        wanted = list(ledgers)
        chains = list(dict.fromkeys(one.chain for one in wanted))
        spelled = {chain: self._spelled(chain, address) for chain in chains}
        found = await asyncio.gather(*(self._look(chain, spelled[chain]) for chain in chains))
        by_chain = dict(zip(chains, found, strict=True))
        return [
            Holding(
                ledger=one.id,
                amount=by_chain[one.chain].amounts.get(one.id),
                read_at=by_chain[one.chain].at,
            )
            for one in wanted
        ]

    async def of_account(self, account: Account) -> list[Holding]:
        """Return what lies at the account's own addresses, where it has one for a family.

        Money behind an extended key lies at as many addresses as there were payments; the
        merchant's own wallet adds those up, and this house does not.
        """
        destinations = await self._destinations.of(account.id)
        holdings: list[Holding] = []
        for family, destination in destinations.items():
            ledgers = [
                one
                for one in self._catalogue.offered(livemode=account.livemode)
                if self._catalogue.chains[one.chain].family == family
            ]
            if not ledgers:
                continue
            rail = self._rails[ledgers[0].chain]
            place = rail.place(destination.kind, destination.value, 0)
            if place.shared:  # one address for everything: the destination itself
                holdings += await self.of(place.to, ledgers)
        return holdings

    def _spelled(self, chain: str, address: str) -> str:
        """Return an address as its chain writes it."""
        rail = self._rails[chain]
        return rail.check_payee(address) if isinstance(rail, base.Balances) else address

    async def _look(self, chain: str, address: str) -> _Known:
        rail = self._rails[chain]
        if not isinstance(rail, base.Balances):
            return _Known({}, self._world.now(), 0)
        known = self._known.get((chain, address))
        if known is not None and known.until > self._world.monotonic():
            return known
        amounts = await self._read(rail, address)
        known = _Known(amounts, self._world.now(), self._world.monotonic() + KNOWN_SECONDS)
        if len(self._known) >= KNOWN_MAX:
            self._known.clear()
        self._known[chain, address] = known
        return known

    async def _read(self, rail: base.Balances, address: str) -> dict[str, int | None]:
        """Ask one chain of all its ledgers; nothing is known of one that cannot answer."""
        if self._reads >= READS_MAX:
            return {}
        self._reads += 1
        try:
            async with asyncio.timeout(READ_SECONDS_MAX):
                return await rail.balances(address, self._ledgers[rail.chain.id])
        except (TimeoutError, ChainUnavailable):
            log.info("balances.unknown", chain=rail.chain.id)
            return {}
        finally:
            self._reads -= 1
