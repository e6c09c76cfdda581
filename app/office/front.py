"""The office's addresses, in one router: every page behind the gate but those of signing in."""

from litestar import Router
from litestar.di import Provide

from app.errors import CheckoutError
from app.office import gate
from app.office.accounts import HomePages, PaymentPages, provide_account
from app.office.authorize import AuthorizePages
from app.office.keys import GrantPages
from app.office.pairing import PairingPages
from app.office.payouts import PayoutPages
from app.office.security import SecurityPages
from app.office.setup import DestinationPages, KeyPages
from app.office.sign_in import SignInPages
from app.office.webhooks import WebhookPages
from app.web import bodies
from app.world import World

CONTROLLERS = (
    SignInPages,
    HomePages,
    PaymentPages,
    DestinationPages,
    KeyPages,
    PayoutPages,
    WebhookPages,
    GrantPages,
    SecurityPages,
    AuthorizePages,
    PairingPages,
)


def router(world: World) -> Router:
    """Return every route of the office, none of them in the API's document."""
    return Router(
        path="/",
        route_handlers=list(CONTROLLERS),
        before_request=bodies.check_address,
        dependencies={
            "guest": Provide(gate.provide_guest),
            "visitor": Provide(gate.provide_visitor),
            "account": Provide(provide_account),
        },
        exception_handlers={
            gate.SignInFirst: gate.sign_in_first,
            CheckoutError: gate.refused(world),
        },
        include_in_schema=False,
    )
