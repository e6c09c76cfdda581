"""A model chain: blocks, a mempool, reorgs, outages, nodes that lag; and its rail.

What really happened is kept here, so that the house's tables can be held to it. A reorg
puts transactions into other blocks at other indices, back into the mempool, or out of
the world; below `FINAL_DEPTH` nothing ever moves.
"""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import msgspec

from app.domain.ledger import Chain, Depth, Ledger
from app.errors import ChainUnavailable
from app.rails.base import Fate, Found, Place, Scan, Transfer, Watch
from tests.still import StillWorld

FAMILY = "model"
FINAL_DEPTH = 12
REORG_MAX = FINAL_DEPTH - 1
PAGE_BLOCKS = 25
LAG_BLOCKS_MAX = 6
DEPTHS = (
    Depth(confirmations=1, up_to=Decimal(20)),
    Depth(confirmations=3, up_to=Decimal(300)),
    Depth(confirmations=None),
)


def model(number: int) -> tuple[Chain, list[Ledger]]:
    """Return a chain and its ledgers; every model chain is of one family."""
    chain = Chain(
        id=f"model:{number}",
        short=f"m{number}",
        name=f"Model {number}",
        family=FAMILY,
        livemode=False,
        depths=DEPTHS,
        block_seconds=Decimal(12),
        lag_seconds_max=None,
    )
    assets = (("usdc", "USDC", 6, 6), ("eth", "ETH", 18, 8))
    return chain, [
        Ledger(
            id=f"m{number}_{name}",
            chain=chain.id,
            symbol=asset,
            asset=asset,
            name=asset,
            decimals=decimals,
            precision=precision,
        )
        for name, asset, decimals, precision in assets
    ]


Movement = tuple[str, str, int]  # ledger, to, amount


@dataclass(frozen=True)
class Sent:
    """One transaction."""

    tx: str
    movements: tuple[Movement, ...]


@dataclass(frozen=True)
class Block:
    """One block; where its first movement stands is anybody's guess."""

    height: int
    hash: str
    at: datetime
    sent: tuple[Sent, ...]
    first_index: int

    def stands(self) -> list[tuple[int, Sent, Movement]]:
        """Return every movement with its index."""
        found = [(sent, movement) for sent in self.sent for movement in sent.movements]
        return [(self.first_index + at, *one) for at, one in enumerate(found)]


View = tuple[list[Block], list[Sent]]  # what one node sees: blocks and mempool


class ModelChain:
    """What really happened."""

    def __init__(self, chain: Chain, world: StillWorld, chance: random.Random) -> None:
        self.chain = chain
        self._world = world
        self._chance = chance
        self._count = 0
        self.waiting: list[Sent] = []
        self.dropped = 0
        self.reorgs = 0
        self.blocks = [Block(0, "genesis", world.now(), (), 0)]

    @property
    def height(self) -> int:
        return self.blocks[-1].height

    def send(self, *movements: Movement) -> str:
        """Put a transaction into the mempool and return its name."""
        self._count += 1
        sent = Sent(f"{self.chain.short}-tx{self._count}", movements)
        self.waiting.append(sent)
        return sent.tx

    def mine(self, count: int = 1, *, everything: bool = False) -> None:
        """Append blocks; each takes what it likes of what waits, in any order."""
        for _ in range(count):
            taken = [one for one in self.waiting if everything or self._chance.random() < 0.7]
            self.waiting = [one for one in self.waiting if one not in taken]
            self._chance.shuffle(taken)
            self._count += 1
            self.blocks.append(
                Block(
                    self.height + 1,
                    f"{self.chain.short}-block{self._count}",
                    self._world.now(),
                    tuple(taken),
                    self._chance.randint(0, 2),
                )
            )

    def reorg(self, depth: int) -> None:
        """Replace the newest blocks by a longer branch; a few transactions are spent elsewhere."""
        depth = min(depth, REORG_MAX, len(self.blocks) - 1)
        undone = [sent for block in self.blocks[-depth:] for sent in block.sent] if depth else []
        del self.blocks[len(self.blocks) - depth :]
        kept = [one for one in undone if self._chance.random() > 0.15]
        self.dropped += len(undone) - len(kept)
        self.reorgs += 1
        self.waiting += kept
        self.mine(depth + 1)

    def drop_waiting(self) -> None:
        """Let one waiting transaction be replaced by its sender."""
        if self.waiting:
            self.waiting.pop(self._chance.randrange(len(self.waiting)))
            self.dropped += 1

    def truth(self) -> Counter[tuple[str, str, str, int]]:
        """Return every movement there is, by transaction and what was moved."""
        everything = [sent for block in self.blocks for sent in block.sent] + self.waiting
        return Counter((one.tx, *movement) for one in everything for movement in one.movements)


