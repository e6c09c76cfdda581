"""BIP-21: what a wallet scans to prepare a payment."""

from app.domain import money
from app.rails.bitcoin.catalogue import DECIMALS


def payment_uri(scheme: str, to: str, amount: int) -> str:
    """Return the link that asks for `amount` of a coin's smallest unit."""
    return f"{scheme}:{to}?amount={money.units(amount, DECIMALS)}"
