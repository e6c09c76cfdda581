"""What must be true of a house's tables whenever nothing is on its way.

Everything is computed again from the raw rows, by arithmetic of this file's own, so that
a mistake in the house is not repeated here. A law answers with the lines it found broken.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import Connection, Table, create_engine, select

from app.domain.intent import Facts, Overpayment, Status, Underpayment, status
from app.storage import tables
from app.storage.engines import driver_url

Row = Any
DIGITS = 10**18
OUR_OWN = "we_"  # an endpoint's story is told to the others only

# Every step the life of an intent may take (§1.1 of the architecture), by the events that
# tell of it. What came in time may be seen late, after an outage: then a closed intent
# goes where it would have gone; and a reorg goes back wherever the rest of the facts lead.
OPEN, PAID = Status.REQUIRES_PAYMENT, Status.PROCESSING
DONE, ODD = Status.SUCCEEDED, Status.MISMATCHED
LOST, OVER, OFF = Status.FAILED, Status.EXPIRED, Status.CANCELED
STEPS: dict[Status, set[Status]] = {
    OPEN: {PAID, DONE, ODD, LOST, OVER, OFF},
    PAID: {OPEN, DONE, ODD, LOST, OVER},
    ODD: {OPEN, PAID, DONE, LOST, OVER, OFF},
    LOST: {DONE, ODD, OVER, OFF},
    OVER: {OPEN, PAID, DONE, ODD, LOST, OFF},
    DONE: set(),
    OFF: set(),
}


class Books:
    """All rows of a database, read at one moment."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self.now = now
        self.accounts = _all(connection, tables.accounts)
        self.intents = _all(connection, tables.intents)
        self.payments = _all(connection, tables.payments)
        self.places = _all(connection, tables.places)
        self.events = _all(connection, tables.events)
        self.endpoints = _all(connection, tables.endpoints)
        self.deliveries = _all(connection, tables.deliveries)
        self.attempts = _all(connection, tables.attempts)
        self.payments_of = _by(self.payments, "intent")
        self.events_of = _by(sorted(self.events, key=lambda one: one.version), "aggregate")


def read_books(url: str, now: datetime) -> Books:
    """Read a database as it stands, from outside."""
    engine = create_engine(driver_url(url))
    try:
        with engine.connect() as connection:
            return Books(connection, now)
    finally:
        engine.dispose()


def broken(books: Books, *, drained: bool = True) -> list[str]:
    """Return every law that is broken, a line each. `drained`: nobody owes anything."""
    laws = LAWS + (DRAINED if drained else ())
    return [f"{law.__name__}: {line}" for law in laws for line in law(books)]


def a_transfer_is_one_payment(books: Books) -> Iterator[str]:
    names = Counter((one.chain, one.tx, one.index) for one in books.payments)
    yield from (f"{name} is there {many} times" for name, many in names.items() if many > 1)


def a_transaction_counts_in_one_block(books: Books) -> Iterator[str]:
    """Credit of one transaction from two blocks would be the same money twice."""
    blocks: dict[tuple[str, str], set[str | None]] = defaultdict(set)
    for one in books.payments:
        if not one.removed:
            blocks[one.chain, one.tx].add(one.block_hash)
    for name, found in blocks.items():
        if len(found) > 1:
            yield f"{name} counts in blocks {found}"


def sums_are_what_payments_come_to(books: Books) -> Iterator[str]:
    for intent in books.intents:
        paid = books.payments_of.get(intent.id, [])
        seen = _credit(one for one in paid if _counts(one))
        sure = _credit(one for one in paid if _counts(one) and _deep(one))
        if (Fraction(intent.seen), Fraction(intent.confirmed)) != (seen, sure):
            yield f"{intent.id} has {intent.seen}/{intent.confirmed}, not {seen}/{sure}"
        if intent.payments_count != len(paid):
            yield f"{intent.id} counts {intent.payments_count} of {len(paid)} payments"
        if intent.confirmed > intent.seen:
            yield f"{intent.id} has more confirmed than seen"


def a_status_is_what_the_facts_say(books: Books) -> Iterator[str]:
    for intent in books.intents:
        facts = _facts(intent, books.payments_of.get(intent.id, []))
        match intent.status:
            case Status.CANCELED:
                fine = intent.canceled
            case Status.SUCCEEDED:  # final: a reorg does not move it back
                taken = any(one.removed for one in books.payments_of.get(intent.id, []))
                fine = intent.accepted or facts.confirmed >= facts.due or taken
            case _:
                fine = intent.status == status(facts, books.now)
        if not fine:
            yield f"{intent.id} is {intent.status}, by the facts {status(facts, books.now)}"


def an_intents_history_tells_its_status(books: Books) -> Iterator[str]:
    for intent in books.intents:
        at: Status | None = None
        for event in books.events_of.get(intent.id, []):
            to = _status_told(event.type, at)
            if to is not None and at is not None and to not in STEPS[at]:
                yield f"{intent.id} went from {at} to {to} in version {event.version}"
            at = to or at
        if at != intent.status:
            yield f"{intent.id} is {intent.status} and its history ends at {at}"


def versions_have_no_gap(books: Books) -> Iterator[str]:
    for aggregate, told in books.events_of.items():
        versions = [one.version for one in told]
        if versions != list(range(1, len(told) + 1)):
            yield f"{aggregate} has versions {versions}"
    for intent in books.intents:
        if intent.version != len(books.events_of.get(intent.id, [])):
            yield f"{intent.id} is at version {intent.version}"


def sequences_have_no_gap(books: Books) -> Iterator[str]:
    told = _by(books.events, "account")
    for account in books.accounts:
        sequences = sorted(one.sequence for one in told.get(account.id, []))
        if sequences != list(range(1, account.last_sequence + 1)):
            yield f"{account.id} has {len(sequences)} events, the last {account.last_sequence}"


