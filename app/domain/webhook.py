"""Webhook endpoints, what is owed to them, and when an endpoint has failed its owner."""

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from app.domain.event import Event

DELINQUENT_FAILURES = 10
DELINQUENT_AFTER = timedelta(hours=1)
EXCERPT_BYTES = 2048
ROTATION_OVERLAP = timedelta(hours=24)
ENDPOINTS_MAX = 20


class DeliveryStatus(StrEnum):
    """Where one delivery stands."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"  # the ladder is climbed, or the endpoint is gone
    CANCELED = "canceled"  # its endpoint was deleted


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """A URL that wants to hear. Secrets are sealed; the old one signs until it retires."""

    id: str
    account: str
    url: str
    event_types: tuple[str, ...]  # topics, in its dialect's words; empty: every one
    description: str | None
    dialect: str
    signature: str  # which of its dialect's ways to sign
    active: bool
    secret_sealed: str
    old_secret_sealed: str | None
    old_secret_until: datetime | None
    failures: int  # in a row
    failing_since: datetime | None
    delinquent: bool
    disabled_reason: str | None  # "gone": it answered 410
    created_at: datetime
    retries: bool = True  # whether a failed delivery is tried again by itself
    intent: str | None = None  # the only one it hears of: nobody lists it

    def secrets_sealed(self, now: datetime) -> list[str]:
        """Return what it is to be signed with: the secret, and the old one for its last day."""
        if self.old_secret_sealed is None or self.old_secret_until is None:
            return [self.secret_sealed]
        if self.old_secret_until <= now:
            return [self.secret_sealed]
        return [self.secret_sealed, self.old_secret_sealed]

    def after_success(self) -> "Endpoint":
        """Return it with its failures forgotten."""
        return msgspec.structs.replace(self, failures=0, failing_since=None, delinquent=False)

    def after_failure(self, now: datetime) -> "Endpoint":
        """Return it with one failure more, and delinquent when that is one too many."""
        failures, since = self.failures + 1, self.failing_since or now
        return msgspec.structs.replace(
            self,
            failures=failures,
            failing_since=since,
            delinquent=self.delinquent or is_delinquent(failures, since, now),
        )

    def wants(self, topic: str) -> bool:
        """Tell whether it subscribed to a topic."""
        return not self.event_types or topic in self.event_types


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One notice of an event owed to one endpoint.

    A dialect may make several notices of an event: `topic` is what this one is called there,
    `part` its place among them. `original` is the delivery this one repeats, by hand.
    """

    id: str
    account: str
    endpoint: str
    event: str
    aggregate: str
    sequence: int
    type: str
    topic: str = ""
    part: int = 0
    original: str | None = None
    status: DeliveryStatus
    attempts: int
    due_at: datetime | None
    created_at: datetime
    delivered_at: datetime | None


def owe(
    event: Event,
    endpoint: str,
    id: str,
    now: datetime,
    *,
    topic: str | None = None,
    part: int = 0,
    original: str | None = None,
) -> Delivery:
    """Return a delivery of an event that is due at once; its topic is the event's own type."""
    return Delivery(
        id=id,
        account=event.account,
        endpoint=endpoint,
        event=event.id,
        aggregate=event.aggregate,
        sequence=event.sequence,
        type=event.type,
        topic=event.type.value if topic is None else topic,
        part=part,
        original=original,
        status=DeliveryStatus.PENDING,
        attempts=0,
        due_at=now,
        created_at=now,
        delivered_at=None,
    )


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One try. `status_code` None means that no answer came; `error` says why."""

    number: int
    at: datetime
    status_code: int | None
    body: str
    error: str | None
    duration_ms: int


def is_delinquent(failures: int, failing_since: datetime | None, now: datetime) -> bool:
    """Tell whether an endpoint failed both often and for long."""
    return (
        failing_since is not None
        and failures >= DELINQUENT_FAILURES
        and now - failing_since >= DELINQUENT_AFTER
    )
