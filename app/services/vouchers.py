"""Vouchers: made by the merchant, shown to whoever holds the id, archived when it is over.

Nothing is sent here, and nothing is set aside: a voucher is a promise of the merchant's.
"""

from decimal import Decimal

import msgspec

from app.domain import money
from app.domain import voucher as rules
from app.domain.account import Account
from app.domain.event import EventType
from app.domain.intent import Intent
from app.domain.ledger import Catalogue, Ledger
from app.domain.narrowing import Narrowing
from app.domain.voucher import Basis, Filter, Refundable, Voucher
from app.errors import Conflict, Fault, Invalid, NotConfigured, NotFound
from app.services import once, requests
from app.services.claim_standing import ClaimStanding
from app.services.destinations import Destinations
from app.services.events import Events
from app.services.once import Once
from app.services.prices import Prices
from app.services.voucher_requests import NewRefund, NewVoucher, VoucherView
from app.storage import intents, vouchers
from app.storage.store import Store, Tx
from app.world import World

PERCENT_MAX = 100


class Vouchers:
    """Every voucher of this house."""

    def __init__(
        self,
        store: Store,
        world: World,
        catalogue: Catalogue,
        destinations: Destinations,
        prices: Prices,
        events: Events,
        standing: ClaimStanding,
        url: str,
    ) -> None:
        self._store = store
        self._world = world
        self._catalogue = catalogue
        self._destinations = destinations
        self._prices = prices
        self._events = events
        self._standing = standing
        self._url = url

    async def create(
        self, account: Account, new: NewVoucher, key: Once | None = None
    ) -> VoucherView:
        """Make a voucher, or refuse every wrong field at once."""
        voucher = self._checked(account, new, await self._ledgers(account, new.ledgers))

        def write(tx: Tx) -> VoucherView:
            if voucher.intent is not None:
                intent = intents.get(tx, voucher.intent)
                if intent is None or intent.account != account.id:
                    raise NotFound(f"There is no payment intent {voucher.intent[:40]!r} here.")
            vouchers.add(tx, voucher)
            return self._tell(tx, voucher, EventType.VOUCHER_CREATED)

        view, _ = await once.write(self._store, key, VoucherView, write)
        return view

    async def get(self, id: str, account: str | None = None) -> VoucherView:
        """Return a voucher; with `account`, only when it is that account's."""

        def read(tx: Tx) -> VoucherView:
            found = vouchers.get(tx, id)
            if found is None or account not in (None, found.account):
                raise NotFound(f"There is no voucher {id[:40]!r} here.")
            return self.view(tx, found)

        return await self._store.look(read)

    async def owner(self, id: str) -> str:
        """Return the account a voucher belongs to."""
        found = await self._store.look(lambda tx: vouchers.get(tx, id))
        if found is None:
            raise NotFound(f"There is no voucher {id[:40]!r} here.")
        return found.account

    async def page(
        self, account: str, filter: Filter, after: str | None, limit: int
    ) -> tuple[list[VoucherView], bool]:
        """Return a page, newest first, and whether more follow."""

        def read(tx: Tx) -> tuple[list[VoucherView], bool]:
            found = vouchers.page(tx, account, filter, after, limit + 1)
            return [self.view(tx, one) for one in found[:limit]], len(found) > limit

        return await self._store.read(read)

    async def archive(self, account: str, id: str) -> VoucherView:
        """Close a voucher for good, and cancel what nobody has begun to send of it."""

        def write(tx: Tx) -> VoucherView:
            found = vouchers.lock(tx, id)
            if found is None or found.account != account:
                raise NotFound(f"There is no voucher {id[:40]!r} here.")
            if found.archived:
                return self.view(tx, found)
            found = self._standing.cancel_open(tx, found)
            changed = msgspec.structs.replace(found, archived=True, version=found.version + 1)
            vouchers.save(tx, changed)
            return self._tell(tx, changed, EventType.VOUCHER_ARCHIVED)

        return await self._store.write(write)

    async def refundable(self, account: str, id: str, ledger: str) -> Refundable:
        """Return what an intent's money comes to on a ledger, for giving it back."""
        coin = self._catalogue.ledger(ledger, field="ledger")
        intent = await self._store.read(lambda tx: intents.get(tx, id))
        if intent is None or intent.account != account:
            raise NotFound(f"There is no payment intent {id[:40]!r} here.")
        return await self._refundable(intent, coin)

    async def refund(
        self, account: Account, id: str, new: NewRefund, key: Once | None = None
    ) -> VoucherView:
        """Make the voucher by which an intent's money goes back to its payer."""
        found = await self.refundable(account.id, id, new.ledger)
        amount, currency = self._given_back(found, new)
        own = currency == found.asset  # no rate stands between what is owed and what is sent
        asked = NewVoucher(
            name=new.name or f"Refund {id}"[: rules.NAME_MAX],
            description=new.description,
            amount=f"{amount:f}",
            currency=currency,
            ledgers=(new.ledger,),
            auto_approve=new.auto_approve and own,
            payment_intent=id,
        )
        return await self.create(account, asked, key)

    def view(self, tx: Tx, voucher: Voucher) -> VoucherView:
        """Return a voucher as it stands now."""
        return VoucherView(
            id=voucher.id,
            status=rules.status(voucher, tx.now),
            name=voucher.name,
            description=voucher.description,
            amount=money.price_text(voucher.amount, voucher.currency),
            amount_left=money.price_text(voucher.left, voucher.currency),
            currency=voucher.currency,
            ledgers=voucher.ledgers,
            auto_approve=voucher.auto_approve,
            archived=voucher.archived,
            payment_intent=voucher.intent,
            url=f"{self._url}/claim/{voucher.id}",
            livemode=voucher.livemode,
            starts_at=voucher.starts_at,
            expires_at=voucher.expires_at,
            created_at=voucher.created_at,
            version=voucher.version,
        )

    def _tell(self, tx: Tx, voucher: Voucher, type: EventType) -> VoucherView:
        view = self.view(tx, voucher)
        self._events.append(
            tx,
            account=voucher.account,
            aggregate=voucher.id,
            version=voucher.version,
            type=type,
            livemode=voucher.livemode,
            data={"object": view},
        )
        return view

    async def _ledgers(self, account: Account, named: tuple[str, ...] | None) -> tuple[str, ...]:
        """Return what may be claimed on: what is named, else what the account uses itself."""
        offered = self._catalogue.offered(livemode=account.livemode)
        if named is None:
            has = await self._destinations.of(account.id)
            used = [one for one in offered if self._catalogue.chain_of(one.id).family in has]
            if not used:
                raise NotConfigured("The account has no destination on any chain of this house.")
            return tuple(one.id for one in used)
        for one in named:
            self._catalogue.ledger(one, field="ledgers")
        return tuple(one.id for one in Narrowing(ledgers=named).pick(self._catalogue, offered))

    def _checked(self, account: Account, new: NewVoucher, ledgers: tuple[str, ...]) -> Voucher:
        """Return a voucher with its amount read, or refuse every wrong field at once."""
        faults: list[Fault] = []
        if not new.name.strip():
            faults.append(Fault("name", "is required"))
        requests.check_text(faults, "name", new.name, rules.NAME_MAX)
        requests.check_text(faults, "description", new.description, requests.TEXT_MAX)
        requests.check_instant(faults, "starts_at", new.starts_at)
        requests.check_instant(faults, "expires_at", new.expires_at)
        amount, currency = Decimal(0), ""
        try:
            currency = money.currency(new.currency)
            amount = money.parse_price(new.amount, currency, field="amount")
        except Invalid as error:
            faults += error.faults
        now = self._world.now()
        if not faults:
            starts = new.starts_at or now
            if new.expires_at is not None and new.expires_at <= starts:
                faults.append(Fault("expires_at", "must be after the start"))
        requests.refuse(faults)
        return Voucher(
            id=self._world.id("vch"),
            account=account.id,
            livemode=account.livemode,
            name=new.name.strip(),
            description=(new.description or "").strip() or None,
            amount=amount,
            currency=currency,
            ledgers=ledgers,
            auto_approve=new.auto_approve,
            intent=new.payment_intent,
            starts_at=new.starts_at or now,
            expires_at=new.expires_at,
            version=1,
            created_at=now,
        )

    async def _refundable(self, intent: Intent, ledger: Ledger) -> Refundable:
        """Sum up what was paid and confirmed, in coins of then and of now."""
        if intent.confirmed <= 0:
            raise Conflict("Nothing confirmed has arrived for this payment that counts.")
        quote = intent.quote(ledger.id)
        pair = (ledger.asset, intent.currency)
        found = await self._prices.some({pair}, sandbox=not intent.livemode)
        now = found[pair].price if pair in found else None
        then = quote.rate if quote is not None else now
        if then is None or now is None:
            raise Conflict(f"There is no price of {ledger.asset} in {intent.currency} now.")
        over = max(money.difference(intent.confirmed, intent.amount), Decimal(0))
        return Refundable(
            currency=intent.currency,
            paid=money.round_price_down(intent.confirmed, intent.currency),
            asset=ledger.asset,
            then=rules.coins(intent.confirmed, then, ledger.asset),
            now=rules.coins(intent.confirmed, now, ledger.asset),
            excess=rules.coins(over, then, ledger.asset),
        )

    def _given_back(self, found: Refundable, new: NewRefund) -> tuple[Decimal, str]:
        if not 0 <= new.percent_less <= PERCENT_MAX:
            raise Invalid.field("percent_less", f"must be between 0 and {PERCENT_MAX}")
        if new.basis is Basis.CUSTOM:
            if new.amount is None or new.currency is None:
                field = "amount" if new.amount is None else "currency"
                raise Invalid.field(field, "is required")
            currency = money.currency(new.currency)
            amount = money.parse_price(new.amount, currency, field="amount")
        else:
            amount, currency = found.amount(new.basis)
        amount = rules.less(amount, new.percent_less, currency)
        if amount <= 0:
            raise Invalid.field("basis", "leaves nothing to give back")
        return amount, currency
