"""Movements: value that moved, read from a log or from a transaction's own value.

A movement becomes a `Transfer` when it is set against the tip it was seen from.

Only a transaction's own value shows a native payment. Value that a contract passes on
inside a transaction (an exchange's or a smart wallet's batch) emits no log and is not seen
here; watching balances would find it and is future work.
"""

from datetime import UTC, datetime

import msgspec

from app.domain.ledger import Chain, Ledger
from app.rails.base import Transfer
from app.rails.evm.address import checksum
from app.rails.evm.wire import Header, Log, Receipt, Transaction

# keccak256("Transfer(address,address,uint256)"), EIP-20
TRANSFER_TOPIC = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
NATIVE_INDEX = -1  # a transaction's own value: no log can have this index
WORD_LENGTH = 66  # 0x and 32 bytes


class Movement(msgspec.Struct, frozen=True, kw_only=True):
    """Value that moved, and where on the chain; a pending one is in no block."""

    tx: str
    index: int
    contract: str | None
    to: str
    amount: int
    sender: str | None = None
    block: int | None = None
    block_hash: str | None = None


class Depths(msgspec.Struct, frozen=True, kw_only=True):
    """The chain as seen at one moment: its newest block and its newest final one."""

    tip: int
    tip_at: datetime
    final: int

    def confirmations(self, block: int | None) -> int:
        # A block newer than the tip we read is the tip now.
        return 0 if block is None else max(1, self.tip - block + 1)

    def is_final(self, block: int | None) -> bool:
        return block is not None and block <= min(self.final, self.tip)


def from_log(log: Log) -> Movement | None:
    """Read an ERC-20 Transfer; None for other events, NFTs, nothing moved, or no block."""
    fits = len(log.topics) == 3 and len(log.data) == WORD_LENGTH  # an NFT has four topics
    if log.removed or not fits or log.topics[0] != TRANSFER_TOPIC or log.log_index is None:
        return None
    amount = int(log.data, 16)
    if amount == 0 or log.block_number is None or log.block_hash is None:
        return None
    return Movement(
        tx=log.transaction_hash,
        index=int(log.log_index, 16),
        contract=checksum(log.address),
        sender=checksum("0x" + log.topics[1][-40:]),
        to=checksum("0x" + log.topics[2][-40:]),
        amount=amount,
        block=int(log.block_number, 16),
        block_hash=log.block_hash,
    )


def from_value(transaction: Transaction, block: Header | None) -> Movement | None:
    """Read a transaction's own value, which only counts when the transaction succeeded."""
    amount = int(transaction.value, 16)
    if amount == 0 or transaction.to is None:
        return None
    return Movement(
        tx=transaction.hash,
        index=NATIVE_INDEX,
        contract=None,
        sender=checksum(transaction.sender) if transaction.sender else None,
        to=checksum(transaction.to),
        amount=amount,
        block=block.height if block else None,
        block_hash=block.hash if block else None,
    )


def from_receipt(receipt: Receipt, transaction: Transaction | None) -> list[Movement]:
    """Read everything one mined transaction moved; nothing when it failed."""
    if not receipt.succeeded:
        return []
    place = Header(timestamp="0x0", number=receipt.block_number, hash=receipt.block_hash)
    own = from_value(transaction, place) if transaction else None
    found = [movement for log in receipt.logs if (movement := from_log(log))]
    return [own, *found] if own else found


class Books:
    """One chain's ledgers, to name what moved."""

    def __init__(self, chain: Chain, ledgers: tuple[Ledger, ...]) -> None:
        self.chain = chain
        self.contracts = {one.contract: one.id for one in ledgers if one.contract}
        self.native = next((one.id for one in ledgers if one.contract is None), None)

    def waiting(self, movements: list[Movement]) -> list[Transfer]:
        """Return transfers that are in no block yet."""
        never = Depths(tip=0, tip_at=datetime.fromtimestamp(0, UTC), final=-1)
        return [one for each in movements if (one := self.transfer(each, never, None))]

    def name(self, contract: str | None) -> str | None:
        """Return the ledger of a contract or of the native coin; None: the coin is none here.

        A contract that is no ledger is named as CAIP-19 names it.
        """
        if contract is None:
            return self.native
        return self.contracts.get(contract, f"{self.chain.id}/erc20:{contract}")

    def transfer(
        self, movement: Movement, depths: Depths, at: datetime | None, *, named: bool = False
    ) -> Transfer | None:
        """Return the transfer; None for the native coin where it is no ledger.

        In a transaction somebody `named`, the coin is told of all the same.
        """
        ledger = self.name(movement.contract)
        if ledger is None and named:
            ledger = f"{self.chain.id}/native"
        if ledger is None:
            return None
        return Transfer(
            chain=self.chain.id,
            tx=movement.tx,
            index=movement.index,
            ledger=ledger,
            to=movement.to,
            amount=movement.amount,
            confirmations=depths.confirmations(movement.block),
            final=depths.is_final(movement.block),
            block=movement.block,
            block_hash=movement.block_hash,
            at=at,
            sender=movement.sender,
        )
