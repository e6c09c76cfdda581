"""Blocks: headers, and the native coin moved by the transactions inside.

A block that a node cannot give, or that is not the one it was a moment ago, stops the
scan: the cursor stays and the next scan reads again. Nothing is ever guessed.
"""

from collections.abc import Collection
from typing import TypeVar

from app.errors import ChainUnavailable
from app.rails.evm import wire
from app.rails.evm.movement import Movement, from_value
from app.rails.evm.watched import Watched
from app.rails.evm.wire import Block, Header
from app.rails.rpc import Rpc, RpcError

T = TypeVar("T")
BLOCKS_A_REQUEST = 8  # whole blocks are heavy: under 1 MB each on Ethereum


class Blocks:
    """Reads one chain's blocks."""

    def __init__(self, rpc: Rpc) -> None:
        self._rpc = rpc

    async def header(self, number: int) -> Header:
        return (await self.headers([number]))[number]

    async def headers(self, numbers: Collection[int]) -> dict[int, Header]:
        """Return the headers at these heights; all of them, or `ChainUnavailable`."""
        wanted = sorted(set(numbers))
        answers = await self._rpc.batch([wire.header(number) for number in wanted])
        return {
            number: self.known(answer, number)
            for number, answer in zip(wanted, answers, strict=True)
        }

    async def values(
        self, start: int, stop: int, watched: Watched
    ) -> tuple[list[Movement], dict[int, Header]]:
        """Return the native coin moved to watched addresses, and the blocks read."""
        found: list[Movement] = []
        seen: dict[int, Header] = {}
        for first in range(start, stop + 1, BLOCKS_A_REQUEST):
            numbers = range(first, min(first + BLOCKS_A_REQUEST, stop + 1))
            answers = await self._rpc.batch([wire.block(number) for number in numbers])
            blocks = [self.known(one, number) for one, number in zip(answers, numbers, strict=True)]
            seen |= {block.height: block for block in blocks}
            found += await self._succeeded(await self._to(blocks, watched))
        return found, seen

    def known(self, answer: T | RpcError | None, number: int) -> T:
        """Return a block, or refuse: this node should have it and has not."""
        if answer is None or isinstance(answer, RpcError):
            raise ChainUnavailable(f"{self._rpc.chain} cannot be read: block {number} is missing.")
        if isinstance(answer, Header) and (answer.hash is None or answer.height != number):
            raise ChainUnavailable(f"{self._rpc.chain} cannot be read: block {number} is another.")
        return answer

    def moved(self, number: int) -> ChainUnavailable:
        """Return the refusal of a scan the chain changed under."""
        return ChainUnavailable(f"{self._rpc.chain} changed at block {number} while it was read.")

    async def _to(self, blocks: list[Block], watched: Watched) -> list[Movement]:
        found = [
            movement
            for block in blocks
            for transaction in block.transactions
            if (movement := from_value(transaction, block))
        ]
        among = await watched.among({movement.to for movement in found})
        return [movement for movement in found if movement.to in among]

    async def _succeeded(self, movements: list[Movement]) -> list[Movement]:
        """Drop what failed transactions would have moved."""
        answers = await self._rpc.batch([wire.receipt(one.tx) for one in movements])
        kept: list[Movement] = []
        for movement, answer in zip(movements, answers, strict=True):
            assert movement.block is not None
            receipt = self.known(answer, movement.block)
            if receipt.block_hash != movement.block_hash:
                raise self.moved(movement.block)
            if receipt.succeeded:
                kept.append(movement)
        return kept
