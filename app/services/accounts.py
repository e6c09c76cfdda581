"""Accounts, keys and destinations: who is paid, who may ask, and where money goes."""

from typing import Literal

import msgspec

from app.domain import branding as brands
from app.domain import key as keys
from app.domain.account import Account, Destination
from app.domain.intent import Overpayment, Underpayment
from app.domain.key import Key, KeyKind
from app.errors import Fault, NotFound, Unauthorized
from app.rails.base import Rail
from app.seal import Seal
from app.services import once, requests
from app.services.account_changes import NAME_MAX, check_name, checked
from app.services.account_changes import AccountChanges as AccountChanges
from app.services.destinations import Destinations
from app.services.once import Once
from app.storage import accounts
from app.storage.store import Store, Tx
from app.world import World

SANDBOX = "sandbox"
IDENTITY_SECONDS = 5.0
IDENTITIES_MAX = 10_000


class NewDestination(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where money should go: `{family: evm, kind: xpub, value: xpub…}`."""

    family: str
    kind: str
    value: str


class MadeKey(msgspec.Struct, frozen=True, kw_only=True):
    """A new key, in clear for the only time."""

    id: str
    object: Literal["key"] = "key"
    kind: KeyKind
    key: str
    livemode: bool


class Accounts:
    """Every account of this house."""

    def __init__(
        self,
        store: Store,
        world: World,
        seal: Seal,
        rails: dict[str, Rail],
        destinations: Destinations,
    ) -> None:
        self._store = store
        self._world = world
        self._seal = seal
        self._destinations = destinations
        self._known: dict[str, tuple[float, tuple[Account, KeyKind]]] = {}
        self._seen: dict[str, tuple[float, Account]] = {}
        self._families = {rail.chain.family: rail for rail in rails.values()}

    async def create(self, name: str, *, livemode: bool, key: str = "") -> Account:
        """Make an account. A test account can be paid in the sandbox at once.

        With a publishable `key` that the house draws itself: return its account if there is one.
        """
        faults: list[Fault] = []
        check_name(faults, name)
        requests.refuse(faults)
        account = Account(
            id=self._world.id("acct"),
            name=name,
            livemode=livemode,
            browser_amounts=not livemode,
            browser_recipients=not livemode,
            unique_orders=False,
            underpayment=Underpayment.WAIT,
            overpayment=Overpayment.ACCEPT,
            tolerance_bps=0,
            contact=None,
            created_at=self._world.now(),
        )

        own = self._key(account, KeyKind.PUBLISHABLE, key, name)

        def write(tx: Tx) -> Account:
            if key and (known := accounts.owner_by_hash(tx, own.hash)):
                return known
            accounts.add(tx, account)
            if key:
                accounts.add_key(tx, own)
            if not livemode and SANDBOX in self._families:
                book = self._destinations.make(account.id, SANDBOX, "book", account.id)
                accounts.put_destination(tx, book)
            return account

        return await self._store.write(write)

    async def get(self, id: str) -> Account:
        found = await self._store.read(lambda tx: accounts.get(tx, id))
        if found is None:
            raise NotFound(f"There is no account {id!r} here.")
        return found

    async def known(self, id: str) -> Account:
        """Return an account for a page, as it was at most `IDENTITY_SECONDS` ago."""
        now = self._world.monotonic()
        if (seen := self._seen.get(id)) and seen[0] > now:
            return seen[1]
        found = await self._store.look(lambda tx: accounts.get(tx, id))
        if found is None:
            raise NotFound(f"There is no account {id!r} here.")
        if len(self._seen) >= IDENTITIES_MAX:
            self._seen.clear()
        self._seen[id] = (now + IDENTITY_SECONDS, found)
        return found

    def forget(self) -> None:
        """Remember no account: one of them changed."""
        self._known.clear()
        self._seen.clear()

    async def all(self, limit: int = 1000) -> list[Account]:
        return await self._store.read(lambda tx: accounts.all(tx, limit))

    async def change(self, id: str, changes: AccountChanges) -> Account:
        """Change an account's name and policies. Intents already made keep theirs."""
        faults: list[Fault] = []
        given, look = checked(changes, faults)

        def write(tx: Tx) -> Account:
            found = accounts.lock(tx, id)
            if found is None:
                raise NotFound
            wrong = list(faults)  # what is wrong with a color may hang on those there are
            branding = brands.changed(found.branding, look, wrong)
            requests.refuse(wrong)
            changed = msgspec.structs.replace(found, branding=branding, **given)
            accounts.save(tx, changed)
            return changed

        changed = await self._store.write(write)
        self.forget()
        return changed

    async def make_key(
        self,
        account: Account,
        kind: KeyKind,
        name: str | None = None,
        key_of_request: Once | None = None,
    ) -> MadeKey:
        """Make a key and return it in clear, which nobody can do again."""
        faults: list[Fault] = []
        requests.check_text(faults, "name", name, NAME_MAX)
        requests.refuse(faults)
        secret = self._world.secret(keys.SECRET_LENGTH)
        text = keys.text(kind, account.livemode, secret)
        key = self._key(account, kind, text, name)
        made = MadeKey(id=key.id, kind=kind, key=text, livemode=key.livemode)

        def write(tx: Tx) -> MadeKey:
            accounts.add_key(tx, key)
            return made

        reply, _ = await once.write(self._store, key_of_request, MadeKey, write, self._seal)
        return reply

    def _key(self, account: Account, kind: KeyKind, text: str, name: str | None) -> Key:
        return Key(
            id=self._world.id("key"),
            account=account.id,
            kind=kind,
            livemode=account.livemode,
            hash=keys.digest(text, self._seal.pepper),
            hint=text[-4:],
            name=name,
            created_at=self._world.now(),
            revoked_at=None,
        )

    async def keys(self, account: str) -> list[Key]:
        return await self._store.read(lambda tx: accounts.keys_of(tx, account))

    async def revoke_key(self, account: str, id: str) -> None:
        if not await self._store.write(lambda tx: accounts.revoke_key(tx, account, id)):
            raise NotFound(f"There is no living key {id!r} here.")
        self.forget()

    async def identify(self, text: str) -> tuple[Account, KeyKind]:
        """Return whose key this is. The key itself is never looked up, only its hash.

        The answer is remembered for `IDENTITY_SECONDS`: a key revoked by another process
        lives on here that long, one revoked here ends at once.
        """
        kind = keys.kind_of(text)
        if kind is None:
            raise Unauthorized("This is no key of ours: keys begin with sk_ or pk_.")
        hash = keys.digest(text, self._seal.pepper)
        now = self._world.monotonic()
        if (known := self._known.get(hash)) and known[0] > now:
            return known[1]

        def read(tx: Tx) -> tuple[Account, KeyKind] | None:
            key = accounts.key_by_hash(tx, hash)
            account = accounts.get(tx, key.account) if key else None
            return (account, key.kind) if key and account else None

        found = await self._store.look(read)
        if found is None:
            raise Unauthorized("This key is unknown or was revoked.")
        if len(self._known) >= IDENTITIES_MAX:
            self._known.clear()
        self._known[hash] = (now + IDENTITY_SECONDS, found)
        return found

    async def destinations(self, account: str) -> list[Destination]:
        return await self._store.read(lambda tx: accounts.destinations_of(tx, account))

    async def families(self, account: str) -> frozenset[str]:
        """Return the families an account is paid on, as of some seconds ago."""
        return frozenset(await self._destinations.of(account))

    async def remove_destination(self, account: str, family: str) -> None:
        """Send money of a family nowhere any more. Old addresses stay watched."""
        if not await self._store.write(lambda tx: accounts.retire_destination(tx, account, family)):
            raise NotFound(f"There is no destination for {family[:32]!r} here.")
        self._destinations.forget(account)

    async def put_destination(
        self, account: str, new: NewDestination, key: Once | None = None
    ) -> Destination:
        """Set where a family's money goes from now on. Old addresses stay watched."""
        return await self._destinations.put(account, new.family, new.kind, new.value, key)
