"""What ICPay offers and this house does not: each refused by name, with the way out.

Nothing is made before a refusal: no intent is left behind that nobody could pay.
"""

from litestar import Controller, Response, post
from litestar.di import NamedDependency

from app.compat.icpay import wire
from app.compat.icpay.reports import UptoAnswer
from app.domain.account import Account
from app.errors import NotConfigured, NotOffered
from app.web.auth import Caller

UPTO = "upto_not_offered"
UPTO_MESSAGE = (
    "The scheme upto is not offered here: a signed EIP-3009 authorization moves its whole amount. "
    "Use x402Scheme exact."
)


class AbsentController(Controller):
    """Cards, ramps, other chains' relays, and the scheme `upto`."""

    @post("/sdk/public/onramp/intents", status_code=200)
    async def onramp(self, caller: NamedDependency[Caller]) -> Response[bytes]:
        """Refuse to sell coins for a card: no provider is set up."""
        raise NotConfigured("No onramp provider is configured here: pay with a wallet instead.")

    @post("/sdk/public/payments/intents/stripe/checkout", status_code=200)
    async def stripe(self, caller: NamedDependency[Caller]) -> Response[bytes]:
        """Refuse to take a card: no provider is set up."""
        raise NotConfigured("Card payments are not configured here: pay with a wallet instead.")

    @post(
        [
            "/sdk/public/payments/solana/relay",
            "/sdk/public/payments/x402/relay",
        ],
        status_code=200,
    )
    async def relay(self, caller: NamedDependency[Caller]) -> Response[bytes]:
        """Refuse to send a signed transaction: no chain that needs it is read here."""
        raise NotOffered("Solana payments are not available here: choose another chain.")

    @post(
        [
            "/sdk/public/atxp/quote",
            "/sdk/public/atxp/requests/{id:str}/payment-intents",
            "/sdk/public/atxp/requests/{id:str}/execute",
        ],
        status_code=200,
    )
    async def atxp(self, caller: NamedDependency[Caller]) -> Response[bytes]:
        """Refuse to broker other people's tools."""
        raise NotOffered("ATXP is not available here: make a payment intent instead.")

    @post("/sdk/public/payments/intents/x402/upto/confirm", status_code=200)
    async def confirm(self, caller: NamedDependency[Caller]) -> Response[bytes]:
        """Refuse an authorization of up to an amount, in the field its client reads."""
        return wire.answer(_upto())

    @post("/sdk/payments/x402/upto/settle", status_code=200)
    async def settle(self, merchant: NamedDependency[Account]) -> Response[bytes]:
        """Refuse to settle a part of an authorization: none is ever taken."""
        return wire.answer(_upto())


def _upto() -> UptoAnswer:
    return UptoAnswer(error=UPTO, invalid_reason="unsupported_scheme", message=UPTO_MESSAGE)
