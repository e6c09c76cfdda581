"""What an address holds: the chain's own coin and its tokens, all in one request."""

from collections.abc import Sequence

from app.domain.ledger import Ledger
from app.rails.evm import wire
from app.rails.rpc import Call, Rpc, RpcError

BALANCE_OF = "0x70a08231"  # balanceOf(address), ERC-20
WORD_LENGTH = 64  # hexadecimal digits of the one number it answers


async def read(rpc: Rpc, address: str, ledgers: Sequence[Ledger]) -> dict[str, int | None]:
    """Return what an address holds by ledger; None where the node or the token told nothing."""
    answers = await rpc.batch([_ask(one.contract, address) for one in ledgers])
    return {
        ledger.id: _amount(ledger, answer) for ledger, answer in zip(ledgers, answers, strict=True)
    }


def _ask(contract: str | None, address: str) -> Call[str]:
    if contract is None:
        return wire.balance(address)
    return wire.view(contract, BALANCE_OF + address[2:].lower().rjust(WORD_LENGTH, "0"))


def _amount(ledger: Ledger, answer: str | RpcError | None) -> int | None:
    """Read one answer. Where no contract stands, a node answers a call with no digits at all."""
    if answer is None or isinstance(answer, RpcError):
        return None
    digits = answer[2:]
    if ledger.contract is not None:
        if len(digits) < WORD_LENGTH:
            return None
        digits = digits[:WORD_LENGTH]
    return int(digits, 16)
