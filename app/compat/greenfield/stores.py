"""Stores over Greenfield: accounts made, read, changed and put away, and what their coins cost."""

from typing import Any

import msgspec
from litestar import Controller, Request, Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody

from app.compat.greenfield import offer, store_entities, wire
from app.compat.greenfield.access import needs
from app.compat.greenfield.refusals import renaming
from app.compat.greenfield.store_entities import StoreChanges, store
from app.domain.account import Account
from app.domain.ledger import Catalogue
from app.domain.permission import Right
from app.errors import Invalid, MissingPermission, PriceUnavailable
from app.services.account_changes import AccountChanges
from app.services.accounts import Accounts
from app.services.grants import Grants
from app.services.keys import Holder
from app.services.prices import Prices
from app.services.users import Users
from app.settings import Settings

PAIRS_MAX = 50
PAIR_LENGTH_MAX = 40
ALL = "/api/v1/stores"
ONE = f"{ALL}/{{store_id:str}}"


class RateEntity(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What one currency costs in another."""

    currency_pair: str
    errors: list[str]
    rate: str | None


class StoreController(Controller):
    """`/api/v1/stores`."""

    exception_handlers = renaming(store_entities.PATHS)

    @get(ALL, opt=needs(Right.VIEW_STORE))
    async def index(
        self,
        holder: NamedDependency[Holder],
        accounts: NamedDependency[Accounts],
        settings: NamedDependency[Settings],
    ) -> Response[bytes]:
        """List the stores within the key's reach."""
        found = [await accounts.known(id) for id in holder.accounts_with(Right.VIEW_STORE)]
        return wire.answer([store(one, settings.url) for one in found if not one.archived])

    @post(ALL, opt=needs(Right.MODIFY_STORE, everywhere=True))
    async def create(
        self,
        data: JSONBody[StoreChanges],
        holder: NamedDependency[Holder],
        accounts: NamedDependency[Accounts],
        users: NamedDependency[Users],
        grants: NamedDependency[Grants],
        settings: NamedDependency[Settings],
    ) -> Response[bytes]:
        """Make a store that belongs to the user who gave the key."""
        if holder.user is None:
            raise MissingPermission(Right.MODIFY_STORE)
        if data.name is None:
            raise Invalid.field("name", "is required")
        wanted = store_entities.changes(data)
        modes = [(await accounts.known(id)).livemode for id in holder.accounts]
        made = await accounts.create(data.name, livemode=any(modes) or not modes)
        await users.join(holder.user, made.id)
        grants.forget()  # what its user may do now, the key may do at once
        return wire.answer(store(await accounts.change(made.id, wanted), settings.url))

    @get(ONE, opt=needs(Right.VIEW_STORE))
    async def read(
        self, account: NamedDependency[Account], settings: NamedDependency[Settings]
    ) -> Response[bytes]:
        """Return a store."""
        return wire.answer(store(account, settings.url))

    @put(ONE, opt=needs(Right.MODIFY_STORE))
    async def change(
        self,
        data: JSONBody[StoreChanges],
        account: NamedDependency[Account],
        accounts: NamedDependency[Accounts],
        settings: NamedDependency[Settings],
    ) -> Response[bytes]:
        """Change a store's policies. Invoices already made keep theirs."""
        changed = await accounts.change(account.id, store_entities.changes(data))
        return wire.answer(store(changed, settings.url))

    @delete(ONE, status_code=200, opt=needs(Right.MODIFY_STORE))
    async def archive(
        self, account: NamedDependency[Account], accounts: NamedDependency[Accounts]
    ) -> Response[bytes]:
        """Put a store away. Its history and what is still paid to it stay."""
        await accounts.change(account.id, AccountChanges(archived=True))
        return wire.done()

    @get(f"{ONE}/rates", opt=needs(Right.VIEW_STORE))
    async def rates(
        self,
        request: Request[Any, Any, Any],
        account: NamedDependency[Account],
        accounts: NamedDependency[Accounts],
        catalogue: NamedDependency[Catalogue],
        prices: NamedDependency[Prices],
    ) -> Response[bytes]:
        """Tell what coins cost: the pairs that are named, or the store's own."""
        named = request.query_params.getall("currencyPair", [])
        pairs = [_pair(one) for one in named[: PAIRS_MAX + 1]]
        if len(pairs) > PAIRS_MAX:
            raise Invalid.field("currencyPair", f"must be named at most {PAIRS_MAX} times")
        if not pairs:
            offered = await offer.ledgers(account, catalogue, accounts)
            pairs = [(asset, account.currency) for asset in {one.asset: 0 for one in offered}]
        return wire.answer([await _rate(pair, prices, account) for pair in pairs])


def _pair(text: str) -> tuple[str, str]:
    base, _, currency = text.upper().partition("_")
    if not base or not currency or len(text) > PAIR_LENGTH_MAX or not text.isascii():
        raise Invalid.field("currencyPair", "must be two currencies, as in BTC_USD")
    return base, currency


async def _rate(pair: tuple[str, str], prices: Prices, account: Account) -> RateEntity:
    said = "_".join(pair)
    try:
        found = await prices.get({pair}, sandbox=not account.livemode)
    except (PriceUnavailable, Invalid) as error:
        return RateEntity(currency_pair=said, errors=[error.detail], rate=None)
    return RateEntity(currency_pair=said, errors=[], rate=wire.amount(found[pair].price))
