"""The EVM chains and tokens this house knows by heart. A settings block adds the node.

Contracts are each issuer's own: Circle's USDC, Tether's or its canonical bridge's USDT,
Maker's DAI. Only tokens with EIP-3009 carry an EIP-712 domain here, for that is what the
domain is signed for. Depths follow each chain's way to finality: where blocks become final
within seconds a large payment waits for that, elsewhere a small one need not. The public
node of a chain is the one its own pages name; every wallet knows Ethereum without one.
"""

from decimal import Decimal

import msgspec

from app.domain.ledger import Chain, Depth, Fee


class Coin(msgspec.Struct, frozen=True, kw_only=True):
    """An asset as the catalogue knows it: the native coin has no contract."""

    symbol: str
    name: str
    asset: str
    decimals: int
    precision: int
    contract: str | None = None
    eip712: tuple[str, str] | None = None


class Known(msgspec.Struct, frozen=True, kw_only=True):
    chain: Chain
    coins: tuple[Coin, ...]


NATIVE_DECIMALS = 18
PRECISION = 6  # a shopper reads and types no more; amounts are rounded up to it
FINALITY = Depth(confirmations=None)


def _usdc(contract: str, decimals: int = 6, eip712: tuple[str, str] | None = None) -> Coin:
    return Coin(
        symbol="USDC",
        name="USD Coin",
        asset="USDC",
        decimals=decimals,
        precision=PRECISION,
        contract=contract,
        eip712=eip712,
    )


def _usdt(contract: str, decimals: int = 6) -> Coin:
    return Coin(
        symbol="USDT",
        name="Tether USD",
        asset="USDT",
        decimals=decimals,
        precision=PRECISION,
        contract=contract,
    )


def _dai(contract: str) -> Coin:
    return Coin(
        symbol="DAI",
        name="Dai Stablecoin",
        asset="DAI",
        decimals=18,
        precision=PRECISION,
        contract=contract,
    )


def native(symbol: str, name: str, asset: str | None = None, precision: int = PRECISION) -> Coin:
    """Describe a chain's own coin. A coin worth thousands needs two more decimals."""
    return Coin(
        symbol=symbol,
        name=name,
        asset=asset or symbol,
        decimals=NATIVE_DECIMALS,
        precision=precision,
    )


def _chain(
    number: int,
    short: str,
    name: str,
    block_seconds: str,
    explorer: str,
    depths: tuple[Depth, ...],
    *,
    livemode: bool = True,
    rpc: str | None = None,
    final_seconds: int | None = None,
    fee: Fee = Fee.LOW,
) -> Chain:
    return Chain(
        id=f"eip155:{number}",
        short=short,
        name=name,
        family="evm",
        livemode=livemode,
        depths=depths,
        block_seconds=Decimal(block_seconds),
        explorer_tx=f"https://{explorer}/tx/{{tx}}",
        final_seconds=final_seconds,
        fee=fee if livemode else None,  # test money has no price, and no fee either
        rpc_public=f"https://{rpc}" if rpc else None,
    )


def _up_to(usd: int, confirmations: int) -> Depth:
    return Depth(confirmations=confirmations, up_to=Decimal(usd))


ETHER = native("ETH", "Ether", precision=8)
CIRCLE = ("USD Coin", "2")  # the EIP-712 domain of Circle's FiatTokenV2 on live chains
CIRCLE_TEST = ("USDC", "2")  # Circle named it otherwise on test chains

# Ethereum is final after two epochs, about 13 minutes.
ETHEREUM = (_up_to(100, 2), _up_to(1_000, 6), _up_to(10_000, 12), FINALITY)
# A rollup's own block is its sequencer's promise; it is final with Ethereum's block.
ROLLUP = (_up_to(1_000, 2), _up_to(10_000, 30), FINALITY)
# Fast finality: seconds, told by the `finalized` tag.
FAST = (_up_to(100, 6), FINALITY)
TEST = (Depth(confirmations=2),)

# About how long until a block is final, to tell a shopper what to expect; nothing depends on
# it. A rollup waits for its batch to be posted, and then for Ethereum.
ETHEREUM_FINAL, ROLLED, SOON = 15 * 60, 20 * 60, 10

