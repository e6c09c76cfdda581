"""Dialects: how an event is written and signed for the one who hears it.

Ours is Standard Webhooks. The foreign ones live in `app/compat/` and are handed in by the
house; services know them by this protocol only.
"""

import base64
import binascii
from collections.abc import Sequence, Set
from datetime import UTC, datetime
from typing import Literal, Protocol

import msgspec
from standardwebhooks import Webhook

from app import __version__
from app.domain.event import Event, EventType
from app.domain.manner import STANDARD, Manner
from app.domain.webhook import Delivery

USER_AGENT = f"Opentill/{__version__}"
SECRET_PREFIX = "whsec_"  # noqa: S105 -- what every Standard Webhooks secret begins with
SECRET_BYTES = (24, 64)  # at least, at most: as Standard Webhooks has it
OUR_TOPICS = frozenset(one.value for one in EventType)


class Dialect(Protocol):
    """One wire format. `render` and `headers` are pure: the same delivery, the same bytes."""

    @property
    def name(self) -> str: ...

    @property
    def manner(self) -> Manner:
        """How its receivers are told, and told again."""

    @property
    def topics(self) -> Set[str]:
        """The words an endpoint may subscribe to."""

    @property
    def signatures(self) -> tuple[str, ...]:
        """The ways to sign that an endpoint may choose from, the usual one first."""

    def notices(self, event: Event) -> Sequence[str]:
        """Return the topics an event is told under, in their order: one delivery each."""

    def secret_fault(self, secret: str) -> str | None:
        """Return what keeps a text from being an endpoint's secret, or None."""

    def render(self, event: Event, delivery: Delivery) -> bytes | None:
        """Return the body, or None when this dialect has no word for the event."""

    def headers(
        self, event: Event, body: bytes, secrets: Sequence[str], now: datetime, signature: str
    ) -> dict[str, str]:
        """Return the headers that name and sign a body in one of the `signatures`.

        Secrets come newest first; where there is room for several, each one signs.
        """


def sent_headers(
    dialect: Dialect,
    event: Event,
    body: bytes,
    secrets: Sequence[str],
    now: datetime,
    signature: str,
) -> dict[str, str]:
    """Return every header a body is posted with, beside those of the connection."""
    return {
        "Content-Type": "application/json",
        "User-Agent": USER_AGENT,
        **dialect.headers(event, body, secrets, now, signature),
    }


class EventView(msgspec.Struct, frozen=True, kw_only=True):
    """An event as our API and our webhooks show it."""

    id: str
    object: Literal["event"] = "event"
    type: EventType
    created_at: datetime
    timestamp: datetime  # the same instant, by the name Standard Webhooks gives it
    livemode: bool
    sequence: int
    data: msgspec.Raw


def view(event: Event) -> EventView:
    """Return an event as it is shown."""
    return EventView(
        id=event.id,
        type=event.type,
        created_at=event.created_at,
        timestamp=event.created_at,
        livemode=event.livemode,
        sequence=event.sequence,
        data=event.data,
    )


class Native:
    """Our own dialect: the event itself, with Standard Webhooks headers."""

    name = "native"
    manner = STANDARD
    topics = OUR_TOPICS
    signatures = ("standard",)

    def notices(self, event: Event) -> Sequence[str]:
        return (event.type.value,)

    def secret_fault(self, secret: str) -> str | None:
        least, most = SECRET_BYTES
        wrong = f"must be {SECRET_PREFIX} and {least} to {most} bytes in base64"
        try:
            key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
        except (binascii.Error, ValueError):
            return wrong
        right = secret.startswith(SECRET_PREFIX) and least <= len(key) <= most
        return None if right else wrong

    def render(self, event: Event, delivery: Delivery) -> bytes | None:
        return msgspec.json.encode(view(event))

    def headers(
        self, event: Event, body: bytes, secrets: Sequence[str], now: datetime, signature: str
    ) -> dict[str, str]:
        now = now.astimezone(UTC)  # the package stamps UTC on whatever it is given
        text = body.decode()
        signatures = [Webhook(secret).sign(event.id, now, text) for secret in secrets]
        return {
            "webhook-id": event.id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(signatures),
        }
