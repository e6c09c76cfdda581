"""LNURL-pay: a wallet asks what a Lightning address takes, then for the invoice.

The price is told first and the intent made second, so what was told comes back sealed: nobody
may pay yesterday's price, and a market that moves while a wallet asks its owner breaks nothing.
"""

from datetime import timedelta
from decimal import ROUND_DOWN, Decimal

import msgspec

from app.domain import link as rules
from app.domain import lnurl, money
from app.domain.account import Account
from app.domain.ledger import Catalogue, Ledger
from app.domain.link import Link
from app.domain.lnurl import SENDABLE_MAX, SENDABLE_MIN, After, Answer, PayRequest, Promise
from app.domain.narrowing import Narrowing
from app.domain.quote import amount_for
from app.errors import ChainUnavailable, Conflict, Invalid, NotConfigured, NotFound, TooMany
from app.rails.base import Rail
from app.rails.invoicer import Invoicer
from app.seal import Seal
from app.services import requests
from app.services.destinations import Destinations
from app.services.intents import Intents
from app.services.issuing import Held
from app.services.lightning_addresses import address
from app.services.prices import Priced
from app.services.prompts import Prompts
from app.services.requests import Wish
from app.services.submissions import Submissions
from app.services.views import IntentView
from app.storage import accounts, links
from app.storage import lightning_addresses as names
from app.storage.store import Store, Tx
from app.world import World

