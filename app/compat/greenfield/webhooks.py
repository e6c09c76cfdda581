"""Webhooks over Greenfield: who wants to hear, what they were told, and once more.

Source: BTCPay Server 2.4, its controller of a store's webhooks.
"""

from typing import Annotated

import msgspec
from litestar import Controller, Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from app.compat.greenfield import wire
from app.compat.greenfield.access import needs
from app.compat.greenfield.webhook import NAME, read_try, try_id
from app.domain.account import Account
from app.domain.permission import Right
from app.domain.webhook import ENDPOINTS_MAX
from app.errors import Conflict, Invalid, NotFound
from app.services.endpoint_history import ALL, EndpointView
from app.services.endpoints import EndpointChanges, Endpoints, NewEndpoint, NewSecret
from app.services.outbox import Outbox, Try

MODIFY = needs(Right.MODIFY_WEBHOOKS)
OF_STORE = "/api/v1/stores/{store_id:str}/webhooks"
ONE = [f"{OF_STORE}/{{webhook_id:str}}", "/api/v1/webhooks/{webhook_id:str}"]
DELIVERIES = [f"{path}/deliveries" for path in ONE]
DELIVERY = [f"{path}/{{delivery_id:str}}" for path in DELIVERIES]
COUNT_MAX = 100
SUCCEEDED = range(200, 300)


