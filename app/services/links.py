"""Payment links: made once, paid many times, through a form or by API."""

from decimal import Decimal

import msgspec

from app.domain import link as rules
from app.domain import money
from app.domain.account import Account
from app.domain.ledger import Catalogue
from app.domain.link import Link
from app.domain.narrowing import ALIASES, FIELDS, Narrowed, Narrowing
from app.errors import Conflict, Fault, NotFound, TotalPrivate
from app.services import requests
from app.services.link_requests import LinkChanges, LinkView, NewLink, TotalView
from app.services.once import Once, keep, told
from app.storage import accounts, links
from app.storage.store import Store, Tx
from app.world import World

SHORTCODE_LENGTH = 10  # 59 bits: not guessable in a lifetime, short enough to type
NAME_MAX = 200
COUNT_MAX = 2**31 - 1  # what a PostgreSQL integer holds


class Links:
    """Every payment link of this house."""

    def __init__(
        self,
        store: Store,
        world: World,
        catalogue: Catalogue,
        url: str,
    ) -> None:
        self._store = store
        self._world = world
        self._catalogue = catalogue
        self._url = url

    async def create(
        self, account: Account, new: NewLink, key: Once | None = None
    ) -> tuple[LinkView, bool]:
        """Make a link with a shortcode of its own."""
        wanted = Narrowing.read(self._catalogue, new)
        link = self._checked(
            Link(
                id=self._world.id("plink"),
                account=account.id,
                livemode=account.livemode,
                shortcode=self._world.secret(SHORTCODE_LENGTH),
                name=new.name,
                description=new.description,
                amount=None,
                amount_min=None,
                amount_max=None,
                currency=money.currency(new.currency),
                ledgers=wanted.ledgers,
                chains=wanted.chains,
                chain_types=wanted.chain_types,
                quantity=new.quantity,
                collect=new.collect,
                max_redemptions=new.max_redemptions,
                redemptions=0,
                show_total=new.show_total,
                expires_at=new.expires_at,
                success_url=new.success_url,
                active=new.active,
                metadata=new.metadata,
                created_at=self._world.now(),
            ),
            {
                "amount": new.amount,
                "amount_min": new.min,
                "amount_max": new.max,
                "goal": new.goal,
            },
        )

        def write(tx: Tx) -> tuple[LinkView, bool]:
            if (before := told(tx, key, LinkView)) is not None:
                return before, False
            links.add(tx, link)
            view = self.view(link)
            keep(tx, key, view)
            return view, True

        return await self._store.write(write)

    async def get(self, account: str, id: str) -> LinkView:
        """Return one of an account's links by id or shortcode."""
        return self.view(await self._store.read(lambda tx: self._own(tx, account, id)))

    async def page(
        self, account: str, after: str | None, limit: int
    ) -> tuple[list[LinkView], bool]:
        """Return one page, newest first, and whether more follow."""
        found = await self._store.read(lambda tx: links.page(tx, account, after, limit + 1))
        return [self.view(one) for one in found[:limit]], len(found) > limit

    async def change(self, account: str, id: str, changes: LinkChanges) -> LinkView:
        """Change a link. Intents already made keep their price."""
        given = {
            name: value
            for name, value in msgspec.structs.asdict(changes).items()
            if value is not msgspec.UNSET
        }
        prices = {"amount": "amount", "min": "amount_min", "max": "amount_max", "goal": "goal"}
        texts = {prices[name]: given.pop(name) for name in tuple(prices) if name in given}

        named = {name: given.pop(name) for name in Narrowed.__struct_fields__ if name in given}
        wanted = Narrowing.read(self._catalogue, Narrowed(**named))
        for name in FIELDS:
            if name in named or ALIASES.get(name) in named:
                given[name] = getattr(wanted, name)

        def write(tx: Tx) -> LinkView:
            own = self._no_bill(self._own(tx, account, id))
            changed = self._checked(msgspec.structs.replace(own, **given), texts)
            links.save(tx, changed)
            return self.view(changed)

        return await self._store.write(write)

    async def remove(self, account: str, id: str) -> None:
        """Take a link down for good. Its intents and submissions stay."""

        def write(tx: Tx) -> None:
            links.remove(tx, self._no_bill(self._own(tx, account, id)).id)

        await self._store.write(write)

    async def public(self, shortcode: str) -> tuple[Link, Account]:
        """Return a link and its merchant, open or closed, to whoever has the shortcode."""

        def read(tx: Tx) -> tuple[Link, Account] | None:
            link = links.by_shortcode(tx, shortcode)
            account = accounts.get(tx, link.account) if link is not None else None
            return (link, account) if link is not None and account is not None else None

        found = await self._store.look(read)
        if found is None:
            raise NotFound("There is no payment link here.")
        return found

    async def total(self, shortcode: str) -> TotalView:
        """Return what a link raised, to anybody, where its merchant shows it."""
        link, _account = await self.public(shortcode)
        if not link.show_total and link.goal is None:
            raise TotalPrivate("This payment link keeps its total to itself.")
        goal = None if link.goal is None else money.price_text(link.goal, link.currency)
        return TotalView(
            raised=money.price_text(link.raised, link.currency),
            currency=link.currency,
            goal=goal,
            count=link.raised_count,
            updated_at=link.raised_at or link.created_at,
        )

    def view(self, link: Link) -> LinkView:
        """Return a link as the merchant sees it."""

        def text(amount: Decimal | None) -> str | None:
            return None if amount is None else money.price_text(amount, link.currency)

        return LinkView(
            id=link.id,
            shortcode=link.shortcode,
            url=f"{self._url}/pay/{link.shortcode}",
            name=link.name,
            description=link.description,
            amount=text(link.amount),
            min=text(link.amount_min),
            max=text(link.amount_max),
            currency=link.currency,
            ledgers=link.ledgers,
            chains=link.chains,
            chain_types=link.chain_types,
            quantity=link.quantity,
            collect=link.collect,
            max_redemptions=link.max_redemptions,
            redemptions=link.redemptions,
            goal=text(link.goal),
            show_total=link.show_total,
            raised=money.price_text(link.raised, link.currency),
            expires_at=link.expires_at,
            success_url=link.success_url,
            active=link.active,
            livemode=link.livemode,
            metadata=link.metadata,
            created_at=link.created_at,
        )

    def _own(self, tx: Tx, account: str, id: str) -> Link:
        found = links.get(tx, account, id)
        if found is None:
            raise NotFound(f"There is no payment link {id[:40]!r} here.")
        return found

    def _no_bill(self, link: Link) -> Link:
        """Return a link that may change freely; a bill's changes are told, and made as a bill's."""
        if link.bill:
            raise Conflict("This link is a bill: change it as one.")
        return link

    def _checked(self, link: Link, texts: dict[str, str | None]) -> Link:
        """Return a link with its prices read, or refuse every wrong field at once."""
        faults: list[Fault] = []
        names = {"amount": "amount", "amount_min": "min", "amount_max": "max", "goal": "goal"}
        for field, text in texts.items():
            value = None
            if text is not None:
                value = money.parse_price(text, link.currency, field=names[field])
            link = msgspec.structs.replace(link, **{field: value})
        if not link.name.strip():
            faults.append(Fault("name", "is required"))
        requests.check_text(faults, "name", link.name, NAME_MAX)
        requests.check_text(faults, "description", link.description, requests.TEXT_MAX)
        requests.check_url(faults, "success_url", link.success_url)
        requests.check_metadata(faults, link.metadata)
        if link.max_redemptions is not None and not 0 < link.max_redemptions <= COUNT_MAX:
            faults.append(Fault("max_redemptions", f"must be between 1 and {COUNT_MAX}"))
        requests.check_instant(faults, "expires_at", link.expires_at)
        rule = link.quantity
        if not 1 <= rule.min <= rule.default <= rule.max <= 100_000:
            faults.append(Fault("quantity", "must keep 1 ≤ min ≤ default ≤ max ≤ 100000"))
        least, most = link.amount_min, link.amount_max
        if least is not None and most is not None and least > most:
            faults.append(Fault("max", "must not be less than min"))
        if link.amount is not None and (link.amount_min or link.amount_max):
            faults.append(Fault("min", "and max are for links without an amount"))
        requests.refuse(faults)
        rules.narrowing(link).pick(self._catalogue, self._catalogue.offered(livemode=link.livemode))
        return link

    def narrow(self, link: Link, asked: Narrowed) -> Narrowing:
        """Return what of a link a shopper's page wants, or refuse what leaves nothing."""
        wanted = rules.narrowing(link).within(Narrowing.read(self._catalogue, asked))
        wanted.pick(self._catalogue, self._catalogue.offered(livemode=link.livemode))
        return wanted