CURRENCY = "BTC"  # what a payer's free choice is priced in
ASKED_MAX = 60  # invoices a minute for one name
MINUTE = 60.0
NAMES_MAX = 10_000
DESCRIPTION = "Thank you. Your receipt:"  # LUD-09: at most 144 characters
_decoder = msgspec.json.Decoder(Promise)


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a name pays, for what, and on which ledger."""

    name: str
    account: Account
    link: Link | None
    ledger: Ledger

    @property
    def currency(self) -> str:
        return self.link.currency if self.link else CURRENCY

    @property
    def quantity(self) -> int:
        return self.link.quantity.default if self.link and self.link.quantity.allow else 1


class Lnurl:
    """Answers wallets that were given a Lightning address."""

    def __init__(
        self,
        store: Store,
        world: World,
        seal: Seal,
        catalogue: Catalogue,
        rails: dict[str, Rail],
        destinations: Destinations,
        prompts: Prompts,
        intents: Intents,
        submissions: Submissions,
        url: str,
        hold_seconds: int,
    ) -> None:
        self._store = store
        self._world = world
        self._seal = seal
        self._catalogue = catalogue
        self._rails = rails
        self._destinations = destinations
        self._prompts = prompts
        self._intents = intents
        self._submissions = submissions
        self._url = url
        self._hold = timedelta(seconds=hold_seconds)
        self._asked: dict[str, tuple[float, int]] = {}

    async def request(self, name: str) -> PayRequest:
        """Return what a name takes now; refuse one that is nobody's, or closed."""
        target = await self._target(name)
        promise = await self._promise(target)
        sealed = self._seal.close(msgspec.json.encode(promise).decode())
        return PayRequest(
            callback=f"{self._url}/lnurlp/{name}/invoice?promise={sealed}",
            min_sendable=promise.least,
            max_sendable=promise.most,
            metadata=self._metadata(target),
        )

    async def invoice(self, name: str, amount: int, sealed: str) -> Answer:
        """Make an intent of the amount a wallet names, and return its invoice."""
        self._count(name)
        promise = self._opened(name, sealed)
        if not promise.least <= amount <= promise.most:
            between = f"must be between {promise.least} and {promise.most} millisatoshi"
            raise Invalid.field("amount", between)
        target = await self._target(name)
        asset = target.ledger.asset
        priced = Priced(
            pair=(asset, target.currency),
            price=promise.rate,
            sources=promise.sources,
            at=promise.rate_at,
        )
        hash = lnurl.hash_of(self._metadata(target))
        held = Held(rates={asset: priced}, amount=amount, memo_hash=hash)
        view = await self._make(target, self._price(target, amount, promise.rate), held)
        prompt = next((one.prompt for one in view.quotes if one.ledger == target.ledger.id), None)
        if prompt is None:
            raise ChainUnavailable("The payee's Lightning node wrote no invoice.")
        return Answer(
            pr=prompt.to,
            success_action=After(description=DESCRIPTION, url=f"{view.pay_url}/receipt"),
        )

    async def _make(self, target: Target, price: Decimal, held: Held) -> IntentView:
        if target.link is not None:
            return await self._submissions.pay(
                target.link, target.account, price, target.quantity, target.ledger.id, held
            )
        wish = Wish(
            amount=price,
            currency=CURRENCY,
            description=None,
            order_id=None,
            metadata={"lightning_address": address(target.name, self._url)},
            narrowing=Narrowing(ledgers=(target.ledger.id,)),
            success_url=None,
            cancel_url=None,
            expires_in_seconds=requests.EXPIRES_SECONDS,
            customer_email=None,
        )
        view, _ = await self._intents.make(target.account, wish, held=held)
        return view

    async def _target(self, name: str) -> Target:
        def read(tx: Tx) -> tuple[Account, Link | None] | None:
            known = names.get(tx, name) if lnurl.NAME.fullmatch(name) else None
            account = accounts.get(tx, known.account) if known else None
            if known is None or account is None:
                return None
            link = links.get(tx, account.id, known.link) if known.link else None
            return None if known.link and link is None else (account, link)

        found = await self._store.look(read)
        if found is None:
            raise NotFound("There is no such Lightning address here.")
        account, link = found
        if link is not None:
            rules.refuse_if_closed(link, self._world.now())
            rules.form(link, {})  # a wallet fills in no form: what a link must know it cannot have
        ledger = await self._ledger(account, link)
        return Target(name=name, account=account, link=link, ledger=ledger)

    async def _ledger(self, account: Account, link: Link | None) -> Ledger:
        """Return the ledger a wallet pays by invoice: an account's own node writes them."""
        has = await self._destinations.of(account.id)
        wanted = rules.narrowing(link) if link else Narrowing()
        ours = [
            one
            for one in self._catalogue.offered(livemode=account.livemode)
            if isinstance(self._rails[one.chain], Invoicer)
            and self._catalogue.chain_of(one.id).family in has
        ]
        if not ours:
            raise NotConfigured("This account has no Lightning node.")
        return wanted.pick(self._catalogue, ours)[0]

    async def _promise(self, target: Target) -> Promise:
        """Price what a name takes, and hold that price for a while."""
        rates = await self._prompts.rates([target.ledger], target.currency, target.account.livemode)
        rate = rates[target.ledger.asset]
        least, most = SENDABLE_MIN, SENDABLE_MAX
        if (link := target.link) is not None:
            low = link.amount if link.amount is not None else link.amount_min
            high = link.amount if link.amount is not None else link.amount_max
            if low is not None:
                least = self._sendable(target, low * target.quantity, rate.price)
            if high is not None:
                most = self._sendable(target, high * target.quantity, rate.price)
        if least > SENDABLE_MAX:
            raise Conflict("This costs more than Lightning carries.")
        return Promise(
            name=target.name,
            rate=rate.price,
            rate_at=rate.at,
            sources=rate.sources,
            least=max(least, SENDABLE_MIN),
            most=min(most, SENDABLE_MAX),
            until=self._world.now() + self._hold,
        )

    def _sendable(self, target: Target, price: Decimal, rate: Decimal) -> int:
        return amount_for(price, rate, target.ledger.decimals, target.ledger.precision)

    def _price(self, target: Target, amount: int, rate: Decimal) -> Decimal:
        """Return what an amount is worth in the target's currency, rounded down to its digits."""
        link = target.link
        if link is not None and link.amount is not None:
            return link.amount * target.quantity
        coins = money.EXACT.scaleb(Decimal(amount), -target.ledger.decimals)
        worth = money.WIDE.multiply(coins, rate)
        step = Decimal(1).scaleb(-money.digits(target.currency))
        price = worth.quantize(step, ROUND_DOWN, money.WIDE)
        if price <= 0:
            raise Invalid.field("amount", f"is worth nothing in {target.currency}")
        return price

    def _opened(self, name: str, sealed: str) -> Promise:
        try:
            promise = _decoder.decode(self._seal.open(sealed))
        except (ValueError, UnicodeError):
            raise Invalid.field("promise", "is none of this house: ask the address again") from None
        if promise.name != name or self._world.now() >= promise.until:
            raise Invalid.field("promise", "has ended: ask the address again")
        return promise

    def _metadata(self, target: Target) -> str:
        title = target.link.name if target.link else target.account.name
        return lnurl.metadata(title, address(target.name, self._url))

    def _count(self, name: str) -> None:
        """Keep strangers from having one node write invoices without end."""
        now = self._world.monotonic()
        began, count = self._asked.get(name, (now, 0))
        if now - began >= MINUTE:
            began, count = now, 0
        if count >= ASKED_MAX:
            raise TooMany("This address was asked too often.", int(began + MINUTE - now) + 1)
        if len(self._asked) >= NAMES_MAX:
            self._asked.clear()
        self._asked[name] = (began, count + 1)
