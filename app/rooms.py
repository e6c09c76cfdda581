"""The rooms of the house: every service wired once, from settings and a world."""

from urllib.parse import urlsplit

from app import seal
from app.bell import Bell
from app.compat.dialect import dialects
from app.compat.greenfield.redirect import onward
from app.domain import sandbox as pretended
from app.domain.ledger import Catalogue
from app.metrics import Metrics
from app.rails import registry
from app.rails.base import Rail
from app.rails.sandbox import SandboxRail
from app.rates import fixed
from app.rates import registry as sources
from app.services.accounts import Accounts
from app.services.arrivals import Arrivals
from app.services.balances import Balances
from app.services.bill_standing import BillStanding
from app.services.bills import Bills
from app.services.bound_endpoints import BoundEndpoints
from app.services.chains import Chains
from app.services.choosing import Choosing
from app.services.claim_standing import ClaimStanding
from app.services.claims import Claims
from app.services.courier import Courier
from app.services.deliveries import Deliveries
from app.services.destinations import Destinations
from app.services.endpoints import Endpoints
from app.services.events import Events
from app.services.follow import Follow
from app.services.grants import Grants
from app.services.help import Helping
from app.services.hints import Hints
from app.services.intents import Intents
from app.services.invoicing import Invoicing
from app.services.issuing import Issuing
from app.services.keys import Keys
from app.services.levers import Levers
from app.services.lightning_addresses import LightningAddresses
from app.services.links import Links
from app.services.listen import Listen
from app.services.lnurl import Lnurl
from app.services.logos import Logos
from app.services.mails import Mails
from app.services.outbox import Outbox
from app.services.owing import Owing
from app.services.pairing import Pairings
from app.services.passwords import Passwords
from app.services.payments import Payments
from app.services.payouts import Payouts
from app.services.postman import Postman
from app.services.prices import Prices
from app.services.prompts import Prompts
from app.services.refunds import Refunds
from app.services.sandbox import BookOfTables, Sandbox
from app.services.scanning import Scanning
from app.services.sessions import Sessions
from app.services.standing import Standing
from app.services.submissions import Submissions
from app.services.tidying import Tidying
from app.services.tries import Tries
from app.services.unlocks import Unlocks
from app.services.users import Users
from app.services.views import Views
from app.services.vouchers import Vouchers
from app.services.x402 import X402
from app.services.x402_asks import Asks
from app.settings import Settings
from app.storage.store import Store, open_store
from app.web.letters import ReceiptLetters
from app.world import World


