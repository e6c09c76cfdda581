"""LNbits: an account with somebody's node, by its invoice key.

Wire: docs.lnbits.org, `POST /api/v1/payments`, `GET /api/v1/payments/{hash}` and
`GET /api/v1/wallet`, with the key in `X-Api-Key`. It counts in whole satoshi when an invoice is
written and in millisatoshi when it tells of one. It does not say what network it is on.
"""

import msgspec

from app.domain.invoice import Ask
from app.rails.lightning.node import Answer, Fate, Written
from app.rails.lightning.wire import NodeFault, NotKnown, Wire

MILLISATOSHI = 1000


class _Wallet(msgspec.Struct):
    name: str


class _Made(msgspec.Struct):
    payment_hash: str
    payment_request: str | None = None  # up to version 0.12
    bolt11: str | None = None  # since


class _Details(msgspec.Struct):
    amount: int | None = None


class _Payment(msgspec.Struct):
    paid: bool = False
    details: _Details | None = None


class Lnbits:
    """One wallet of an LNbits."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    @staticmethod
    def headers(fields: dict[str, str]) -> dict[str, str]:
        """Return what shows who we are."""
        return {"X-Api-Key": fields["api-key"]}

    async def try_out(self) -> str | None:
        """See that the key opens a wallet."""
        await self._wire.get(_Wallet, "/api/v1/wallet")
        return None

    async def write(self, ask: Ask) -> Written:
        """Write an invoice."""
        if ask.amount % MILLISATOSHI:
            raise NodeFault("writes invoices in whole satoshi only")
        body = {
            "out": False,
            "unit": "sat",
            "amount": ask.amount // MILLISATOSHI,
            "memo": ask.memo,
            "expiry": ask.expires_in_seconds,
        }
        if ask.memo_hash is not None:
            body["description_hash"] = ask.memo_hash
        made = await self._wire.post(_Made, "/api/v1/payments", body)
        text = made.bolt11 or made.payment_request
        if text is None:
            raise NodeFault("wrote no invoice")
        return Written(text=text, hash=made.payment_hash)

    async def read(self, hash: str) -> Answer:
        """Say what became of an invoice."""
        try:
            found = await self._wire.get(_Payment, f"/api/v1/payments/{hash}")
        except NotKnown:
            return Answer(fate=Fate.UNKNOWN)
        if not found.paid:
            return Answer(fate=Fate.OPEN)
        return Answer(fate=Fate.PAID, amount=found.details.amount if found.details else None)
