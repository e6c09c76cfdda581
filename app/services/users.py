"""Users: who may sign in, with what, and which accounts are theirs."""

import msgspec

from app.domain import key as keys
from app.domain import totp
from app.domain import user as people
from app.domain.account import Account
from app.domain.user import User, Welcome
from app.errors import Conflict, Fault, Invalid, NotFound, Unauthorized
from app.seal import Seal
from app.services import tries
from app.services.passwords import Passwords
from app.services.requests import refuse
from app.services.tries import Tries
from app.storage import accounts, sessions, users
from app.storage.store import Store, Tx
from app.world import World

WELCOME_LENGTH = 32
USERS_MAX = 1000
WRONG = "This e-mail address and password do not belong together."


class Users:
    """Everybody who may sign in."""

    def __init__(
        self, store: Store, world: World, seal: Seal, passwords: Passwords, tries: Tries
    ) -> None:
        self._store = store
        self._world = world
        self._seal = seal
        self._passwords = passwords
        self._tries = tries

    async def all(self) -> list[User]:
        return await self._store.read(lambda tx: users.all(tx, USERS_MAX))

    async def get(self, id: str) -> User:
        found = await self._store.read(lambda tx: users.get(tx, id))
        if found is None:
            raise NotFound(f"There is no user {id[:40]!r} here.")
        return found

    async def add(self, email: str, account_ids: tuple[str, ...], *, operator: bool) -> User:
        """Add a user who belongs to accounts. They choose a password by a link (`link`)."""
        email = people.folded(email)
        faults: list[Fault] = []
        people.check_email(faults, email)
        refuse(faults)
        user = self._new(email, operator=operator)

        def write(tx: Tx) -> User:
            if users.by_email(tx, email) is not None:
                raise Conflict(f"There is a user {email} already.")
            users.add(tx, user)
            for id in account_ids:
                if accounts.get(tx, id) is None:
                    raise NotFound(f"There is no account {id[:40]!r} here.")
                users.join(tx, user.id, id)
            return user

        return await self._store.write(write)

    def _new(self, email: str, *, operator: bool) -> User:
        return User(
            id=self._world.id("usr"),
            email=email,
            operator=operator,
            password=None,
            totp_sealed=None,
            totp_step=None,
            created_at=self._world.now(),
        )

    async def link(self, email: str) -> str:
        """Return the secret of a link that lets a user choose a password once.

        It also takes a lost one-time code's place; whatever was sent before ends.
        """

        def write(tx: Tx) -> str:
            user = users.by_email(tx, people.folded(email))
            if user is None:
                raise NotFound(f"There is no user {email[:80]!r} here.")
            users.end_welcomes(tx, user.id)
            return self._welcome(tx, user.id)

        return await self._store.write(write)

    async def first_link(self) -> str | None:
        """Return the secret of a link that makes the first user, once; None: not needed."""

        def write(tx: Tx) -> str | None:
            return None if users.any(tx) or users.awaited(tx) else self._welcome(tx, None)

        return await self._store.write(write)

    def _welcome(self, tx: Tx, user: str | None) -> str:
        secret = self._world.secret(WELCOME_LENGTH)
        welcome = Welcome(
            hash=self._digest(secret),
            user=user,
            created_at=tx.now,
            expires_at=tx.now + people.WELCOME_LASTS,
            used_at=None,
        )
        users.add_welcome(tx, welcome)
        return secret

    async def welcomed(self, secret: str) -> User | None:
        """Return whom a link is for, None for the first user; refuse a link that ended."""

        def read(tx: Tx) -> User | None:
            welcome = users.welcome(tx, self._digest(secret))
            if welcome is None or (welcome.user is None and users.any(tx)):
                raise NotFound("This link was used, or has run out: ask for another.")
            return users.get(tx, welcome.user) if welcome.user else None

        return await self._store.read(read)

    async def accept(self, secret: str, email: str, password: str) -> User:
        """Set the password a link is for, and sign out every browser that knew the old one."""
        known = await self.welcomed(secret)
        faults: list[Fault] = []
        email = known.email if known else people.folded(email)
        people.check_email(faults, email)
        people.check_password(faults, password)
        refuse(faults)
        hashed = await self._passwords.hashed(password)
        first = self._new(email, operator=True)

        def write(tx: Tx) -> User:
            if not users.use_welcome(tx, self._digest(secret)):
                raise NotFound("This link was used, or has run out: ask for another.")
            found = users.lock(tx, known.id) if known else users.by_email(tx, email)
            if known is None and users.any(tx):
                raise NotFound("This link was used, or has run out: ask for another.")
            if found is None:
                users.add(tx, found := first)
            changed = msgspec.structs.replace(
                found,
                password=hashed,
                totp_sealed=None,
                totp_step=None,
                operator=found.operator or known is None,
            )
            users.save(tx, changed)
            sessions.end_all(tx, changed.id)
            return changed

        return await self._store.write(write)

    async def check(self, email: str, password: str, address: str) -> User:
        """Return whose password this is. Whoever is wrong too often waits."""
        email = people.folded(email)[: people.PASSWORD_LENGTH_MAX]
        doors = (
            (tries.PAIR, f"{email} {address}"),
            (tries.ADDRESS, address),
            (tries.EMAIL, email),
        )
        await self._tries.take(*doors)
        found = await self._store.read(lambda tx: users.by_email(tx, email))
        short = password[: people.PASSWORD_LENGTH_MAX + 1]
        if not await self._passwords.match(short, found.password if found else None):
            raise Unauthorized(WRONG)
        assert found is not None
        await self._tries.forget(*doors)
        return found

    async def check_code(self, user: User, typed: str) -> None:
        """Take a one-time code, or refuse it. Each is taken once."""
        await self._tries.take((tries.CODE, user.id))

        def write(tx: Tx) -> None:
            found = users.lock(tx, user.id)
            if found is None or found.totp_sealed is None:
                return
            secret = self._seal.open(found.totp_sealed)
            step = totp.match(secret, typed, tx.now, found.totp_step)
            if step is None:
                raise Unauthorized("This code is wrong, or was used already.")
            users.save(tx, msgspec.structs.replace(found, totp_step=step))

        await self._store.write(write)
        await self._tries.forget((tries.CODE, user.id))

    async def change_password(self, user: User, old: str, new: str, address: str) -> User:
        """Change a password; who asks must know the old one."""
        faults: list[Fault] = []
        people.check_password(faults, new, "new_password")
        refuse(faults)
        await self.check(user.email, old, address)
        hashed = await self._passwords.hashed(new)
        return await self._save(user.id, password=hashed)

    def draw_code_secret(self) -> str:
        """Return a new secret for one-time codes; nothing is kept until a code of it came."""
        return totp.secret_of(self._world.secret(totp.SECRET_LENGTH))

    async def begin_codes(self, user: User, secret: str, typed: str) -> User:
        """Ask for one-time codes from now on, after a first one was right."""
        if not totp.readable(secret):
            raise Invalid.field("secret", "is no secret of ours: start again")
        step = totp.match(secret, typed, self._world.now(), None)
        if step is None:
            raise Invalid.field("code", "does not fit: check the clock of your authenticator")
        return await self._save(user.id, totp_sealed=self._seal.close(secret), totp_step=step)

    async def end_codes(self, user: User, password: str, address: str) -> User:
        """Let a password be enough again."""
        await self.check(user.email, password, address)
        return await self._save(user.id, totp_sealed=None, totp_step=None)

    async def _save(self, id: str, **changes: object) -> User:
        def write(tx: Tx) -> User:
            found = users.lock(tx, id)
            if found is None:
                raise NotFound
            changed = msgspec.structs.replace(found, **changes)
            users.save(tx, changed)
            return changed

        return await self._store.write(write)

    async def accounts_of(self, user: User) -> list[Account]:
        """Return the accounts within a user's reach."""
        return await self._store.read(lambda tx: users.accounts_of(tx, user))

    async def join(self, user: str, account: str) -> None:
        """Let a user belong to an account."""
        await self._store.write(lambda tx: users.join(tx, user, account))

    def _digest(self, secret: str) -> str:
        return keys.digest(secret, self._seal.pepper)
