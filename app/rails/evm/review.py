"""Looking again: at transfers already known, and at a transaction somebody names.

`removed` needs proof. A missing receipt proves nothing, for a node may lag; it takes
another block at the same height, or the transaction in another block. Whatever is not
proven either way is left out of the answer.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from app.errors import ChainUnavailable, Invalid
from app.rails.base import Fate, Found, Transfer
from app.rails.evm import wire
from app.rails.evm.blocks import Blocks
from app.rails.evm.movement import Books, Depths, Movement, from_receipt
from app.rails.evm.wire import Header, Receipt, Transaction
from app.rails.rpc import Call, Rpc, RpcError

Foretell = Callable[[Transaction], list[Movement]]
TX = re.compile(r"0x[0-9a-f]{64}")
# In a text or an address. Without 0x it is not read: that may be a private key.
PASTED = re.compile(r"(?<![0-9a-zA-Z])0[xX]([0-9a-fA-F]{64})(?![0-9a-zA-Z])")
FORMAT = "a transaction id: 0x and 64 hexadecimal digits"


def read_id(text: str) -> str:
    """Return the transaction's id in a pasted text, in lower case."""
    if (found := PASTED.search(text)) is None:
        raise Invalid.field("tx", f"must be {FORMAT}, or an explorer's page of it")
    return f"0x{found[1].lower()}"


class Review:
    """Reads one chain's transactions by their ids."""

    def __init__(self, rpc: Rpc, books: Books, blocks: Blocks, foretell: Foretell | None) -> None:
        self._rpc = rpc
        self._books = books
        self._blocks = blocks
        self._foretell = foretell

    async def find(self, tx: str, depths: Depths) -> Found:
        """Return what came of one transaction; one still waiting has no block."""
        tx = tx.strip().lower()
        if not TX.fullmatch(tx):
            raise Invalid.field("tx", f"must be {FORMAT}")
        answers = await self._read({tx})
        if tx in answers.unknown:
            raise ChainUnavailable(f"{self._rpc.chain} cannot be read: its node refuses to look.")
        receipt, transaction = answers.receipts.get(tx), answers.transactions.get(tx)
        if receipt is None:
            # With a block and no receipt it is on its way from one to the other.
            fate = Fate.UNKNOWN if transaction is None else Fate.WAITING
            if self._foretell is None or transaction is None or transaction.block_hash:
                return Found(fate=fate)
            waiting = self._books.waiting(self._foretell(transaction))
            return Found(fate=fate, transfers=tuple(waiting))
        if not receipt.succeeded:
            return Found(fate=Fate.FAILED)
        header = await self._blocks.header(receipt.height)
        if header.hash != receipt.block_hash:
            raise self._blocks.moved(receipt.height)
        movements = from_receipt(receipt, transaction)
        told = [self._books.transfer(one, depths, header.at, named=True) for one in movements]
        return Found(fate=Fate.DONE, transfers=tuple(one for one in told if one is not None))

    async def check(self, transfers: Sequence[Transfer], depths: Depths) -> list[Transfer]:
        """Return what became of each transfer, leaving out those not known for now."""
        assert all(one.chain == self._books.chain.id for one in transfers)
        hashes = await self._hashes({one.block for one in transfers if one.block is not None})
        checked: list[Transfer] = []
        unclear: list[Transfer] = []
        for transfer in sorted(transfers, key=lambda one: one.index):
            stands = hashes.get(transfer.block)
            if stands is not None and stands == transfer.block_hash:
                # A block's hash vouches for all that is in it: there is nothing more to ask.
                checked.append(_deeper(transfer, depths))
            elif transfer.block is None or stands is not None:
                unclear.append(transfer)
        answers = await self._read({one.tx for one in unclear})
        moved = [one for one in unclear if one.tx in answers.receipts]
        for transfer in unclear:
            if transfer in moved or transfer.tx in answers.unknown:
                continue
            waits = transfer.tx in answers.transactions
            if transfer.block is not None or not waits:
                checked.append(_gone(transfer))  # another block stands, or no node knows it
            else:
                checked.append(transfer)
        return [*checked, *await self._moved(moved, answers, depths)]

    async def _moved(
        self, transfers: list[Transfer], answers: "_Answers", depths: Depths
    ) -> list[Transfer]:
        """Find transfers again in the blocks their transactions are in now."""
        receipts = {one.tx: answers.receipts[one.tx] for one in transfers}
        headers = await self._blocks.headers({one.height for one in receipts.values()})
        found: list[Transfer] = []
        taken: set[tuple[str, int]] = set()
        for transfer in transfers:
            receipt = receipts[transfer.tx]
            header = headers[receipt.height]
            if header.hash != receipt.block_hash:
                continue
            movements = from_receipt(receipt, answers.transactions.get(transfer.tx))
            there = [self._books.transfer(one, depths, header.at, named=True) for one in movements]
            alike = [
                one
                for one in there
                if one is not None
                and (one.ledger, one.to, one.amount)
                == (transfer.ledger, transfer.to, transfer.amount)
                and (one.tx, one.index) not in taken
            ]
            # The same index first, else the first alike that no other one became.
            alike.sort(key=lambda one: (one.index != transfer.index, one.index))
            found += alike[:1]
            taken |= {(one.tx, one.index) for one in alike[:1]}
            # What waited under a name of its own is no more, now that it has its real one.
            if not alike or (transfer.block is None and alike[0].index != transfer.index):
                found.append(_gone(transfer))
        return found

    async def _hashes(self, heights: set[int]) -> dict[int | None, str]:
        """Return the hashes of the blocks that stand at these heights, as far as known."""
        wanted = sorted(heights)
        answers = await self._rpc.batch([wire.header(height) for height in wanted])
        return {
            height: answer.hash
            for height, answer in zip(wanted, answers, strict=True)
            if isinstance(answer, Header) and answer.hash is not None
        }

    async def _read(self, txs: set[str]) -> "_Answers":
        """Ask for receipts and transactions, in batches."""
        ids = sorted(txs)
        calls: list[Call[Any]] = [
            call for tx in ids for call in (wire.receipt(tx), wire.transaction(tx))
        ]
        return _Answers(ids, await self._rpc.batch(calls))


class _Answers:
    """What a node said, by transaction; a refused question is `unknown`, not a no."""

    def __init__(self, txs: list[str], answers: list[Any]) -> None:
        self.receipts: dict[str, Receipt] = {}
        self.transactions: dict[str, Transaction] = {}
        self.unknown: set[str] = set()
        for place, tx in enumerate(txs):
            receipt, transaction = answers[2 * place : 2 * place + 2]
            if isinstance(receipt, RpcError) or isinstance(transaction, RpcError):
                self.unknown.add(tx)
            if isinstance(receipt, Receipt):
                self.receipts[tx] = receipt
            if isinstance(transaction, Transaction):
                self.transactions[tx] = transaction


def _deeper(transfer: Transfer, depths: Depths) -> Transfer:
    return msgspec.structs.replace(
        transfer,
        confirmations=depths.confirmations(transfer.block),
        final=depths.is_final(transfer.block),
    )


def _gone(transfer: Transfer) -> Transfer:
    return msgspec.structs.replace(transfer, removed=True, confirmations=0, final=False)
