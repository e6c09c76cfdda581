"""The sandbox chain: what it is, what moves on it, and how its book is written.

It is only pretended, for test money alone, but it has blocks, confirmations and
reorgs, so that whatever is tried there happens the same way on a real chain.
"""

from datetime import datetime
from decimal import Decimal

import msgspec

from app.domain.ledger import Chain, Depth, Ledger

FAMILY = "sandbox"
CONFIRMATIONS = 2
FINAL_DEPTH = 12
PAGE_MAX = 1000

CHAIN = Chain(
    id="sandbox:1",
    short="sandbox",
    name="Sandbox",
    family=FAMILY,
    livemode=False,
    depths=(Depth(confirmations=CONFIRMATIONS),),
    block_seconds=Decimal(2),
    lag_seconds_max=None,  # it is our own: it cannot be behind
)
LEDGERS = (
    Ledger(
        id="sandbox_usdc",
        chain=CHAIN.id,
        symbol="USDC",
        asset="USDC",
        name="Sandbox USD Coin",
        decimals=6,
        precision=6,
    ),
    Ledger(
        id="sandbox_eth",
        chain=CHAIN.id,
        symbol="ETH",
        asset="ETH",
        name="Sandbox Ether",
        decimals=18,
        precision=8,
    ),
    Ledger(
        id="sandbox_btc",
        chain=CHAIN.id,
        symbol="BTC",
        asset="BTC",
        name="Sandbox Bitcoin",
        decimals=8,
        precision=8,
    ),
)


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One transfer as the book has it. `block` None: it waits to be mined.

    One that `failed` has its place in a block and moves nothing.
    """

    tx: str
    ledger: str
    to: str
    amount: int
    block: int | None
    block_hash: str | None
    at: datetime
    failed: bool = False


class Tip(msgspec.Struct, frozen=True, kw_only=True):
    """The newest block."""

    height: int
    at: datetime
