"""Chains and ledgers: where value can move, and what moves there.

A chain is one network, named by CAIP-2 (`eip155:8453`). A ledger is one asset on
one chain, named by a shortcode (`base_usdc`). The catalogue is the set of ledgers
this house is configured for; it never changes while the process runs.
"""

from collections.abc import Iterable, Iterator
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum

import msgspec

from app.domain.conditions import CONFIRMATIONS, Speed
from app.errors import UnknownLedger


class Depth(msgspec.Struct, frozen=True, kw_only=True):
    """How deep a payment must lie: up to this price, so many confirmations.

    `up_to` is in US dollars (None: any price); `confirmations` None means the
    chain itself must call the block final.
    """

    confirmations: int | None
    up_to: Decimal | None = None


class Fee(StrEnum):
    """What moving money costs its sender, as a rough order and never as a figure.

    LOW is a small part of HIGH: a rollup's or a wide chain's fee beside that of a chain
    whose scarce blocks are bid for.
    """

    LOW = "low"
    HIGH = "high"


class Chain(msgspec.Struct, frozen=True, kw_only=True):
    """One network."""

    id: str  # CAIP-2
    short: str  # base
    name: str  # Base
    family: str  # the rail that moves value on it: evm, sandbox
    livemode: bool
    depths: tuple[Depth, ...]
    block_seconds: Decimal
    explorer_tx: str | None = None  # https://basescan.org/tx/{tx}
    native: tuple[str, int] | None = None  # symbol and decimals of its own coin
    rpc_public: str | None = None  # a node for everybody: what a wallet new to the chain is told
    lag_seconds_max: int | None = 120  # an older tip lags and is not offered; None: never lags
    final_seconds: int | None = None  # about, until the chain calls a block final
    fee: Fee | None = None  # None: not known, and nothing is said of it
    by_speed: bool = False  # a merchant's own speed goes before what the price asks for
    fee_unit: str | None = None  # what a byte's fee is counted in: sat/vB; None: nobody bids so
    gap_limit: int | None = None  # unpaid addresses in a row a wallet looks beyond; None: no matter


class Ledger(msgspec.Struct, frozen=True, kw_only=True):
    """One asset on one chain."""

    id: str  # shortcode: base_usdc
    chain: str  # CAIP-2
    symbol: str  # USDC
    asset: str  # what a rate source prices: USDC, ETH
    name: str  # USD Coin
    decimals: int
    precision: int  # decimals shown and asked for; amounts are rounded up to it
    contract: str | None = None  # None: the chain's native coin
    eip712: tuple[str, str] | None = None  # name and version of its EIP-712 domain
    beside: str | None = None  # the chain in whose own coin's code its invoices stand as well


class Catalogue:
    """Every chain and ledger this house knows, by id."""

    def __init__(self, chains: Iterable[Chain], ledgers: Iterable[Ledger]) -> None:
        self.chains = {chain.id: chain for chain in chains}
        self.ledgers = {ledger.id: ledger for ledger in ledgers}
        for ledger in self.ledgers.values():
            assert ledger.chain in self.chains, f"{ledger.id} is on no chain"
            assert 0 <= ledger.precision <= ledger.decimals <= 78, ledger.id

    def __iter__(self) -> Iterator[Ledger]:
        return iter(self.ledgers.values())

    def ledger(self, id: str, *, field: str = "ledger") -> Ledger:
        """Return one ledger or refuse it by the field that names it."""
        if found := self.ledgers.get(id):
            return found
        raise UnknownLedger.field(field, f"there is no ledger {id[:80]!r} here")

    def chain_of(self, ledger: str) -> Chain:
        return self.chains[self.ledger(ledger).chain]

    def beside(self, ledger: str) -> list[Ledger]:
        """Return the ledgers whose invoices stand in this one's code as well."""
        shown = self.ledger(ledger)
        return [one for one in self if one.beside == shown.chain and shown.contract is None]

    def offered(self, *, livemode: bool) -> list[Ledger]:
        """Ledgers of one mode: live money and test money never meet."""
        return [one for one in self if self.chains[one.chain].livemode is livemode]


def depth(chain: Chain, price_usd: Decimal | None, speed: Speed | None = None) -> int | None:
    """Return the confirmations a payment of this price needs; None: finality.

    An unknown price is treated as a large one. Where blocks are scarce, the speed a merchant
    asked for goes before: it is their risk.
    """
    if speed is not None and chain.by_speed:
        return CONFIRMATIONS[speed]
    for rule in chain.depths:
        if rule.up_to is None or (price_usd is not None and price_usd <= rule.up_to):
            return rule.confirmations
    return chain.depths[-1].confirmations


def wait_seconds(chain: Chain, price_usd: Decimal | None, speed: Speed | None = None) -> int | None:
    """Return about how long a payment of this price waits to be trusted; None: unknown."""
    confirmations = depth(chain, price_usd, speed)
    if confirmations is None:
        return chain.final_seconds
    return int((chain.block_seconds * confirmations).to_integral_value(ROUND_CEILING))
