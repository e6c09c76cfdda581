"""EIP-681: what a wallet scans to prepare a payment.

Numbers are written out in full: the standard's exponents are not read by every wallet.
"""


def payment_uri(chain_number: int, contract: str | None, to: str, amount: int) -> str:
    """Return the link for `amount` atomic units of a token, or of the native coin."""
    if contract is None:
        return f"ethereum:{to}@{chain_number}?value={amount}"
    return f"ethereum:{contract}@{chain_number}/transfer?address={to}&uint256={amount}"
