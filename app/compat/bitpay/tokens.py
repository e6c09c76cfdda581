"""`/tokens`: applications are paired with an account here, and told the token they hold."""

from typing import Any

from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency

from app.compat.bitpay import identity, wire
from app.compat.bitpay.callers import NEEDED, Signer
from app.compat.bitpay.entities import Paired
from app.compat.bitpay.requests import NewToken
from app.errors import Invalid, NotFound, Unauthorized
from app.services.pairing import Code, Pairings

FACADE = "merchant"


class TokenController(Controller):
    """`/tokens`."""

    @post("/tokens", status_code=200)
    async def pair(
        self,
        request: Request[Any, Any, Any],
        signer: NamedDependency[Signer],
        pairings: NamedDependency[Pairings],
    ) -> Response[bytes]:
        """Make a code for an application that brings none, or pair the one that brings one."""
        asked = await wire.read(request, NewToken)
        client = signer or asked.id or ""
        if not identity.is_sin(client):
            raise Invalid("'id' property is required, alternatively, use BitId")
        if not asked.pairing_code:
            return _told(await pairings.ask(client, asked.label or None))
        try:
            code = await pairings.claim(asked.pairing_code, client, asked.label or None)
        except NotFound:
            raise NotFound("The specified pairingCode is not found") from None
        return _told(code)

    @get("/tokens")
    async def index(
        self, signer: NamedDependency[Signer], pairings: NamedDependency[Pairings]
    ) -> Response[bytes]:
        """Return the token of the application that signs, if it is paired."""
        if signer is None:
            raise Unauthorized(NEEDED)
        found = await pairings.of_client(signer)
        return wire.answer(wire.Data(data=[{FACADE: found.token}] if found else []))


def _told(code: Code) -> Response[bytes]:
    paired = Paired(
        pairing_code=code.code,
        pairing_expiration=wire.milliseconds(code.expires_at),
        date_created=wire.milliseconds(code.created_at),
        token=code.token,
        label=code.label,
    )
    return wire.answer(wire.Data(data=[paired]))
