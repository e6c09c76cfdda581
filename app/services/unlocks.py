"""Unlocks: what a payment opens. Tokens for whoever paid, and content for whoever has a token.

An intent's id is the right to a token, as it is the right to the receipt: it cannot be
guessed, and who shares it shares what it bought. Tokens live for ten minutes, and none is
given once the payment was taken back.
"""

from datetime import datetime
from typing import Any, Literal

import msgspec

from app.domain import unlock
from app.domain.account import Account
from app.domain.intent import Intent, Status
from app.domain.link import Content
from app.domain.unlock import Claims
from app.errors import Fault, NotFound, NotPaid, UnlockRefused
from app.seal import Seal
from app.services import once, requests
from app.services.once import Once
from app.storage import accounts, intents, links
from app.storage.store import Store, Tx
from app.world import World

TITLE_MAX = 200
BODY_BYTES_MAX = 65_536
CONTENT_NAME_MAX = 255


class NewContent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a link should sell to read: a text, or HTML."""

    title: str
    text: str | None = None
    html: str | None = None


class ContentView(msgspec.Struct, frozen=True, kw_only=True):
    """What a link sells to read, as the merchant sees it."""

    object: Literal["content"] = "content"
    payment_link: str
    title: str
    text: str | None
    html: str | None
    updated_at: datetime


class Check(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A token to be checked; what is named besides must be what the token is for."""

    token: str
    payment_intent: str | None = None
    payment_link: str | None = None
    content: str | None = None
    origin: str | None = None


class UnlockView(msgspec.Struct, frozen=True, kw_only=True):
    """What a token opens, for whom and for how long."""

    object: Literal["unlock"] = "unlock"
    payment_intent: str
    payment_link: str | None
    content: str | None
    origin: str | None
    expires_at: datetime


class UnlockWithToken(UnlockView, frozen=True, kw_only=True):
    """The same with the token itself."""

    token: str
    has_content: bool  # of the link, kept here


class UnlockSecret(msgspec.Struct, frozen=True, kw_only=True):
    """What proves the account's unlock tokens."""

    object: Literal["unlock_secret"] = "unlock_secret"
    secret: str