class ModelRail:
    """The rail of a model chain: asks a node, and not always the best one."""

    def __init__(self, truth: ModelChain, chance: random.Random) -> None:
        self.chain = truth.chain
        self.truth = truth
        self._chance = chance
        self.down = False
        self.lags = True  # whether nodes lag at all

    def check_destination(self, kind: str, value: str) -> str:
        return value

    def place(self, kind: str, value: str, slot: int) -> Place:
        if kind == "shared":
            return Place(to=value, shared=True)
        return Place(to=f"{value}/{slot}")

    def uri(self, ledger: Ledger, place: Place, amount: int) -> str:
        return f"model:{place.to}?amount={amount}"

    async def scan(self, since: str | None, watch: Watch) -> Scan:
        blocks, waiting = self._node()
        tip = blocks[-1]
        start = tip.height + 1 if since is None else int(since) + 1
        first = max(start - FINAL_DEPTH, 0)
        last = min(first + PAGE_BLOCKS - 1, tip.height)
        found = [
            one for block in blocks[first : last + 1] for one in self._mined(block, tip.height)
        ]
        if last == tip.height:
            found += [one for sent in waiting for one in self._waits(sent)]
        ours = await watch.among({one.to for one in found})
        return Scan(
            transfers=tuple(one for one in found if one.to in ours),
            cursor=str(max(last, start - 1)),
            tip=tip.height,
            tip_at=tip.at,
            more=last < tip.height and last >= start,
        )

    async def check(self, transfers: Sequence[Transfer]) -> list[Transfer]:
        blocks, waiting = self._node()
        tip = blocks[-1].height
        mined = {sent.tx: block for block in blocks for sent in block.sent}
        waits = {sent.tx for sent in waiting}
        checked: list[Transfer] = []
        taken: set[tuple[str, int]] = set()
        for one in sorted(transfers, key=lambda one: one.index):
            if one.block is not None and one.block > tip:
                continue  # this node does not know yet
            if one.block is not None and blocks[one.block].hash == one.block_hash:
                deep = tip - one.block + 1
                again = msgspec.structs.replace(
                    one, confirmations=deep, final=deep >= FINAL_DEPTH, removed=False
                )
                checked.append(again)
                continue
            if one.tx not in mined:
                gone = one.tx not in waits or one.block is not None
                checked.append(msgspec.structs.replace(one, removed=gone, confirmations=0))
                continue
            alike = [
                there
                for there in self._mined(mined[one.tx], tip)
                if (there.tx, there.ledger, there.to, there.amount)
                == (one.tx, one.ledger, one.to, one.amount)
                and (there.tx, there.index) not in taken
            ]
            alike.sort(key=lambda there, one=one: (there.index != one.index, there.index))  # type: ignore[misc]
            checked += alike[:1]
            taken |= {(there.tx, there.index) for there in alike[:1]}
            if not alike or one.block is None:
                checked.append(msgspec.structs.replace(one, removed=True, confirmations=0))
        return checked

    def read_id(self, text: str) -> str:
        return text

    def check_payee(self, value: str) -> str:
        return value

    async def find(self, tx: str) -> Found:
        blocks, waiting = self._node()
        tip = blocks[-1].height
        for block in blocks:
            if any(sent.tx == tx for sent in block.sent):
                moved = [one for one in self._mined(block, tip) if one.tx == tx]
                return Found(fate=Fate.DONE, transfers=tuple(moved))
        known = [sent for sent in waiting if sent.tx == tx]
        fate = Fate.WAITING if known else Fate.UNKNOWN
        return Found(fate=fate, transfers=tuple(one for sent in known for one in self._waits(sent)))

    def _node(self) -> View:
        """Return what the node that answers sees: all there is, or not the newest of it."""
        if self.down:
            raise ChainUnavailable(f"{self.chain.name} does not answer.")
        blocks, waiting = self.truth.blocks, self.truth.waiting
        if self.lags and self._chance.random() < 0.25 and len(blocks) > LAG_BLOCKS_MAX + 1:
            behind = self._chance.randint(1, LAG_BLOCKS_MAX)
            unheard = [sent for block in blocks[-behind:] for sent in block.sent]
            heard_of = [one for one in unheard if self._chance.random() < 0.5]
            return blocks[:-behind], [*waiting, *heard_of]
        return blocks, waiting

    def _mined(self, block: Block, tip: int) -> list[Transfer]:
        deep = tip - block.height + 1
        return [
            self._transfer(
                sent,
                index,
                movement,
                confirmations=deep,
                final=deep >= FINAL_DEPTH,
                block=block.height,
                block_hash=block.hash,
                at=block.at,
            )
            for index, sent, movement in block.stands()
        ]

    def _waits(self, sent: Sent) -> list[Transfer]:
        return [
            self._transfer(sent, -1 - at, movement, confirmations=0)
            for at, movement in enumerate(sent.movements)
        ]

    def _transfer(
        self, sent: Sent, index: int, movement: Movement, confirmations: int, **more: object
    ) -> Transfer:
        ledger, to, amount = movement
        return Transfer(
            chain=self.chain.id,
            tx=sent.tx,
            index=index,
            ledger=ledger,
            to=to,
            amount=amount,
            confirmations=confirmations,
            sender="somebody",
            **more,  # type: ignore[arg-type]
        )
