"""Addresses: EIP-55, what is refused, and the children of an account's public key."""

import pytest
from embit import bip32, bip39
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import Invalid
from app.rails.evm.address import HARDENED, check_address, check_xpub, checksum, child
from tests.rails.evm_chain import ACCOUNTS, XPUB

WORDS = "test test test test test test test test test test test junk"
ROOT = bip32.HDKey.from_seed(bip39.mnemonic_to_seed(WORDS))
ACCOUNT = ROOT.derive("m/44h/60h/0h")

raw = st.binary(min_size=20, max_size=20).filter(any).map(lambda data: "0x" + data.hex())

# The examples of EIP-55 itself.
EIP_55 = (
    "0x52908400098527886E0F7030069857D2E4169EE7",
    "0xde709f2102306220921060314715629080e2fb77",
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
    "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
)


@pytest.mark.parametrize("address", EIP_55)
def test_the_standards_own_examples(address: str) -> None:
    assert checksum(address.lower()) == address
    assert check_address(address) == address


@given(raw)
def test_every_spelling_has_one_canonical_form(address: str) -> None:
    canonical = check_address(address)
    assert canonical == check_address("0x" + address[2:].upper()) == check_address(canonical)
    assert canonical.lower() == address


@given(raw, st.integers(2, 41))
def test_one_letter_of_wrong_case_is_noticed(address: str, place: int) -> None:
    canonical = checksum(address)
    typo = canonical[:place] + canonical[place].swapcase() + canonical[place + 1 :]
    if typo in (canonical, canonical.lower(), "0x" + canonical[2:].upper()):
        return  # a digit, or an address with no other letter to disagree with
    with pytest.raises(Invalid, match="checksum"):
        check_address(typo)


@pytest.mark.parametrize("slot", range(len(ACCOUNTS)))
def test_children_are_the_wallets_own_accounts(slot: int) -> None:
    assert child(XPUB, slot) == ACCOUNTS[slot]


def test_the_tests_xpub_is_the_account_of_the_mnemonic() -> None:
    assert ACCOUNT.to_public().to_string() == check_xpub(XPUB) == XPUB


@settings(max_examples=25, deadline=None)
@given(st.integers(0, HARDENED - 1))
def test_children_equal_what_the_private_key_gives(slot: int) -> None:
    point = ACCOUNT.derive([0, slot]).get_public_key()
    assert child(XPUB, slot) == child(ACCOUNT.to_public().to_string(), slot)
    assert point.is_private is False


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (ACCOUNT.to_string(), "private key"),
        (ROOT.to_string(), "private key"),
        ("0x" + "1f" * 32, "private key"),
        ("1f" * 32, "private key"),
        (WORDS, "private key"),
        (ROOT.to_public().to_string(), "depth 0"),
        (ACCOUNT.derive([0]).to_public().to_string(), "depth 4"),
        (ROOT.derive([44, 60, 0]).to_public().to_string(), "depth 3"),  # nothing hardened
        (XPUB[:-1] + "Q", "copy it again"),
        (XPUB[:60], "copy it again"),
        ("xpub" + "0OIl" * 20, "copy it again"),
        ("xpub" + "1" * 100_000, "must be"),
        (ACCOUNTS[0], "must be"),
        ("", "must be"),
    ],
)
def test_what_is_no_account_key_is_refused_without_repeating_it(value: str, why: str) -> None:
    with pytest.raises(Invalid, match=why) as refused:
        check_xpub(value)
    assert refused.value.faults[0].field == "value"
    assert not value or value[:40] not in str(refused.value)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("0x" + "0" * 40, "zero address"),
        ("0x" + "1f" * 32, "private key"),
        ("0x" + "1" * 39, "must be"),
        ("0x" + "1" * 41, "must be"),
        ("1" * 40, "must be"),
        ("0x" + "g" * 40, "must be"),
        ("vitalik.eth", "must be"),
        (XPUB, "must be"),
        ("", "must be"),
    ],
)
def test_what_is_no_address_is_refused(value: str, why: str) -> None:
    with pytest.raises(Invalid, match=why):
        check_address(value)
