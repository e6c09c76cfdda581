"""Levers: one touch brings a test intent to any state a shopper may meet.

The pay page's panel and `/v1/sandbox/levers` pull the same ones. A lever only makes facts:
money that moves, time that is up, a price that ran out. The status follows as it always does.
"""

from collections.abc import Awaitable, Callable
from enum import StrEnum

import msgspec

from app.domain.event import EventType
from app.domain.intent import Intent, Overpayment, Status
from app.domain.outage import Outage
from app.domain.sandbox import CHAIN, CONFIRMATIONS
from app.errors import Forbidden, NotFound
from app.services.choosing import Choosing
from app.services.intents import Intents
from app.services.sandbox import NewTransfer, Sandbox
from app.services.standing import Standing
from app.services.views import IntentView
from app.storage import intents, payments
from app.storage.store import Store, Tx


class Lever(StrEnum):
    """What can be pulled."""

    FULL = "full"  # pay what is due
    HALF = "half"
    MORE = "more"  # half as much again as was due
    EXCESS = "excess"  # the same, where the merchant does not take it
    LATE = "late"  # let the time run out, then pay
    STUCK = "stuck"  # pay, and never be confirmed
    CONFIRM = "confirm"
    REORG = "reorg"
    EXPIRE = "expire"  # let the time run out
    FAIL = "fail"  # pay, and let the wait for confirmations run out
    CANCEL = "cancel"
    PRICE_UNAVAILABLE = "price_unavailable"
    CHAIN_LAGGING = "chain_lagging"
    RESTORE = "restore"  # end what is pretended


class Levers:
    """Every lever, for test money alone."""

    def __init__(
        self,
        store: Store,
        sandbox: Sandbox,
        choosing: Choosing,
        intents: Intents,
        standing: Standing,
    ) -> None:
        self._store = store
        self._sandbox = sandbox
        self._choosing = choosing
        self._intents = intents
        self._standing = standing
        self._acts: dict[Lever, Callable[[str], Awaitable[object]]] = {
            Lever.FULL: self._pay(),
            Lever.HALF: self._pay(share="0.5"),
            Lever.MORE: self._pay(share="1.5"),
            Lever.EXCESS: self._refuse_excess,
            Lever.LATE: self._late,
            Lever.STUCK: self._pay(stuck=True),
            Lever.CONFIRM: lambda id: sandbox.mine(CHAIN.id, CONFIRMATIONS),
            Lever.REORG: lambda id: sandbox.reorg(CHAIN.id, CONFIRMATIONS),
            Lever.EXPIRE: self._expire,
            Lever.FAIL: self._fail,
            Lever.CANCEL: self._cancel,
            Lever.PRICE_UNAVAILABLE: self._pretend(Outage.PRICE),
            Lever.CHAIN_LAGGING: self._pretend(Outage.CHAIN),
            Lever.RESTORE: self._pretend(None),
        }

    async def pull(self, id: str, lever: Lever, account: str | None = None) -> IntentView:
        """Pull a lever for a test intent; return it as it stands then."""
        before = await self._intents.get(id, account)
        if before.livemode:
            raise Forbidden("The sandbox pays test intents only.")
        await self._acts[lever](id)
        return await self._intents.get(id)

    def _pay(self, **how: object) -> Callable[[str], Awaitable[object]]:
        def act(id: str) -> Awaitable[object]:
            return self._sandbox.transfer(
                None, msgspec.convert({"payment_intent": id, **how}, NewTransfer)
            )

        return act

    async def _refuse_excess(self, id: str) -> None:
        await self._change(id, lambda tx, one: {"overpayment": Overpayment.MISMATCH})
        await self._sandbox.transfer(None, NewTransfer(payment_intent=id, share="1.5"))

    async def _late(self, id: str) -> None:
        await self._expire(id)
        await self._sandbox.transfer(None, NewTransfer(payment_intent=id, share="1"))

    async def _expire(self, id: str) -> None:
        await self._choosing.freshen(id)  # a place to be late at needs a price that held
        await self._change(id, lambda tx, one: {"expires_at": tx.now})

    async def _fail(self, id: str) -> None:
        await self._change(id, lambda tx, one: {"gives_up_at": tx.now})
        await self._sandbox.transfer(None, NewTransfer(payment_intent=id, stuck=True))

    async def _cancel(self, id: str) -> None:
        account = await self._store.look(lambda tx: self._intents.found(tx, None, id).account)
        await self._intents.cancel(account, id)

    def _pretend(self, outage: Outage | None) -> Callable[[str], Awaitable[object]]:
        """Begin or end an outage, and tell whoever follows the intent to look again."""

        def write(tx: Tx, id: str) -> None:
            intent = intents.lock(tx, id)
            if intent is None or intent.livemode:
                raise NotFound
            quotes = intent.quotes
            if outage is Outage.PRICE:  # what was promised has run out, too
                quotes = tuple(
                    msgspec.structs.replace(one, expires_at=min(one.expires_at, tx.now))
                    for one in quotes
                )
            paid = payments.of_intent(tx, id)
            changed = msgspec.structs.replace(intent, outage=outage, quotes=quotes)
            told = self._standing.tell(tx, changed, paid, EventType.INTENT_UPDATED)
            intents.save(tx, told)

        return lambda id: self._store.write(lambda tx: write(tx, id))

    async def _change(self, id: str, facts: Callable[[Tx, Intent], dict[str, object]]) -> None:
        """Change what an open test intent was asked on, and judge it anew."""

        def write(tx: Tx) -> None:
            intent = intents.lock(tx, id)
            if intent is None or intent.livemode:
                raise NotFound
            if intent.status is Status.REQUIRES_PAYMENT:
                changed = msgspec.structs.replace(intent, **facts(tx, intent))
                self._standing.judge(tx, changed, payments.of_intent(tx, id))

        await self._store.write(write)
