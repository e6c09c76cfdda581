"""The playground: the widget on show with one test account, and the webhooks it would send.

It is shut unless the operator asks for it, and has a test account to itself, so nothing here
can touch live money; the demo shows it with its own. Who holds the id of an intent of that
account may follow it as a webhook of the account would tell it: the same bytes, by the same
dialect. The signature is made with an example secret that signs nothing else.
"""

import base64
from collections.abc import AsyncIterator

import msgspec
import structlog

from app.bell import Bell
from app.domain.account import Account
from app.domain.event import Event
from app.domain.intent import FINAL
from app.domain.webhook import owe
from app.errors import NotFound, Unauthorized
from app.services.accounts import Accounts
from app.services.dialects import Dialect, sent_headers
from app.services.link_requests import NewLink
from app.services.links import Links
from app.services.unlocks import NewContent, Unlocks
from app.storage import events, intents
from app.storage.store import Store, Tx
from app.world import World

log = structlog.get_logger()

BATCH = 50
HEARTBEAT_SECONDS = 15
PAGE = 100
PAGES_MAX = 10
NAME = "Playground"  # of its account
MARK = {"made_for": "playground"}  # in the link's metadata, to find it again
# Shown to everybody: it proves nothing, and lets the copied code be tried.
SECRET = f"whsec_{base64.b64encode(b'opentill playground example').decode()}"

LINK = NewLink(
    name="The keeper's letter",
    description="A short story, sold in the sandbox.",
    amount="3.00",
    currency="USD",
    goal="100.00",
    metadata=MARK,
)
CONTENT = NewContent(
    title="The keeper's letter",
    text="The lamp still turns, it said, only nobody is left who looks. Come and look.",
)


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """What the widget is shown with. Nothing of it is secret."""

    account: Account
    publishable_key: str
    shortcode: str


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """One webhook as a merchant's server receives it."""

    version: int
    type: str
    headers: dict[str, str]
    body: str


class Playground:
    """The playground of one house; `key` is the publishable test key it is shown with.

    Without one it is shut. Where the key is the house's `own`, its account is made here.
    """

    def __init__(
        self,
        store: Store,
        bell: Bell,
        world: World,
        accounts: Accounts,
        links: Links,
        unlocks: Unlocks,
        dialect: Dialect,
        *,
        key: str,
        own: bool,
    ) -> None:
        self._store = store
        self._bell = bell
        self._world = world
        self._accounts = accounts
        self._links = links
        self._unlocks = unlocks
        self._dialect = dialect
        self._key = key
        self._own = own
        self._shortcode = ""

    async def stage(self) -> Stage:
        """Return what the widget is shown with; the link is made when it is first needed."""
        account = await self._account()
        if not self._shortcode or not await self._stands(self._shortcode):
            self._shortcode = await self._found(account) or await self._made(account)
        return Stage(account=account, publishable_key=self._key, shortcode=self._shortcode)

    async def begin(self, intent: str, after: int) -> bool:
        """Tell whether there is anything to follow; raise `NotFound` for no intent of ours."""
        account = await self._account()

        def read(tx: Tx) -> bool:
            found = intents.get(tx, intent)
            if found is None or found.account != account.id:
                raise NotFound(f"The playground has no payment intent {intent[:40]!r}.")
            return found.status not in FINAL or after < found.version

        return await self._store.look(read)

    async def webhooks(self, intent: str, after: int) -> AsyncIterator[Sent | None]:
        """Yield what is sent of an intent until it is final; None is a heartbeat."""
        while not self._bell.closed:
            sleep = self._bell.listen(intent)
            found, over = await self._store.look(lambda tx, after=after: _look(tx, intent, after))  # type: ignore[misc]
            for event in found:
                after = event.version
                if (sent := self._sent(event)) is not None:
                    yield sent
            if over and len(found) < BATCH:
                return
            if len(found) == BATCH:
                continue
            if not found:
                yield None
            await sleep(HEARTBEAT_SECONDS)

    def _sent(self, event: Event) -> Sent | None:
        """Write an event as it is sent; None: the dialect has no word for it."""
        now = self._world.now()
        body = self._dialect.render(event, owe(event, "", "", now))
        if body is None:
            return None
        headers = sent_headers(
            self._dialect, event, body, [SECRET], now, self._dialect.signatures[0]
        )
        text = body.decode()
        return Sent(version=event.version, type=event.type.value, headers=headers, body=text)

    async def _account(self) -> Account:
        if not self._key:
            raise NotFound(
                "There is no playground here. The operator opens it with OPENTILL_PLAYGROUND=1."
            )
        if self._own:
            await self._accounts.create(NAME, livemode=False, key=self._key)
            self._own = False
        try:
            return (await self._accounts.identify(self._key))[0]
        except Unauthorized:
            log.warning("playground.key_unknown")
            raise NotFound("The playground's key is unknown or was revoked.") from None

    async def _stands(self, shortcode: str) -> bool:
        try:
            return (await self._links.public(shortcode))[0].active
        except NotFound:
            return False

    async def _found(self, account: Account) -> str | None:
        """Return the link made by an earlier start or another process."""
        after, more = None, True
        for _ in range(PAGES_MAX):
            page, more = await self._links.page(account.id, after, PAGE)
            for one in page:
                if one.metadata == MARK and one.active:
                    return one.shortcode
            if not more:
                break
            after = page[-1].id
        return None

    async def _made(self, account: Account) -> str:
        link, _ = await self._links.create(account, LINK)
        await self._unlocks.put_content(account.id, link.id, CONTENT)
        return link.shortcode


def _look(tx: Tx, id: str, after: int) -> tuple[list[Event], bool]:
    """Return an intent's events after a version, and whether it is over."""
    intent = intents.get(tx, id)
    if intent is None:
        return [], True
    return events.of_aggregate(tx, id, after, BATCH), intent.status in FINAL
