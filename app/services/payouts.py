"""Payouts: what the merchant says of claims. Approved, on its way, sent, or taken back.

This house has no key to send with: what is `processing` or `succeeded` is so on the
merchant's word. Locks are taken in one order: the voucher, then its claim, the account's
event counter last.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec

from app.domain.claim import Claim, ClaimStatus
from app.errors import Conflict, Fault, Invalid, PriceUnavailable
from app.services import requests
from app.services.claim_standing import ClaimStanding, freed
from app.services.claims import own
from app.services.voucher_requests import ClaimView
from app.storage import claims, vouchers
from app.storage.store import Store, Tx


class Payouts:
    """Every claim, as the merchant who is to pay it handles it."""

    def __init__(self, store: Store, standing: ClaimStanding) -> None:
        self._store = store
        self._standing = standing

    async def approve(self, account: str, id: str, rate: Decimal | None = None) -> ClaimView:
        """Let a claim be sent, priced now; `rate` is the merchant's own instead of the market's."""
        found = await self._store.read(lambda tx: own(claims.get(tx, id), account, id))
        if rate is not None and rate <= 0:
            raise Invalid.field("rate", "must be more than zero")
        if found.status is ClaimStatus.REQUIRES_APPROVAL and rate is None:
            rate = await self._standing.rate(found.ledger, found.currency, found.livemode)
            if rate is None:
                raise PriceUnavailable(f"There is no trustworthy price in {found.currency} now.")

        def change(tx: Tx, claim: Claim) -> Claim:
            assert rate is not None or claim.approved_at is not None
            return claim if rate is None else self._standing.priced(tx, claim, rate)

        asked = (ClaimStatus.REQUIRES_APPROVAL,)
        return await self._move(account, id, change, ClaimStatus.PENDING, asked)

    async def mark(
        self, account: str, id: str, to: ClaimStatus, proof: dict[str, Any] | None = None
    ) -> ClaimView:
        """Write down what the merchant says came of an approved claim."""
        faults: list[Fault] = []
        requests.check_metadata(faults, proof or {})
        if faults:
            faults = [Fault("proof", one.message) for one in faults]
        requests.refuse(faults)
        if to is ClaimStatus.CANCELED:
            return await self.cancel(account, id)
        if to is ClaimStatus.REQUIRES_APPROVAL:
            raise Invalid.field("status", "cannot be taken back to before the approval")

        def change(tx: Tx, claim: Claim) -> Claim:
            return msgspec.structs.replace(
                claim,
                sending=to is ClaimStatus.PROCESSING,
                sent_at=tx.now if to is ClaimStatus.SUCCEEDED else None,
                proof=proof if proof is not None else claim.proof,
            )

        approved = (ClaimStatus.PENDING, ClaimStatus.PROCESSING)
        return await self._move(account, id, change, to, approved)

    async def cancel(self, account: str, id: str) -> ClaimView:
        """Take a claim back, as long as nothing is on its way; what it held is free again."""

        def change(tx: Tx, claim: Claim) -> Claim:
            return msgspec.structs.replace(claim, canceled_at=tx.now)

        waiting = (ClaimStatus.REQUIRES_APPROVAL, ClaimStatus.PENDING)
        return await self._move(account, id, change, ClaimStatus.CANCELED, waiting)

    async def _move(
        self,
        account: str,
        id: str,
        change: Callable[[Tx, Claim], Claim],
        to: ClaimStatus,
        before: tuple[ClaimStatus, ...],
    ) -> ClaimView:
        """Bring a claim to a status by a fact; one that is there already is left alone."""

        def write(tx: Tx) -> ClaimView:
            named = own(claims.get(tx, id), account, id)
            voucher = None if named.voucher is None else vouchers.lock(tx, named.voucher)
            claim = own(claims.lock(tx, id), account, id)
            if claim.status is to:
                return self._standing.view(claim)
            if claim.status not in before:
                raise Conflict(f"{id} is {claim.status}.", status=claim.status.value)
            moved = self._standing.judge(tx, claim.status, change(tx, claim))
            assert moved.status is to, f"{id} was to be {to} and is {moved.status}"
            if to is ClaimStatus.CANCELED and voucher is not None:
                vouchers.save(tx, freed(voucher, claim))
            return self._standing.view(moved)

        return await self._store.write(write)