def every_event_is_owed_to_who_wanted_it(books: Books) -> Iterator[str]:
    owed = Counter((one.event, one.endpoint) for one in books.deliveries)
    listening = _by(books.endpoints, "account")
    for event in books.events:
        if event.aggregate.startswith(OUR_OWN):
            continue
        for endpoint in listening.get(event.account, []):
            asked = endpoint.created_at < event.created_at and not endpoint.deleted
            wanted = not endpoint.event_types or event.type in endpoint.event_types
            if asked and wanted and endpoint.active and not owed[event.id, endpoint.id]:
                yield f"{event.id} ({event.type}) is not owed to {endpoint.id}"
            if not wanted and owed[event.id, endpoint.id]:
                yield f"{event.id} ({event.type}) is owed to {endpoint.id}, who did not ask"


def success_is_told_once(books: Books) -> Iterator[str]:
    told = Counter(one.aggregate for one in books.events if one.type == "payment_intent.succeeded")
    for intent in books.intents:
        if told[intent.id] != (intent.status == Status.SUCCEEDED):
            yield f"{intent.id} is {intent.status} and succeeded {told[intent.id]} times"


def a_place_is_nobody_elses(books: Books) -> Iterator[str]:
    slots = Counter((one.destination, one.slot) for one in books.places if one.destination)
    own = Counter((one.family, one.address) for one in books.places if not one.shared)
    yield from (
        f"slot {name} was handed out {many} times" for name, many in slots.items() if many > 1
    )
    yield from (f"{name} serves {many} intents" for name, many in own.items() if many > 1)


def nothing_points_nowhere(books: Books) -> Iterator[str]:
    intents = {one.id for one in books.intents}
    told = {one.id for one in books.events}
    owed = {one.id for one in books.deliveries}
    yield from (
        f"{one.id} pays no intent"
        for one in books.payments
        if one.intent and one.intent not in intents
    )
    yield from (f"a place of {one.intent}" for one in books.places if one.intent not in intents)
    yield from (f"{one.id} tells of nothing" for one in books.deliveries if one.event not in told)
    yield from (f"a try at {one.delivery}" for one in books.attempts if one.delivery not in owed)
    for one in books.events:
        if one.aggregate.startswith("pi_") and one.aggregate not in intents:
            yield f"{one.id} tells of {one.aggregate}"


def attempts_are_numbered(books: Books) -> Iterator[str]:
    made = _by(sorted(books.attempts, key=lambda one: one.number), "delivery")
    for one in books.deliveries:
        numbers = [attempt.number for attempt in made.get(one.id, [])]
        if numbers != list(range(1, one.attempts + 1)):
            yield f"{one.id} has tries {numbers} and counts {one.attempts}"
        if one.status == "succeeded" and not 200 <= (made[one.id][-1].status_code or 0) < 300:
            yield f"{one.id} succeeded without an answer that says so"


def nothing_is_still_owed(books: Books) -> Iterator[str]:
    """Everything an active endpoint was owed was answered."""
    active = {one.id for one in books.endpoints if one.active and not one.deleted}
    for one in books.deliveries:
        if one.endpoint in active and one.status != "succeeded":
            yield f"{one.id} ({one.type}) is {one.status} after {one.attempts} tries"


Law = Callable[[Books], Iterator[str]]
LAWS: tuple[Law, ...] = (
    a_transfer_is_one_payment,
    a_transaction_counts_in_one_block,
    sums_are_what_payments_come_to,
    a_status_is_what_the_facts_say,
    an_intents_history_tells_its_status,
    versions_have_no_gap,
    sequences_have_no_gap,
    every_event_is_owed_to_who_wanted_it,
    success_is_told_once,
    a_place_is_nobody_elses,
    nothing_points_nowhere,
    attempts_are_numbered,
)
DRAINED: tuple[Law, ...] = (nothing_is_still_owed,)


def _all(connection: Connection, table: Table) -> list[Row]:
    return list(connection.execute(select(table)))


def _by(rows: list[Row], name: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[getattr(row, name)].append(row)
    return found


def _counts(payment: Row) -> bool:
    return not payment.removed and not payment.late and bool(payment.quote_amount)


def _deep(payment: Row) -> bool:
    needed = payment.confirmations_required
    return bool(payment.final or (needed is not None and payment.confirmations >= needed))


def _credit(payments: Iterator[Row]) -> Fraction:
    shares = (Fraction(one.quote_price) * one.amount / one.quote_amount for one in payments)
    return Fraction(sum(shares, Fraction(0)) * DIGITS // 1, DIGITS)


def _facts(intent: Row, paid: list[Row]) -> Facts:
    """Return the facts of a row. `due` is exact: every price here has few digits."""
    due = intent.amount - intent.amount * intent.tolerance_bps / 10_000
    return Facts(
        amount=intent.amount,
        due=due,
        seen=intent.seen,
        confirmed=intent.confirmed,
        expires_at=intent.expires_at,
        gives_up_at=intent.gives_up_at,
        late=any(one.late and not one.removed for one in paid),
        accepted=intent.accepted,
        canceled=intent.canceled,
        underpayment=Underpayment(intent.underpayment),
        overpayment=Overpayment(intent.overpayment),
    )


def _status_told(type: str, at: Status | None) -> Status | None:
    """Return the status an event tells of; None: it tells of something else."""
    kind, _, what = type.partition(".")
    if kind != "payment_intent" or what == "updated":
        return None
    return Status.REQUIRES_PAYMENT if what == "created" else Status(what)
