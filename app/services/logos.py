"""Logos: a merchant's picture above its name, kept here and served from here."""

import hashlib

import msgspec

from app.domain import picture
from app.domain.account import Account
from app.domain.branding import Logo
from app.errors import Invalid, NotFound
from app.services.accounts import Accounts
from app.storage import accounts, logos
from app.storage.store import Store, Tx

PREFIX = "/logo/"
NAME_LENGTH_MAX = 80


class Logos:
    """Every account's picture."""

    def __init__(self, store: Store, accounts: Accounts) -> None:
        self._store = store
        self._accounts = accounts

    async def put(self, account: str, content: bytes, media_type: str) -> Account:
        """Show this picture from now on. What it is, its bytes decide."""
        try:
            found = picture.read(content)
        except picture.PictureError as error:
            raise Invalid.field("logo", str(error)) from None
        if media_type != found.media_type:
            raise Invalid.field("logo", f"is {found.media_type}: send it as that content type")
        name = f"{hashlib.sha256(content).hexdigest()[:40]}.{found.suffix}"
        logo = Logo(
            path=PREFIX + name, width_pixels=found.width_pixels, height_pixels=found.height_pixels
        )

        def write(tx: Tx) -> Account:
            logos.put(tx, account, name, content)
            return self._shown(tx, account, logo)

        changed = await self._store.write(write)
        self._accounts.forget()
        return changed

    async def remove(self, account: str) -> None:
        """Show the name alone. What is not there is gone already."""

        def write(tx: Tx) -> None:
            logos.remove(tx, account)
            self._shown(tx, account, None)

        await self._store.write(write)
        self._accounts.forget()

    async def content(self, name: str) -> tuple[bytes, str]:
        """Return a picture and its media type."""
        found = None
        if len(name) <= NAME_LENGTH_MAX:
            found = await self._store.read(lambda tx: logos.content(tx, name))
        if found is None:
            raise NotFound("There is no logo here.")
        return found, picture.read(found).media_type

    def _shown(self, tx: Tx, account: str, logo: Logo | None) -> Account:
        found = accounts.lock(tx, account)
        if found is None:
            raise NotFound
        branding = msgspec.structs.replace(found.branding, logo=logo)
        changed = msgspec.structs.replace(found, branding=branding)
        accounts.save(tx, changed)
        return changed
