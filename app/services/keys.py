"""Who holds a key, whatever kind of key it is: one answer for every foreign wire.

An account's secret key may do everything to its account. A grant's key (`services/grants`)
may do what its user gave it, as long as that user still belongs to the account.
"""

import msgspec

from app.domain.grant import PREFIX
from app.domain.key import KeyKind
from app.domain.permission import Permission, Right, all_of, allows, of_accounts
from app.errors import MissingPermission, Unauthorized
from app.services.accounts import Accounts
from app.services.grants import Grants
from app.services.users import Users


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """Who holds a key: what it may do, and which accounts are within its reach."""

    label: str
    user: str | None  # who gave it; None: it is an account's own secret key
    grant: str | None  # the id of what they gave
    permissions: tuple[Permission, ...]
    accounts: tuple[str, ...]

    def may(self, right: Right, account: str | None = None) -> bool:
        """Tell whether a right is held on an account; without one, on any at all."""
        if account is not None:
            return account in self.accounts and allows(self.permissions, right, account)
        if of_accounts(right):
            return any(allows(self.permissions, right, one) for one in self.accounts)
        return allows(self.permissions, right, None)

    def may_everywhere(self, right: Right) -> bool:
        """Tell whether a right is held on accounts yet to be made, too."""
        return allows(self.permissions, right, None)

    def require(self, right: Right, account: str | None = None) -> None:
        """Refuse, naming the permission that is missing."""
        if not self.may(right, account):
            raise MissingPermission(right)

    def accounts_with(self, right: Right) -> tuple[str, ...]:
        """Return the accounts a right is held on."""
        return tuple(one for one in self.accounts if self.may(right, one))


class Keys:
    """Tells who holds a key."""

    def __init__(self, accounts: Accounts, grants: Grants, users: Users) -> None:
        self._accounts = accounts
        self._grants = grants
        self._users = users

    async def holder(self, text: str) -> Holder:
        """Return who holds this key, or refuse it."""
        if text.startswith(PREFIX):
            held = await self._grants.held(text)
            return Holder(
                label=held.grant.label,
                user=held.user.id,
                grant=held.grant.id,
                permissions=held.grant.permissions,
                accounts=held.accounts,
            )
        account, kind = await self._accounts.identify(text)
        if kind is not KeyKind.SECRET:
            raise Unauthorized("A publishable key opens nothing here: send the secret key.")
        return Holder(
            label=account.name,
            user=None,
            grant=None,
            permissions=all_of(account.id),
            accounts=(account.id,),
        )

    async def holder_by_password(self, email: str, password: str, address: str) -> Holder:
        """Return a user as the holder of all they may do; not where codes are asked for."""
        user = await self._users.check(email, password, address)
        if user.totp_sealed is not None:
            raise Unauthorized("This user signs in with one-time codes: use a key.")
        given = Permission(Right.EVERYTHING) if user.operator else None
        reach = tuple(one.id for one in await self._users.accounts_of(user))
        own = tuple(permission for one in reach for permission in all_of(one))
        return Holder(
            label=user.email,
            user=user.id,
            grant=None,
            permissions=(given,) if given else own,
            accounts=reach,
        )
