"""Deliveries: what is owed to webhook endpoints, carried out of the outbox.

A hand leases an endpoint, so its order is kept, and works off what is due there. Each
post happens between two transactions: the first says what to send, the second records
what came of it and says what is next. No transaction, lock or connection is held while
a receiver thinks, so it may call our API from inside its handler. A crash between post
and record repeats the post with the same `webhook-id`.
"""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlsplit

import msgspec
import structlog

from app.domain.event import Event, EventType
from app.domain.manner import GONE, STANDARD, Manner
from app.domain.webhook import Attempt, Delivery, DeliveryStatus, Endpoint
from app.metrics import Metrics
from app.seal import Seal
from app.services.courier import Answer, Courier
from app.services.dialects import Dialect, sent_headers
from app.services.endpoint_history import EndpointHistory
from app.services.events import DELIVERIES, Events
from app.storage import deliveries, endpoints, events
from app.storage.store import Store, Tx
from app.world import World

log = structlog.get_logger()

HANDS_MAX = 16  # endpoints worked at the same time, in one process
WARY_HANDS_MAX = HANDS_MAX // 2  # of them at endpoints that fail: the dead must not starve the rest
WARY_FAILURES = 3
EVERY = 2**31 - 1  # more failures than there can be
TURN_MAX = 50  # deliveries before an endpoint lets others have the hand
LEASE_SECONDS = 30  # renewed before each post, which takes 15 at most; a dead hand keeps it so long
BUSY_SECONDS = 1.0  # what is due and not ours to take now is looked for again after this
GRACE_SECONDS = 2.0


class Job(msgspec.Struct, frozen=True):
    """One post to make."""

    endpoint: Endpoint
    delivery: Delivery
    event: Event


