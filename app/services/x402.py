"""x402: an intent paid by a payer's authorization, for agents and wallets alike.

What is asked for is read from the intent as it is stored; what a client sends back of it is
never believed. Whoever offers the payment (our own resource, a merchant's server, a foreign
dialect, the facilitator), it is judged and settled here, once.
"""

from collections.abc import Mapping

from app.domain.account import Account
from app.domain.authorization import (
    EXACT,
    Authorization,
    Outcome,
    Reason,
    Requirement,
    Settlement,
    refusal,
)
from app.domain.intent import Intent, Status
from app.domain.ledger import Catalogue
from app.domain.narrowing import Narrowing
from app.errors import Invalid, NotConfigured, PriceUnavailable
from app.rails.base import Rail, Scheme
from app.services.choosing import Choosing
from app.services.intents import Intents
from app.services.settling import Settling, answer
from app.services.x402_terms import Terms
from app.storage import authorizations, places
from app.storage.authorizations import AuthorizationRow
from app.storage.places import PlaceRow
from app.storage.store import Store, Tx
from app.world import World


class X402:
    """Asks for payments by authorization, judges them, and settles them."""

    def __init__(
        self,
        store: Store,
        world: World,
        catalogue: Catalogue,
        rails: Mapping[str, Rail],
        intents: Intents,
        choosing: Choosing,
        payer_hourly: int,
    ) -> None:
        self._store = store
        self._world = world
        self._catalogue = catalogue
        self._rails = rails
        self._intents = intents
        self._choosing = choosing
        self.schemes: dict[str, Scheme] = {
            id: rail for id, rail in rails.items() if isinstance(rail, Scheme)
        }
        self._terms = Terms(catalogue, self.schemes)
        self.settling = Settling(store, world, self.schemes, payer_hourly)

    def takes(self, ledger: str) -> bool:
        """Tell whether a ledger can be paid by authorization here."""
        known = self._catalogue.ledgers.get(ledger)
        return known is not None and self._terms.takes(known)

    def kinds(self) -> list[str]:
        """Return the chains with a token that can be paid by authorization."""
        found = (one.chain for one in self._catalogue if self._terms.takes(one))
        return list(dict.fromkeys(found))

    def gas_accounts(self) -> list[str]:
        """Return the addresses that pay for gas."""
        return sorted({one.gas_account for one in self.schemes.values()})

    async def requirements(
        self, account: Account | None, intent: str, narrowing: Narrowing | None = None
    ) -> list[Requirement]:
        """Return what an open intent asks for, one requirement a ledger, prices renewed.

        Raises `NotOpen` for one that takes no payment, `NotConfigured` where no ledger of it
        can be paid by authorization.
        """
        owner = account.id if account is not None else None
        found, spots = await self._look(intent, owner)
        payable = self._terms.payable(found)
        if not payable:
            raise NotConfigured(
                "No ledger of this payment takes x402 here: it needs a token with EIP-3009, a "
                "destination on its chain, and an account that pays for gas."
            )
        if narrowing is not None:
            payable = narrowing.pick(self._catalogue, payable)
        wanted = {one.id for one in payable}
        offers = self._terms.offers(found, spots, self._world.now())
        offers = [one for one in offers if one.ledger in wanted]
        if not offers or found.status is not Status.REQUIRES_PAYMENT:
            chosen = found.ledger if found.ledger in wanted else payable[0].id
            await self._choosing.choose(intent, chosen, owner)
            found, spots = await self._look(intent, owner)
            offers = self._terms.offers(found, spots, self._world.now())
            offers = [one for one in offers if one.ledger in wanted]
        if not offers:
            raise PriceUnavailable("No trustworthy price for x402 right now.")
        order = {one.id: place for place, one in enumerate(payable)}
        return sorted(offers, key=lambda one: order[one.ledger])

    async def verify(
        self, intent: str, authorization: Authorization, ledger: str, account: str | None = None
    ) -> Settlement:
        """Judge an authorization and move nothing: `PENDING` could be settled now."""
        row = await self._known(ledger, authorization)
        if row is not None:
            same = row.intent == intent and row.said == authorization
            if not same or row.outcome is Outcome.REFUSED:
                return Settlement.refused(Reason.NONCE_USED, payer=authorization.payer)
            return answer(row)
        asked = await self._asked(account, intent, ledger, authorization)
        wrong = asked if isinstance(asked, Settlement) else await self._wrong(asked, authorization)
        if wrong is not None:
            return wrong
        payer, chain = authorization.payer, self._catalogue.ledger(ledger).chain
        return Settlement(outcome=Outcome.PENDING, payer=payer, network=chain, intent=intent)

    async def settle(
        self, account: str | None, intent: str, ledger: str, authorization: Authorization
    ) -> Settlement:
        """Settle an authorization for an intent; the same again is answered the same again.

        `PENDING` is unknown: asking again with the same authorization tells more, and sends
        nothing a second time. Raises `Unavailable` only before anything was written.
        """
        row = await self._known(ledger, authorization)
        if row is not None:
            return await self.settling.answer(row, authorization, intent)
        asked = await self._asked(account, intent, ledger, authorization)
        if isinstance(asked, Settlement):
            return asked
        if (wrong := await self._wrong(asked, authorization)) is None:
            return await self.settling.settle(asked, authorization)
        # The same authorization may have been taken on while the chain was asked.
        row = await self._known(ledger, authorization)
        return wrong if row is None else await self.settling.answer(row, authorization, intent)

    async def settled(self, intent: str) -> Settlement | None:
        """Return the newest answer that was given about an intent and is no refusal."""
        rows = await self._store.read(lambda tx: authorizations.of_intent(tx, intent))
        found = [one for one in rows if one.outcome is not Outcome.REFUSED]
        return answer(found[0]) if found else None

    async def place(self, network: str, asset: str, pay_to: str, value: int) -> str | None:
        """Return the intent that is paid at an address: how an echo is traced to what we asked."""
        rail = self._rails.get(network)
        ledger = self.ledger(network, asset)
        if rail is None or ledger is None:
            return None
        try:
            address = rail.check_payee(pay_to)
        except Invalid:
            return None

        def read(tx: Tx) -> str | None:
            spots = places.at(tx, rail.chain.family, address, None)
            if not spots:
                return None
            if spots[0].shared:
                return places.tagged(tx, ledger, address, value)
            return spots[0].intent

        return await self._store.read(read)

    def ledger(self, network: str, asset: str) -> str | None:
        """Return the ledger of a token that can be paid by authorization."""
        for one in self._catalogue:
            if one.chain == network and self._terms.takes(one):
                assert one.contract is not None
                if one.contract.lower() == asset.lower():
                    return one.id
        return None

    def chosen(self, scheme: str, network: str, asset: str) -> str | Reason:
        """Return the ledger a client says it pays on, or why there is none such."""
        if scheme != EXACT:
            return Reason.SCHEME
        if network not in self.schemes:
            return Reason.NETWORK
        return self.ledger(network, asset) or Reason.REQUIREMENT

    async def _known(self, ledger: str, said: Authorization) -> AuthorizationRow | None:
        """Return the row of an authorization on a ledger, whatever it was given for."""
        known = self._catalogue.ledger(ledger)
        if known.contract is None:
            return None
        return await self.settling.known(known.chain, known.contract, said)

    async def _asked(
        self, account: str | None, intent: str, ledger: str, said: Authorization
    ) -> Requirement | Settlement:
        """Return what an open intent asks for on a ledger, or the refusal where it does not."""
        found, spots = await self._look(intent, account)
        now = self._world.now()
        if found.status is not Status.REQUIRES_PAYMENT or now >= found.expires_at:
            message = f"The payment is {found.status}."
            return Settlement.refused(Reason.REQUIREMENT, message, payer=said.payer)
        asked = self._terms.asked(found, spots, ledger, said.value, now)
        return asked or Settlement.refused(Reason.REQUIREMENT, payer=said.payer)

    async def _wrong(self, asked: Requirement, said: Authorization) -> Settlement | None:
        """Return why an authorization is refused: by its words, else by the chain."""
        wrong: str | None = refusal(asked, said, int(self._world.now().timestamp()))
        if wrong is None:
            wrong = await self.schemes[asked.network].verify(asked, said)
        return None if wrong is None else Settlement.refused(wrong, payer=said.payer)

    async def _look(self, intent: str, account: str | None) -> tuple[Intent, list[PlaceRow]]:
        def read(tx: Tx) -> tuple[Intent, list[PlaceRow]]:
            return self._intents.found(tx, account, intent), places.of_intent(tx, intent)

        return await self._store.look(read)