class Events(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Which events a webhook is sent: all there are, or those it names."""

    everything: bool | None = None
    specific_events: tuple[str, ...] | None = None


class Asked(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A webhook as a client writes it; null is what was not said."""

    url: str | None = None
    enabled: bool | None = None
    automatic_redelivery: bool | None = None
    authorized_events: Events | None = None
    secret: str | None = None


class WebhookEntity(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A webhook as it is shown. Its secret comes with its making alone."""

    id: str
    enabled: bool
    automatic_redelivery: bool
    url: str
    authorized_events: Events
    secret: str | msgspec.UnsetType = msgspec.UNSET


class DeliveryEntity(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One try."""

    id: str
    timestamp: int
    http_code: int | None
    error_message: str | None
    status: str


class WebhookController(Controller):
    """`/api/v1/stores/{storeId}/webhooks` and `/api/v1/webhooks/{webhookId}`."""

    @get(OF_STORE, opt=MODIFY)
    async def index(
        self, account: NamedDependency[Account], endpoints: NamedDependency[Endpoints]
    ) -> Response[bytes]:
        """List a store's webhooks."""
        found, _ = await endpoints.page(account.id, None, ENDPOINTS_MAX)
        return wire.answer([_shown(one) for one in reversed(found) if one.dialect == NAME])

    @post(OF_STORE, opt=MODIFY)
    async def create(
        self,
        data: JSONBody[Asked],
        account: NamedDependency[Account],
        endpoints: NamedDependency[Endpoints],
    ) -> Response[bytes]:
        """Make a webhook. A secret that was given is kept as it is, and said once."""
        new = NewEndpoint(
            url=_url(data),
            event_types=_types(data.authorized_events),
            dialect=NAME,
            secret=data.secret or None,
            retries=_unless_false(data.automatic_redelivery),
            active=_unless_false(data.enabled),
        )
        made, _ = await endpoints.create(account.id, new)
        return wire.answer(msgspec.structs.replace(_shown(made), secret=made.secret))

    @get(ONE, opt=MODIFY)
    async def read(
        self,
        webhook_id: FromPath[str],
        account: NamedDependency[Account],
        endpoints: NamedDependency[Endpoints],
    ) -> Response[bytes]:
        """Return a webhook."""
        return wire.answer(_shown(await _found(endpoints, account, webhook_id)))

    @put(ONE, opt=MODIFY)
    async def change(
        self,
        webhook_id: FromPath[str],
        data: JSONBody[Asked],
        account: NamedDependency[Account],
        endpoints: NamedDependency[Endpoints],
    ) -> Response[bytes]:
        """Write a webhook anew; its secret stays unless another is given."""
        await _found(endpoints, account, webhook_id)
        changes = EndpointChanges(
            url=_url(data),
            event_types=_types(data.authorized_events),
            retries=_unless_false(data.automatic_redelivery),
            active=_unless_false(data.enabled),
        )
        if data.secret:
            brought = NewSecret(overlap_seconds=0, secret=data.secret)
            await endpoints.rotate(account.id, webhook_id, brought)
        return wire.answer(_shown(await endpoints.change(account.id, webhook_id, changes)))

    @delete(ONE, opt=MODIFY, status_code=wire.OK)
    async def remove(
        self,
        webhook_id: FromPath[str],
        account: NamedDependency[Account],
        endpoints: NamedDependency[Endpoints],
    ) -> Response[bytes]:
        """Take a webhook down."""
        await _found(endpoints, account, webhook_id)
        await endpoints.remove(account.id, webhook_id)
        return wire.done()


class WebhookDeliveryController(Controller):
    """What a webhook was sent. Each try is a delivery there, with an id of its own."""

    @get(DELIVERIES, opt=MODIFY)
    async def index(
        self,
        webhook_id: FromPath[str],
        account: NamedDependency[Account],
        endpoints: NamedDependency[Endpoints],
        outbox: NamedDependency[Outbox],
        count: Annotated[int, QueryParameter(ge=0)] = COUNT_MAX,
    ) -> Response[bytes]:
        """List the newest deliveries."""
        await _found(endpoints, account, webhook_id)
        found = await outbox.tries(account.id, webhook_id, min(count, COUNT_MAX))
        return wire.answer([_delivery(one) for one in found])

    @get(DELIVERY, opt=MODIFY)
    async def read(
        self,
        webhook_id: FromPath[str],
        delivery_id: FromPath[str],
        account: NamedDependency[Account],
        outbox: NamedDependency[Outbox],
    ) -> Response[bytes]:
        """Return one delivery."""
        return wire.answer(_delivery(await _tried(outbox, account, webhook_id, delivery_id)))

    @get([f"{path}/request" for path in DELIVERY], opt=MODIFY)
    async def request(
        self,
        webhook_id: FromPath[str],
        delivery_id: FromPath[str],
        account: NamedDependency[Account],
        outbox: NamedDependency[Outbox],
    ) -> Response[bytes]:
        """Return what was posted, as it was."""
        found = await _tried(outbox, account, webhook_id, delivery_id)
        body = await outbox.body(account.id, found.delivery.id, found.attempt.number)
        if body is None:
            raise Conflict("What this delivery said is not known any more.")
        return wire.raw(body)

    @post([f"{path}/redeliver" for path in DELIVERY], opt=MODIFY)
    async def redeliver(
        self,
        webhook_id: FromPath[str],
        delivery_id: FromPath[str],
        account: NamedDependency[Account],
        outbox: NamedDependency[Outbox],
    ) -> Response[bytes]:
        """Send it again, and return the id of the new delivery."""
        found = await _tried(outbox, account, webhook_id, delivery_id)
        again = await outbox.redeliver(account.id, found.delivery.id)
        owed = msgspec.structs.replace(found.delivery, id=again.id)
        return wire.answer(try_id(owed, again.attempts + 1))


async def _found(endpoints: Endpoints, account: Account, id: str) -> EndpointView:
    """Return an endpoint that speaks this dialect: the others are none of its clients'."""
    found = await endpoints.get(account.id, id)
    if found.dialect != NAME:
        raise NotFound(f"There is no webhook {id[:40]!r} here.")
    return found


async def _tried(outbox: Outbox, account: Account, webhook: str, id: str) -> Try:
    delivery, number = read_try(id)
    found = await outbox.tried(account.id, delivery, number)
    if found.delivery.endpoint != webhook:
        raise NotFound(f"There is no delivery {id[:40]!r} of this webhook.")
    return found


def _shown(view: EndpointView) -> WebhookEntity:
    named = tuple(one for one in view.event_types if one != ALL)
    return WebhookEntity(
        id=view.id,
        enabled=view.active,
        automatic_redelivery=view.retries,
        url=view.url,
        authorized_events=Events(everything=not named, specific_events=named),
    )


def _delivery(tried: Try) -> DeliveryEntity:
    code = tried.attempt.status_code
    if code is None:
        status, error = "Failed", tried.attempt.error
    elif code in SUCCEEDED:
        status, error = "HttpSuccess", None
    else:
        status, error = "HttpError", f"HTTP Error Code {code}"
    return DeliveryEntity(
        id=try_id(tried.delivery, tried.attempt.number),
        timestamp=wire.seconds(tried.attempt.at),
        http_code=code,
        error_message=error,
        status=status,
    )


def _url(asked: Asked) -> str:
    if not asked.url:
        raise Invalid.field("url", "is required")
    return asked.url


def _types(events: Events | None) -> tuple[str, ...]:
    """Return what a webhook subscribes to: everything, unless it names events."""
    named = events.specific_events if events is not None else None
    if events is None or events.everything or (events.everything is None and not named):
        return (ALL,)
    if not named:
        message = "must name events where authorizedEvents.everything is false"
        raise Invalid.field("authorizedEvents.specificEvents", message)
    return named


def _unless_false(said: bool | None) -> bool:
    return said is not False
