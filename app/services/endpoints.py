"""Webhook endpoints: who wants to hear, at which URL, signed with which secret."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Literal

import msgspec

from app.domain.event import EventType
from app.domain.webhook import ENDPOINTS_MAX, ROTATION_OVERLAP, Endpoint
from app.errors import Conflict, Fault, Invalid, NotFound
from app.seal import Seal
from app.services import once, topics
from app.services.courier import Refused, read_url
from app.services.dialects import Dialect
from app.services.endpoint_history import ALL, EndpointHistory, EndpointView, view
from app.services.events import Events
from app.services.once import Once
from app.services.requests import check_text, refuse
from app.services.signing import Signing
from app.storage import deliveries, endpoints
from app.storage.store import Store, Tx
from app.world import World

DESCRIPTION_MAX = 500
OVERLAP_SECONDS = int(ROTATION_OVERLAP.total_seconds())


class NewEndpoint(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An endpoint to be made. `["*"]` asks for every event there is and will be.

    Events are named in the dialect's words. `secret` is for receivers that have theirs already;
    left out, a new one is drawn. Without `retries` a delivery is tried once.
    """

    url: str
    event_types: tuple[str, ...] = (ALL,)
    description: str | None = None
    dialect: str = "native"
    signature: str | None = None
    secret: str | None = None
    retries: bool = True
    active: bool = True