class Unlocks:
    """Gives tokens, checks them, and keeps what they open."""

    def __init__(self, store: Store, world: World, seal: Seal) -> None:
        self._store = store
        self._world = world
        self._seal = seal

    async def give(self, id: str, origin: str | None) -> UnlockWithToken:
        """Return a token for a paid intent, to whoever holds its id."""

        def read(tx: Tx) -> tuple[Intent, str, bool]:
            intent = intents.get(tx, id)
            if intent is None:
                raise NotFound(f"There is no payment intent {id[:40]!r} here.")
            kept = intent.link is not None and links.content(tx, intent.link) is not None
            return intent, self._secret(tx, intent.account), kept

        intent, secret, kept = await self._store.look(read)
        if not _stands(intent):
            raise NotPaid("Nothing is unlocked: this payment has not been made, or was undone.")
        content = intent.metadata.get("content")
        named = isinstance(content, str) and len(content) <= CONTENT_NAME_MAX
        claims = Claims(
            account=intent.account,
            payment_intent=intent.id,
            payment_link=intent.link,
            content=content if named else None,
            origin=origin,
            expires_at=unlock.expiry(self._world.now()),
        )
        token = unlock.sign(claims, secret)
        return UnlockWithToken(token=token, has_content=kept, **_shown(claims))

    async def verify(self, account: Account, check: Check) -> UnlockView:
        """Return what a token of this account opens, or refuse it. A reversal ends it at once."""
        claims = await self._proven(check.token)
        if claims.account != account.id:
            raise UnlockRefused("The token is another account's.")
        for field in ("payment_intent", "payment_link", "content", "origin"):
            wanted, claimed = getattr(check, field), getattr(claims, field)
            if wanted is not None and wanted != claimed:
                raise UnlockRefused(f"The token is for another {field}.")
        return UnlockView(**_shown(claims))

    async def open(self, token: str) -> tuple[Content, Claims]:
        """Return the content a token opens."""
        claims = await self._proven(token)
        link = claims.payment_link
        found = await self._store.look(lambda tx: links.content(tx, link) if link else None)
        if found is None:
            raise NotFound("This link has no content here.")
        return found, claims

    async def _proven(self, token: str) -> Claims:
        """Return a token's claims, once its signature, its time and the payment all hold."""
        unproven = unlock.claimed(token)

        def read(tx: Tx) -> tuple[str, Intent | None]:
            secret = self._secret(tx, unproven.account)
            return secret, intents.get(tx, unproven.payment_intent)

        secret, intent = await self._store.look(read)
        claims = unlock.proven(token, secret, self._world.now())
        if intent is None or not _stands(intent):
            raise UnlockRefused("The payment was undone.")
        return claims

    def _secret(self, tx: Tx, account: str) -> str:
        generation = accounts.unlock_generation(tx, account)
        if generation is None:
            raise UnlockRefused("The token names no account of this house.")
        return self._written(account, generation)

    def _written(self, account: str, generation: int) -> str:
        """Return a secret. It is drawn from the house's own, so it lies in no database."""
        return f"ulsec_{self._seal.secret(f'unlock:{account}:{generation}')}"

    async def secret(self, account: str) -> UnlockSecret:
        """Return what proves an account's tokens."""
        return UnlockSecret(secret=await self._store.read(lambda tx: self._secret(tx, account)))

    async def renew_secret(self, account: str, key: Once | None = None) -> UnlockSecret:
        """Give an account another secret. Tokens made with the old one open nothing any more."""

        def write(tx: Tx) -> UnlockSecret:
            generation = accounts.next_unlock_generation(tx, account)
            return UnlockSecret(secret=self._written(account, generation))

        made, _ = await once.write(self._store, key, UnlockSecret, write, self._seal)
        return made

    async def content(self, account: str, id: str) -> ContentView:
        """Return what one of an account's links sells to read."""

        def read(tx: Tx) -> Content | None:
            return links.content(tx, _own(tx, account, id))

        found = await self._store.read(read)
        if found is None:
            raise NotFound("This link has no content.")
        return _view(found)

    async def put_content(self, account: str, id: str, new: NewContent) -> ContentView:
        """Set what a link sells to read. Who has paid sees the new content from now on."""
        faults: list[Fault] = []
        if not new.title.strip():
            faults.append(Fault("title", "is required"))
        requests.check_text(faults, "title", new.title, TITLE_MAX)
        if (new.text is None) == (new.html is None):
            faults.append(Fault("text", "or html: exactly one of them"))
        kind = "text" if new.html is None else "html"
        body = new.text if new.html is None else new.html
        if body is not None and len(body.encode()) > BODY_BYTES_MAX:
            faults.append(Fault(kind, f"must be at most {BODY_BYTES_MAX} bytes"))
        requests.refuse(faults)

        def write(tx: Tx) -> Content:
            link = _own(tx, account, id)
            content = Content(
                link=link, title=new.title, kind=kind, body=body or "", updated_at=tx.now
            )
            links.put_content(tx, content)
            return content

        return _view(await self._store.write(write))

    async def remove_content(self, account: str, id: str) -> None:
        """Sell nothing to read any more."""
        if not await self._store.write(lambda tx: links.remove_content(tx, _own(tx, account, id))):
            raise NotFound("This link has no content.")


def _stands(intent: Intent) -> bool:
    """Tell whether an intent is paid and the money is still there, or the merchant took it so."""
    facts = intent.facts(late=False)
    paid = intent.accepted or facts.confirmed >= facts.due
    return intent.status is Status.SUCCEEDED and paid


def _own(tx: Tx, account: str, id: str) -> str:
    found = links.get(tx, account, id)
    if found is None:
        raise NotFound(f"There is no payment link {id[:40]!r} here.")
    return found.id


def _shown(claims: Claims) -> dict[str, Any]:
    shown = msgspec.structs.asdict(claims)
    del shown["account"]
    return shown


def _view(content: Content) -> ContentView:
    return ContentView(
        payment_link=content.link,
        title=content.title,
        text=content.body if content.kind == "text" else None,
        html=content.body if content.kind == "html" else None,
        updated_at=content.updated_at,
    )
