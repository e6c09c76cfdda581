"""Accounts, ledgers and chains over ICPay's wire, to either key."""

from typing import Any

from litestar import Controller, Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.compat.icpay import numbers, offer, translate, wire
from app.compat.icpay.entities import (
    AccountEntity,
    BrandingEntity,
    DetailedAccountEntity,
    LedgerEntity,
)
from app.domain.account import Account
from app.domain.ledger import Catalogue, Ledger
from app.domain.link import EMAIL
from app.errors import NotFound
from app.services.accounts import Accounts
from app.services.chains import Chains
from app.services.prices import Prices
from app.services.x402 import X402
from app.settings import Settings
from app.web.auth import Caller

# What its client names the destination of a transfer on the Internet Computer, where an intent
# names none: the management canister, which takes no money.
NO_CANISTER = "aaaaa-aa"

Asked = Request[Any, Any, Any]


class AccountController(Controller):
    """`/sdk/public/account` and `/sdk/account`."""

    @get("/sdk/public/account")
    async def public(
        self, caller: NamedDependency[Caller], settings: NamedDependency[Settings]
    ) -> Response[bytes]:
        """Return who is paid."""
        return wire.answer(AccountEntity(**_account(caller.account, settings)))

    @get("/sdk/account")
    async def detailed(
        self, merchant: NamedDependency[Account], settings: NamedDependency[Settings]
    ) -> Response[bytes]:
        """Return the account to its secret key."""
        contact = merchant.contact
        entity = DetailedAccountEntity(
            **_account(merchant, settings),
            email=contact if contact and EMAIL.fullmatch(contact) else None,
            wallet_address=None,
            created_at=merchant.created_at,
            updated_at=merchant.created_at,
        )
        return wire.answer(entity)


class LedgerController(Controller):
    """`/sdk/public/ledgers/…`, the same for the secret key, and `/sdk/public/chains`."""

    @get(["/sdk/public/ledgers/verified", "/sdk/public/ledgers/all-with-prices"])
    async def index(
        self,
        caller: NamedDependency[Caller],
        catalogue: NamedDependency[Catalogue],
        accounts: NamedDependency[Accounts],
        prices: NamedDependency[Prices],
        x402: NamedDependency[X402],
    ) -> Response[bytes]:
        """List the ledgers of the account with their prices: every one here is verified."""
        found = await offer.ledgers(caller.account, catalogue, accounts)
        return wire.answer(await _entities(found, caller.account, catalogue, prices, x402))

    @get(["/sdk/ledgers/verified", "/sdk/ledgers/all-with-prices"])
    async def private_index(
        self,
        merchant: NamedDependency[Account],
        catalogue: NamedDependency[Catalogue],
        accounts: NamedDependency[Accounts],
        prices: NamedDependency[Prices],
        x402: NamedDependency[X402],
    ) -> Response[bytes]:
        """List the same to the secret key."""
        found = await offer.ledgers(merchant, catalogue, accounts)
        return wire.answer(await _entities(found, merchant, catalogue, prices, x402))

    @get("/sdk/public/ledgers/{id:str}")
    async def read(
        self,
        id: FromPath[str],
        request: Asked,
        caller: NamedDependency[Caller],
        catalogue: NamedDependency[Catalogue],
        accounts: NamedDependency[Accounts],
        prices: NamedDependency[Prices],
        x402: NamedDependency[X402],
    ) -> Response[bytes]:
        """Return a ledger by its id, or by its token's address and `chainId`."""
        found = await offer.ledgers(caller.account, catalogue, accounts)
        one = _named(found, catalogue, id, request.query_params.get("chainId"))
        return wire.answer((await _entities([one], caller.account, catalogue, prices, x402))[0])

    @get("/sdk/ledgers/{id:str}")
    async def private_read(
        self,
        id: FromPath[str],
        request: Asked,
        merchant: NamedDependency[Account],
        catalogue: NamedDependency[Catalogue],
        accounts: NamedDependency[Accounts],
        prices: NamedDependency[Prices],
        x402: NamedDependency[X402],
    ) -> Response[bytes]:
        """Return the same to the secret key."""
        found = await offer.ledgers(merchant, catalogue, accounts)
        one = _named(found, catalogue, id, request.query_params.get("chainId"))
        return wire.answer((await _entities([one], merchant, catalogue, prices, x402))[0])

    @get("/sdk/public/chains")
    async def chains(
        self,
        caller: NamedDependency[Caller],
        catalogue: NamedDependency[Catalogue],
        accounts: NamedDependency[Accounts],
        chains: NamedDependency[Chains],
    ) -> Response[bytes]:
        """List the chains of those ledgers; one that lags is not enabled."""
        found = await offer.ledgers(caller.account, catalogue, accounts)
        lagging = chains.lagging()
        ids = dict.fromkeys(one.chain for one in found)
        return wire.answer(
            [offer.chain(catalogue.chains[id], enabled=id not in lagging) for id in ids]
        )


def _account(account: Account, settings: Settings) -> dict[str, Any]:
    return {
        "id": account.id,
        "name": account.name,
        "is_active": True,
        "is_live": account.livemode,
        "account_canister_id": numbers.account_number(account.id),
        "icpay_canister_id": NO_CANISTER,
        "branding": branding(account, settings),
    }


def branding(account: Account, settings: Settings) -> BrandingEntity:
    """Return how an account looks."""
    look = account.branding
    return BrandingEntity(
        logo_url=f"{settings.url}{look.logo.path}" if look.logo is not None else None,
        primary_color=look.accent,
        secondary_color=look.background,
    )


async def _entities(
    found: list[Ledger], account: Account, catalogue: Catalogue, prices: Prices, x402: X402
) -> list[LedgerEntity]:
    rates = await offer.dollars(found, prices, livemode=account.livemode)
    return [
        offer.ledger(
            one,
            catalogue.chains[one.chain],
            account,
            rates.get(one.asset),
            x402=x402.takes(one.id),
        )
        for one in found
    ]


def _named(found: list[Ledger], catalogue: Catalogue, id: str, chain: str | None) -> Ledger:
    """Return the ledger of an id or a token's address; of several chains the named one."""
    named = []
    for one in found:
        on = catalogue.chains[one.chain]
        address = translate.token_address(on.family, one.id, one.contract)
        if id.lower() in {one.id, address.lower()}:
            names = {on.id, on.short, translate.chain_number(on)}
            if chain is None or chain in names:
                named.append(one)
    if len(named) != 1:
        more = ": several have it, send chainId" if named else ""
        raise NotFound(f"There is no ledger {id[:80]!r} here{more}.")
    return named[0]
