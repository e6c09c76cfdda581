"""What an EVM node says, as Structs: only the parts we read, each part checked.

A node is not trusted to be well-formed. A field that does not look right fails the
decoding, and another node is asked.
"""

from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec

from app.rails.rpc import Call

Quantity = Annotated[str, msgspec.Meta(pattern="^0x[0-9a-fA-F]{1,64}$")]
Hash = Annotated[str, msgspec.Meta(pattern="^0x[0-9a-f]{64}$")]  # compared as text
Address = Annotated[str, msgspec.Meta(pattern="^0x[0-9a-fA-F]{40}$")]
Data = Annotated[str, msgspec.Meta(pattern="^0x[0-9a-fA-F]*$")]


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """A block without its transactions. A pending block has no hash and no place yet."""

    timestamp: Quantity
    number: Quantity | None = None
    hash: Hash | None = None

    @property
    def height(self) -> int:
        assert self.number is not None
        return int(self.number, 16)

    @property
    def at(self) -> datetime:
        # Nothing on a chain is dated beyond the year 9999; a node that says so is refused.
        return datetime.fromtimestamp(min(int(self.timestamp, 16), 253402300799), UTC)


class Transaction(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One transaction, from a block or by its hash."""

    hash: Hash
    value: Quantity
    sender: Address | None = msgspec.field(name="from", default=None)
    to: Address | None = None
    input: str = "0x"  # may be long: looked at only where it is read
    block_hash: Hash | None = None


class Block(Header, frozen=True, kw_only=True):
    """A block with whole transactions."""

    transactions: list[Transaction]


class Log(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One event a contract emitted. A pending one may have no place yet."""

    address: Address
    topics: list[Hash]
    data: Data
    transaction_hash: Hash
    log_index: Quantity | None = None
    block_number: Quantity | None = None
    block_hash: Hash | None = None
    removed: bool = False


class Fees(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a block says a transaction costs; a chain without EIP-1559 has no base fee."""

    number: Quantity
    base_fee_per_gas: Quantity | None = None


class Receipt(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What became of one mined transaction."""

    transaction_hash: Hash
    block_hash: Hash
    block_number: Quantity
    status: Quantity | None = None
    logs: list[Log] = []

    @property
    def height(self) -> int:
        return int(self.block_number, 16)

    @property
    def succeeded(self) -> bool:
        return self.status is not None and int(self.status, 16) == 1


def header(number: int | str) -> Call[Header]:
    """Ask for one block's header, by height or by tag."""
    return Call(Header, "eth_getBlockByNumber", _name(number), False)


def block(number: int | str) -> Call[Block]:
    """Ask for one block with its transactions, by height or by tag."""
    return Call(Block, "eth_getBlockByNumber", _name(number), True)


def logs(start: int | str, stop: int | str, **wanted: Any) -> Call[list[Log]]:
    """Ask for the logs of an inclusive range of blocks."""
    wanted |= {"fromBlock": _name(start), "toBlock": _name(stop)}
    return Call(list[Log], "eth_getLogs", wanted)


def receipt(tx: str) -> Call[Receipt]:
    return Call(Receipt, "eth_getTransactionReceipt", tx)


def transaction(tx: str) -> Call[Transaction]:
    return Call(Transaction, "eth_getTransactionByHash", tx)


def balance(address: str) -> Call[Quantity]:
    """Ask what an address holds of the chain's own coin."""
    return Call(Quantity, "eth_getBalance", address, "latest")


def view(contract: str, data: str) -> Call[Data]:
    """Ask a contract something that changes nothing."""
    return Call(Data, "eth_call", {"to": contract, "data": data}, "latest")


def _name(number: int | str) -> str:
    return number if isinstance(number, str) else hex(number)
