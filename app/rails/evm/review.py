"""Looking again: at transfers already known, and at a transaction somebody names.

`removed` needs proof. A missing receipt proves nothing, for a node may lag; it takes
another block at the same height, or the transaction in another block. Whatever is not
proven either way is left out of the answer.
"""

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from app.errors import ChainUnavailable, Invalid
from app.rails.base import Transfer
from app.rails.evm import wire
from app.rails.evm.blocks import Blocks
from app.rails.evm.mempool import Mempool
from app.rails.evm.movement import Books, Depths, Movement, from_receipt
from app.rails.evm.wire import Header, Receipt, Transaction
from app.rails.rpc import Call, Rpc, RpcError

TX = re.compile(r"0x[0-9a-f]{64}")


class Review:
    """Reads one chain's transactions by their ids."""

    def __init__(self, rpc: Rpc, books: Books, blocks: Blocks, mempool: Mempool) -> None:
        self._rpc = rpc
        self._books = books
        self._blocks = blocks
        self._mempool = mempool

    async def find(self, tx: str, depths: Depths) -> list[Transfer]:
        """Return every transfer in one transaction; one still waiting has no block."""
        tx = tx.strip().lower()
        if not TX.fullmatch(tx):
            raise Invalid.field("tx", "must be a transaction id: 0x and 64 hexadecimal digits")
        answers = await self._read({tx}, set())
        if tx in answers.unknown:
            raise ChainUnavailable(f"{self._rpc.chain} cannot be read: its node refuses to look.")
        receipt, transaction = answers.receipts.get(tx), answers.transactions.get(tx)
        if receipt is None:
            if transaction is None or transaction.block_hash is not None:
                return []
            return self._books.waiting(self._mempool.foretell(transaction))
        header = await self._blocks.header(receipt.height)
        if not _same(header.hash, receipt.block_hash):
            raise self._blocks.moved(receipt.height)
        movements = from_receipt(receipt, transaction)
        return [one for each in movements if (one := self._books.transfer(each, depths, header.at))]

    async def check(self, transfers: Sequence[Transfer], depths: Depths) -> list[Transfer]:
        """Return what became of each transfer, leaving out those not known for now."""
        assert all(one.chain == self._books.chain.id for one in transfers)
        answers = await self._read(
            {one.tx for one in transfers}, {one.block for one in transfers if one.block is not None}
        )
        checked: list[Transfer] = []
        for transfer in transfers:
            receipt = answers.receipts.get(transfer.tx)
            if receipt is not None:
                checked += await self._mined(transfer, receipt, answers, depths)
            elif transfer.tx not in answers.unknown and self._is_gone(transfer, answers):
                checked.append(msgspec.structs.replace(transfer, removed=True, confirmations=0))
            elif transfer.block is None and transfer.tx in answers.transactions:
                checked.append(transfer)  # still waiting in the mempool
        return checked

    async def _mined(
        self, transfer: Transfer, receipt: Receipt, answers: "_Answers", depths: Depths
    ) -> list[Transfer]:
        """Return the transfer as its receipt has it: deeper, elsewhere, or gone."""
        if _same(receipt.block_hash, transfer.block_hash):
            if not _same(answers.hashes.get(receipt.height), receipt.block_hash):
                return []  # the node's receipts and its blocks disagree: it is mid-reorg
            deeper = depths.confirmations(transfer.block)
            final = depths.is_final(transfer.block)
            return [msgspec.structs.replace(transfer, confirmations=deeper, final=final)]
        header = (await self._blocks.headers([receipt.height]))[receipt.height]
        if not _same(header.hash, receipt.block_hash):
            return []
        now = self._now(transfer, receipt, answers)
        moved = self._books.transfer(now, depths, header.at) if now else None
        if moved is not None and moved.index == transfer.index:
            return [moved]  # the same name in another block: it replaces what was known
        gone = msgspec.structs.replace(transfer, removed=True, confirmations=0)
        return [gone, moved] if moved else [gone]

    def _now(self, transfer: Transfer, receipt: Receipt, answers: "_Answers") -> Movement | None:
        """Find in a receipt what an earlier block had: the same index first, else alike."""
        movements = from_receipt(receipt, answers.transactions.get(transfer.tx))
        alike = [
            one
            for one in movements
            if one.to == transfer.to
            and one.amount == transfer.amount
            and self._books.name(one.contract) == transfer.ledger
        ]
        return next((one for one in alike if one.index == transfer.index), next(iter(alike), None))

    def _is_gone(self, transfer: Transfer, answers: "_Answers") -> bool:
        """Tell whether a transfer without a receipt is proven to be gone."""
        if transfer.block is None:
            return transfer.tx not in answers.transactions
        stands = answers.hashes.get(transfer.block)
        return stands is not None and not _same(stands, transfer.block_hash)

    async def _read(self, txs: set[str], blocks: set[int]) -> "_Answers":
        """Ask for receipts, transactions and the blocks that now stand, in batches."""
        ids, heights = sorted(txs), sorted(blocks)
        calls: list[Call[Any]] = [
            *(wire.header(height) for height in heights),
            *(call for tx in ids for call in (wire.receipt(tx), wire.transaction(tx))),
        ]
        answers = iter(await self._rpc.batch(calls))
        return _Answers(ids, heights, [next(answers) for _ in calls])


class _Answers:
    """What a node said, by what was asked; a refused question is `unknown`, not a no."""

    def __init__(self, txs: list[str], heights: list[int], answers: list[Any]) -> None:
        self.receipts: dict[str, Receipt] = {}
        self.transactions: dict[str, Transaction] = {}
        self.unknown: set[str] = set()
        self.hashes: dict[int, str] = {}
        for height, answer in zip(heights, answers, strict=False):
            if isinstance(answer, Header) and answer.hash:
                self.hashes[height] = answer.hash
        pairs = answers[len(heights) :]
        for place, tx in enumerate(txs):
            receipt, transaction = pairs[2 * place : 2 * place + 2]
            if isinstance(receipt, RpcError) or isinstance(transaction, RpcError):
                self.unknown.add(tx)
            if isinstance(receipt, Receipt):
                self.receipts[tx] = receipt
            if isinstance(transaction, Transaction):
                self.transactions[tx] = transaction


def _same(one: str | None, other: str | None) -> bool:
    return one is not None and one == other
