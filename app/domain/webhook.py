"""Webhook endpoints, the retry ladder, and when an endpoint has failed its owner."""

import random
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from app.domain.event import Event

MINUTE = 60
HOUR = 60 * MINUTE
# The Standard Webhooks ladder, with a quick first rung for a receiver that restarts.
LADDER_SECONDS = (
    5, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR,
)  # fmt: skip
JITTER_PERCENT = 10
ATTEMPTS_MAX = len(LADDER_SECONDS) + 1
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
    event_types: tuple[str, ...]  # empty: every type
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

    def wants(self, type: str) -> bool:
        """Tell whether it subscribed to a type."""
        return not self.event_types or type in self.event_types


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One event owed to one endpoint."""

    id: str
    account: str
    endpoint: str
    event: str
    aggregate: str
    sequence: int
    type: str
    status: DeliveryStatus
    attempts: int
    due_at: datetime | None
    created_at: datetime
    delivered_at: datetime | None


def owe(event: Event, endpoint: str, id: str, now: datetime) -> Delivery:
    """Return a delivery of an event that is due at once."""
    return Delivery(
        id=id,
        account=event.account,
        endpoint=endpoint,
        event=event.id,
        aggregate=event.aggregate,
        sequence=event.sequence,
        type=event.type,
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


def next_attempt(attempts: int, now: datetime, seed: str) -> datetime | None:
    """Return when to try again after `attempts` failures; None: the ladder is climbed.

    The jitter is drawn from `seed`, so that the same delivery always answers alike.
    """
    if attempts > len(LADDER_SECONDS):
        return None
    step = LADDER_SECONDS[attempts - 1]
    jitter = random.Random(f"{seed}:{attempts}").randrange(step * JITTER_PERCENT * 10 + 1)  # noqa: S311 -- spreads load, guards nothing
    return now + timedelta(seconds=step, milliseconds=jitter)


def is_delinquent(failures: int, failing_since: datetime | None, now: datetime) -> bool:
    """Tell whether an endpoint failed both often and for long."""
    return (
        failing_since is not None
        and failures >= DELINQUENT_FAILURES
        and now - failing_since >= DELINQUENT_AFTER
    )
