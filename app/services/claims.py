"""Claims: asked for by whoever holds a voucher, or made by the merchant.

A voucher's row is locked while it is claimed of, so that no two claims share the same money.
"""

from decimal import Decimal
from typing import Any

import msgspec

from app.domain import money
from app.domain import voucher as rules
from app.domain.claim import Claim, ClaimStatus, Filter
from app.domain.ledger import Catalogue, Ledger
from app.domain.voucher import CLAIMS_MAX, Voucher, VoucherStatus
from app.errors import Fault, Invalid, NotClaimable, NotFound
from app.rails.base import Rail
from app.services import once, requests
from app.services.claim_standing import ClaimStanding
from app.services.once import Once
from app.services.voucher_requests import ClaimView, NewClaim, NewPayout
from app.storage import claims, vouchers
from app.storage.store import Store, Tx
from app.world import World

ADDRESS_MAX = 4000  # an invoice of Lightning is long
SCHEMES = ("bitcoin:", "litecoin:", "lightning:")  # what a wallet writes before an address
SHUT = {
    VoucherStatus.ARCHIVED: "This voucher is archived.",
    VoucherStatus.EXPIRED: "This voucher has expired.",
    VoucherStatus.UPCOMING: "This voucher has not begun.",
    VoucherStatus.SPENT: "All of this voucher is claimed.",
}


