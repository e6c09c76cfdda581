"""Settling: an authorization is handed to its token once, whatever dies on the way.

    verified ─► row, with the whole signed transaction ─► sent ─► in a block ─► answered
                 unique by chain, asset, payer, nonce      └─ unknown: sent again, same bytes

Everything before the row may be repeated, for nothing has happened; everything after it
repeats itself harmlessly. Who comes second, in whatever process, finds the row and waits
for the same answer. What was moved is found by the ordinary scan, like any other transfer.
"""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

import msgspec
import structlog
from sqlalchemy.exc import IntegrityError

from app.domain.authorization import (
    MESSAGES,
    Authorization,
    Outcome,
    Reason,
    Requirement,
    Settlement,
)
from app.domain.intent import Status
from app.errors import ChainUnavailable, NotFound, TooMany, Unavailable
from app.rails.base import Cost, Ended, Scheme, Sent
from app.storage import authorizations, intents
from app.storage.authorizations import AuthorizationRow
from app.storage.store import Store, Tx
from app.world import World

ANSWER_SECONDS = 20.0  # waited for a block before the answer is "unknown yet"
PAUSE_SECONDS = (0.05, 1.0)  # between two looks: at first, at last
AGAIN = timedelta(seconds=5)  # until a worker looks for what was left unknown
AGAIN_MAX = timedelta(minutes=10)
SURE = timedelta(minutes=15)  # after this a block is looked for once more
LOOKS_MAX = 1_100  # about a week of them
BATCH = 20
HOUR = timedelta(hours=1)
log = structlog.get_logger()


