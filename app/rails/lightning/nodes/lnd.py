"""LND by its REST proxy.

Wire: api.lightning.community, `POST /v1/invoices`, `GET /v1/invoice/{r_hash_str}` and
`GET /v1/getinfo`, with the macaroon in `Grpc-Metadata-macaroon`. 64-bit numbers come as strings.
"""

import base64
from datetime import UTC, datetime

import msgspec

from app.domain.invoice import Ask
from app.rails.lightning.node import Answer, Fate, Written
from app.rails.lightning.wire import NotKnown, Wire


class _Chain(msgspec.Struct):
    chain: str = "bitcoin"
    network: str = ""


class _Info(msgspec.Struct):
    chains: list[_Chain] = []


class _Added(msgspec.Struct):
    r_hash: str
    payment_request: str


class _Invoice(msgspec.Struct):
    state: str = ""
    amt_paid_msat: str = "0"
    settle_date: str = "0"


# An accepted one is held by the node and not the payee's yet; LND cancels what ran out.
FATES = {
    "OPEN": Fate.OPEN,
    "ACCEPTED": Fate.OPEN,
    "SETTLED": Fate.PAID,
    "CANCELED": Fate.OVER,
}


class Lnd:
    """One LND."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    @staticmethod
    def headers(fields: dict[str, str]) -> dict[str, str]:
        """Return what shows who we are."""
        return {"Grpc-Metadata-macaroon": fields["macaroon"]}

    async def try_out(self) -> str | None:
        """Return the network it is on."""
        info = await self._wire.get(_Info, "/v1/getinfo")
        return next((one.network for one in info.chains if one.chain == "bitcoin"), None)

    async def write(self, ask: Ask) -> Written:
        """Write an invoice; `private` lets it name channels that nobody announced."""
        body = {
            "memo": ask.memo,
            "value_msat": str(ask.amount),
            "expiry": str(ask.expires_in_seconds),
            "private": True,
        }
        if ask.memo_hash is not None:
            body["description_hash"] = base64.b64encode(bytes.fromhex(ask.memo_hash)).decode()
        added = await self._wire.post(_Added, "/v1/invoices", body)
        return Written(text=added.payment_request, hash=base64.b64decode(added.r_hash).hex())

    async def read(self, hash: str) -> Answer:
        """Say what became of an invoice."""
        try:
            found = await self._wire.get(_Invoice, f"/v1/invoice/{hash}")
        except NotKnown:
            return Answer(fate=Fate.UNKNOWN)
        fate = FATES.get(found.state, Fate.OPEN)
        if fate is not Fate.PAID:
            return Answer(fate=fate)
        at = datetime.fromtimestamp(int(found.settle_date), UTC)
        return Answer(fate=fate, amount=int(found.amt_paid_msat), at=at)