class Rooms:
    """Every service, each handed what it needs by name."""

    def __init__(
        self,
        settings: Settings,
        world: World | None = None,
        rails: dict[str, Rail] | None = None,
        catalogue: Catalogue | None = None,
    ) -> None:
        self.settings = settings
        self.world = world or World()
        self.bell = Bell()
        self.seal = seal.load(settings.secret_key, settings.data)
        self.store: Store = open_store(settings.database, self.bell, self.world)
        self.book = BookOfTables(self.store, self.world, settings)
        self.catalogue, self.rails = self._chains(rails, catalogue)
        self._wire()
        self._wire_sales()
        self._wire_bills_and_claims()
        self._wire_news()
        self._wire_receivers()

    def _chains(
        self, rails: dict[str, Rail] | None, catalogue: Catalogue | None
    ) -> tuple[Catalogue, dict[str, Rail]]:
        if catalogue is None or rails is None:
            catalogue, rails = registry.build(self.settings, self.world)
        if not self.settings.sandbox:
            return catalogue, rails
        chains = [*catalogue.chains.values(), pretended.CHAIN]
        ledgers = [*catalogue, *pretended.LEDGERS]
        return Catalogue(chains, ledgers), rails | {pretended.CHAIN.id: SandboxRail(self.book)}

    def _wire(self) -> None:
        """Wire what everybody asks: views, events, prices, accounts."""
        settings, world, store = self.settings, self.world, self.store
        self.views = Views(self.catalogue, self.rails, settings.url, onward)
        self.metrics = Metrics()
        self.dialects = dialects(self.catalogue)
        self.owing = Owing(world, self.dialects)
        self.events = Events(store, world, self.owing, self.metrics)
        self.postman = self._hire()
        self.mails = Mails(store, world, self.views, ReceiptLetters(), self.postman)
        self.bill_standing = BillStanding(self.events, settings.url)
        self.standing = Standing(self.events, self.views, self.mails, self.bill_standing)
        self.refunds = Refunds(store, world, self.rails, self.events, self.views)
        self.helping = Helping(self.refunds, mailing=self.mails.configured)
        self.chains = Chains(store, world, self.catalogue)
        self.prices = Prices(
            sources.build(settings.rates, world),
            world,
            settings.rates,
            sandbox=fixed.sandbox(world),
        )
        self.destinations = Destinations(store, world, self.seal, self.rails)
        self.prompts = Prompts(self.destinations, self.prices, self.rails, self.catalogue, settings)
        self.accounts = Accounts(store, world, self.seal, self.rails, self.destinations)
        self.pairings = Pairings(store, world, self.seal)
        self.tries = Tries(store, world, self.seal)
        self.users = Users(store, world, self.seal, Passwords(world), self.tries)
        self.sessions = Sessions(store, world, self.seal)
        self.grants = Grants(store, world, self.seal)
        self.keys = Keys(self.accounts, self.grants, self.users)
        self.balances = Balances(world, self.rails, self.catalogue, self.destinations)
        self.logos = Logos(store, self.accounts)

    def _wire_sales(self) -> None:
        """Wire what makes intents and has them paid."""
        settings, world, store = self.settings, self.world, self.store
        self.issuing = Issuing(world, self.prompts, self.standing, self.catalogue, self.chains)
        self.invoicing = Invoicing(
            store, self.rails, self.catalogue, self.destinations, self.standing, self.views
        )
        self.intents = Intents(store, self.issuing, self.standing, self.views, self.invoicing)
        self.payments = Payments(store, self.catalogue, self.intents, self.views)
        self.choosing = Choosing(
            store,
            self.intents,
            self.prompts,
            self.standing,
            self.catalogue,
            world,
            self.invoicing,
        )
        self.x402 = X402(
            store,
            world,
            self.catalogue,
            self.rails,
            self.intents,
            self.choosing,
            settings.x402_payer_hourly,
        )
        self.asks = Asks(self.x402, self.intents)
        self.follow = Follow(store, self.bell, self.views)
        self.links = Links(store, world, self.catalogue, settings.url)
        self.submissions = Submissions(store, world, self.intents, self.events, self.links)
        self.lightning_addresses = LightningAddresses(store, world, settings.url)
        self.lnurl = Lnurl(
            store,
            world,
            self.seal,
            self.catalogue,
            self.rails,
            self.destinations,
            self.prompts,
            self.intents,
            self.submissions,
            settings.url,
            settings.quote_seconds,
        )
        self.unlocks = Unlocks(store, world, self.seal)

    def _wire_news(self) -> None:
        """Wire what hears of money."""
        world, store = self.world, self.store
        self.arrivals = Arrivals(
            store, world, self.catalogue, self.standing, self.events, self.views
        )
        self.hints = Hints(store, self.rails, self.catalogue, self.arrivals, self.views)
        self.scanning = Scanning(
            store, world, self.rails, self.arrivals, self.chains, self.hints, self.destinations
        )
        self.sandbox = Sandbox(store, world, self.book, self.choosing)
        self.levers = Levers(store, self.sandbox, self.choosing, self.intents, self.standing)
        self.tidying = Tidying(store, world)

    def _wire_receivers(self) -> None:
        """Wire what tells those who listen, here and far away."""
        settings, world, store = self.settings, self.world, self.store
        self.endpoints = Endpoints(
            store,
            world,
            self.seal,
            self.events,
            self.dialects,
            allow_loopback=settings.webhook_loopback,
        )
        self.bound_endpoints = BoundEndpoints(
            world, self.seal, self.events, self.dialects, allow_loopback=settings.webhook_loopback
        )
        self.courier = Courier(world, allow_loopback=settings.webhook_loopback)
        self.deliveries = Deliveries(
            store, world, self.seal, self.events, self.courier, self.dialects, self.metrics
        )
        self.outbox = Outbox(store, world, self.owing, self.dialects)
        self.listen = Listen(self.events, self.bell)

    def _wire_bills_and_claims(self) -> None:
        store, world = self.store, self.world
        standing = ClaimStanding(self.catalogue, self.rails, self.prices, self.events)
        self.bills = Bills(
            store, world, self.catalogue, self.bill_standing, self.submissions, self.intents
        )
        self.claims = Claims(store, world, self.catalogue, self.rails, standing)
        self.payouts = Payouts(store, standing)
        self.vouchers = Vouchers(
            store,
            world,
            self.catalogue,
            self.destinations,
            self.prices,
            self.events,
            standing,
            self.settings.url,
        )

    def _hire(self) -> Postman | None:
        """Return who carries mail, where a server is named."""
        if not self.settings.smtp_url:
            return None
        host = urlsplit(self.settings.url).hostname or "localhost"
        return Postman(self.world, self.settings.smtp_url, self.settings.mail_from, host)
