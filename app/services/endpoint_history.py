"""An endpoint's own story: how its owner sees it, and the events that tell of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

from app.domain.event import EventType
from app.domain.webhook import Delivery, Endpoint
from app.services.events import Events, account_bell
from app.storage import accounts, endpoints, events
from app.storage.store import Tx
from app.world import World

ALL = "*"


class EndpointView(msgspec.Struct, frozen=True, kw_only=True):
    """An endpoint without its secret."""

    id: str
    object: Literal["webhook_endpoint"] = "webhook_endpoint"
    url: str
    event_types: tuple[str, ...]
    description: str | None
    dialect: str
    signature: str
    retries: bool
    active: bool
    delinquent: bool
    disabled_reason: str | None
    failures: int
    failing_since: datetime | None
    old_secret_until: datetime | None
    created_at: datetime


def view(endpoint: Endpoint) -> EndpointView:
    """Return an endpoint as its owner sees it."""
    return EndpointView(
        id=endpoint.id,
        url=endpoint.url,
        event_types=endpoint.event_types or (ALL,),
        description=endpoint.description,
        dialect=endpoint.dialect,
        signature=endpoint.signature,
        retries=endpoint.retries,
        active=endpoint.active,
        delinquent=endpoint.delinquent,
        disabled_reason=endpoint.disabled_reason,
        failures=endpoint.failures,
        failing_since=endpoint.failing_since,
        old_secret_until=endpoint.old_secret_until,
        created_at=endpoint.created_at,
    )


class EndpointHistory:
    """Appends what happened to an endpoint, for whom it should be told to."""

    def __init__(self, world: World, events: Events) -> None:
        self._world = world
        self._events = events

    def tell_others(self, tx: Tx, endpoint: Endpoint, type: EventType) -> None:
        """Tell the account's other endpoints: this one is the last to hear of its own trouble."""
        listening = endpoints.listening(tx, endpoint.account)
        self.tell(tx, endpoint, type, [one for one in listening if one.id != endpoint.id])

    def tell(
        self,
        tx: Tx,
        endpoint: Endpoint,
        type: EventType,
        to: Sequence[Endpoint],
        *,
        asked: bool = False,
    ) -> list[Delivery]:
        """Append one event of the endpoint's own and owe it to those given, no others.

        They get it when they want it, or whatever they subscribed to where it was `asked` for.
        """
        account = accounts.get(tx, endpoint.account)
        assert account is not None
        event = events.append(
            tx,
            id=self._world.id("evt"),
            account=endpoint.account,
            aggregate=endpoint.id,
            version=endpoints.next_version(tx, endpoint.id),
            type=type,
            livemode=account.livemode,
            data=msgspec.json.encode({"object": view(endpoint)}),
        )
        tx.ring(endpoint.id)
        tx.ring(account_bell(endpoint.account))
        return self._events.owe(tx, event, to, asked=asked)
