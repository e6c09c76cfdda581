"""Where claims stand: the only writer of a claim's status. Others bring facts and ask for a look.

What a claim comes to on its ledger is fixed when it is approved. Rates come from outside, so
they are asked for before a transaction and only written inside it.
"""

from decimal import Decimal

import msgspec

from app.domain import claim as rules
from app.domain import money
from app.domain.claim import STEPS, Claim, ClaimStatus
from app.domain.event import EventType
from app.domain.ledger import Catalogue
from app.domain.voucher import Voucher
from app.errors import NotClaimable
from app.rails.base import Rail
from app.rails.invoicer import Invoicer
from app.services.events import Events
from app.services.prices import Prices
from app.services.voucher_requests import ClaimView
from app.storage import claims
from app.storage.store import Tx


class ClaimStanding:
    """Keeps every claim where its facts put it."""

    def __init__(
        self, catalogue: Catalogue, rails: dict[str, Rail], prices: Prices, events: Events
    ) -> None:
        self._catalogue = catalogue
        self._rails = rails
        self._prices = prices
        self._events = events

    def begin(self, tx: Tx, claim: Claim, rate: Decimal | None) -> ClaimView:
        """Write a new claim, and approve it at once where there is a rate."""
        claims.add(tx, claim)
        self._tell(tx, claim, EventType.CLAIM_CREATED)
        if rate is not None:
            approved = self.priced(tx, claim, rate)
            claim = self.judge(tx, claim.status, approved)
        return self.view(claim)

    def judge(self, tx: Tx, before: ClaimStatus, claim: Claim) -> Claim:
        """Bring a locked claim to the status its facts allow, and tell of the step."""
        stands = rules.status(claim.facts)
        judged = msgspec.structs.replace(
            claim, status=stands, version=claim.version + 1, updated_at=tx.now
        )
        claims.save(tx, judged)
        self._tell(tx, judged, STEPS[before][stands])
        return judged

    def priced(self, tx: Tx, claim: Claim, rate: Decimal) -> Claim:
        """Approve a claim at a rate, or refuse what is less than the ledger's smallest part."""
        ledger = self._catalogue.ledger(claim.ledger)
        atomic = rules.worth(claim.amount, rate, ledger.decimals, ledger.precision)
        if atomic <= 0:
            raise NotClaimable("The amount is too small for this ledger.", reason="too_low")
        rail = self._rails.get(ledger.chain)
        asked = rail.asked(claim.address) if isinstance(rail, Invoicer) else None
        if asked is not None and asked > atomic:  # whoever pays it pays what it says
            least = f"{money.units(asked, ledger.decimals)} {ledger.symbol}"
            raise NotClaimable(f"The invoice asks for more: {least}.", reason="overdraft")
        atomic = atomic if asked is None else asked
        return msgspec.structs.replace(claim, atomic=atomic, rate=rate, approved_at=tx.now)

    async def rate(self, ledger: str, currency: str, livemode: bool) -> Decimal | None:
        """Return what a ledger's coin costs now; None: nobody can tell."""
        pair = (self._catalogue.ledger(ledger).asset, currency)
        if pair[0] == currency:
            return Decimal(1)
        found = await self._prices.some({pair}, sandbox=not livemode)
        return found[pair].price if pair in found else None

    def cancel_open(self, tx: Tx, voucher: Voucher) -> Voucher:
        """Cancel what nobody has begun to send of a locked voucher; return it as it is then."""
        for claim in claims.lock_open(tx, voucher.id):
            if ClaimStatus.CANCELED in STEPS[claim.status]:
                canceled = msgspec.structs.replace(claim, canceled_at=tx.now)
                self.judge(tx, claim.status, canceled)
                voucher = freed(voucher, claim)
        return voucher

    def view(self, claim: Claim) -> ClaimView:
        """Return a claim as people see it."""
        ledger = self._catalogue.ledgers.get(claim.ledger)
        due = None
        if claim.atomic is not None and ledger is not None:
            due = money.units(claim.atomic, ledger.decimals)
        return ClaimView(
            id=claim.id,
            status=claim.status,
            voucher=claim.voucher,
            amount=money.price_text(claim.amount, claim.currency),
            currency=claim.currency,
            ledger=claim.ledger,
            symbol=ledger.symbol if ledger is not None else "?",
            address=claim.address,
            ledger_amount=due,
            rate=None if claim.rate is None else f"{claim.rate:f}",
            proof=claim.proof,
            metadata=claim.metadata,
            livemode=claim.livemode,
            created_at=claim.created_at,
            updated_at=claim.updated_at,
            version=claim.version,
        )

    def _tell(self, tx: Tx, claim: Claim, type: EventType) -> None:
        self._events.append(
            tx,
            account=claim.account,
            aggregate=claim.id,
            version=claim.version,
            type=type,
            livemode=claim.livemode,
            data={"object": self.view(claim)},
        )


def freed(voucher: Voucher, claim: Claim) -> Voucher:
    """Return a voucher with what a canceled claim held free again."""
    claimed = money.difference(voucher.claimed, claim.amount)
    return msgspec.structs.replace(voucher, claimed=claimed)
