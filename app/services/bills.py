"""Bills: one sum asked by a payment link, with a day it is due.

Making, changing and archiving one is told in the account's history; that it is paid is told
by `services/bill_standing.py`, where the payment is judged.
"""

import msgspec

from app.domain import link as rules
from app.domain import money
from app.domain.account import Account
from app.domain.event import EventType
from app.domain.ledger import Catalogue
from app.domain.link import EMAIL, Collect, Link, Quantity
from app.domain.narrowing import Narrowing
from app.errors import CheckoutError, Conflict, Fault, Invalid, NotFound
from app.services import once, requests
from app.services.bill_requests import BillChanges, BillView, NewBill
from app.services.bill_standing import BillStanding
from app.services.intents import Intents
from app.services.link_requests import NewSubmission
from app.services.links import NAME_MAX, SHORTCODE_LENGTH
from app.services.once import Once
from app.services.submissions import Submissions
from app.services.views import IntentView
from app.storage import accounts, links
from app.storage.store import Store, Tx
from app.world import World


class Bills:
    """Every bill of this house."""

    def __init__(
        self,
        store: Store,
        world: World,
        catalogue: Catalogue,
        standing: BillStanding,
        submissions: Submissions,
        intents: Intents,
    ) -> None:
        self._store = store
        self._world = world
        self._catalogue = catalogue
        self._standing = standing
        self._submissions = submissions
        self._intents = intents

    async def create(self, account: Account, new: NewBill, key: Once | None = None) -> BillView:
        """Make a bill, or refuse every wrong field at once."""
        bill = self._checked(
            Link(
                id=self._world.id("plink"),
                account=account.id,
                livemode=account.livemode,
                shortcode=self._world.secret(SHORTCODE_LENGTH),
                name=new.name.strip(),
                description=new.description,
                amount=None,
                amount_min=None,
                amount_max=None,
                currency="",
                ledgers=None,
                quantity=Quantity(),
                collect=Collect(),
                max_redemptions=None,
                redemptions=0,
                expires_at=new.expires_at,
                success_url=None,
                active=True,
                bill=True,
                order_id=new.order_id,
                customer_email=new.customer_email,
                metadata=new.metadata,
                created_at=self._world.now(),
            ),
            new.amount,
            new.currency,
            in_parts=new.in_parts,
        )

        def write(tx: Tx) -> BillView:
            links.add(tx, bill)
            return self._standing.tell(tx, bill, EventType.BILL_CREATED)

        view, _ = await once.write(self._store, key, BillView, write)
        return view

    async def get(self, account: str, id: str) -> BillView:
        """Return one of an account's bills."""

        def read(tx: Tx) -> BillView:
            return self._view(tx, _own(links.get(tx, account, id), id))

        return await self._store.read(read)

    async def owner(self, id: str) -> str:
        """Return the account a bill belongs to."""
        found = await self._store.look(lambda tx: links.find(tx, id))
        return _own(found, id).account

    async def page(
        self, account: str, after: str | None, limit: int
    ) -> tuple[list[BillView], bool]:
        """Return a page, newest first, and whether more follow."""

        def read(tx: Tx) -> tuple[list[BillView], bool]:
            found = links.page(tx, account, after, limit + 1, bills=True)
            coming = links.coming(tx, [one.id for one in found[:limit]])
            shown = [self._standing.view(tx, one, coming.get(one.id, ())) for one in found[:limit]]
            return shown, len(found) > limit

        return await self._store.read(read)

    async def change(self, account: str, id: str, changes: BillChanges) -> BillView:
        """Change a bill. What was paid stays paid, so its sum may change only before."""
        given = {
            name: value
            for name, value in msgspec.structs.asdict(changes).items()
            if value is not msgspec.UNSET
        }
        amount, currency = given.pop("amount", None), given.pop("currency", None)
        parts = given.pop("in_parts", None)

        def write(tx: Tx) -> BillView:
            held = self._held(tx, account, id)
            if not held.active:
                raise Conflict("This bill is archived.")
            assert held.goal is not None
            said = amount if amount is not None else money.price_text(held.goal, held.currency)
            changed = self._checked(
                msgspec.structs.replace(held, **given),
                said,
                currency if currency is not None else held.currency,
                in_parts=held.amount is None if parts is None else parts,
            )
            asked = (changed.goal, changed.currency, changed.amount)
            if asked != (held.goal, held.currency, held.amount) and held.raised_count:
                raise Conflict("Something was paid of this bill: its sum stays.")
            if changed == held:
                return self._view(tx, held)
            links.save(tx, changed)
            return self._standing.tell(tx, changed, EventType.BILL_UPDATED)

        return await self._store.write(write)

    async def archive(self, account: str, id: str) -> BillView:
        """Put a bill away: it takes no more payments."""

        def write(tx: Tx) -> BillView:
            held = self._held(tx, account, id)
            if not held.active:
                return self._view(tx, held)
            archived = msgspec.structs.replace(held, active=False)
            links.save(tx, archived)
            return self._standing.tell(tx, archived, EventType.BILL_ARCHIVED)

        return await self._store.write(write)

    async def pay(
        self, account: str, id: str, amount: str | None = None, *, reuse: bool = False
    ) -> IntentView:
        """Make an intent that pays a bill, or go on with one that waits for its payer."""
        bill = await self._store.read(lambda tx: _own(links.get(tx, account, id), id))
        rules.refuse_if_closed(bill, self._world.now())
        if amount is not None and bill.amount is not None:
            raise Invalid.field("amount", "is fixed by this bill: leave it out")
        if reuse and amount is None:
            waiting = await self._store.read(lambda tx: links.open_intent(tx, bill.id))
            if waiting is not None:
                return await self._intents.get(waiting, account)
        if amount is None and bill.amount is None:
            assert bill.left is not None
            amount = money.price_text(bill.left, bill.currency)
        view, _ = await self._submissions.submit(bill.shortcode, NewSubmission(amount=amount))
        return view

    def _held(self, tx: Tx, account: str, id: str) -> Link:
        """Lock a bill as payments do: the account's event counter first."""
        own = _own(links.get(tx, account, id), id)
        accounts.lock(tx, account)
        return _own(links.lock(tx, own.id), id)

    def _view(self, tx: Tx, bill: Link) -> BillView:
        return self._standing.view(tx, bill, links.coming(tx, [bill.id]).get(bill.id, ()))

    def _checked(self, bill: Link, amount: str, currency: str, *, in_parts: bool) -> Link:
        """Return a bill with its sum read, or refuse every wrong field at once."""
        faults: list[Fault] = []
        try:
            code = money.currency(currency)
            sum = money.parse_price(amount, code, field="amount")
            bill = msgspec.structs.replace(
                bill, currency=code, goal=sum, amount=None if in_parts else sum
            )
        except CheckoutError as error:
            faults += error.faults
        if not bill.name.strip():
            faults.append(Fault("name", "is required"))
        requests.check_text(faults, "name", bill.name, NAME_MAX)
        requests.check_text(faults, "description", bill.description, requests.TEXT_MAX)
        requests.check_text(faults, "order_id", bill.order_id, requests.ORDER_MAX)
        requests.check_instant(faults, "expires_at", bill.expires_at)
        requests.check_metadata(faults, bill.metadata)
        if bill.customer_email is not None and not EMAIL.fullmatch(bill.customer_email):
            faults.append(Fault("customer_email", "must be an e-mail address"))
        requests.refuse(faults)
        Narrowing().pick(self._catalogue, self._catalogue.offered(livemode=bill.livemode))
        return bill


def _own(found: Link | None, id: str) -> Link:
    if found is None or not found.bill:
        raise NotFound(f"There is no bill {id[:40]!r} here.")
    return found
