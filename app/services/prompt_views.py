"""What a wallet is told of a quote: the place, or the invoice, and the link behind the code."""

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from app.domain import invoice as invoices
from app.domain.intent import Intent
from app.domain.ledger import Catalogue
from app.domain.quote import Quote, asked
from app.rails.base import Place, Rail
from app.rails.invoicer import Invoicer
from app.storage.places import PlaceRow


class PromptView(msgspec.Struct, frozen=True, kw_only=True):
    """All a wallet needs: where, the link behind the QR, and the rail's reference."""

    to: str
    uri: str
    reference: str | None = None


class PromptViews:
    """Builds prompts from places, by the rails' own forms."""

    def __init__(self, catalogue: Catalogue, rails: dict[str, Rail]) -> None:
        self._catalogue = catalogue
        self._rails = rails
        self._invoicers = {id for id, rail in rails.items() if isinstance(rail, Invoicer)}
        self._beside = {one.id: catalogue.beside(one.id) for one in catalogue}

    def of(
        self, intent: Intent, quote: Quote, left: Decimal, spots: Mapping[str, PlaceRow]
    ) -> PromptView | None:
        """Return how a quote is paid; None: there is no place yet, or no invoice for it.

        `spots` are the intent's places by family, `left` what is still due.
        """
        ledger = self._catalogue.ledger(quote.ledger)
        place = spots.get(self._catalogue.chain_of(ledger.id).family)
        # On a shared address only the tagged amount names the intent, so only the
        # chosen ledger, which has the tag, may be shown there.
        if place is None or (place.shared and intent.ledger != ledger.id):
            return None
        amount = asked(quote, left, ledger.decimals, ledger.precision)
        spot = Place(to=place.address, reference=place.reference, shared=place.shared)
        if ledger.chain in self._invoicers:
            invoice = place.invoice
            if invoice is None or not invoice.is_for(ledger.id, quote.revision, amount):
                return None
            spot = Place(to=invoice.text)
        uri = self._rails[ledger.chain].uri(ledger, spot, amount)
        for other in self._beside.get(ledger.id, ()):
            also = intent.quote(other.id)
            there = spots.get(self._catalogue.chain_of(other.id).family)
            if also is None or there is None or there.invoice is None or there.invoice.alone:
                continue  # wallets refuse a code that names two addresses
            if (way := self.of(intent, also, left, spots)) is not None:
                uri = invoices.beside(uri, way.to)
        return PromptView(to=spot.to, uri=uri, reference=place.reference)
