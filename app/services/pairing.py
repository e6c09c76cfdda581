"""Pairing: applications that sign with a key of their own, and the account each acts for.

Two ways lead to one pairing. An application *asks* for a code, shows it, and a merchant
*approves* it; or a merchant *offers* a code and the application *claims* it.
"""

from datetime import datetime

import msgspec

from app.domain import key as keys
from app.domain.account import Account
from app.domain.pairing import (
    CLIENT_MAX,
    CODE_KEPT,
    CODE_LENGTH,
    LABEL_MAX,
    SIGNS,
    TOKEN_LENGTH,
    Pairing,
    PairingCode,
)
from app.errors import Fault, KeyReused, NotFound, TooMany, Unauthorized
from app.seal import Seal
from app.services import requests
from app.storage import pairings
from app.storage.store import Store, Tx
from app.world import World

ASKED_MAX = 10_000  # codes of applications that no merchant approved yet, in the whole house
OFFERED_MAX = 100  # codes of one account that no application claimed yet
PAIRINGS_MAX = 200  # of one account
DRAWN = 64  # signs drawn at once, of which those of a code are kept


class Code(msgspec.Struct, frozen=True, kw_only=True):
    """A pairing code as its two sides see it, in clear."""

    code: str
    client: str | None
    account: str | None
    label: str | None
    token: str
    created_at: datetime
    expires_at: datetime


class Pairings:
    """Every application's key that acts for an account of this house."""

    def __init__(self, store: Store, world: World, seal: Seal) -> None:
        self._store = store
        self._world = world
        self._seal = seal

    async def ask(self, client: str, label: str | None = None) -> Code:
        """Make a code for an application that comes first; it opens nothing until approved."""
        _check(label, client)
        return await self._make(client=client, account=None, label=label, most=ASKED_MAX)

    async def offer(self, account: str, label: str | None = None) -> Code:
        """Make a code for a merchant who comes first, to be typed into an application."""
        _check(label)
        return await self._make(client=None, account=account, label=label, most=OFFERED_MAX)

    async def waiting(self, code: str) -> Code:
        """Return a code that waits for its second side, or refuse one that ran out or is spent."""
        found = await self._store.read(lambda tx: pairings.code(tx, self._hash(code)))
        if found is None:
            raise _unknown()
        return _in_clear(code, found)

    async def claim(self, code: str, client: str, label: str | None = None) -> Code:
        """Let an application take the code a merchant offered: its key is paired.

        A code the same application asked for is returned as it is, still waiting.
        """
        _check(label, client)

        def write(tx: Tx) -> Code:
            found = self._found(tx, code)
            if found.account is None:
                if found.client != client:  # another application's: to this one there is none
                    raise _unknown()
                return _in_clear(code, found)
            claimed = msgspec.structs.replace(found, client=client, label=found.label or label)
            self._pair(tx, claimed)
            return _in_clear(code, claimed)

        return await self._store.write(write)

    async def approve(self, code: str, account: str) -> Pairing:
        """Let an application that asked act for an account: the merchant's word."""

        def write(tx: Tx) -> Pairing:
            found = self._found(tx, code)
            if found.client is None:  # a merchant's own offer: no application came yet
                raise _unknown()
            return self._pair(tx, msgspec.structs.replace(found, account=account))

        return await self._store.write(write)

    async def of(self, account: str) -> list[Pairing]:
        """Return the applications that act for an account, the newest first."""
        return await self._store.read(lambda tx: pairings.of_account(tx, account, PAIRINGS_MAX))

    async def end(self, account: str, id: str) -> None:
        """Part an application's key from an account, at once."""
        if not await self._store.write(lambda tx: pairings.end(tx, account, id)):
            raise NotFound(f"There is no pairing {id[:40]!r} here.")

    async def of_client(self, client: str) -> Pairing | None:
        """Return what an application's key is paired with; None: with nothing."""
        return await self._store.look(lambda tx: pairings.of_client(tx, client))

    async def identify(self, client: str) -> Account:
        """Return the account an application's key acts for. Its signature was checked before."""
        found = await self._store.look(lambda tx: pairings.owner(tx, client))
        if found is None:
            raise Unauthorized("This key is paired with no account of this house.")
        return found

    async def _make(
        self, *, client: str | None, account: str | None, label: str | None, most: int
    ) -> Code:
        code = self._draw(CODE_LENGTH)
        token = self._draw(TOKEN_LENGTH)

        def write(tx: Tx) -> Code:
            if pairings.waiting(tx, account) >= most:
                raise TooMany("Too many pairing codes wait already.", 60)
            made = PairingCode(
                hash=self._hash(code),
                client=client,
                account=account,
                label=label,
                token=token,
                created_at=tx.now,
                expires_at=tx.now + CODE_KEPT,
            )
            pairings.add_code(tx, made)
            return _in_clear(code, made)

        return await self._store.write(write)

    def _pair(self, tx: Tx, code: PairingCode) -> Pairing:
        """Write the pairing of a code both of whose sides came, and spend the code."""
        assert code.client is not None
        assert code.account is not None
        known = pairings.of_client(tx, code.client)
        if known is not None and known.account != code.account:
            raise KeyReused(f"The key {code.client} is paired with another account.")
        if known is None and len(pairings.of_account(tx, code.account, PAIRINGS_MAX)) >= (
            PAIRINGS_MAX
        ):
            raise TooMany(f"An account has at most {PAIRINGS_MAX} pairings: end one first.", 60)
        pairing = Pairing(
            id=known.id if known is not None else self._world.id("pair"),
            account=code.account,
            client=code.client,
            label=code.label,
            token=code.token,
            created_at=tx.now,
        )
        pairings.put(tx, pairing)
        pairings.spend(tx, code.hash)
        return pairing

    def _found(self, tx: Tx, code: str) -> PairingCode:
        found = pairings.code(tx, self._hash(code), lock=True)
        if found is None:
            raise _unknown()
        return found

    def _hash(self, code: str) -> str:
        return keys.digest(code, self._seal.pepper)

    def _draw(self, length: int) -> str:
        """Return signs that nobody can guess and that are hard to mistake."""
        signs = ""
        while len(signs) < length:
            signs += "".join(sign for sign in self._world.secret(DRAWN) if sign in SIGNS)
        return signs[:length]


def _check(label: str | None, client: str = "") -> None:
    faults: list[Fault] = []
    requests.check_text(faults, "label", label, LABEL_MAX)
    requests.check_text(faults, "id", client, CLIENT_MAX)
    requests.refuse(faults)


def _unknown() -> NotFound:
    return NotFound("There is no such pairing code: it was used, or its minutes are over.")


def _in_clear(code: str, stored: PairingCode) -> Code:
    return Code(
        code=code,
        client=stored.client,
        account=stored.account,
        label=stored.label,
        token=stored.token,
        created_at=stored.created_at,
        expires_at=stored.expires_at,
    )
