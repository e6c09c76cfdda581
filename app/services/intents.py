"""Payment intents: create, read, reuse, change, cancel, accept.

An intent is one wish to be paid one price once. Everybody holds it by its id, and
whichever door the shopper comes through, the same intent answers.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from app.domain.account import Account
from app.domain.conditions import NONE, Conditions
from app.domain.event import EventType
from app.domain.intent import (
    ACCEPTABLE,
    CANCELABLE,
    REUSABLE,
    Filter,
    Intent,
    Mark,
    Status,
    marks,
)
from app.domain.payment import Payment
from app.errors import Conflict, Fault, NotFound, NotReusable
from app.services import once, requests
from app.services.invoicing import Invoicing
from app.services.issuing import Held, Issuing
from app.services.once import Once
from app.services.requests import IntentChanges, NewIntent, Wish
from app.services.standing import Standing
from app.services.views import IntentView, Views
from app.storage import intents, payments, places
from app.storage.store import Store, Tx

OWNERS_MAX = 10_000  # of about 200 bytes


class Intents:
    """Every payment intent of this house."""

    def __init__(
        self,
        store: Store,
        issuing: Issuing,
        standing: Standing,
        views: Views,
        invoicing: Invoicing,
    ) -> None:
        self._store = store
        self._issuing = issuing
        self._standing = standing
        self._views = views
        self._invoicing = invoicing
        self._owners: dict[str, str] = {}

    async def create(
        self,
        account: Account,
        new: NewIntent,
        key: Once | None = None,
        conditions: Conditions = NONE,
        beside: Callable[[Tx, Intent], None] | None = None,
    ) -> tuple[IntentView, bool]:
        """Make an intent, or return the one this key, this order or this id already has.

        The second value tells whether it is new; `beside` writes more where it is.
        """
        if new.payment_intent is not None:
            view = await self.reuse(account.id, new.payment_intent, new.metadata)
            return view, False
        return await self.make(account, self._issuing.wish(new, conditions), key, beside)

    async def make(
        self,
        account: Account,
        wish: Wish,
        key: Once | None = None,
        beside: Callable[[Tx, Intent], None] | None = None,
        held: Held | None = None,
    ) -> tuple[IntentView, bool]:
        """Make an intent of a checked wish; `beside` writes more in its transaction.

        `held`: a price that was promised for it already.
        """
        if key is not None:
            before = await self._store.look(lambda tx: once.told(tx, key, IntentView))
            if before is not None:
                return await self._invoicing.fill(before), False
        terms = await self._issuing.terms(account, wish, held)

        def write(tx: Tx) -> tuple[IntentView, bool]:
            if (before := once.told(tx, key, IntentView)) is not None:
                return before, False
            if (open := self._issuing.open_order(tx, account, wish)) is not None:
                view = self.view(tx, open)
                once.keep(tx, key, view)  # the order may have closed when the key comes again
                return view, False
            intent, spots = self._issuing.insert(tx, account, wish, terms)
            if beside is not None:
                beside(tx, intent)
            view = self._views.intent(intent, [], spots)
            once.keep(tx, key, view)
            return view, True

        view, created = await self._store.write(write)
        return await self._invoicing.fill(view, held.memo_hash if held else None), created

    def view(self, tx: Tx, intent: Intent) -> IntentView:
        """Return the whole view of an intent inside a transaction."""
        paid = payments.of_intent(tx, intent.id) if intent.payments_count else []
        return self._views.intent(intent, paid, places.of_intent(tx, intent.id))

    async def get(self, id: str, account: str | None = None) -> IntentView:
        """Return an intent; with `account`, only when it is that account's."""
        return await self._store.look(lambda tx: self.view(tx, self.found(tx, account, id)))

    async def page(
        self, account: str, filter: Filter, after: str | None, limit: int, offset: int = 0
    ) -> tuple[list[IntentView], bool]:
        """Return one page of an account's intents, newest first, and whether more follow."""

        def read(tx: Tx) -> tuple[list[IntentView], bool]:
            found = intents.page(tx, account, filter, after, limit + 1, offset)
            shown = found[:limit]
            paid = payments.of_intents(tx, [one.id for one in shown if one.payments_count])
            spots = places.of_intents(tx, [one.id for one in shown])
            views = [
                self._views.intent(one, paid.get(one.id, []), spots.get(one.id, []))
                for one in shown
            ]
            return views, len(found) > limit

        return await self._store.read(read)

    async def reuse(self, account: str, id: str, metadata: dict[str, Any]) -> IntentView:
        """Return an open intent for one more door; a finished one is refused by status.

        Metadata is merged and the merchant's own keys win.
        """

        def write(tx: Tx) -> IntentView:
            intent = self.locked(tx, account, id)
            if intent.status not in REUSABLE:
                raise NotReusable(f"{id} is {intent.status}.", status=intent.status.value)
            merged = metadata | intent.metadata
            if merged != intent.metadata:
                intent = self._with_metadata(tx, intent, merged)
            return self.view(tx, intent)

        if metadata:
            return await self._store.write(write)
        view = await self.get(id, account)  # nothing to merge: nothing to write
        if view.status not in REUSABLE:
            raise NotReusable(f"{id} is {view.status}.", status=view.status.value)
        return view

    async def change(self, account: str, id: str, changes: IntentChanges) -> IntentView:
        """Change metadata (merged key by key; null removes) and description."""

        def write(tx: Tx) -> IntentView:
            intent = self.locked(tx, account, id)
            faults: list[Fault] = []
            if changes.description is not msgspec.UNSET:
                requests.check_text(faults, "description", changes.description, requests.TEXT_MAX)
                intent = msgspec.structs.replace(intent, description=changes.description)
            merged = intent.metadata
            if changes.metadata is not msgspec.UNSET:
                merged = {
                    key: value
                    for key, value in (intent.metadata | changes.metadata).items()
                    if value is not None
                }
                requests.check_metadata(faults, merged)
            requests.refuse(faults)
            return self.view(tx, self._with_metadata(tx, intent, merged))

        return await self._store.write(write)

    async def rewrite(
        self, account: str, id: str, metadata: dict[str, Any], order_id: str | None
    ) -> IntentView:
        """Put other metadata in the place of all there was, and another order's id."""
        faults: list[Fault] = []
        requests.check_metadata(faults, metadata)
        requests.check_text(faults, "order_id", order_id, requests.ORDER_MAX)
        requests.refuse(faults)

        def write(tx: Tx) -> IntentView:
            intent = self.locked(tx, account, id)
            intent = msgspec.structs.replace(intent, order_id=order_id)
            return self.view(tx, self._with_metadata(tx, intent, metadata))

        return await self._store.write(write)

    def _with_metadata(self, tx: Tx, intent: Intent, metadata: dict[str, Any]) -> Intent:
        changed = msgspec.structs.replace(intent, metadata=metadata)
        paid = payments.of_intent(tx, intent.id)
        told = self._standing.tell(tx, changed, paid, EventType.INTENT_UPDATED)
        intents.save(tx, told)
        intents.relabel(tx, told)
        return told

    async def cancel(self, account: str, id: str, key: Once | None = None) -> IntentView:
        """Close an intent nobody has paid. What arrives afterwards is reported as late."""

        def write(tx: Tx) -> IntentView:
            intent = self.locked(tx, account, id)
            if intent.status is Status.CANCELED:
                return self.view(tx, intent)
            if intent.status not in CANCELABLE:
                raise Conflict(f"{id} is {intent.status} and cannot be canceled.")
            return self._rule(tx, msgspec.structs.replace(intent, canceled=True))

        view, _ = await once.write(self._store, key, IntentView, write)
        return view

    async def accept(self, account: str, id: str, key: Once | None = None) -> IntentView:
        """Take a mismatched, expired or failed intent as paid: the merchant's word."""

        def write(tx: Tx) -> IntentView:
            intent = self.locked(tx, account, id)
            if intent.accepted:
                return self.view(tx, intent)
            if intent.status not in ACCEPTABLE:
                raise Conflict(f"{id} is {intent.status}; only a closed unpaid one is accepted.")
            return self._rule(tx, msgspec.structs.replace(intent, accepted=True))

        view, _ = await once.write(self._store, key, IntentView, write)
        return view

    async def mark(self, account: str, id: str, mark: Mark) -> IntentView:
        """Settle or give up an intent by the merchant's word, whatever the chains say.

        A word may be taken back by the other one; what money settled it cannot give up.
        """

        def write(tx: Tx) -> IntentView:
            intent = self.locked(tx, account, id)
            if mark not in marks(intent.status, intent.exception):
                raise Conflict(f"{id} is {intent.status} and cannot be marked {mark}.")
            settled = mark is Mark.SETTLED
            marked = msgspec.structs.replace(intent, accepted=settled, canceled=not settled)
            return self._rule(tx, marked)

        return await self._store.write(write)

    async def archive(self, account: str, id: str, archived: bool = True) -> IntentView:
        """Put an intent away, or take it out again: nothing else about it changes."""

        def write(tx: Tx) -> IntentView:
            intent = self.locked(tx, account, id)
            if intent.archived is not archived:
                intent = msgspec.structs.replace(intent, archived=archived)
                intents.save(tx, intent)
            return self.view(tx, intent)

        return await self._store.write(write)

    def _rule(self, tx: Tx, intent: Intent) -> IntentView:
        paid: list[Payment] = payments.of_intent(tx, intent.id)
        return self.view(tx, self._standing.judge(tx, intent, paid))

    def found(self, tx: Tx, account: str | None, id: str) -> Intent:
        """Return an intent, or refuse one that is not this account's."""
        found = intents.get(tx, id)
        if found is None or (account is not None and found.account != account):
            raise NotFound(f"There is no payment intent {id[:40]!r} here.")
        if len(self._owners) >= OWNERS_MAX:
            self._owners.clear()
        self._owners[id] = found.account
        return found

    def owner(self, id: str) -> str | None:
        """Return the account of an intent that was read lately: it never changes."""
        return self._owners.get(id)

    def locked(self, tx: Tx, account: str | None, id: str) -> Intent:
        """Return an intent locked for change, or refuse one that is not this account's."""
        found = intents.lock(tx, id)
        if found is None or (account is not None and found.account != account):
            raise NotFound(f"There is no payment intent {id[:40]!r} here.")
        return found
