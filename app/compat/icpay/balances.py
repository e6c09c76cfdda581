"""What wallets hold, over ICPay's wire: the widget offers what these rows say and no more.

A row is there for what its client can pay by itself. What a chain could not tell in time is
left out of a row and never called too little: the widget lets the shopper try.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec
from litestar import Controller, Request, Response, get
from litestar.di import NamedDependency

from app.compat.icpay import offer, requests, translate, wire
from app.compat.icpay.reports import BalanceList, BalanceRow
from app.domain import money
from app.domain.account import Account
from app.domain.ledger import Catalogue, Ledger
from app.domain.quote import amount_for
from app.errors import Invalid
from app.services.accounts import Accounts
from app.services.balances import Balances, Holding
from app.services.chains import Chains
from app.services.prices import Priced, Prices
from app.services.x402 import X402
from app.web.auth import Caller
from app.world import World

Asked = Request[Any, Any, Any]


class Wallet(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The query: whose wallet, and what it is to pay."""

    network: str = "evm"
    address: str | None = None
    principal: str | None = None
    chain_id: str | None = None
    amount_usd: Decimal | None = None
    amount: str | None = None
    chain_shortcodes: str | None = None
    token_shortcodes: str | None = None


class BalanceController(Controller):
    """`…/external-balances`, `…/wallet-balances` and `…/with-balances`."""

    @get("/sdk/public/wallet/external-balances")
    async def external(
        self,
        request: Asked,
        caller: NamedDependency[Caller],
        catalogue: NamedDependency[Catalogue],
        accounts: NamedDependency[Accounts],
        chains: NamedDependency[Chains],
        prices: NamedDependency[Prices],
        balances: NamedDependency[Balances],
        x402: NamedDependency[X402],
        world: NamedDependency[World],
    ) -> Response[bytes]:
        """Return what a payer's wallet holds of what can be paid with."""
        wallet = wire.query(request, Wallet)
        address = wallet.address or wallet.principal
        if not address or len(address) > wire.TEXT_MAX:
            raise Invalid.field("address", f"must be an address of at most {wire.TEXT_MAX} signs")
        lagging = chains.lagging()
        found = [
            one
            for one in await offer.ledgers(caller.account, catalogue, accounts)
            if one.chain not in lagging and _is_wanted(one, catalogue, wallet, x402)
        ]
        held = await balances.of(address, found)
        rates = await offer.dollars(found, prices, livemode=caller.account.livemode)
        usd = None
        if wallet.amount_usd is not None:
            usd = Decimal(requests.dollars(wallet.amount_usd, "amountUsd"))
        rows = [
            _row(
                one,
                holding,
                catalogue,
                rates.get(one.asset),
                _required(one, rates.get(one.asset), usd, wallet.amount),
                x402=x402.takes(one.id),
            )
            for one, holding in zip(found, held, strict=True)
        ]
        return wire.answer(_list(rows, world))

    @get(["/sdk/account/wallet-balances", "/sdk/wallets/with-balances"])
    async def own(
        self,
        merchant: NamedDependency[Account],
        catalogue: NamedDependency[Catalogue],
        prices: NamedDependency[Prices],
        balances: NamedDependency[Balances],
        x402: NamedDependency[X402],
        world: NamedDependency[World],
    ) -> Response[bytes]:
        """Return what lies at the account's own addresses."""
        held = await balances.of_account(merchant)
        found = [catalogue.ledger(one.ledger) for one in held]
        rates = await offer.dollars(found, prices, livemode=merchant.livemode) if found else {}
        rows = [
            _row(one, holding, catalogue, rates.get(one.asset), None, x402=x402.takes(one.id))
            for one, holding in zip(found, held, strict=True)
        ]
        return wire.answer(_list(rows, world))


def _is_wanted(ledger: Ledger, catalogue: Catalogue, wallet: Wallet, x402: X402) -> bool:
    """Tell whether a wallet can pay on a ledger with ICPay's client, and was asked about it."""
    chain = catalogue.chains[ledger.chain]
    if translate.FAMILIES.get(wallet.network) != chain.family:
        return False
    if not offer.can_be_paid_in_the_client(ledger, chain, x402=x402.takes(ledger.id)):
        return False
    names = {chain.id, chain.short, translate.chain_number(chain)}
    if wallet.chain_id and wallet.chain_id not in names:
        return False
    chains, tokens = _names(wallet.chain_shortcodes), _names(wallet.token_shortcodes)
    return (not chains or chain.short in chains) and (not tokens or ledger.id in tokens)


def _names(text: str | None) -> set[str]:
    return {one.strip() for one in (text or "").split(",") if one.strip()}


def _required(
    ledger: Ledger, rate: Priced | None, usd: Decimal | None, amount: str | None
) -> int | None:
    """Return what would have to be paid on a ledger; None: not known, or nobody asked."""
    if usd is not None:
        if rate is None:
            return None
        return amount_for(usd, rate.price, ledger.decimals, ledger.precision)
    digits = amount is not None and amount.isascii() and amount.isdigit()
    return int(amount) if amount and digits and len(amount) <= requests.ATOMIC_DIGITS_MAX else None


def _row(
    ledger: Ledger,
    held: Holding,
    catalogue: Catalogue,
    rate: Priced | None,
    required: int | None,
    *,
    x402: bool,
) -> BalanceRow:
    chain = catalogue.chains[ledger.chain]
    amount = held.amount or 0
    enough: bool | msgspec.UnsetType = msgspec.UNSET
    if required is not None and held.amount is not None:
        enough = held.amount >= required
    return BalanceRow(
        ledger_id=ledger.id,
        ledger_name=translate.ledger_name(ledger, chain),
        ledger_symbol=ledger.symbol,
        token_shortcode=ledger.id,
        canister_id=translate.token_address(chain.family, ledger.id, ledger.contract),
        eip3009_version=ledger.eip712[1] if ledger.eip712 is not None else None,
        x402_accepts=x402,
        balance=str(amount),
        formatted_balance=money.units(amount, ledger.decimals),
        decimals=ledger.decimals,
        current_price=rate.price if rate is not None else None,
        last_price_update=rate.at if rate is not None else None,
        last_updated=held.read_at,
        chain_id=translate.chain_number(chain),
        chain_name=translate.chain_name(chain),
        rpc_url_public=chain.rpc_public,
        chain_uuid=chain.id,
        required_amount=msgspec.UNSET if required is None else str(required),
        required_amount_formatted=(
            msgspec.UNSET if required is None else money.units(required, ledger.decimals)
        ),
        has_sufficient_balance=enough,
    )


def _list(rows: Sequence[BalanceRow], world: World) -> BalanceList:
    worth = (
        money.WIDE.multiply(
            Decimal(row.balance).scaleb(-row.decimals, money.WIDE), row.current_price
        )
        for row in rows
        if row.current_price is not None
    )
    total = sum(worth, Decimal(0))
    return BalanceList(
        balances=list(rows),
        total=money.round_price_to_even(total, "USD"),
        last_updated=max((row.last_updated for row in rows), default=world.now()),
    )