class Deliveries:
    """The hands that carry. `step` is what a worker calls."""

    def __init__(
        self,
        store: Store,
        world: World,
        seal: Seal,
        events: Events,
        courier: Courier,
        dialects: Mapping[str, Dialect],
        metrics: Metrics | None = None,
    ) -> None:
        self._store = store
        self._world = world
        self._seal = seal
        self._courier = courier
        self._dialects = dialects
        self._history = EndpointHistory(world, events)
        self._metrics = metrics or Metrics()
        self._hands: dict[asyncio.Task[None], bool] = {}  # and whether it is a wary one

    async def step(self) -> float | None:
        """Send hands to endpoints that wait; return when to look again.

        The hands go on by themselves, so that one slow receiver delays nobody else.
        """
        wary = sum(self._hands.values())
        await self._send_hands(HANDS_MAX - len(self._hands), (0, WARY_FAILURES))
        wary_left = min(WARY_HANDS_MAX - wary, HANDS_MAX - len(self._hands))
        await self._send_hands(wary_left, (WARY_FAILURES, EVERY))
        due = await self._store.read(deliveries.earliest_due)
        if due is None:
            return None
        return max((due - self._world.now()).total_seconds(), BUSY_SECONDS)

    async def settle(self) -> None:
        """Wait until every hand is back."""
        while self._hands:
            await asyncio.wait(self._hands)

    async def close(self) -> None:
        """Let the hands finish for a moment, then call them back; what they held is due again."""
        if self._hands:
            await asyncio.wait(self._hands, timeout=GRACE_SECONDS)
        for hand in list(self._hands):
            hand.cancel()
        await self.settle()

    async def _send_hands(self, limit: int, failures: tuple[int, int]) -> None:
        if limit <= 0:
            return
        holder = self._world.id("hand")
        claimed = await self._store.write(
            lambda tx: endpoints.claim(tx, holder, LEASE_SECONDS, limit, failures=failures)
        )
        for endpoint in claimed:
            hand = asyncio.create_task(self._serve(endpoint, holder), name=f"hand:{endpoint}")
            self._hands[hand] = failures[0] > 0
            hand.add_done_callback(self._hands.pop)

    async def _serve(self, endpoint: str, holder: str) -> None:
        """Work off what is due at one endpoint, in its order."""
        try:
            job = await self._store.write(lambda tx: self._next(tx, endpoint, holder))
            for left in reversed(range(TURN_MAX)):
                if job is None:
                    break
                answer = await self._post(job)
                if answer is not None:
                    self._metrics.delivered(_outcome(answer))
                job = await self._store.write(
                    lambda tx, job=job, answer=answer, last=left == 0: (  # type: ignore[misc]
                        self._record(tx, job, answer, holder, last=last)
                    )
                )
            await self._store.write(lambda tx: self._leave(tx, endpoint, holder))
        except Exception as error:
            # The lease is left to run out: that is the rest a broken endpoint takes.
            log.exception("delivery.broken", endpoint=endpoint, error=error)

    def _next(self, tx: Tx, endpoint_id: str, holder: str) -> Job | None:
        """Return what to post next, renewing the lease; None: nothing, or not ours any more."""
        if not endpoints.renew(tx, endpoint_id, holder, LEASE_SECONDS):
            log.warning("delivery.lease_lost", endpoint=endpoint_id)
            return None
        endpoint = endpoints.lock(tx, endpoint_id)
        assert endpoint is not None
        if not endpoint.active:
            deliveries.hold(tx, endpoint_id)
            return None
        strict = self._manner(endpoint).strict
        delivery = deliveries.next_of(tx, endpoint_id, strict=strict)
        if delivery is None:
            deliveries.defer(tx, endpoint_id, strict=strict)
            return None
        event = events.get(tx, endpoint.account, delivery.event)
        assert event is not None
        return Job(endpoint, delivery, event)

    def _leave(self, tx: Tx, endpoint: str, holder: str) -> None:
        endpoints.release(tx, endpoint, holder)
        if deliveries.next_of(tx, endpoint) is not None or len(self._hands) >= HANDS_MAX:
            tx.ring(DELIVERIES)

    async def _post(self, job: Job) -> Answer | None:
        """Post once, in the endpoint's dialect; None when that has no word for the event."""
        dialect = self._dialects.get(job.endpoint.dialect)
        if dialect is None:
            return _unsent("unknown_dialect")
        body = dialect.render(job.event, job.delivery)
        if body is None:
            return None
        now = self._world.now()
        try:
            secrets = [self._seal.open(one) for one in job.endpoint.secrets_sealed(now)]
        except ValueError:
            return _unsent("secret_unreadable")
        how = job.endpoint.signature
        headers = sent_headers(dialect, job.event, body, secrets, now, how)
        return await self._courier.post(job.endpoint.url, body, headers)

    def _record(
        self, tx: Tx, job: Job, answer: Answer | None, holder: str, *, last: bool
    ) -> Job | None:
        """Write down what came of a post, and return the next."""
        endpoint = endpoints.lock(tx, job.endpoint.id)
        delivery = deliveries.lock(tx, job.delivery.id)
        assert endpoint is not None
        if delivery is None or delivery.attempts != job.delivery.attempts:
            log.warning("delivery.raced", delivery=job.delivery.id)  # a hand that was too slow
        elif answer is None:
            deliveries.drop(tx, delivery.id)
            self._go_on(tx, endpoint, delivery)
        else:
            self._write_down(tx, endpoint, delivery, answer)
        return None if last else self._next(tx, endpoint.id, holder)

    def _write_down(self, tx: Tx, endpoint: Endpoint, delivery: Delivery, answer: Answer) -> None:
        number = delivery.attempts + 1
        attempt = Attempt(
            number=number,
            at=tx.now - timedelta(milliseconds=answer.duration_ms),
            status_code=answer.status_code,
            body=answer.body,
            error=answer.error,
            duration_ms=answer.duration_ms,
        )
        deliveries.add_attempt(tx, delivery.id, attempt)
        tried = msgspec.structs.replace(delivery, attempts=number)
        if answer.is_success:
            self._succeeded(tx, endpoint, tried)
        else:
            self._failed(tx, endpoint, tried, answer)

    def _succeeded(self, tx: Tx, endpoint: Endpoint, delivery: Delivery) -> None:
        done = msgspec.structs.replace(
            delivery, status=DeliveryStatus.SUCCEEDED, due_at=None, delivered_at=tx.now
        )
        deliveries.save(tx, done)
        self._go_on(tx, endpoint, done)
        if endpoint.failures or endpoint.delinquent:
            endpoints.save(tx, endpoint.after_success())

    def _failed(self, tx: Tx, endpoint: Endpoint, delivery: Delivery, answer: Answer) -> None:
        due_at = None
        if delivery.status is DeliveryStatus.PENDING:  # and was not ended while it was on its way
            manner = self._manner(endpoint)
            if endpoint.retries and not manner.is_final(answer.status_code):
                due_at = manner.next_attempt(delivery.attempts, tx.now, delivery.id)
            status = DeliveryStatus.FAILED if due_at is None else DeliveryStatus.PENDING
            delivery = msgspec.structs.replace(delivery, status=status)
        deliveries.save(tx, msgspec.structs.replace(delivery, due_at=due_at))
        if due_at is None:
            self._go_on(tx, endpoint, delivery)
        log.info(
            "delivery.failed",
            delivery=delivery.id,
            endpoint=endpoint.id,
            status_code=answer.status_code,
            error=answer.error,
            attempts=delivery.attempts,
        )
        self._judge(tx, endpoint, answer)

    def _go_on(self, tx: Tx, endpoint: Endpoint, done: Delivery) -> None:
        """Wake what waited behind a delivery."""
        deliveries.bring_forward(tx, done, strict=self._manner(endpoint).strict)

    def _manner(self, endpoint: Endpoint) -> Manner:
        dialect = self._dialects.get(endpoint.dialect)
        return STANDARD if dialect is None else dialect.manner

    def _judge(self, tx: Tx, endpoint: Endpoint, answer: Answer) -> None:
        """Hold a failure against an endpoint: one that is gone is switched off."""
        judged = endpoint.after_failure(tx.now)
        gone = answer.status_code == GONE and self._manner(endpoint).gone_disables
        if gone and endpoint.active:
            judged = msgspec.structs.replace(judged, active=False, disabled_reason="gone")
        endpoints.save(tx, judged)
        host = urlsplit(judged.url).hostname  # the rest of a URL may be a secret
        if endpoint.active and not judged.active:
            deliveries.hold(tx, judged.id)
            log.warning("endpoint.disabled", endpoint=judged.id, host=host, reason="gone")
            self._history.tell_others(tx, judged, EventType.ENDPOINT_DISABLED)
        elif judged.delinquent and not endpoint.delinquent:
            log.warning(
                "endpoint.delinquent", endpoint=judged.id, host=host, failures=judged.failures
            )
            self._history.tell_others(tx, judged, EventType.ENDPOINT_DELINQUENT)


def _outcome(answer: Answer) -> str:
    if answer.is_success:
        return "succeeded"
    return "refused" if answer.status_code is not None else "unreachable"


def _unsent(error: str) -> Answer:
    return Answer(status_code=None, body="", error=error, duration_ms=0)
