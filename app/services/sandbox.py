"""The sandbox's book and what moves in it: pay, mine, reorganise. Test accounts only."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal, InvalidOperation

import msgspec

from app.domain import money
from app.domain.intent import Intent
from app.domain.sandbox import CHAIN, CONFIRMATIONS, LEDGERS, Entry, Tip
from app.errors import Conflict, Forbidden, Invalid, NotFound
from app.services import once
from app.services.choosing import Choosing
from app.services.once import Once
from app.settings import Settings
from app.storage import intents, places, sandbox
from app.storage.sandbox import SandboxBlock, SandboxTransfer
from app.storage.store import Store, Tx
from app.world import World

BLOCKS_MAX = 100
SHARE_MAX = 10
UNITS_MAX = 10**15  # of a ledger, in one transfer: what a price may be at most
BELL = f"chain:{CHAIN.id}"  # rings when there is something to scan


class NewTransfer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A pretended payment of an intent: all that is due, a share of the price, or an amount.

    `amount` is in whole units of the ledger ("0.005" ETH). Without `confirmations` the
    chain mines for this transfer by itself; with it, blocks come only when asked for. A
    `stuck` one is seen and never mined, as with too low a fee.
    """

    payment_intent: str
    ledger: str | None = None
    share: str | None = None
    amount: str | None = None
    confirmations: int | None = None
    stuck: bool = False


class TransferView(msgspec.Struct, frozen=True, kw_only=True):
    """What was sent."""

    object: str = "sandbox_transfer"
    tx: str
    chain: str
    ledger: str
    to: str
    amount_atomic: str
    height: int | None


class BookOfTables:
    """The chain as the database has it. Reading its tip mines what has fallen due."""

    def __init__(self, store: Store, world: World, settings: Settings) -> None:
        self._store = store
        self._world = world
        self._block = timedelta(seconds=float(settings.sandbox_block_seconds))

    async def tip(self) -> Tip:
        """Return the newest block; mine one first when a flowing transfer waits for it."""

        def read(tx: Tx) -> tuple[SandboxBlock | None, bool]:
            return sandbox.tip(tx, CHAIN.id), sandbox.flowing_from(tx, CHAIN.id, CONFIRMATIONS)

        tip, flowing = await self._store.read(read)
        now = self._world.now()
        if tip is None or (flowing and now - tip.at >= self._block):
            tip = await self._store.write(lambda tx: self.mine(tx, 1))
        # An idle chain is not a lagging one: its tip is as new as the look at it.
        return Tip(height=tip.height, at=now)

    def mine(self, tx: Tx, count: int) -> SandboxBlock:
        """Append blocks; what waits is in the first."""
        tip = sandbox.tip(tx, CHAIN.id)
        for _ in range(count):
            height = 0 if tip is None else tip.height + 1
            tip = SandboxBlock(
                chain=CHAIN.id, height=height, hash=self._world.secret(32), at=tx.now
            )
            sandbox.add_block(tx, tip)
        assert tip is not None
        return tip

    async def since(self, height: int) -> list[Entry]:
        """Return entries in blocks from a height on, and those that wait."""
        return await self._store.read(
            lambda tx: self._entries(tx, sandbox.since(tx, CHAIN.id, height))
        )

    async def named(self, ids: Sequence[str]) -> dict[str, Entry]:
        """Return entries by transaction id."""

        def read(tx: Tx) -> list[Entry]:
            return self._entries(tx, list(sandbox.named(tx, CHAIN.id, list(ids)).values()))

        return {one.tx: one for one in await self._store.read(read)}

    def _entries(self, tx: Tx, found: list[SandboxTransfer]) -> list[Entry]:
        heights = sorted({one.block for one in found if one.block is not None})
        blocks = sandbox.blocks(tx, CHAIN.id, heights)
        return [
            Entry(
                tx=one.tx,
                ledger=one.ledger,
                to=one.to,
                amount=one.amount,
                block=one.block,
                block_hash=blocks[one.block].hash if one.block in blocks else None,
                at=one.at,
                failed=one.failed,
            )
            for one in found
        ]


