"""What an account can be paid with, by the names of Greenfield's payment methods."""

from collections.abc import Iterable

import msgspec

from app.compat import payment_methods
from app.domain.account import Account
from app.domain.ledger import Catalogue, Ledger
from app.services.accounts import Accounts


async def ledgers(account: Account, catalogue: Catalogue, accounts: Accounts) -> list[Ledger]:
    """Return the ledgers of an account's mode that it has a destination for."""
    has = await accounts.families(account.id)
    offered = catalogue.offered(livemode=account.livemode)
    return [one for one in offered if catalogue.chains[one.chain].family in has]


def names(found: Iterable[Ledger | str], catalogue: Catalogue) -> list[str]:
    """Return what ledgers are called, each name once and in their order."""
    ids = (one if isinstance(one, str) else one.id for one in found)
    return list(dict.fromkeys(payment_methods.of_ledger(id, catalogue) for id in ids))


class Method(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A payment method of a store."""

    payment_method_id: str
    enabled: bool
    config: dict[str, str] | msgspec.UnsetType | None = msgspec.UNSET
