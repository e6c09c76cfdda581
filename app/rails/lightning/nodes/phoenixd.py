"""phoenixd, ACINQ's small node.

Wire: phoenix.acinq.co/server/api, `POST /createinvoice` (a form), `GET /payments/incoming/{hash}`
and `GET /getinfo`, with Basic authentication of a password alone. It counts in whole satoshi
and takes its own fee out of what came, so a paid invoice counts for what it asked.
"""

import base64
from datetime import UTC, datetime

import msgspec

from app.domain.invoice import Ask
from app.rails.lightning.node import Answer, Fate, Written
from app.rails.lightning.wire import NodeFault, NotKnown, Wire

MILLISATOSHI = 1000


class _Info(msgspec.Struct):
    chain: str = ""


class _Made(msgspec.Struct, rename="camel"):
    payment_hash: str
    serialized: str


class _Payment(msgspec.Struct, rename="camel"):
    is_paid: bool = False
    is_expired: bool = False
    completed_at: int | None = None  # milliseconds


class Phoenixd:
    """One phoenixd."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    @staticmethod
    def headers(fields: dict[str, str]) -> dict[str, str]:
        """Return what shows who we are."""
        said = base64.b64encode(f":{fields['password']}".encode()).decode()
        return {"Authorization": f"Basic {said}"}

    async def try_out(self) -> str | None:
        """Return the network it is on."""
        return (await self._wire.get(_Info, "/getinfo")).chain or None

    async def write(self, ask: Ask) -> Written:
        """Write an invoice."""
        if ask.amount % MILLISATOSHI:
            raise NodeFault("writes invoices in whole satoshi only")
        said = (
            {"description": ask.memo}
            if ask.memo_hash is None
            else {"descriptionHash": ask.memo_hash}
        )
        fields = {
            "amountSat": ask.amount // MILLISATOSHI,
            "expirySeconds": ask.expires_in_seconds,
            **said,
        }
        made = await self._wire.form(_Made, "/createinvoice", fields)
        return Written(text=made.serialized, hash=made.payment_hash)

    async def read(self, hash: str) -> Answer:
        """Say what became of an invoice."""
        try:
            found = await self._wire.get(_Payment, f"/payments/incoming/{hash}")
        except NotKnown:
            return Answer(fate=Fate.UNKNOWN)
        if not found.is_paid:
            return Answer(fate=Fate.OVER if found.is_expired else Fate.OPEN)
        at = found.completed_at
        return Answer(
            fate=Fate.PAID, at=datetime.fromtimestamp(at / 1000, UTC) if at is not None else None
        )
