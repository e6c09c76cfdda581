"""Terms: what an intent asks for by x402, read from what is stored and never from an echo.

One requirement a ledger whose token takes authorizations, on a chain that settles them. The
amount is the quote's, or the rest once some came; a promise that ran out a moment ago is
still kept to who signed while it held.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from app.domain.authorization import Requirement
from app.domain.intent import Intent
from app.domain.ledger import Catalogue, Ledger
from app.domain.quote import Quote, rest
from app.rails.base import Scheme
from app.storage.places import PlaceRow

TIMEOUT_SECONDS_MAX = 300  # what wallets are told to sign for
TIMEOUT_SECONDS_MIN = 20  # a promise that ends sooner is renewed first
GRACE = timedelta(seconds=60)  # for what was signed while a promise held and came after


class Terms:
    """Reads requirements off intents."""

    def __init__(self, catalogue: Catalogue, schemes: Mapping[str, Scheme]) -> None:
        self._catalogue = catalogue
        self._schemes = schemes

    def takes(self, ledger: Ledger) -> bool:
        """Tell whether a ledger can be paid by authorization here."""
        known = ledger.contract is not None and ledger.eip712 is not None
        return known and ledger.chain in self._schemes

    def payable(self, intent: Intent) -> list[Ledger]:
        """Return an intent's ledgers that can be paid by authorization, in its own order."""
        known = [one for one in intent.ledgers if one in self._catalogue.ledgers]
        return [one for one in map(self._catalogue.ledger, known) if self.takes(one)]

    def offers(self, intent: Intent, spots: Sequence[PlaceRow], now: datetime) -> list[Requirement]:
        """Return what is asked for now, on every ledger with a place and a price that holds."""
        found: list[Requirement] = []
        for ledger in self.payable(intent):
            quote = intent.quote(ledger.id)
            place = self._place(intent, spots, ledger)
            if quote is None or place is None:
                continue
            seconds = int((quote.expires_at - now).total_seconds())
            if seconds >= TIMEOUT_SECONDS_MIN:
                found.append(self._requirement(intent, ledger, quote, place, seconds))
        return found

    def asked(
        self, intent: Intent, spots: Sequence[PlaceRow], ledger: str, value: int, now: datetime
    ) -> Requirement | None:
        """Return what was asked for on a ledger by a promise that still counts.

        That for this very amount, where there is one: a price may be renewed while a
        payer signs. None: nothing is asked for there.
        """
        payable = next((one for one in self.payable(intent) if one.id == ledger), None)
        place = self._place(intent, spots, payable) if payable is not None else None
        if payable is None or place is None:
            return None
        held = [
            self._requirement(intent, payable, one, place, TIMEOUT_SECONDS_MIN)
            for one in self._held(intent, ledger, now)
        ]
        return next((one for one in held if one.amount == value), held[0] if held else None)

    def _held(self, intent: Intent, ledger: str, now: datetime) -> Iterator[Quote]:
        """Yield the promises on a ledger that still count, the newest first."""
        quotes = sorted(intent.quotes, key=lambda one: one.revision, reverse=True)
        for one in quotes:
            if one.ledger == ledger and one.created_at <= now < one.expires_at + GRACE:
                yield one

    def _place(self, intent: Intent, spots: Sequence[PlaceRow], ledger: Ledger) -> PlaceRow | None:
        """Return where a ledger's money goes. On a shared address only the chosen ledger's
        amount names the intent."""
        family = self._catalogue.chains[ledger.chain].family
        place = next((one for one in spots if one.family == family), None)
        if place is not None and place.shared and intent.ledger != ledger.id:
            return None
        return place

    def _requirement(
        self, intent: Intent, ledger: Ledger, quote: Quote, place: PlaceRow, seconds: int
    ) -> Requirement:
        assert ledger.contract is not None
        assert ledger.eip712 is not None
        left = intent.left
        amount = quote.amount
        if 0 < left < intent.amount:
            amount = rest(quote.amount, quote.price, left, ledger.decimals, ledger.precision)
        return Requirement(
            network=ledger.chain,
            asset=ledger.contract,
            amount=amount,
            pay_to=place.address,
            timeout_seconds=min(seconds, TIMEOUT_SECONDS_MAX),
            ledger=ledger.id,
            name=ledger.eip712[0],
            version=ledger.eip712[1],
            intent=intent.id,
        )
