"""Grants: keys that users give to programs, with what may be done with them."""

import msgspec

from app.domain import grant as rules
from app.domain import key as keys
from app.domain.grant import Grant
from app.domain.permission import OF_THE_HOUSE, Permission, Right
from app.domain.user import User
from app.errors import Conflict, Fault, Forbidden, NotFound, Unauthorized
from app.seal import Seal
from app.services import requests
from app.storage import grants, users
from app.storage.store import Store, Tx
from app.world import World

KNOWN_SECONDS = 5.0
KNOWN_MAX = 10_000
SAME_PROGRAM_MAX = 20


class NewGrant(msgspec.Struct, frozen=True, kw_only=True):
    """A grant to be made. A program that names itself and its address may have the key again."""

    label: str
    permissions: tuple[Permission, ...]
    application: str | None = None
    redirect: str | None = None


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A grant with who gave it and the accounts within their reach."""

    grant: Grant
    user: User
    accounts: tuple[str, ...]


class Grants:
    """Every key a user gave away."""

    def __init__(self, store: Store, world: World, seal: Seal) -> None:
        self._store = store
        self._world = world
        self._seal = seal
        self._known: dict[str, tuple[float, Held]] = {}

    async def give(self, user: User, new: NewGrant) -> tuple[str, Grant]:
        """Make a grant; return its key in clear too, and what was made."""
        faults: list[Fault] = []
        _check(faults, new)
        requests.refuse(faults)
        text = rules.text(self._world.secret(rules.SECRET_LENGTH))
        returning = new.application is not None and new.redirect is not None
        grant = Grant(
            id=self._world.id("gr"),
            user=user.id,
            hash=self._digest(text),
            hint=text[-4:],
            label=new.label.strip(),
            permissions=tuple(dict.fromkeys(new.permissions)),
            application=new.application,
            redirect=new.redirect,
            sealed=self._seal.close(text) if returning else None,
            created_at=self._world.now(),
            revoked_at=None,
        )

        def write(tx: Tx) -> None:
            _refuse_beyond(user, users.reach(tx, user), grant.permissions)
            if grants.count(tx, user.id) >= rules.GRANTS_MAX:
                raise Conflict(f"A user has at most {rules.GRANTS_MAX} keys: revoke some first.")
            grants.add(tx, grant)

        await self._store.write(write)
        return text, grant

    async def again(self, user: User, new: NewGrant) -> tuple[str, Grant] | None:
        """Return the key the same program was given before, if it may do just this."""
        application, redirect = new.application, new.redirect
        if application is None or redirect is None:
            return None

        def read(tx: Tx) -> list[Grant]:
            return grants.of_application(tx, user.id, application, redirect, SAME_PROGRAM_MAX)

        for one in await self._store.read(read):
            if one.sealed is not None and one.serves(new.permissions):
                return self._seal.open(one.sealed), one
        return None

    async def of_user(self, user: str) -> list[Grant]:
        """Return a user's living grants, the newest first."""
        return await self._store.read(lambda tx: grants.of_user(tx, user, rules.GRANTS_MAX))

    async def revoke(self, user: str, id: str) -> None:
        """End a grant at once."""
        if not await self._store.write(lambda tx: grants.revoke(tx, user, id)):
            raise NotFound(f"There is no living key {id[:40]!r} here.")
        self.forget()

    async def revoke_key(self, user: str, text: str) -> None:
        """End the grant of a key."""
        hash = self._digest(text)

        def write(tx: Tx) -> bool:
            found = grants.by_hash(tx, hash)
            return found is not None and grants.revoke(tx, user, found.id)

        if not await self._store.write(write):
            raise NotFound("There is no such living key of this user.")
        self.forget()

    async def held(self, text: str) -> Held:
        """Return what a key may do. The answer is remembered for `KNOWN_SECONDS`."""
        hash = self._digest(text)
        now = self._world.monotonic()
        if (known := self._known.get(hash)) and known[0] > now:
            return known[1]

        def read(tx: Tx) -> Held | None:
            grant = grants.by_hash(tx, hash)
            user = users.get(tx, grant.user) if grant else None
            if grant is None or user is None:
                return None
            return Held(grant=grant, user=user, accounts=users.reach(tx, user))

        found = await self._store.look(read)
        if found is None:
            raise Unauthorized("This key is unknown or was revoked.")
        if len(self._known) >= KNOWN_MAX:
            self._known.clear()
        self._known[hash] = (now + KNOWN_SECONDS, found)
        return found

    def forget(self) -> None:
        """Remember no key: one ended, or somebody's reach changed."""
        self._known.clear()

    def _digest(self, text: str) -> str:
        return keys.digest(text, self._seal.pepper)


def _check(faults: list[Fault], new: NewGrant) -> None:
    if not new.label.strip():
        faults.append(Fault("label", "is required"))
    requests.check_text(faults, "label", new.label, rules.LABEL_MAX)
    requests.check_text(faults, "application", new.application, rules.APPLICATION_MAX)
    requests.check_text(faults, "redirect", new.redirect, rules.REDIRECT_MAX)
    if not 0 < len(new.permissions) <= rules.PERMISSIONS_MAX:
        most = rules.PERMISSIONS_MAX
        faults.append(Fault("permissions", f"must name 1 to {most} permissions"))


def _refuse_beyond(user: User, reach: tuple[str, ...], permissions: tuple[Permission, ...]) -> None:
    """Refuse to give what one does not have oneself."""
    for one in permissions:
        if one.account is not None and one.account not in reach:
            raise Forbidden(f"The account {one.account[:40]} is not yours to give rights on.")
        of_the_house = one.name.startswith(OF_THE_HOUSE) or one.name is Right.EVERYTHING
        if of_the_house and not user.operator:
            raise Forbidden(f"Only an operator of this server may give {one.name}.")
