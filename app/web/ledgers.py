"""Ledgers over HTTP: what an account can be paid on, and how each chain fares."""

from typing import Literal

import msgspec
from litestar import Controller, get
from litestar.di import NamedDependency

from app.domain.ledger import Catalogue
from app.services.accounts import Accounts
from app.services.chains import Chains
from app.web.auth import Caller
from app.web.lists import Page


class LedgerView(msgspec.Struct, frozen=True, kw_only=True):
    """One ledger. `available` says that a new intent may be offered on it now."""

    id: str
    object: Literal["ledger"] = "ledger"
    chain: str
    chain_name: str
    family: str
    symbol: str
    name: str
    decimals: int
    precision: int
    contract: str | None
    livemode: bool
    configured: bool
    available: bool
    fee_rate: str | None = None


class LedgerController(Controller):
    """`/v1/ledgers`."""

    path = "/v1/ledgers"
    tags = ("Ledgers",)

    @get()
    async def index(
        self,
        catalogue: NamedDependency[Catalogue],
        chains: NamedDependency[Chains],
        accounts: NamedDependency[Accounts],
        caller: NamedDependency[Caller],
    ) -> Page[LedgerView]:
        """List the ledgers of the account's mode."""
        has = {one.family for one in await accounts.destinations(caller.account.id)}
        lagging, fee_rates = chains.lagging(), chains.fee_rates()
        found: list[LedgerView] = []
        for one in catalogue.offered(livemode=caller.account.livemode):
            chain = catalogue.chains[one.chain]
            found.append(
                LedgerView(
                    id=one.id,
                    chain=chain.id,
                    chain_name=chain.name,
                    family=chain.family,
                    symbol=one.symbol,
                    name=one.name,
                    decimals=one.decimals,
                    precision=one.precision,
                    contract=one.contract,
                    livemode=chain.livemode,
                    configured=chain.family in has,
                    available=chain.family in has and chain.id not in lagging,
                    fee_rate=fee_rates.get(chain.id),
                )
            )
        return Page(data=found, has_more=False)