class EndpointChanges(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may change; what is left out stays. `active: true` forgives past failures."""

    url: str | msgspec.UnsetType = msgspec.UNSET
    event_types: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    description: str | msgspec.UnsetType | None = msgspec.UNSET
    dialect: str | msgspec.UnsetType = msgspec.UNSET
    signature: str | msgspec.UnsetType = msgspec.UNSET
    retries: bool | msgspec.UnsetType = msgspec.UNSET
    active: bool | msgspec.UnsetType = msgspec.UNSET


class NewSecret(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long the old secret still signs beside the new one. A leaked one: 0.

    `secret` is the receiver's own; left out, a new one is drawn.
    """

    overlap_seconds: int = OVERLAP_SECONDS
    secret: str | None = None


class MadeEndpoint(EndpointView, frozen=True, kw_only=True):
    """An endpoint with its secret, in clear for the only time."""

    secret: str


class TestSent(msgspec.Struct, frozen=True, kw_only=True):
    """A test event on its way: read how it fared at `/v1/deliveries/{delivery}`."""

    object: Literal["webhook_endpoint.test"] = "webhook_endpoint.test"
    delivery: str
    event: str


class Endpoints:
    """Every account's webhook endpoints."""

    def __init__(
        self,
        store: Store,
        world: World,
        seal: Seal,
        events: Events,
        dialects: Mapping[str, Dialect],
        allow_loopback: bool,
    ) -> None:
        self._store = store
        self._world = world
        self._seal = seal
        self._dialects = dialects
        self._allow_loopback = allow_loopback
        self._signing = Signing(world, seal, dialects)
        self._history = EndpointHistory(world, events)

    async def create(
        self, account: str, new: NewEndpoint, key: Once | None = None
    ) -> tuple[MadeEndpoint, bool]:
        """Make an endpoint, or return the one this key made; tell whether it is new."""
        faults: list[Fault] = []
        given = self._checked(faults, msgspec.structs.asdict(new))
        topics.check(faults, self._dialects.get(new.dialect), given["event_types"])
        self._signing.check(faults, new.dialect, new.signature, new.secret)
        refuse(faults)
        secret = given.pop("secret") or self._signing.draw()
        given["signature"] = new.signature or self._signing.usual(new.dialect)
        endpoint = Endpoint(
            id=self._world.id("we"),
            account=account,
            secret_sealed=self._seal.close(secret),
            old_secret_sealed=None,
            old_secret_until=None,
            failures=0,
            failing_since=None,
            delinquent=False,
            disabled_reason=None,
            created_at=self._world.now(),
            **given,
        )

        def write(tx: Tx) -> MadeEndpoint:
            if endpoints.count(tx, account) >= ENDPOINTS_MAX:
                raise Conflict(f"An account has at most {ENDPOINTS_MAX} webhook endpoints.")
            endpoints.add(tx, endpoint)
            return _made(endpoint, secret)

        return await once.write(self._store, key, MadeEndpoint, write, self._seal)

    async def page(
        self, account: str, after: str | None, limit: int
    ) -> tuple[list[EndpointView], bool]:
        """Return a page, newest first, and whether more follow."""
        found = await self._store.read(lambda tx: endpoints.page(tx, account, after, limit + 1))
        return [view(one) for one in found[:limit]], len(found) > limit

    async def get(self, account: str, id: str) -> EndpointView:
        found = await self._store.read(lambda tx: endpoints.get(tx, account, id))
        if found is None:
            raise _unknown(id)
        return view(found)

    async def owner(self, id: str) -> str:
        """Return whose endpoint it is."""
        found = await self._store.read(lambda tx: endpoints.account_of(tx, id))
        if found is None:
            raise _unknown(id)
        return found

    async def change(self, account: str, id: str, changes: EndpointChanges) -> EndpointView:
        """Change an endpoint. One that is switched off is owed nothing from then on."""
        faults: list[Fault] = []
        given = self._checked(
            faults,
            {
                name: value
                for name, value in msgspec.structs.asdict(changes).items()
                if value is not msgspec.UNSET
            },
        )
        refuse(faults)

        def write(tx: Tx) -> EndpointView:
            found = _locked(tx, account, id)
            changed = msgspec.structs.replace(found, **given)
            topics.check(faults, self._dialects.get(changed.dialect), changed.event_types)
            refuse(faults)
            changed = self._signing.follow(found, changed, tx.now)
            if changed.active and ("active" in given or "url" in given):
                changed = changed.after_success()
                changed = msgspec.structs.replace(changed, disabled_reason=None)
            endpoints.save(tx, changed)
            if not changed.active:
                deliveries.hold(tx, id)
            return view(changed)

        return await self._store.write(write)

    async def remove(self, account: str, id: str) -> None:
        """Take an endpoint down; what it was still owed is canceled."""

        def write(tx: Tx) -> None:
            _locked(tx, account, id)
            endpoints.remove(tx, id)

        await self._store.write(write)

    async def rotate(
        self, account: str, id: str, new: NewSecret, key: Once | None = None
    ) -> MadeEndpoint:
        """Give an endpoint a new secret; for a while every message bears both signatures."""
        if not 0 <= new.overlap_seconds <= OVERLAP_SECONDS:
            raise Invalid.field("overlap_seconds", f"must be between 0 and {OVERLAP_SECONDS}")
        secret = self._signing.draw() if new.secret is None else new.secret
        sealed = self._seal.close(secret)

        def write(tx: Tx) -> MadeEndpoint:
            found = _locked(tx, account, id)
            faults: list[Fault] = []
            self._signing.check(faults, found.dialect, None, secret)
            refuse(faults)
            overlap = timedelta(seconds=new.overlap_seconds)
            changed = msgspec.structs.replace(
                found,
                secret_sealed=sealed,
                old_secret_sealed=found.secret_sealed if overlap else None,
                old_secret_until=tx.now + overlap if overlap else None,
            )
            endpoints.save(tx, changed)
            return _made(changed, secret)

        made, _ = await once.write(self._store, key, MadeEndpoint, write, self._seal)
        return made

    async def test(self, account: str, id: str, key: Once | None = None) -> TestSent:
        """Owe a test event to this endpoint alone, whatever it subscribed to."""

        def write(tx: Tx) -> TestSent:
            found = _locked(tx, account, id)
            if not found.active:
                raise Conflict("This webhook endpoint is not active: switch it on first.")
            test = EventType.ENDPOINT_TEST
            owed = self._history.tell(tx, found, test, [found], asked=True)
            if not owed:
                raise Conflict(f"The dialect {found.dialect} has no word for a test event.")
            (delivery,) = owed
            return TestSent(delivery=delivery.id, event=delivery.event)

        sent, _ = await once.write(self._store, key, TestSent, write)
        return sent

    def _checked(self, faults: list[Fault], given: dict[str, Any]) -> dict[str, Any]:
        """Return what was given, ready to be kept, noting every wrong field."""
        for name, value in given.items():
            match name, value:
                case "url", str(url):
                    self._check_url(faults, url)
                case "event_types", tuple(types):
                    given[name] = topics.read(faults, types)
                case "dialect", str(dialect) if dialect not in self._dialects:
                    known = ", ".join(sorted(self._dialects))
                    faults.append(Fault("dialect", f"must be one of: {known}"))
                case "description", str(text):
                    check_text(faults, "description", text, DESCRIPTION_MAX)
        return given

    def _check_url(self, faults: list[Fault], url: str) -> None:
        try:
            read_url(url, allow_loopback=self._allow_loopback)
        except Refused as refused:
            faults.append(Fault("url", str(refused)))


def _locked(tx: Tx, account: str, id: str) -> Endpoint:
    found = endpoints.lock(tx, id, account)
    if found is None:
        raise _unknown(id)
    return found


def _unknown(id: str) -> NotFound:
    return NotFound(f"There is no webhook endpoint {id[:40]!r} here.")


def _made(endpoint: Endpoint, secret: str) -> MadeEndpoint:
    shown = view(endpoint)
    given = {name: getattr(shown, name) for name in shown.__struct_fields__}
    return MadeEndpoint(**given, secret=secret)