class Claims:
    """Every claim of this house."""

    def __init__(
        self,
        store: Store,
        world: World,
        catalogue: Catalogue,
        rails: dict[str, Rail],
        standing: ClaimStanding,
    ) -> None:
        self._store = store
        self._world = world
        self._catalogue = catalogue
        self._rails = rails
        self._standing = standing

    async def ask(self, voucher: str, new: NewClaim) -> ClaimView:
        """Claim of a voucher: whoever holds its id may, until it is spent."""
        found = await self._store.look(lambda tx: vouchers.get(tx, voucher))
        if found is None:
            raise NotFound(f"There is no voucher {voucher[:40]!r} here.")
        return await self._of_voucher(found, new, approved=found.auto_approve, metadata={})

    async def make(
        self, account: str, livemode: bool, new: NewPayout, key: Once | None = None
    ) -> ClaimView:
        """Make a claim as the merchant: of a voucher, or of none."""
        faults: list[Fault] = []
        requests.check_metadata(faults, new.metadata)
        requests.refuse(faults)
        if new.voucher is not None:
            found = await self._store.look(lambda tx: vouchers.get(tx, new.voucher or ""))
            if found is None or found.account != account:
                raise NotFound(f"There is no voucher {new.voucher[:40]!r} here.")
            approved = new.approved or found.auto_approve
            return await self._of_voucher(
                found, new, approved=approved, metadata=new.metadata, key=key
            )
        ledger = self._catalogue.ledger(new.ledger)
        if self._catalogue.chains[ledger.chain].livemode is not livemode:
            raise Invalid.field("ledger", "is not one of this account's mode")
        if new.amount is None:
            raise Invalid.field("amount", "is required")
        claim = self._claim(account, livemode, None, ledger, new, ledger.asset, new.metadata)
        rate = Decimal(1) if new.approved else None

        def write(tx: Tx) -> ClaimView:
            self._refuse_twice(tx, claim)
            return self._standing.begin(tx, claim, rate)

        view, _ = await once.write(self._store, key, ClaimView, write)
        return view

    async def get(self, account: str | None, id: str, voucher: str | None = None) -> ClaimView:
        """Return a claim of an account, or of a voucher to whoever holds that."""
        found = await self._store.look(lambda tx: claims.get(tx, id))
        if found is None or account not in (None, found.account):
            raise NotFound(f"There is no claim {id[:40]!r} here.")
        if voucher is not None and found.voucher != voucher:
            raise NotFound(f"There is no claim {id[:40]!r} of this voucher.")
        return self._standing.view(found)

    async def owner(self, id: str) -> str:
        """Return the account a claim belongs to."""
        found = await self._store.look(lambda tx: claims.get(tx, id))
        if found is None:
            raise NotFound(f"There is no claim {id[:40]!r} here.")
        return found.account

    async def page(
        self, account: str, filter: Filter, after: str | None, limit: int
    ) -> tuple[list[ClaimView], bool]:
        """Return a page, newest first, and whether more follow."""
        found = await self._store.read(
            lambda tx: claims.page(tx, account, filter, after, limit + 1)
        )
        return [self._standing.view(one) for one in found[:limit]], len(found) > limit

    async def of_voucher(
        self, voucher: str, limit: int, *, canceled: bool = False
    ) -> list[ClaimView]:
        """Return what was claimed of a voucher, newest first, to whoever holds its id."""

        def read(tx: Tx) -> list[Claim]:
            found = vouchers.get(tx, voucher)
            if found is None:
                raise NotFound(f"There is no voucher {voucher[:40]!r} here.")
            wanted = Filter(voucher=voucher, canceled=canceled)
            return claims.page(tx, found.account, wanted, None, limit)

        return [self._standing.view(one) for one in await self._store.look(read)]

    async def _of_voucher(
        self,
        voucher: Voucher,
        new: NewClaim,
        *,
        approved: bool,
        metadata: dict[str, Any],
        key: Once | None = None,
    ) -> ClaimView:
        if new.ledger not in voucher.ledgers or new.ledger not in self._catalogue.ledgers:
            raise NotClaimable("This voucher is not paid on this ledger.", reason="ledger")
        ledger = self._catalogue.ledger(new.ledger)
        account, livemode = voucher.account, voucher.livemode
        claim = self._claim(account, livemode, voucher, ledger, new, voucher.currency, metadata)
        rate = None
        if approved:  # without a price now it waits for the merchant's word
            rate = await self._standing.rate(ledger.id, voucher.currency, livemode)

        def write(tx: Tx) -> ClaimView:
            held = vouchers.lock(tx, voucher.id)
            assert held is not None, "a voucher stays"
            stands = rules.status(held, tx.now)
            if stands in SHUT:
                raise NotClaimable(SHUT[stands], reason=stands.value)
            amount = held.left if new.amount is None else claim.amount
            if amount > held.left:
                left = money.price_text(held.left, held.currency)
                raise NotClaimable(f"{left} {held.currency} are left.", reason="overdraft")
            if held.claims_count >= CLAIMS_MAX:
                raise NotClaimable("This voucher had too many claims.", reason="spent")
            asked = msgspec.structs.replace(claim, amount=amount)
            self._refuse_twice(tx, asked)
            vouchers.save(
                tx,
                msgspec.structs.replace(
                    held,
                    claimed=money.EXACT.add(held.claimed, amount),
                    claims_count=held.claims_count + 1,
                ),
            )
            return self._standing.begin(tx, asked, rate)

        view, _ = await once.write(self._store, key, ClaimView, write)
        return view

    def _claim(
        self,
        account: str,
        livemode: bool,
        voucher: Voucher | None,
        ledger: Ledger,
        new: NewClaim,
        currency: str,
        metadata: dict[str, Any],
    ) -> Claim:
        """Return a claim that was checked as far as it can be without its voucher's row."""
        address = new.address.strip()
        if not 0 < len(address) <= ADDRESS_MAX:
            raise Invalid.field("address", f"must be of 1 to {ADDRESS_MAX} characters")
        amount = Decimal(0)
        if new.amount is not None:
            amount = money.parse_price(new.amount, currency, field="amount")
        now = self._world.now()
        return Claim(
            id=self._world.id("clm"),
            account=account,
            voucher=None if voucher is None else voucher.id,
            livemode=livemode,
            status=ClaimStatus.REQUIRES_APPROVAL,
            amount=amount,
            currency=currency,
            ledger=ledger.id,
            address=self._rails[ledger.chain].check_payee(_bare(address)),
            metadata=metadata,
            version=1,
            created_at=now,
            updated_at=now,
        )

    def _refuse_twice(self, tx: Tx, claim: Claim) -> None:
        """Refuse what is most likely a second click: one to the same address is open."""
        where = (claim.account, claim.voucher, claim.ledger, claim.address)
        if claims.same_open(tx, *where) is not None:
            raise NotClaimable("A claim to this address is open already.", reason="duplicate")


def own(found: Claim | None, account: str, id: str) -> Claim:
    """Return a claim that was found, or refuse one that is not this account's."""
    if found is None or found.account != account:
        raise NotFound(f"There is no claim {id[:40]!r} here.")
    return found


def _bare(address: str) -> str:
    """Return the address in what a wallet wrote: with its scheme before it, and wishes behind."""
    for scheme in SCHEMES:
        if address.lower().startswith(scheme):
            return address[len(scheme) :].partition("?")[0]
    return address
