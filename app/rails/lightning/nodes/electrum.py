"""Electrum by the JSON-RPC of its daemon.

Wire: electrum.readthedocs.io, `add_request` and `get_request`, Basic authentication. An amount
is a decimal number of bitcoins. A request has an address of its wallet besides, which is
never shown, and `force` makes new ones: an unpaid request would keep its address to itself,
and after twenty the wallet would refuse.
"""

import base64
from typing import Any

import msgspec

from app.domain import money
from app.domain.invoice import Ask
from app.rails.lightning.node import Answer, Fate, Written
from app.rails.lightning.wire import NodeFault, Wire

DECIMALS = 11  # a bitcoin in millisatoshi
MILLISATOSHI = 1000
SETTLED = 6  # confirmations, where an invoice's fallback address was paid
EXPIRED, PAID = 1, 3  # of the states in electrum/invoices.py
RENAMED = (4, 5)  # since this version `expiration` is `expiry`, and `lightning` is asked for


class _Error(msgspec.Struct):
    message: str = ""


class _Reply(msgspec.Struct):
    result: msgspec.Raw = msgspec.Raw(b"null")
    error: _Error | str | None = None


class _Request(msgspec.Struct):
    request_id: str | None = None
    rhash: str | None = None
    lightning_invoice: str | None = None
    status: int = 0
    tx_hashes: list[str] = []
    confirmations: int = 0


class _Info(msgspec.Struct):
    network: str = ""
    version: str = ""


class Electrum:
    """One Electrum daemon with a wallet that has channels."""

    def __init__(self, wire: Wire, wallet: str = "") -> None:
        self._wire = wire
        self._wallet = {"wallet_path": wallet} if wallet else {}
        self._version: tuple[int, ...] = ()

    @staticmethod
    def headers(fields: dict[str, str]) -> dict[str, str]:
        """Return what shows who we are."""
        said = base64.b64encode(f"{fields['user']}:{fields['password']}".encode()).decode()
        return {"Authorization": f"Basic {said}"}

    async def try_out(self) -> str | None:
        """Return the network it is on."""
        info = await self._info()
        return info.network or None

    async def _info(self) -> _Info:
        info: _Info = await self._call(_Info, "getinfo")
        self._version = tuple(int(one) for one in info.version.split(".") if one.isdigit())
        return info

    async def write(self, ask: Ask) -> Written:
        """Write an invoice."""
        if not self._version:
            await self._info()
        bitcoins = money.units(ask.amount, DECIMALS)
        params: dict[str, Any] = {"amount": bitcoins, "memo": ask.memo, "force": True}
        if self._version >= RENAMED:
            params |= {"expiry": ask.expires_in_seconds, "lightning": True}
        else:
            params["expiration"] = ask.expires_in_seconds
        made = await self._call(_Request, "add_request", **params, **self._wallet)
        if made.lightning_invoice is None:
            raise NodeFault("wrote no invoice: its wallet has no Lightning")
        return Written(text=made.lightning_invoice, hash=made.rhash)

    async def read(self, hash: str) -> Answer:
        """Say what became of an invoice."""
        try:
            found = await self._call(_Request, "get_request", request_id=hash, **self._wallet)
        except _Refused:
            return Answer(fate=Fate.UNKNOWN)
        if found.status == PAID and found.tx_hashes and found.confirmations < SETTLED:
            return Answer(fate=Fate.OPEN)  # its wallet's own address was paid in its stead
        if found.status == PAID:
            return Answer(fate=Fate.PAID)
        return Answer(fate=Fate.OVER if found.status == EXPIRED else Fate.OPEN)

    async def _call(self, shape: type[Any], method: str, **params: Any) -> Any:
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        reply = await self._wire.post(_Reply, "/", body)
        if reply.error is not None:
            raise _Refused("refused")
        try:
            return msgspec.json.decode(reply.result, type=shape)
        except msgspec.DecodeError:
            raise NodeFault("answered with something else") from None


class _Refused(NodeFault):
    """Electrum's own no. Its words are not repeated: they may hold what we said."""
