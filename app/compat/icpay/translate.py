"""ICPay's words for ours, as tables: statuses, families of chains, names, currencies.

Its SDK stops waiting on `completed`, `succeeded`, `mismatched`, `failed` and `canceled` of the
intent, and a status of the payment is heard only where the intent's says nothing: so every
intent has one, at any time. There is no `expired` there.
"""

from app.domain.intent import Oddity, Status
from app.domain.ledger import Chain, Ledger
from app.domain.payment import PaymentStatus
from app.domain.sandbox import FAMILY as SANDBOX

Cell = tuple[Status, Oddity | None]

NATIVE_ASSET = "0x" + "0" * 40  # the coin of an EVM chain, among token addresses
NOWHERE = "0"  # the number of a chain that no wallet knows
ODDITIES: tuple[Oddity | None, ...] = (None, *Oddity)

_INTENTS: dict[Status, str] = {
    Status.REQUIRES_PAYMENT: "requires_payment",
    Status.PROCESSING: "processing",
    Status.SUCCEEDED: "succeeded",
    Status.MISMATCHED: "mismatched",
    Status.FAILED: "failed",
    Status.EXPIRED: "canceled",
    Status.CANCELED: "canceled",
}
_PAYMENTS: dict[Status, str] = {
    Status.REQUIRES_PAYMENT: "pending",
    Status.PROCESSING: "pending",
    Status.SUCCEEDED: "completed",
    Status.MISMATCHED: "mismatched",
    Status.FAILED: "failed",
    Status.EXPIRED: "canceled",
    Status.CANCELED: "canceled",
}
# Money came, and not as it was asked for: whoever reads the payment must look at it.
_ODD: dict[Cell, str] = {
    (Status.REQUIRES_PAYMENT, Oddity.UNDERPAID): "mismatched",
    (Status.EXPIRED, Oddity.UNDERPAID): "mismatched",
    (Status.EXPIRED, Oddity.OVERPAID): "mismatched",
    (Status.EXPIRED, Oddity.LATE): "mismatched",
    (Status.CANCELED, Oddity.UNDERPAID): "mismatched",
    (Status.CANCELED, Oddity.OVERPAID): "mismatched",
    (Status.CANCELED, Oddity.LATE): "mismatched",
}
INTENT_STATUS: dict[Cell, str] = {
    (status, oddity): word for status, word in _INTENTS.items() for oddity in ODDITIES
}
PAYMENT_STATUS: dict[Cell, str] = {
    (status, oddity): _ODD.get((status, oddity), word)
    for status, word in _PAYMENTS.items()
    for oddity in ODDITIES
}
TRANSFER_STATUS: dict[PaymentStatus, str] = {
    PaymentStatus.PENDING: "pending",
    PaymentStatus.CONFIRMED: "completed",
    PaymentStatus.LATE: "mismatched",
    PaymentStatus.UNMATCHED: "mismatched",
    PaymentStatus.REVERSED: "failed",
}
TERMINAL = frozenset({"succeeded", "mismatched", "failed", "canceled"})
# What a client may ask payments to be, in its words and those of intents.
ASKED: dict[str, str] = {"cancelled": "canceled", "succeeded": "completed", "processing": "pending"}

# Which of its kinds of chain a family is; a family that is not here has no word there and is
# not listed. The sandbox passes as `evm`, so that its ledgers can be looked at.
NETWORKS: dict[str, str] = {"evm": "evm", "sandbox": "evm", "solana": "sol", "ic": "ic"}
FAMILIES: dict[str, str] = {"evm": "evm", "sol": "solana", "ic": "ic"}  # of a wallet
# The widget takes a chain for Solana or the Internet Computer by a part of its name.
_TAKEN_FOR: dict[str, str] = {"sol": "sol", "ic": "ic"}

SYMBOLS: dict[str, str] = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹", "BRL": "R$"}


def cells(word: str) -> tuple[Cell, ...]:
    """Return every status and exception that a payment's status stands for."""
    wanted = ASKED.get(word, word)
    return tuple(cell for cell, said in PAYMENT_STATUS.items() if said == wanted)


def network(chain: Chain) -> str | None:
    """Return which of ICPay's kinds a chain is; None: none of them."""
    return NETWORKS.get(chain.family)


def chain_name(chain: Chain) -> str:
    """Return a name the widget takes for the right kind of chain."""
    plain = chain.name
    return plain if _taken_rightly(plain, chain) else f"EVM chain {chain_number(chain)}"


def ledger_name(ledger: Ledger, chain: Chain) -> str:
    """Return a name the widget takes for the right kind of chain."""
    fitting = (one for one in (ledger.name, ledger.symbol) if _taken_rightly(one, chain))
    return next(fitting, "Token")


def _taken_rightly(name: str, chain: Chain) -> bool:
    small = name.lower()
    return not any(part in small and network(chain) != kind for part, kind in _TAKEN_FOR.items())


def chain_number(chain: Chain) -> str:
    """Return a chain's own number, as wallets know it: the sandbox has one of nobody's."""
    return NOWHERE if chain.family == SANDBOX else chain.id.partition(":")[2]


def token_address(family: str, ledger: str, contract: str | None) -> str:
    """Return what ICPay calls a ledger's canister: a token's address, or zeros for a coin.

    A sandbox ledger has no address that a wallet could take for one.
    """
    if contract is not None:
        return contract
    return NATIVE_ASSET if family == "evm" else ledger


def symbol(currency: str) -> str:
    """Return the sign of a currency, or its code."""
    return SYMBOLS.get(currency, currency)
