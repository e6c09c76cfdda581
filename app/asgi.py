"""The front: HTTP before a house. The one place that knows every room of the web."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar, Router
from litestar.config.cors import CORSConfig
from litestar.datastructures import State
from litestar.di import Provide
from litestar.types import ControllerRouterHandler

from app.compat.dialect import FRONTS
from app.domain import key as keys
from app.house import House
from app.office import front as office
from app.services.merchants import Merchants
from app.services.playground import Playground
from app.web import auth, bodies, embedded, playground, problems, schema, walletconnect, widget
from app.web.accounts import AccountController
from app.web.claim_pages import ClaimPages
from app.web.deliveries import DeliveryController
from app.web.docs import Docs, docs_page
from app.web.doors import Doors, Owner
from app.web.embed_check import embed_check
from app.web.endpoints import EndpointController
from app.web.events import EventController
from app.web.facilitator import Facilitator
from app.web.framework import Front, Giving, in_turn
from app.web.health import Health, alive, ready
from app.web.help_pages import HelpPages
from app.web.intents import IntentController
from app.web.ledgers import LedgerController
from app.web.links import LinkController
from app.web.lnurl import LightningAddressController, LnurlPages
from app.web.logos import LogoController, logo
from app.web.mails import MailController
from app.web.metrics import counted, metrics_text
from app.web.pages import IntentPages, problem_page, whose
from app.web.pay import LinkPages
from app.web.refunds import RefundController
from app.web.sandbox import SandboxController
from app.web.unlocks import UnlockController
from app.web.x402 import X402Resource
from app.web.x402_api import X402Controller

# No cookie is ever read under /v1, so any page may ask; what it may do, its key decides.
CORS = CORSConfig(
    allow_origins=["*"],
    allow_methods=["GET", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"],
    allow_headers=[
        "Authorization",
        "Content-Type",
        "Idempotency-Key",
        "Last-Event-ID",
        "PAYMENT-SIGNATURE",
        "Access-Control-Expose-Headers",  # x402's clients send it, of all things
    ],
    expose_headers=["PAYMENT-REQUIRED", "PAYMENT-RESPONSE"],
    max_age=86_400,
)


def create_app(house: House, *, workers: bool = True, playground_key: str = "") -> Litestar:
    """Return the application of one house; the demo names the key its playground shows."""

    @asynccontextmanager
    async def open_house(_app: Litestar) -> AsyncIterator[None]:
        await house.open(workers=workers)
        try:
            yield
        finally:
            await house.close()

    document = schema.Document()
    merchants = Merchants(house.store, house.accounts, house.intents)
    app = Front(
        route_handlers=_routes(house),
        dependencies={
            **_dependencies(house, merchants),
            "docs": Giving(Docs(document)),
            "playground": Giving(_playground(house, playground_key)),
        },
        exception_handlers=problems.HANDLERS,
        after_exception=[whose(merchants)],
        lifespan=[open_house],
        cors_config=CORS,
        openapi_config=schema.config(document, house.settings.url),
        request_max_body_size=house.settings.body_bytes_max,
        logging_config=None,
        state=State(
            {
                "problem_page": problem_page(house.world),
                "refusals": _refusals(),
                "absences": _absences(),
                # Where a guard finds them: it is asked before anything is provided.
                "doors": Doors(house.keys, house.accounts, _owners(house, merchants)),
                "frame_js": _frame_path(),
            }
        ),
        debug=False,
    )
    in_turn(app)
    # Around everything, so that what finds no route is counted too.
    app.asgi_handler = counted(app.asgi_handler, house.metrics, house.world)
    return app


def _routes(house: House) -> list[ControllerRouterHandler]:
    api: list[ControllerRouterHandler] = [
        IntentController,
        LinkController,
        UnlockController,
        AccountController,
        LogoController,
        LedgerController,
        EndpointController,
        EventController,
        DeliveryController,
        RefundController,
        MailController,
        X402Controller,
        Facilitator,
        LightningAddressController,
    ]
    if house.settings.sandbox:
        api.append(SandboxController)
    pages: list[ControllerRouterHandler] = [IntentPages, HelpPages, LinkPages, widget.serve, logo]
    pages.append(LnurlPages)
    pages += [
        walletconnect.vendor,
        walletconnect.code,
        widget.serve_release,
        embedded.words_module,
        embedded.total_module,
    ]
    pages += [ClaimPages, X402Resource, embedded.unlock_module, embedded.content_page]
    pages += [alive, ready, metrics_text, docs_page, embed_check, playground.PlaygroundPages]
    return [
        Router(path="/", route_handlers=api, dto=bodies.Body, before_request=bodies.check),
        Router(path="/", route_handlers=pages, before_request=bodies.check_address),
        office.router(house.world),
        *(front.router() for front in FRONTS),
    ]


def _owners(house: House, merchants: Merchants) -> dict[str, Owner]:
    """Name who knows of each noun which account it belongs to."""
    return {
        "invoice": merchants.owner,
        "webhook": house.endpoints.owner,
        "voucher": house.vouchers.owner,
        "claim": house.claims.owner,
        "bill": house.bills.owner,
    }


def _refusals() -> dict[str, Any]:
    """Name who refuses at the addresses of a foreign wire, in that wire's own words."""
    return {prefix: front.refuse for front in FRONTS for prefix in front.prefixes}


