"""What an account can be paid with, as ICPay lists it: chains, ledgers, and what they cost.

Every ledger is listed that ICPay has a word for. What its client can pay with by itself is
less: a token it can authorize (EIP-3009), or a chain's own coin; the rest our page takes.
"""

from collections.abc import Collection
from decimal import ROUND_CEILING
from urllib.parse import urlsplit

from app.compat.icpay import translate
from app.compat.icpay.entities import ChainEntity, LedgerEntity
from app.domain.account import Account
from app.domain.ledger import Catalogue, Chain, Ledger
from app.domain.ledger import depth as depth_of
from app.services.accounts import Accounts
from app.services.prices import Priced, Prices

USD = "USD"


async def ledgers(account: Account, catalogue: Catalogue, accounts: Accounts) -> list[Ledger]:
    """Return the ledgers of an account's mode that it has a destination for."""
    has = {one.family for one in await accounts.destinations(account.id)}
    return [
        one
        for one in catalogue.offered(livemode=account.livemode)
        if (chain := catalogue.chains[one.chain]).family in has
        and translate.network(chain) is not None
    ]


async def dollars(
    found: Collection[Ledger], prices: Prices, *, livemode: bool
) -> dict[str, Priced]:
    """Return what each asset costs in dollars, where that is known."""
    pairs = {(one.asset, USD) for one in found}
    priced = await prices.some(pairs, sandbox=not livemode)
    return {asset: one for (asset, _), one in priced.items()}


def ledger(
    one: Ledger, chain: Chain, account: Account, rate: Priced | None, *, x402: bool
) -> LedgerEntity:
    """Return a ledger in ICPay's words. `x402`: it can be paid by a signed authorization."""
    network = translate.network(chain)
    assert network is not None
    return LedgerEntity(
        id=one.id,
        name=translate.ledger_name(one, chain),
        symbol=one.symbol,
        shortcode=one.id,
        canister_id=translate.token_address(chain.family, one.id, one.contract),
        chain_id=chain.id,
        chain_name=translate.chain_name(chain),
        chain_shortcode=chain.short,
        chain_type=network,
        native_symbol=chain.native[0] if chain.native else None,
        rpc_chain_id=translate.chain_number(chain),
        decimals=one.decimals,
        network="mainnet" if chain.livemode else "testnet",
        current_price=rate.price if rate is not None else None,
        last_price_update=rate.at if rate is not None else None,
        x402_accepts=x402,
        eip3009_version=one.eip712[1] if one.eip712 is not None else None,
        created_at=account.created_at,
        updated_at=account.created_at,
    )


def chain(one: Chain, *, enabled: bool) -> ChainEntity:
    """Return a chain in ICPay's words."""
    network = translate.network(one)
    assert network is not None
    return ChainEntity(
        id=one.id,
        chain_type=network,
        chain_name=translate.chain_name(one),
        chain_id=translate.chain_number(one),
        shortcode=one.short,
        enabled=enabled,
        rpc_url_public=one.rpc_public,
        explorer_url=_explorer(one),
        native_symbol=one.native[0] if one.native else None,
        confirmations_required=_confirmations(one),
    )


def can_be_paid_in_the_client(one: Ledger, chain: Chain, *, x402: bool) -> bool:
    """Tell whether ICPay's own client can pay on a ledger, and not only our page."""
    return x402 or (chain.family == "evm" and one.contract is None)


def _explorer(chain: Chain) -> str | None:
    if chain.explorer_tx is None:
        return None
    parts = urlsplit(chain.explorer_tx)
    return f"{parts.scheme}://{parts.netloc}"


def _confirmations(chain: Chain) -> int:
    """Return the blocks a payment of an unknown price waits for; about, where it is finality."""
    needed = depth_of(chain, None)
    if needed is not None:
        return needed
    blocks = (chain.final_seconds or 0) / chain.block_seconds
    return max(int(blocks.to_integral_value(ROUND_CEILING)), 1)