class Sandbox:
    """The pretended chain, and money that moves on it."""

    def __init__(self, store: Store, world: World, book: BookOfTables, choosing: Choosing) -> None:
        self._store = store
        self._world = world
        self._book = book
        self._choosing = choosing

    async def transfer(
        self, account: str | None, new: NewTransfer, key: Once | None = None
    ) -> TransferView:
        """Pay an intent in the sandbox, as a wallet would."""
        if new.confirmations is not None and not 0 <= new.confirmations <= BLOCKS_MAX:
            raise Invalid.field("confirmations", f"must be between 0 and {BLOCKS_MAX}")
        if new.share is not None and new.amount is not None:
            raise Invalid.field("share", "and amount exclude each other")
        if new.stuck and new.confirmations:
            raise Invalid.field("stuck", "and confirmations exclude each other")
        intent, has_place = await self._store.read(lambda tx: self._look(tx, account, new))
        ledger = self._ledger(intent, new.ledger)
        if not has_place and intent.status == "requires_payment":
            await self._choosing.choose(intent.id, ledger)

        def write(tx: Tx) -> TransferView:
            held = intents.get(tx, intent.id)
            assert held is not None
            spots = [one for one in places.of_intent(tx, held.id) if one.family == CHAIN.family]
            if not spots:
                raise Conflict(f"{held.id} has no place in the sandbox and is {held.status}.")
            sent = SandboxTransfer(
                tx=f"sbx_{self._world.secret(32)}",
                chain=CHAIN.id,
                ledger=ledger,
                to=spots[0].address,
                amount=self._amount(held, ledger, new),
                block=None,
                flows=new.confirmations is None and not new.stuck,
                at=tx.now,
                stuck=new.stuck,
            )
            sandbox.add_transfer(tx, sent)
            height = self._book.mine(tx, new.confirmations).height if new.confirmations else None
            tx.ring(BELL)
            return TransferView(
                tx=sent.tx,
                chain=sent.chain,
                ledger=sent.ledger,
                to=sent.to,
                amount_atomic=str(sent.amount),
                height=height,
            )

        sent, _ = await once.write(self._store, key, TransferView, write)
        return sent

    def _look(self, tx: Tx, account: str | None, new: NewTransfer) -> tuple[Intent, bool]:
        intent = intents.get(tx, new.payment_intent)
        if intent is None or (account is not None and intent.account != account):
            raise NotFound(f"There is no payment intent {new.payment_intent[:40]!r} here.")
        if intent.livemode:
            raise Forbidden("The sandbox pays test intents only.")
        spots = places.of_intent(tx, intent.id)
        return intent, any(one.family == CHAIN.family for one in spots)

    def _ledger(self, intent: Intent, wanted: str | None) -> str:
        ours = [one for one in intent.ledgers if one.startswith("sandbox_")]
        if wanted is not None and wanted not in ours:
            raise Invalid.field("ledger", f"must be one of {', '.join(ours) or 'none offered'}")
        chosen = intent.ledger if intent.ledger in ours else None
        if (ledger := wanted or chosen or (ours[0] if ours else None)) is None:
            raise Conflict(f"{intent.id} is not offered in the sandbox.")
        return ledger

    def _amount(self, intent: Intent, ledger: str, new: NewTransfer) -> int:
        """Return atomic units: what is asked for, else what is due now."""
        quote = intent.quote(ledger)
        assert quote is not None, f"{ledger} is offered without a quote"
        decimals = next(one.decimals for one in LEDGERS if one.id == ledger)
        if new.amount is not None:
            amount = money.atomic(new.amount, decimals, field="amount")
        elif new.share is not None:
            amount = int(_share(new.share) * quote.amount)
        else:
            left = intent.left or intent.amount
            whole = quote.amount * left / intent.amount
            amount = int(whole) + (whole != int(whole))
        if amount <= 0:
            raise Invalid.field("amount", "must be more than zero")
        if amount > UNITS_MAX * 10**decimals:
            raise Invalid.field("amount", f"must be at most {UNITS_MAX}")
        return amount

    async def mine(self, chain: str, count: int, key: Once | None = None) -> int:
        """Append blocks; return the new height."""
        self._refuse_other(chain)
        if not 0 < count <= BLOCKS_MAX:
            raise Invalid.field("count", f"must be between 1 and {BLOCKS_MAX}")

        def write(tx: Tx) -> int:
            tx.ring(BELL)
            return self._book.mine(tx, count).height

        height, _ = await once.write(self._store, key, int, write)
        return height

    async def reorg(self, chain: str, depth: int, key: Once | None = None) -> int:
        """Drop the newest blocks with all they held, and what waits; return what was lost."""
        self._refuse_other(chain)
        if not 0 < depth <= BLOCKS_MAX:
            raise Invalid.field("depth", f"must be between 1 and {BLOCKS_MAX}")

        def write(tx: Tx) -> int:
            tip = sandbox.tip(tx, CHAIN.id)
            above = max((tip.height if tip else 0) - depth, -1)
            lost = sandbox.cut(tx, CHAIN.id, above)
            self._book.mine(tx, depth)  # the other branch is no shorter
            tx.ring(BELL)
            return lost

        lost, _ = await once.write(self._store, key, int, write)
        return lost

    def _refuse_other(self, chain: str) -> None:
        if chain != CHAIN.id:
            raise Invalid.field("chain", f"must be {CHAIN.id}: only the sandbox has levers")


def _share(text: str) -> Decimal:
    try:
        share = Decimal(text)
    except InvalidOperation:
        raise Invalid.field("share", "must be a decimal number such as 0.5") from None
    if not share.is_finite() or not 0 < share <= SHARE_MAX:
        raise Invalid.field("share", f"must be more than 0 and at most {SHARE_MAX}")
    return share