def _absences() -> dict[str, Any]:
    """Name who knows what a foreign wire has and this house does not."""
    return {prefix: front.absent for front in FRONTS for prefix in front.prefixes}


def _frame_path() -> str:
    """Return the script of a frame that no script of ours opened."""
    (path,) = (front.frame_path() for front in FRONTS if front.frame_path is not None)
    return path


def _playground(house: House, key: str) -> Playground:
    """Return the playground, with the key it is given or one of the house's own; or a shut one."""
    own = house.settings.playground and not key
    if own:
        secret = house.seal.secret("playground")[: keys.SECRET_LENGTH]
        key = keys.text(keys.KeyKind.PUBLISHABLE, livemode=False, secret=secret)
    return Playground(
        house.store,
        house.bell,
        house.world,
        house.accounts,
        house.links,
        house.unlocks,
        house.dialects["native"],
        key=key,
        own=own,
    )


def _dependencies(house: House, merchants: Merchants) -> dict[str, Provide]:
    """Hand each service to whoever names it."""
    services: dict[str, Any] = {
        "settings": house.settings,
        "metrics": house.metrics,
        "health": Health(
            house.chains, house.prices, house.catalogue, house.bell, lambda: house.loops
        ),
        "world": house.world,
        "catalogue": house.catalogue,
        "chains": house.chains,
        "prices": house.prices,
        "accounts": house.accounts,
        "keys": house.keys,
        "pairings": house.pairings,
        "users": house.users,
        "sessions": house.sessions,
        "grants": house.grants,
        "intents": house.intents,
        "payments": house.payments,
        "choosing": house.choosing,
        "follow": house.follow,
        "links": house.links,
        "submissions": house.submissions,
        "lightning_addresses": house.lightning_addresses,
        "lnurl": house.lnurl,
        "unlocks": house.unlocks,
        "bills": house.bills,
        "vouchers": house.vouchers,
        "claims": house.claims,
        "payouts": house.payouts,
        "hints": house.hints,
        "merchants": merchants,
        "logos": house.logos,
        "balances": house.balances,
        "refunds": house.refunds,
        "mails": house.mails,
        "helping": house.helping,
        "sandbox": house.sandbox,
        "levers": house.levers,
        "events": house.events,
        "endpoints": house.endpoints,
        "bound_endpoints": house.bound_endpoints,
        "outbox": house.outbox,
        "listen": house.listen,
        "x402": house.x402,
        "asks": house.asks,
    }

    return {name: Giving(service) for name, service in services.items()} | {
        "anybody": Provide(auth.provide_anybody),
        "caller": Provide(auth.provide_caller),
        "merchant": Provide(auth.provide_merchant),
    }
