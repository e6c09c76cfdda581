"""EIP-681 links, letter by letter: wallets read nothing else."""

from hypothesis import given
from hypothesis import strategies as st

from app.rails.evm.uri import payment_uri

USDC = "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913"
TO = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"


def test_a_token() -> None:
    assert payment_uri(8453, USDC, TO, 10_000_000) == (
        "ethereum:0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913@8453/transfer"
        "?address=0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266&uint256=10000000"
    )


def test_the_native_coin() -> None:
    assert payment_uri(1, None, TO, 10**18) == (
        "ethereum:0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266@1?value=1000000000000000000"
    )


@given(st.integers(1, 2**256 - 1))
def test_amounts_are_written_in_full(amount: int) -> None:
    assert payment_uri(1, None, TO, amount).endswith(f"?value={amount}")
    assert payment_uri(1, USDC, TO, amount).endswith(f"&uint256={amount}")
