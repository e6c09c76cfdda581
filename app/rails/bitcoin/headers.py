"""The chain of headers this house follows, whoever shows them.

A source is believed when its newest header hangs, hash by hash, on what is known, when the
work each header claims was done, and when that is at least the work of what it would replace.
So a source can neither call itself higher than it is, nor lead to a branch nobody worked on.
Only the very first block looked at is taken on faith, as far as its own work goes.
"""

from collections.abc import Sequence

import structlog

from app.rails.bitcoin.cursor import Cursor
from app.rails.bitcoin.network import Network
from app.rails.bitcoin.source import Behind, Fault, Source
from app.rails.bitcoin.wire import Header, Malformed, is_worked, read_header

AT_ONCE = 500  # headers in one request: servers give up to 2,016
REQUESTS_MAX = 40  # in one go: five months of Bitcoin's blocks
STEPS_BACK = (0, 6, 48)  # how deep a fork is looked for: no coin of note was ever set back so far
KEPT = 4_000  # headers in memory: a month of Bitcoin's blocks
EASIER_MAX = 4  # a block may be this much easier than the one before: the rule of every retarget
log = structlog.get_logger(__name__)


class Headers:
    """Known headers without a gap, from the lowest that was needed up to the tip."""

    def __init__(self, chain: str, network: Network) -> None:
        self._chain = chain
        self._network = network
        self._known: dict[int, Header] = {}
        self.tip: Header | None = None

    async def follow(self, source: Source, cursor: Cursor | None) -> Header:
        """Bring what is known to a source's tip, and return it."""
        height, raw = await source.tip()
        shown = self._read(raw, height)
        if self.tip is None:
            await self._begin(source, cursor, shown)
        assert self.tip is not None
        known = self._known.get(height)
        if known is not None and known.hash == shown.hash:
            if height < self.tip.height:
                raise Behind(f"is behind, at block {height}")
            return self.tip
        if height <= self.tip.height and height not in self._known:
            raise Behind(f"is far behind, at block {height}")
        if height == self.tip.height + 1 and shown.previous == self.tip.hash:
            self._accept(self.tip.height, [shown])
            return self.tip
        await self._grow(source, shown)
        return self.tip

    async def at(self, source: Source, height: int) -> Header:
        """Return the header that stands at a height, reading older ones where they are missing."""
        assert self.tip is not None, "follow a source first"
        if height > self.tip.height or height < 0:
            raise Fault(f"tells of block {height}, which it does not show")
        for _ in range(REQUESTS_MAX):
            lowest = self._lowest
            if height >= lowest:
                return self._known[height]
            start = max(height, lowest - AT_ONCE)
            below = await self._fetch(source, start, lowest - start)
            if len(below) != lowest - start or self._known[lowest].previous != below[-1].hash:
                raise Fault(f"shows other blocks below {lowest}")
            self._check(below)
            self._known |= {one.height: one for one in below}
        raise Fault(f"tells of block {height}, which is too old")

    @property
    def _lowest(self) -> int:
        """The lowest height known: there are no gaps."""
        assert self.tip is not None
        return self.tip.height - len(self._known) + 1

    async def _begin(self, source: Source, cursor: Cursor | None, shown: Header) -> None:
        """Take the first block: the newest of the cursor's that stands, or else the tip."""
        marks = cursor.marks if cursor is not None else ()
        if marks and marks[0].height > shown.height:
            raise Behind(f"is behind, at block {shown.height}")
        found = await self._fetch(source, shown.height, 1)
        if not found or found[0].hash != shown.hash:
            raise Fault(f"calls itself at block {shown.height}, which it does not show")
        first = shown
        for mark in marks:
            found = await self._fetch(source, mark.height, 1)
            if found and found[0].hash == mark.hash:
                first = found[0]
                break
        # Some older ones come along, so that a reorg of the first finds where it forks.
        start = max(0, first.height - STEPS_BACK[-1])
        older = await self._fetch(source, start, first.height - start + 1)
        if not older or older[-1].hash != first.hash:
            raise Fault("changed while it was read")
        self._check(older)
        self._known = {one.height: one for one in older}
        self.tip = first

    async def _grow(self, source: Source, shown: Header) -> None:
        """Find where a source's chain leaves ours, and take its branch if work says so."""
        assert self.tip is not None
        for back in STEPS_BACK:
            start = max(self._lowest, min(self.tip.height, shown.height) - back)
            first = await self._fetch(source, start, min(AT_ONCE, shown.height - start + 1))
            if not first or first[0].hash != self._known[start].hash:
                if start == self._lowest:
                    break
                continue
            branch = await self._whole(source, first, shown)
            fork = start
            while branch and (ours := self._known.get(branch[0].height)) is not None:
                if ours.hash != branch[0].hash:
                    break
                fork = branch.pop(0).height
            self._check([self._known[fork], *branch])
            ours_since = sum(one.work for one in self._known.values() if one.height > fork)
            if sum(one.work for one in branch) < ours_since:
                raise Behind("shows a chain with less work")
            if fork < self.tip.height:
                log.warning("reorg", chain=self._chain, seen=self.tip.height, back_to=fork)
            self._accept(fork, branch)
            return
        raise Fault("shows a chain that does not hang together with what is known")

    async def _whole(self, source: Source, first: list[Header], shown: Header) -> list[Header]:
        """Return a branch up to the header a source calls its tip."""
        branch = first
        for _ in range(REQUESTS_MAX):
            if branch[-1].height >= shown.height:
                break
            wanted = min(AT_ONCE, shown.height - branch[-1].height)
            more = await self._fetch(source, branch[-1].height + 1, wanted)
            if not more:
                raise Fault(f"calls itself at block {shown.height} and shows {branch[-1].height}")
            branch += more
        if branch[-1].hash != shown.hash:
            raise Fault("shows a tip that does not hang on its own chain")
        return branch

    def _accept(self, fork: int, branch: Sequence[Header]) -> None:
        self._check([self._known[fork], *branch])
        for height in [one for one in self._known if one > fork]:
            del self._known[height]
        self._known |= {one.height: one for one in branch}
        self.tip = self._known[max(self._known)]
        for height in [one for one in self._known if one <= self.tip.height - KEPT]:
            del self._known[height]

    def _check(self, headers: Sequence[Header]) -> None:
        """Refuse headers that do not follow each other, or whose work was not done."""
        before: Header | None = None
        for one in headers:
            if before is not None:
                if one.previous != before.hash or one.height != before.height + 1:
                    raise Fault(f"shows a block {one.height} that does not follow the one before")
                if self._network.retargets and one.target > before.target * EASIER_MAX:
                    raise Fault(f"shows a block {one.height} that was too easy to make")
            # Only a block not known yet is worked out: scrypt takes a millisecond.
            known = self._known.get(one.height)
            if (known is None or known.hash != one.hash) and not is_worked(
                one, by_scrypt=self._network.scrypt
            ):
                raise Fault(f"shows a block {one.height} nobody worked for")
            before = one

    async def _fetch(self, source: Source, start: int, count: int) -> list[Header]:
        raws = await source.headers(start, count)
        return [self._read(raw, start + n) for n, raw in enumerate(raws[:count])]

    def _read(self, raw: bytes, height: int) -> Header:
        try:
            return read_header(raw, height)
        except Malformed as error:
            raise Fault(f"shows no header: {error}") from None