class Settling:
    """Takes authorizations on, and ends each of them once."""

    def __init__(
        self,
        store: Store,
        world: World,
        schemes: Mapping[str, Scheme],
        payer_hourly: int,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        self._store = store
        self._world = world
        self._schemes = schemes
        self._payer_hourly = payer_hourly
        self.answer_seconds = answer_seconds

    @property
    def able(self) -> bool:
        """Tell whether there is a chain to settle on."""
        return bool(self._schemes)

    async def known(self, chain: str, asset: str, said: Authorization) -> AuthorizationRow | None:
        """Return the row of an authorization, whatever it was given for."""
        return await self._store.read(
            lambda tx: authorizations.find(tx, chain, asset, said.payer, said.nonce)
        )

    async def settle(self, asked: Requirement, said: Authorization) -> Settlement:
        """Settle a verified authorization, or answer what became of it."""
        scheme = self._schemes[asked.network]
        cost = await scheme.cost(asked, said)
        if not isinstance(cost, Cost):
            # Or the same one was settled while the chain was asked.
            row = await self.known(asked.network, asked.asset, said)
            if row is not None:
                return await self.answer(row, said, asked.intent)
            return Settlement.refused(cost, payer=said.payer)
        try:
            found = await self._store.write(lambda tx: self._take_on(tx, scheme, asked, said, cost))
        except IntegrityError:  # given for two intents in the same instant
            return await self._second(asked, said)
        if isinstance(found, Settlement):
            return found
        row, ours = found
        if not ours:
            return await self.answer(row, said, asked.intent)
        return await self._finish(row, send=True)

    async def answer(self, row: AuthorizationRow, said: Authorization, intent: str) -> Settlement:
        """Answer who comes with what is known already: the same again, for the same intent."""
        if row.intent != intent or row.said != said:
            return Settlement.refused(Reason.NONCE_USED, payer=said.payer)
        return msgspec.structs.replace(await self._finish(row, send=False), repeated=True)

    async def _second(self, asked: Requirement, said: Authorization) -> Settlement:
        row = await self.known(asked.network, asked.asset, said)
        if row is None:
            raise Unavailable("Another payment is being settled right now.")
        return await self.answer(row, said, asked.intent)

    def _take_on(
        self, tx: Tx, scheme: Scheme, asked: Requirement, said: Authorization, cost: Cost
    ) -> tuple[AuthorizationRow, bool] | Settlement:
        """Write the row with its signed transaction, unless there is one. Between the gas
        account's number and the row that uses it there is no moment."""
        intent = intents.lock(tx, asked.intent)
        if intent is None:
            raise NotFound(f"There is no payment intent {asked.intent[:40]!r} here.")
        before = authorizations.find(tx, asked.network, asked.asset, said.payer, said.nonce)
        if before is not None:
            return before, False
        if intent.status is not Status.REQUIRES_PAYMENT:
            message = f"The payment is {intent.status}."
            return Settlement.refused(Reason.REQUIREMENT, message, payer=said.payer)
        others = authorizations.of_intent(tx, intent.id)
        if any(one.outcome is Outcome.PENDING for one in others):
            return Settlement.refused(Reason.DUPLICATE, payer=said.payer)
        # Settled and not found yet: the scan is on its way, and nothing more is due.
        if (
            any(one.outcome is Outcome.SETTLED and one.value >= asked.amount for one in others)
            and not intent.payments_count
        ):
            return Settlement.refused(Reason.DUPLICATE, payer=said.payer)
        if authorizations.taken_since(tx, said.payer, tx.now - HOUR) >= self._payer_hourly:
            raise TooMany("This payer has settled too often.", int(HOUR.total_seconds() / 4))
        count = self._spend(tx, scheme, asked.network, cost)
        signed = scheme.sign(asked, cost, count)
        row = AuthorizationRow(
            id=self._world.id("auth"),
            account=intent.account,
            intent=intent.id,
            ledger=asked.ledger,
            chain=asked.network,
            asset=asked.asset,
            **msgspec.structs.asdict(said),
            outcome=Outcome.PENDING,
            reason=None,
            moved_by=None,
            tx=signed.tx,
            raw=signed.raw,
            gas_account=scheme.gas_account,
            count=count,
            height=cost.height,
            looks=0,
            created_at=tx.now,
            due_at=tx.now + AGAIN,
            ended_at=None,
        )
        authorizations.add(tx, row)
        return row, True

    def _spend(self, tx: Tx, scheme: Scheme, chain: str, cost: Cost) -> int:
        """Take the gas account's next number, within what a day may cost."""
        day = f"{tx.now:%Y-%m-%d}"
        account = authorizations.gas(tx, chain, scheme.gas_account, cost.count, day)
        spent = (account.spent if account.day == day else 0) + cost.most
        if spent > scheme.gas_daily:
            log.error("x402.gas_budget_spent", chain=chain, day=day)
            raise Unavailable("Today's budget for gas on this chain is spent.")
        count = max(account.next_count, cost.count)
        moved = msgspec.structs.replace(account, next_count=count + 1, day=day, spent=spent)
        authorizations.spend(tx, moved)
        return count

    async def _finish(self, row: AuthorizationRow, *, send: bool) -> Settlement:
        """Wait for the end of a row a while; what is unknown then is told as unknown."""
        if row.outcome is not Outcome.PENDING:
            return answer(row)
        try:
            async with asyncio.timeout(self.answer_seconds):
                if send:
                    await self._schemes[row.chain].send(row.raw)
                pause = PAUSE_SECONDS[0]
                while True:
                    ended = await self._schemes[row.chain].outcome(_sent(row))
                    if ended.outcome is not Outcome.PENDING:
                        return answer(await self._end(row, ended))
                    await asyncio.sleep(pause)
                    pause = min(pause * 2, PAUSE_SECONDS[1])
        except (TimeoutError, ChainUnavailable):
            return answer(row)

    async def _end(self, row: AuthorizationRow, ended: Ended) -> AuthorizationRow:
        """Write the end of a row, wake the scan of its chain, and return the row as it is."""

        def write(tx: Tx) -> AuthorizationRow:
            authorizations.end(tx, row, ended.outcome, ended.tx, ended.reason)
            if ended.mined:  # and looked at once more: a reorg may have thrown it out
                first = row.outcome is Outcome.PENDING
                authorizations.look(tx, row, tx.now + SURE if first else None)
            tx.ring(f"chain:{row.chain}")
            found = authorizations.find(tx, row.chain, row.asset, row.payer, row.nonce)
            assert found is not None
            return found

        return await self._store.write(write)

    async def step(self) -> float | None:
        """Look for what was left unknown, and send it again: the same bytes."""

        def take(tx: Tx) -> list[AuthorizationRow]:
            found = authorizations.due(tx, BATCH)
            for row in found:
                wait: timedelta = min(AGAIN * 2 ** min(row.looks, 8), AGAIN_MAX)
                over = row.looks >= LOOKS_MAX
                authorizations.look(tx, row, None if over else tx.now + wait)
                if over:
                    log.error("x402.given_up", authorization=row.id, tx=row.tx)
            return found

        rows = await self._store.write(take)
        for row in rows:
            await self._again(row)
        return 0 if len(rows) == BATCH else None

    async def _again(self, row: AuthorizationRow) -> None:
        scheme = self._schemes.get(row.chain)
        if scheme is None or scheme.gas_account != row.gas_account:
            return  # another key, or no such chain any more: it waits for its own
        try:
            ended = await scheme.outcome(_sent(row))
            if ended.outcome is not Outcome.PENDING:
                await self._end(row, ended)
            if not ended.mined:  # not yet, or not any more
                # Also when another was quicker: the gas account's numbers must have no gap.
                await scheme.send(row.raw)
        except ChainUnavailable:
            log.warning("x402.chain_unavailable", chain=row.chain)


def answer(row: AuthorizationRow) -> Settlement:
    """Return what is told of a row."""
    reason = Reason.PENDING if row.outcome is Outcome.PENDING else row.reason
    return Settlement(
        outcome=row.outcome,
        reason=None if reason is None else str(reason),
        message=None if reason is None else MESSAGES.get(reason, reason),
        tx=row.moved_by or row.tx,
        payer=row.payer,
        network=row.chain,
        intent=row.intent,
    )


def _sent(row: AuthorizationRow) -> Sent:
    return Sent(
        asset=row.asset,
        payer=row.payer,
        authorization=row.nonce,
        valid_before=row.valid_before,
        tx=row.tx,
        count=row.count,
        height=row.height,
    )