_KNOWN = (
    Known(
        chain=_chain(
            1,
            "eth",
            "Ethereum",
            "12",
            "etherscan.io",
            ETHEREUM,
            final_seconds=ETHEREUM_FINAL,
            fee=Fee.HIGH,
        ),
        coins=(
            ETHER,
            _usdc("0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48", eip712=CIRCLE),
            _usdt("0xdAC17F958D2ee523a2206206994597C13D831ec7"),
            _dai("0x6B175474E89094C44Da98b954EedeAC495271d0F"),
        ),
    ),
    Known(
        chain=_chain(
            8453,
            "base",
            "Base",
            "2",
            "basescan.org",
            ROLLUP,
            final_seconds=ROLLED,
            rpc="mainnet.base.org",
        ),
        coins=(
            ETHER,
            _usdc("0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913", eip712=CIRCLE),
            _usdt("0xfde4C96c8593536E31F229EA8f37b2ADa2699bb2"),
            _dai("0x50c5725949A6F0c72E6C4a641F24049A917DB0Cb"),
        ),
    ),
    Known(
        chain=_chain(
            10,
            "op",
            "OP Mainnet",
            "2",
            "optimistic.etherscan.io",
            ROLLUP,
            final_seconds=ROLLED,
            rpc="mainnet.optimism.io",
        ),
        coins=(
            ETHER,
            _usdc("0x0b2C639c533813f4Aa9D7837CAf62653d097Ff85", eip712=CIRCLE),
            _usdt("0x94b008aA00579c1307B0EF2c499aD98a8ce58e58"),
            _dai("0xDA10009cBd5D07dd0CeCc66161FC93D7c9000da1"),
        ),
    ),
    Known(
        chain=_chain(
            42161,
            "arb",
            "Arbitrum One",
            "0.25",
            "arbiscan.io",
            ROLLUP,
            final_seconds=ROLLED,
            rpc="arb1.arbitrum.io/rpc",
        ),
        coins=(
            ETHER,
            _usdc("0xaf88d065e77c8cC2239327C5EDb3A432268e5831", eip712=CIRCLE),
            _usdt("0xFd086bC7CD5C481DCC9C85ebE478A1C0b69FCbb9"),
            _dai("0xDA10009cBd5D07dd0CeCc66161FC93D7c9000da1"),
        ),
    ),
    Known(
        chain=_chain(
            137,
            "polygon",
            "Polygon PoS",
            "2",
            "polygonscan.com",
            FAST,
            final_seconds=SOON,
            rpc="polygon-rpc.com",
        ),
        coins=(
            native("POL", "POL"),
            _usdc("0x3c499c542cEF5E3811e1192ce70d8cC03d5c3359", eip712=CIRCLE),
            _usdt("0xc2132D05D31c914a87C6611C10748AEb04B58e8F"),
            _dai("0x8f3Cf7ad23Cd3CaDbD9735AFf958023239c6A063"),
        ),
    ),
    Known(
        chain=_chain(
            56,
            "bnb",
            "BNB Smart Chain",
            "0.45",
            "bscscan.com",
            FAST,
            final_seconds=SOON,
            rpc="bsc-dataseed.bnbchain.org",
        ),
        coins=(  # both dollars have 18 decimals here, unlike everywhere else
            native("BNB", "BNB", precision=8),
            _usdc("0x8AC76a51cc950d9822D68b83fE1Ad97B32Cd580d", 18),
            _usdt("0x55d398326f99059fF775485246999027B3197955", 18),
            _dai("0x1AF3F329e8BE154074D8769D1FFa4eE058B1DBc3"),
        ),
    ),
    Known(
        # An accepted block is final at once.
        chain=_chain(
            43114,
            "avax",
            "Avalanche",
            "1",
            "snowtrace.io",
            (_up_to(100, 1), FINALITY),
            final_seconds=SOON,
            rpc="api.avax.network/ext/bc/C/rpc",
        ),
        coins=(
            native("AVAX", "Avalanche"),
            _usdc("0xB97EF9Ef8734C71904D8002F8b6Bc66Dd9c48a6E", eip712=CIRCLE),
            _usdt("0x9702230A8Ea53601f5cD2dc00fDBc13d4dF4A8c7"),
            _dai("0xd586E7F844cEa2F87f50152665BCbc2C279D8d70"),
        ),
    ),
    Known(
        chain=_chain(
            11155111,
            "sepolia",
            "Sepolia",
            "12",
            "sepolia.etherscan.io",
            TEST,
            livemode=False,
        ),
        coins=(ETHER, _usdc("0x1c7D4B196Cb0C7B01d743Fbc6116a902379C7238", eip712=CIRCLE_TEST)),
    ),
    Known(
        chain=_chain(
            84532,
            "base_sepolia",
            "Base Sepolia",
            "2",
            "sepolia.basescan.org",
            TEST,
            livemode=False,
            rpc="sepolia.base.org",
        ),
        coins=(ETHER, _usdc("0x036CbD53842c5426634e7929541eC2318f3dCF7e", eip712=CIRCLE_TEST)),
    ),
)
KNOWN = {known.chain.id: known for known in _KNOWN}
