"""Core Lightning by its REST plugin, clnrest.

Wire: docs.corelightning.org, `POST /v1/invoice`, `/v1/listinvoices` and `/v1/getinfo`, with a
rune in the header `Rune`. Every call is a POST, amounts are numbers or end in `msat`.
"""

from datetime import UTC, datetime

import msgspec

from app.domain.invoice import Ask
from app.rails.lightning.node import Answer, Fate, Written
from app.rails.lightning.wire import Wire
from app.world import World


class _Info(msgspec.Struct):
    network: str = ""


class _Made(msgspec.Struct):
    bolt11: str
    payment_hash: str


class _Invoice(msgspec.Struct):
    status: str = ""
    amount_received_msat: int | str | None = None
    paid_at: int | None = None


class _Invoices(msgspec.Struct):
    invoices: list[_Invoice] = []


FATES = {"unpaid": Fate.OPEN, "paid": Fate.PAID, "expired": Fate.OVER}
NETWORKS = {"bitcoin": "mainnet"}


class CoreLightning:
    """One Core Lightning."""

    def __init__(self, wire: Wire, world: World) -> None:
        self._wire = wire
        self._world = world

    @staticmethod
    def headers(fields: dict[str, str]) -> dict[str, str]:
        """Return what shows who we are."""
        return {"Rune": fields["rune"]}

    async def try_out(self) -> str | None:
        """Return the network it is on."""
        network = (await self._wire.post(_Info, "/v1/getinfo", {})).network
        return NETWORKS.get(network, network) or None

    async def write(self, ask: Ask) -> Written:
        """Write an invoice. The node hashes a description itself, so it is given the text."""
        body = {
            "amount_msat": ask.amount,
            "label": self._world.id("opentill"),
            "description": ask.memo,
            "expiry": ask.expires_in_seconds,
            "deschashonly": ask.memo_hash is not None,
        }
        made = await self._wire.post(_Made, "/v1/invoice", body)
        return Written(text=made.bolt11, hash=made.payment_hash)

    async def read(self, hash: str) -> Answer:
        """Say what became of an invoice."""
        found = await self._wire.post(_Invoices, "/v1/listinvoices", {"payment_hash": hash})
        if not found.invoices:
            return Answer(fate=Fate.UNKNOWN)
        (invoice, *_) = found.invoices
        fate = FATES.get(invoice.status, Fate.OPEN)
        if fate is not Fate.PAID:
            return Answer(fate=fate)
        came = invoice.amount_received_msat
        return Answer(
            fate=fate,
            amount=int(str(came).removesuffix("msat")) if came is not None else None,
            at=datetime.fromtimestamp(invoice.paid_at, UTC) if invoice.paid_at else None,
        )
