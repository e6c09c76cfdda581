"""Refund requests: asked for by whoever holds the intent's id, answered by the merchant.

Nothing is sent here. The merchant sees the request beside the facts: what arrived, from
which address, and whether the money is asked for at another one.
"""

import msgspec

from app.domain.event import EventType
from app.domain.intent import Intent
from app.domain.link import EMAIL
from app.domain.payment import Payment
from app.domain.refund import (
    EDITS_MAX,
    NOTE_MAX,
    REQUESTS_MAX,
    TX_MAX,
    RefundRequest,
)
from app.errors import CheckoutError, Conflict, Fault, NotFound, TooMany
from app.phrase import phrase
from app.rails.base import Rail
from app.services import once, requests
from app.services.events import Events
from app.services.once import Once
from app.services.refund_views import (
    CloseRefund,
    NewRefund,
    RefundForPayer,
    RefundPayment,
    RefundView,
    Standing,
    for_payer,
)
from app.services.views import PaymentView, Views
from app.storage import intents, payments, refunds
from app.storage.store import Store, Tx
from app.world import World

DAY_SECONDS = 86_400


class Refunds:
    """Every refund request of this house."""

    def __init__(
        self, store: Store, world: World, rails: dict[str, Rail], events: Events, views: Views
    ) -> None:
        self._store = store
        self._world = world
        self._rails = rails
        self._events = events
        self._views = views

    async def ask(self, id: str, new: NewRefund) -> RefundForPayer:
        """Ask for money back; while a request is open, asking again changes it."""

        def write(tx: Tx) -> RefundForPayer:
            intent = intents.lock(tx, id)
            if intent is None:
                raise NotFound(f"There is no payment intent {id[:40]!r} here.")
            came = _came(payments.of_intent(tx, id))
            if not came:
                raise Conflict("Nothing has arrived for this payment, so nothing can go back.")
            rail = self._rails[came[-1].chain]
            asked = _checked(new, rail)
            before = refunds.newest_of(tx, id)
            if before is None or before.closed_at is not None:
                made = self._made(tx, intent, rail.chain.family, asked)
                refunds.add(tx, made)
                self._tell(tx, made, EventType.REFUND_CREATED)
                return for_payer(made)
            changed = msgspec.structs.replace(
                before,
                **msgspec.structs.asdict(asked),
                family=rail.chain.family,
                version=before.version + 1,
                updated_at=tx.now,
            )
            if all(
                getattr(before, name) == getattr(changed, name)
                for name in NewRefund.__struct_fields__
            ):
                return for_payer(before)
            if before.version > EDITS_MAX:
                raise TooMany("This request was changed too often.", DAY_SECONDS)
            refunds.save(tx, changed)
            self._tell(tx, changed, EventType.REFUND_UPDATED)
            return for_payer(changed)

        return await self._store.write(write)

    def _made(self, tx: Tx, intent: Intent, family: str, asked: NewRefund) -> RefundRequest:
        if refunds.count(tx, intent.id) >= REQUESTS_MAX:
            raise TooMany("This payment had too many requests: ask the merchant.", DAY_SECONDS)
        return RefundRequest(
            id=self._world.id("rr"),
            account=intent.account,
            intent=intent.id,
            livemode=intent.livemode,
            family=family,
            **msgspec.structs.asdict(asked),
            version=1,
            created_at=tx.now,
            updated_at=tx.now,
        )

    async def of_intent(self, id: str) -> RefundForPayer | None:
        """Return the newest request of an intent, as its payer sees it."""
        found = await self._store.look(lambda tx: refunds.newest_of(tx, id))
        return None if found is None else for_payer(found)

    async def page(
        self,
        account: str,
        after: str | None,
        limit: int,
        *,
        status: Standing | None = None,
        intent: str | None = None,
    ) -> tuple[list[RefundView], bool]:
        """Return a page, newest first, and whether more follow."""
        open = None if status is None else status == "open"

        def read(tx: Tx) -> tuple[list[RefundView], bool]:
            found = refunds.page(tx, account, after, limit + 1, open=open, intent=intent)
            paid = payments.of_intents(tx, [one.intent for one in found[:limit]])
            views = [self._view(one, paid.get(one.intent, [])) for one in found[:limit]]
            return views, len(found) > limit

        return await self._store.read(read)

    async def get(self, account: str, id: str) -> RefundView:
        """Return one of an account's requests."""

        def read(tx: Tx) -> RefundView:
            found = _found(tx, account, id)
            return self._view(found, payments.of_intent(tx, found.intent))

        return await self._store.read(read)

    async def close(
        self, account: str, id: str, answer: CloseRefund, key: Once | None = None
    ) -> RefundView:
        """Write down what the merchant did. Closed is closed; the same word again is fine."""
        faults: list[Fault] = []
        requests.check_text(faults, "tx", answer.tx, TX_MAX)
        requests.check_text(faults, "note", answer.note, NOTE_MAX)
        requests.refuse(faults)

        def write(tx: Tx) -> RefundView:
            intents.lock(tx, _found(tx, account, id).intent)
            found = _found(tx, account, id)
            closed = msgspec.structs.replace(
                found,
                outcome=answer.outcome,
                tx=answer.tx,
                answer=answer.note,
                version=found.version + 1,
                updated_at=tx.now,
                closed_at=tx.now,
            )
            if found.closed_at is not None:
                if found.outcome is not answer.outcome:
                    raise Conflict(f"{id} is closed already: {found.outcome}.")
                return self._view(found, payments.of_intent(tx, found.intent))
            refunds.save(tx, closed)
            self._tell(tx, closed, EventType.REFUND_CLOSED)
            return self._view(closed, payments.of_intent(tx, found.intent))

        view, _ = await once.write(self._store, key, RefundView, write)
        return view

    def _tell(self, tx: Tx, request: RefundRequest, type: EventType) -> None:
        view = self._view(request, payments.of_intent(tx, request.intent))
        self._events.append(
            tx,
            account=request.account,
            aggregate=request.id,
            version=request.version,
            type=type,
            livemode=request.livemode,
            data={"object": view},
        )
        tx.ring(request.intent)

    def _view(self, request: RefundRequest, paid: list[Payment]) -> RefundView:
        facts = [
            RefundPayment(
                **{name: getattr(view, name) for name in PaymentView.__struct_fields__},
                sender=one.sender,
            )
            for one in paid
            for view in [self._views.payment(one)]
        ]
        return RefundView(
            id=request.id,
            payment_intent=request.intent,
            status="open" if request.closed_at is None else "closed",
            outcome=request.outcome,
            reason=request.reason,
            family=request.family,
            address=request.address,
            sender_differs=request.address not in {one.sender for one in _came(paid)},
            email=request.email,
            note=request.note,
            tx=request.tx,
            answer=request.answer,
            payments=tuple(facts),
            livemode=request.livemode,
            created_at=request.created_at,
            updated_at=request.updated_at,
            closed_at=request.closed_at,
        )


def _came(paid: list[Payment]) -> list[Payment]:
    """Return what arrived and was not taken back."""
    return [one for one in paid if not one.removed]


def _checked(new: NewRefund, rail: Rail) -> NewRefund:
    """Return a request with its address in canonical form, or refuse every wrong field."""
    faults: list[Fault] = []
    address = new.address
    try:
        address = rail.check_payee(new.address)
    except CheckoutError as error:
        faults += error.faults
    email = (new.email or "").strip() or None
    note = (new.note or "").strip() or None
    if email is not None and (len(email) > 255 or not EMAIL.fullmatch(email)):
        faults.append(Fault("email", phrase("must be an e-mail address")))
    requests.check_text(faults, "note", note, NOTE_MAX)
    requests.refuse(faults)
    return NewRefund(address=address, reason=new.reason, email=email, note=note)


def _found(tx: Tx, account: str, id: str) -> RefundRequest:
    found = refunds.get(tx, account, id)
    if found is None:
        raise NotFound(f"There is no refund request {id[:40]!r} here.")
    return found
