"""Sessions: which browser is whose. The cookie is a secret, and only its hash is kept."""

import hashlib
import hmac

import msgspec

from app.domain import key as keys
from app.domain.user import SESSION_LASTS, Session, User
from app.seal import Seal
from app.storage import sessions, users
from app.storage.store import Store, Tx
from app.world import World

SECRET_LENGTH = 32


class Visitor(msgspec.Struct, frozen=True, kw_only=True):
    """Who is signed in, and what a form of theirs must bear to be believed."""

    user: User
    session: str  # its hash
    proved: bool
    form_key: str


class Sessions:
    """Every browser that is signed in."""

    def __init__(self, store: Store, world: World, seal: Seal) -> None:
        self._store = store
        self._world = world
        self._seal = seal

    async def open(self, user: User) -> str:
        """Sign a browser in and return its secret. Where codes are due, one still is."""
        secret = self._world.secret(SECRET_LENGTH)

        def write(tx: Tx) -> None:
            session = Session(
                hash=self._digest(secret),
                user=user.id,
                proved=user.totp_sealed is None,
                created_at=tx.now,
                expires_at=tx.now + SESSION_LASTS,
            )
            sessions.add(tx, session)

        await self._store.write(write)
        return secret

    async def visitor(self, secret: str) -> Visitor | None:
        """Return whose browser this is; None: nobody's, any more or at all."""

        def read(tx: Tx) -> Visitor | None:
            found = sessions.get(tx, self._digest(secret))
            user = users.get(tx, found.user) if found else None
            if found is None or user is None:
                return None
            return Visitor(
                user=user, session=found.hash, proved=found.proved, form_key=self._form_key(secret)
            )

        return await self._store.look(read)

    async def prove(self, session: str) -> None:
        """Remember that a one-time code was given."""
        await self._store.write(lambda tx: sessions.prove(tx, session))

    async def end(self, session: str) -> None:
        """Sign a browser out."""
        await self._store.write(lambda tx: sessions.end(tx, session))

    async def end_others(self, user: str, session: str) -> None:
        """Sign out every browser of a user but one."""
        await self._store.write(lambda tx: sessions.end_all(tx, user, session))

    def _digest(self, secret: str) -> str:
        return keys.digest(secret, self._seal.pepper)

    def _form_key(self, secret: str) -> str:
        """Return what forms of a session bear: drawn from its secret, and no way back."""
        key = self._seal.secret("forms").encode()
        return hmac.new(key, secret.encode(), hashlib.sha256).hexdigest()
