"""What a rail does on which nobody can be paid before the payee's own node wrote an invoice."""

from typing import Protocol, runtime_checkable

from app.domain.invoice import Ask, Invoice, OpenInvoice
from app.domain.ledger import Chain


@runtime_checkable
class InvoiceWatch(Protocol):
    """A watch that knows of invoices too, for rails that are `Invoicer`."""

    async def invoices(self, chain: str, limit: int) -> list[OpenInvoice]:
        """Return invoices whose turn it is to be asked about, the longest waiting first."""


@runtime_checkable
class Invoicer(Protocol):
    """A rail whose payees' nodes write invoices.

    A destination is how to reach such a node and holds its secrets, so it is sealed and only
    its label is shown. `uri` takes an invoice's text as the place.
    """

    chain: Chain

    def label(self, kind: str, value: str) -> str:
        """Return what may be shown of a destination."""

    async def try_out(self, kind: str, value: str) -> None:
        """Ask a node who it is; raise `Invalid` naming `value` when it cannot be used."""

    async def invoice(self, kind: str, value: str, ask: Ask) -> Invoice:
        """Have a node write an invoice; raise `ChainUnavailable` when it does not."""

    def asked(self, payee: str) -> int | None:
        """Return what a payee's invoice asks, in atomic units; None: whatever is sent."""
