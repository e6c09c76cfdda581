"""The chains of these families this house knows by heart. A settings block adds the sources.

Depths are what shops have long waited for: one block for a coffee, six for a car. Litecoin's
blocks come four times as fast and cost a maker far less, so it takes twice as many.
"""

from decimal import Decimal

import msgspec

from app.domain.ledger import Chain, Depth, Fee
from app.rails.bitcoin import network

DECIMALS = 8
PRECISION = 8


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """One chain, and what its coin is called."""

    chain: Chain
    symbol: str
    name: str


def _up_to(usd: int, confirmations: int) -> Depth:
    return Depth(confirmations=confirmations, up_to=Decimal(usd))


BITCOIN_DEPTHS = (_up_to(100, 1), _up_to(1_000, 2), _up_to(10_000, 3), Depth(confirmations=6))
LITECOIN_DEPTHS = (_up_to(100, 2), _up_to(1_000, 4), _up_to(10_000, 6), Depth(confirmations=12))
TEST_DEPTHS = (Depth(confirmations=1),)
GAP_LIMIT = 20  # BIP-44: a wallet looks no further than so many addresses nobody paid
# Blocks come when they are found: two hours without one happen once in years.
LAG_SECONDS_MAX = 2 * 60 * 60


def _bitcoin(id: str, short: str, name: str, explorer: str | None, *, live: bool = False) -> Known:
    chain = Chain(
        id=id,
        short=short,
        name=name,
        family="bitcoin",
        livemode=live,
        depths=BITCOIN_DEPTHS if live else TEST_DEPTHS,
        block_seconds=Decimal(600),
        explorer_tx=explorer,
        native=("BTC", DECIMALS),
        by_speed=True,
        fee_unit="sat/vB",
        gap_limit=GAP_LIMIT,
        lag_seconds_max=LAG_SECONDS_MAX if live else None,  # nobody is paid to make test blocks
        fee=Fee.HIGH if live else None,
    )
    return Known(chain=chain, symbol="BTC", name="Bitcoin")


def _litecoin(id: str, short: str, name: str, explorer: str | None, *, live: bool = False) -> Known:
    chain = Chain(
        id=id,
        short=short,
        name=name,
        family="litecoin",
        livemode=live,
        depths=LITECOIN_DEPTHS if live else TEST_DEPTHS,
        block_seconds=Decimal(150),
        explorer_tx=explorer,
        native=("LTC", DECIMALS),
        by_speed=True,
        fee_unit="lit/vB",
        gap_limit=GAP_LIMIT,
        lag_seconds_max=LAG_SECONDS_MAX if live else None,
        fee=Fee.LOW if live else None,
    )
    return Known(chain=chain, symbol="LTC", name="Litecoin")


MEMPOOL = "https://mempool.space"
_KNOWN = (
    _bitcoin(network.BITCOIN, "btc", "Bitcoin", f"{MEMPOOL}/tx/{{tx}}", live=True),
    _bitcoin(
        network.BITCOIN_TESTNET, "btc_test", "Bitcoin Testnet", f"{MEMPOOL}/testnet/tx/{{tx}}"
    ),
    _bitcoin(
        network.BITCOIN_TESTNET4, "btc_test4", "Bitcoin Testnet 4", f"{MEMPOOL}/testnet4/tx/{{tx}}"
    ),
    _bitcoin(network.BITCOIN_SIGNET, "btc_signet", "Bitcoin Signet", f"{MEMPOOL}/signet/tx/{{tx}}"),
    _bitcoin(network.BITCOIN_REGTEST, "btc_regtest", "Bitcoin Regtest", None),
    _litecoin(network.LITECOIN, "ltc", "Litecoin", "https://litecoinspace.org/tx/{tx}", live=True),
    _litecoin(
        network.LITECOIN_TESTNET,
        "ltc_test",
        "Litecoin Testnet",
        "https://litecoinspace.org/testnet/tx/{tx}",
    ),
    _litecoin(network.LITECOIN_REGTEST, "ltc_regtest", "Litecoin Regtest", None),
)
KNOWN = {known.chain.id: known for known in _KNOWN}
