"""Bound endpoints: a URL that hears of one intent alone, named when that was made.

Some foreign clients send the address to be told at with each invoice. It becomes an endpoint
like any other, with its own lease, order and deliveries, but is listed nowhere and counts
against no limit. Receivers of that kind check no signature and ask us what is true.
"""

from collections.abc import Callable, Mapping

from app.domain.intent import Intent
from app.domain.webhook import Endpoint
from app.errors import Fault, Invalid
from app.seal import Seal
from app.services import topics
from app.services.courier import Refused, read_url
from app.services.dialects import Dialect
from app.services.events import Events
from app.services.requests import refuse
from app.storage import endpoints, events
from app.storage.store import Tx
from app.world import World

TOLD_MAX = 100  # events of an intent in the transaction that made it

Beside = Callable[[Tx, Intent], None]


class BoundEndpoints:
    """Makes endpoints beside the intents they hear of."""

    def __init__(
        self,
        world: World,
        seal: Seal,
        events: Events,
        dialects: Mapping[str, Dialect],
        allow_loopback: bool,
    ) -> None:
        self._world = world
        self._seal = seal
        self._events = events
        self._dialects = dialects
        self._allow_loopback = allow_loopback

    def beside(
        self, url: str, *, dialect: str, event_types: tuple[str, ...], field: str = "url"
    ) -> Beside:
        """Return what writes the endpoint in the transaction that makes its intent.

        Refuses a URL that may not be posted to, by the name of the `field` it came in.
        """
        try:
            read_url(url, allow_loopback=self._allow_loopback)
        except Refused as refused:
            raise Invalid.field(field, str(refused)) from None
        faults: list[Fault] = []
        known = self._dialects[dialect]
        topics.check(faults, known, event_types)
        refuse(faults)

        def write(tx: Tx, intent: Intent) -> None:
            endpoint = Endpoint(
                id=self._world.id("we"),
                account=intent.account,
                intent=intent.id,
                url=url,
                event_types=event_types,
                description=None,
                dialect=dialect,
                signature=known.signatures[0],
                active=True,
                secret_sealed=self._seal.close(""),
                old_secret_sealed=None,
                old_secret_until=None,
                failures=0,
                failing_since=None,
                delinquent=False,
                disabled_reason=None,
                created_at=tx.now,
            )
            endpoints.add(tx, endpoint)
            for event in events.of_aggregate(tx, intent.id, 0, TOLD_MAX):
                self._events.owe(tx, event, [endpoint])

        return write
