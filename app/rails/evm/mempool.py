"""Transfers that are in no block yet, read from the transactions of the pending block.

Nodes do not tell pending logs, so a token's transfer is foretold from its call. What has
not run has no log index: a foretold token transfer has index -2 until the transaction lands
and the transfer of its log takes its place. A native transfer has -1 before and after.

None of this is money. It may fail, be replaced, or never land.
"""

import re

from app.errors import ChainUnavailable
from app.rails.evm import wire
from app.rails.evm.address import checksum
from app.rails.evm.movement import Books, Movement, from_value
from app.rails.evm.watched import Watched
from app.rails.evm.wire import Transaction
from app.rails.rpc import Rpc, RpcError

FORETOLD_INDEX = -2
# transfer(address,uint256): EIP-20's selector, the address in a word, the amount in a word
TRANSFER_CALL = re.compile(r"0xa9059cbb0{24}([0-9a-f]{40})([0-9a-f]{64})")


class Mempool:
    """What one chain's nodes expect of the next block."""

    def __init__(self, rpc: Rpc, books: Books) -> None:
        self._rpc = rpc
        self._books = books

    async def read(self, watched: Watched, tip: int) -> list[Movement]:
        """Return movements to watched addresses; a node that cannot tell is no fault."""
        try:
            block = await self._rpc.ask(wire.block("pending"))
        except (RpcError, ChainUnavailable):
            return []
        # Some nodes answer with their newest block instead, and one that is behind may hold
        # what is mined already: the block must come after the tip, or say nothing.
        if block is None or block.number is None or block.height <= tip:
            return []
        found = [one for each in block.transactions for one in self.foretell(each)]
        among = await watched.among({movement.to for movement in found})
        return [movement for movement in found if movement.to in among]

    def foretell(self, transaction: Transaction) -> list[Movement]:
        """Return what a waiting transaction will move if it succeeds."""
        own = from_value(transaction, None)
        token = self._token(transaction)
        return [one for one in (own, token) if one]

    def _token(self, transaction: Transaction) -> Movement | None:
        call = TRANSFER_CALL.fullmatch(transaction.input.lower())
        contract = checksum(transaction.to) if transaction.to else None
        if call is None or contract not in self._books.contracts or int(call[2], 16) == 0:
            return None
        return Movement(
            tx=transaction.hash,
            index=FORETOLD_INDEX,
            contract=contract,
            to=checksum("0x" + call[1]),
            amount=int(call[2], 16),
            sender=checksum(transaction.sender) if transaction.sender else None,
        )
