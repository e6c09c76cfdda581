"""Owing: what an event owes to whom. An endpoint's dialect says in how many notices it is told."""

from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import datetime

from app.domain.event import Event
from app.domain.webhook import Delivery, Endpoint, owe
from app.services.dialects import Dialect
from app.world import World

Notice = tuple[str, int]  # of one event: its id, and the notice's place among its notices


class Owing:
    """Makes deliveries; whoever asked writes them down."""

    def __init__(self, world: World, dialects: Mapping[str, Dialect]) -> None:
        self._world = world
        self._dialects = dialects

    def of(
        self,
        event: Event,
        to: Iterable[Endpoint],
        now: datetime,
        *,
        asked: bool = False,
        already: Container[Notice] = (),
    ) -> list[Delivery]:
        """Return what an event owes to endpoints, due at once.

        `asked`: it is told whatever they subscribed to. `already`: what they are owed anyway.
        """
        return [
            owe(event, one.id, self._world.id("dl"), now, topic=topic, part=part)
            for one in to
            for part, topic in enumerate(self._notices(one, event))
            if (asked or one.wants(topic)) and (event.id, part) not in already
        ]

    def _notices(self, endpoint: Endpoint, event: Event) -> Sequence[str]:
        """Return an event's topics; one owed in a dialect nobody knows any more fails by it."""
        dialect = self._dialects.get(endpoint.dialect)
        return (event.type.value,) if dialect is None else dialect.notices(event)
