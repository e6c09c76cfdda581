"""What a payer signed is held against what was asked, word by word."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.authorization import (
    MESSAGES,
    UINT256_MAX,
    Authorization,
    Reason,
    Requirement,
    Settlement,
    refusal,
)
from app.errors import Invalid

NOW = 1_800_000_000
TO = "0xAbCdefABcdefaBCDefaBcDefABCDEfAbCdefaBcd"
ASKED = Requirement(
    network="eip155:8453",
    asset="0x" + "1" * 40,
    amount=10,
    pay_to=TO,
    timeout_seconds=300,
    ledger="base_usdc",
    name="USD Coin",
    version="2",
    intent="pi_1",
)
WIRE = {
    "payer": "0x" + "2" * 40,
    "to": TO,
    "value": "10",
    "valid_after": "0",
    "valid_before": str(NOW + 300),
    "nonce": "0x" + "Ab" * 32,
    "signature": "0x" + "cD" * 65,
}
SAID = Authorization.read(**WIRE)


def test_what_fits_is_not_refused_however_its_address_is_spelled() -> None:
    assert refusal(ASKED, SAID, NOW) is None


@given(st.integers(0, UINT256_MAX))
def test_exactly_the_amount_is_taken(value: int) -> None:
    said = msgspec.structs.replace(SAID, value=value)
    assert (refusal(ASKED, said, NOW) is None) == (value == ASKED.amount)


@given(st.integers(0, 2 * NOW), st.integers(0, 2 * NOW))
def test_only_what_holds_now_and_long_enough_to_be_in_a_block_is_taken(
    after: int, before: int
) -> None:
    said = msgspec.structs.replace(SAID, valid_after=after, valid_before=before)
    assert (refusal(ASKED, said, NOW) is None) == (after <= NOW and before >= NOW + 6)


@pytest.mark.parametrize(
    ("field", "text", "named"),
    [
        ("payer", "0x12", "from"),
        ("to", "alice.eth", "to"),
        ("value", "-1", "value"),
        ("value", "1.5", "value"),
        ("value", str(UINT256_MAX + 1), "value"),
        ("valid_after", "soon", "validAfter"),
        ("valid_before", "", "validBefore"),
        ("nonce", "0x" + "1" * 62, "nonce"),
        ("signature", "0x123", "signature"),
        ("signature", "0x" + "00" * 5000, "signature"),
    ],
)
def test_what_cannot_be_read_is_refused_by_the_wires_own_name(
    field: str, text: str, named: str
) -> None:
    with pytest.raises(Invalid) as refused:
        Authorization.read(**WIRE | {field: text})
    assert [one.field for one in refused.value.faults] == [named]


def test_every_reason_of_ours_has_words() -> None:
    assert set(Reason) <= set(MESSAGES)
    assert Settlement.refused("of_the_chain").message == "of the chain"
