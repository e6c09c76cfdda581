"""All sources of one chain, read as one: the last good one first, each other when it fails.

A source that cannot be true is passed over like one that is down. Addresses may hold a
password, so sources are named by their number in the settings, in messages and logs alike.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal
from typing import TypeVar

import structlog

from app.errors import ChainUnavailable
from app.rails.bitcoin.source import Behind, Fault, Source, Told
from app.rails.bitcoin.wire import Malformed, read_header
from app.rails.bitcoin.zmq import Knocks

T = TypeVar("T")
log = structlog.get_logger(__name__)

# HTTPX writes whole URLs, passwords and all, into its own log at INFO.
logging.getLogger("httpx").setLevel(logging.WARNING)
logging.getLogger("httpcore").setLevel(logging.WARNING)


class Sources:
    """Every source of a chain, and the knocks of nodes that ring."""

    def __init__(self, chain: str, sources: Sequence[Source], knocks: Sequence[Knocks]) -> None:
        assert sources, f"{chain} has no source"
        self.chain = chain
        self.all = list(sources)
        self._knocks = knocks
        self._good = 0  # place of the source that answered last
        self._verified: set[int] = set()

    async def first(self, ask: Callable[[Source], Awaitable[T]]) -> T:
        """Return what the first source answers that answers truly, or `ChainUnavailable`.

        One that is merely behind is no fault where every other is down: its `Behind` is raised.
        """
        faults: dict[int, str] = {}
        behind: Behind | None = None
        for source in self.all[self._good :] + self.all[: self._good]:
            try:
                await self.verify(source)
                answer = await ask(source)
            except Fault as fault:
                if isinstance(fault, Behind):
                    behind = fault
                else:
                    self._verified.discard(source.number)  # who comes back may be somebody else
                faults[source.number] = str(fault)
                log.warning(
                    "source_fault", chain=self.chain, source=source.number, fault=str(fault)
                )
                continue
            self._good = self.all.index(source)
            return answer
        if behind is not None:
            raise behind
        told = "; ".join(f"source {number} {fault}" for number, fault in sorted(faults.items()))
        raise ChainUnavailable(f"{self.chain} cannot be read: {told}.")

    def others(self) -> list[Source]:
        """Return every source but the one that answered last."""
        return self.all[self._good + 1 :] + self.all[: self._good]

    def prefer(self, source: Source) -> None:
        """Ask this one first from now on."""
        self._good = self.all.index(source)

    async def anywhere(self, tx: str) -> Told | None:
        """Return a transaction any source knows; None: every one that answers knows none.

        Raises `ChainUnavailable` when none answers.
        """
        faults: dict[int, str] = {}
        waiting: Told | None = None
        for source in self.all[self._good :] + self.all[: self._good]:
            try:
                await self.verify(source)
                told = await source.transaction(tx)
            except Fault as fault:
                faults[source.number] = str(fault)
                continue
            if told is not None and told.height is not None:
                return told
            waiting = waiting or told
        if waiting is None and len(faults) == len(self.all):
            reasons = "; ".join(f"source {one} {fault}" for one, fault in sorted(faults.items()))
            raise ChainUnavailable(f"{self.chain} cannot be read: {reasons}.")
        return waiting

    async def fee_rate(self, blocks: int) -> Decimal | None:
        """Return an estimate of what a byte should pay; None: nobody tells."""
        try:
            return await self.first(lambda source: source.fee_rate(blocks))
        except (ChainUnavailable, Behind):
            return None

    def listen(self) -> None:
        for one in self._knocks:
            one.start()

    async def close(self) -> None:
        for one in self._knocks:
            await one.close()
        for source in self.all:
            await source.close()

    async def verify(self, source: Source) -> None:
        """Refuse a source that serves another chain: a chain is named by its first block."""
        if source.number in self._verified:
            return
        raws = await source.headers(0, 1)
        try:
            found = read_header(raws[0], 0).hash if raws else ""
        except Malformed:
            found = ""
        if not found.startswith(self.chain.removeprefix("bip122:")):
            raise Fault("serves another chain")
        self._verified.add(source.number)
