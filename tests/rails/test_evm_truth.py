"""Whatever the chain does, what a reader ends up believing is what the chain says.

Each seed is a story: payments, blocks, reorgs that drop or move transactions, outages and
scans in any order. At the end the reader scans and checks once more, and its book must
hold exactly the payments that are on the chain.
"""

import contextlib
import random
from collections.abc import Iterator

import httpx
import pytest

from app.errors import ChainUnavailable
from app.rails.base import Place, Transfer
from app.rails.evm.rail import EvmRail
from tests.components import Anvil
from tests.rails.contract import Watching, scan_all
from tests.rails.evm_chain import XPUB, EvmChain, fresh_slot
from tests.rails.proxy import Proxy

STEPS = 30


@pytest.fixture
def evm() -> Iterator[EvmChain]:
    """A node of the story's own: what its reorgs leave behind is nobody else's."""
    with Anvil(extra=("--no-mining",)) as anvil:
        yield EvmChain(anvil)


class Reader:
    """Keeps a book as a service does: a transaction is in one block at a time."""

    def __init__(self, rail: EvmRail, watch: Watching, cursor: str) -> None:
        self.rail = rail
        self.watch = watch
        self.cursor = cursor
        self.book: dict[tuple[str, int], Transfer] = {}

    async def read(self) -> None:
        with contextlib.suppress(ChainUnavailable):
            scan = await scan_all(self.rail, self.cursor, self.watch)
            self.take(scan.transfers)
            self.cursor = scan.cursor
        with contextlib.suppress(ChainUnavailable):
            # Final ones too: this chain's reorgs go deeper than what it calls final.
            self.take(await self.rail.check(list(self.book.values())))

    def take(self, transfers: tuple[Transfer, ...] | list[Transfer]) -> None:
        for new in transfers:
            if new.removed:
                self.book.pop((new.tx, new.index), None)
                continue
            for key, old in list(self.book.items()):
                if old.tx == new.tx and new.block_hash and old.block_hash != new.block_hash:
                    del self.book[key]
            self.book[new.tx, new.index] = new


class Story:
    """One seed's worth of events on a real chain."""

    def __init__(self, seed: int, evm: EvmChain, proxy: Proxy, places: list[Place]) -> None:
        self.chance = random.Random(seed)
        self.evm = evm
        self.proxy = proxy
        self.places = places
        self.sent: dict[str, str] = {}  # tx → raw
        self.floor = evm.anvil.height()

    def happen(self) -> None:
        deeds = [self.pay, self.pay, self.pay, self.mine, self.mine, self.reorg, self.outage]
        self.chance.choice(deeds)()

    def pay(self) -> None:
        place, amount = self.chance.choice(self.places), self.chance.randrange(1, 100)
        token = self.chance.choice([self.evm.usdc, self.evm.stranger, None])
        if token is None:
            tx = self.evm.send(place.to, value=amount)
        else:
            tx = self.evm.transfer(token, place.to, amount)
        self.sent[tx] = self.evm.raw(tx)

    def mine(self) -> None:
        self.evm.mine(self.chance.randrange(1, 4))

    def reorg(self) -> None:
        """Put other blocks in place; transactions move within, come again later, or are lost."""
        depth = min(self.chance.randrange(1, 12), self.evm.anvil.height() - self.floor)
        self.evm.anvil.rpc("anvil_dropAllTransactions")
        if depth:
            self.evm.reorg(depth, self.moved(depth))
        for raw in self.sent.values():
            # A nonce that another transaction took meanwhile is refused: it is lost for good.
            if self.chance.random() < 0.7:
                with contextlib.suppress(RuntimeError):
                    self.evm.send_raw(raw)

    def moved(self, depth: int) -> list[tuple[str, int]]:
        """Return transactions for the new blocks: the first of the old ones, in their order."""
        first = self.evm.anvil.height() - depth + 1
        receipts = [one for one in map(self.evm.receipt, self.sent) if one]
        places = {
            one["transactionHash"]: (int(one["blockNumber"], 16), int(one["transactionIndex"], 16))
            for one in receipts
        }
        taken = sorted((tx for tx in places if places[tx][0] >= first), key=places.__getitem__)
        kept = taken[: self.chance.randrange(len(taken) + 1)]
        blocks = sorted(self.chance.randrange(depth) for _ in kept)
        return [(self.sent[tx], block) for tx, block in zip(kept, blocks, strict=True)]

    def outage(self) -> None:
        self.proxy.down = not self.proxy.down

    def truth(self) -> set[tuple[str, str]]:
        """Return every payment that is on the chain, with its block."""
        receipts = [one for one in map(self.evm.receipt, self.sent) if one]
        # After many reorgs anvil forgets a token's code; a call then succeeds and moves nothing.
        tokens = (self.evm.usdc.lower(), self.evm.stranger.lower())
        paid = [one for one in receipts if one["logs"] or one["to"] not in tokens]
        return {(one["transactionHash"], one["blockHash"]) for one in paid}


@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize("seed", range(4))
async def test_the_book_is_the_chain(
    evm: EvmChain, http: httpx.AsyncClient, proxy: Proxy, seed: int, many: bool
) -> None:
    rail, _ = evm.rail(http, proxy.url)
    places = [rail.place("xpub", XPUB, fresh_slot()) for _ in range(3)]
    watch = Watching(*places, many=many)
    evm.mine(12)
    reader = Reader(rail, watch, (await rail.scan(None, watch)).cursor)
    story = Story(seed, evm, proxy, places)
    for _ in range(STEPS):
        story.happen()
        if story.chance.random() < 0.4:
            await reader.read()
    proxy.down = False
    evm.anvil.rpc("anvil_dropAllTransactions")
    evm.mine(2)
    await reader.read()
    await reader.read()  # what moved while it was looked at is seen on the next look
    told = {(one.tx, one.block_hash) for one in reader.book.values()}
    truth = story.truth()
    if many:  # only our own tokens are asked for
        assert {one.ledger for one in reader.book.values()} <= {"dev_usdc", "dev_eth"}
        truth = {one for one in truth if not is_stranger(evm, one[0])}
    assert told == truth, f"seed {seed}"


def is_stranger(evm: EvmChain, tx: str) -> bool:
    to: str = evm.receipt(tx)["to"]
    return to.lower() == evm.stranger.lower()
