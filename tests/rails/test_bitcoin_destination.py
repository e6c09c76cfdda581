"""Keys, descriptors and addresses, against the vectors of the standards they keep."""

import pytest
from embit import bip32, bip39
from embit.networks import NETWORKS as PREFIXES

from app.errors import Invalid
from app.rails.bitcoin import network
from app.rails.bitcoin.address import address_of, check_address, script_of
from app.rails.bitcoin.destination import address_at, check_destination
from app.rails.bitcoin.network import NETWORKS, Network

# The mnemonic of the vectors of BIP-49, BIP-84 and BIP-86.
ROOT = bip32.HDKey.from_seed(bip39.mnemonic_to_seed("abandon " * 11 + "about"))
BITCOIN = NETWORKS[network.BITCOIN]
LITECOIN = NETWORKS[network.LITECOIN]
ZPUB = (
    "zpub6rFR7y4Q2AijBEqTUquhVz398htDFrtymD9xYYfG1m4wAcvPhXNfE3EfH1r1ADqtfSdVCToUG868RvUUkgDKf31m"
    "GDtKsAYz2oz2AGutZYs"
)


def key(path: str, letters: str = "xpub") -> str:
    """Return an account key of the vectors in the letters asked for."""
    return str(ROOT.derive(path).to_public().to_base58(PREFIXES["main"][letters]))


def first(kind: str, value: str, slot: int = 0) -> str:
    return address_at(BITCOIN, kind, check_destination(BITCOIN, kind, value), slot)


def test_a_zpub_gives_the_addresses_of_bip_84() -> None:
    assert key("m/84h/0h/0h", "zpub") == ZPUB
    assert first("xpub", ZPUB) == "bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu"
    assert first("xpub", ZPUB, 1) == "bc1qnjg0jd8228aq7egyzacy8cys3knf9xvrerkf9g"


def test_a_plain_xpub_means_bip_84_unless_it_says_otherwise() -> None:
    plain = key("m/84h/0h/0h")
    assert first("xpub", plain) == first("xpub", ZPUB)
    legacy = key("m/44h/0h/0h")
    assert first("xpub", f"{legacy}-[legacy]") == "1LqBGSKuX5yYUonjxT5qGfpUsXKYYWeabA"
    taproot = key("m/86h/0h/0h")
    assert (
        first("xpub", f"{taproot}-[taproot]")
        == "bc1p5cyxnuxmeuwuvkwfem96lqzszd02n6xdcjrs20cac6yqjjwudpxqkedrcr"
    )


def test_a_ypub_gives_the_addresses_of_bip_49() -> None:
    nested = key("m/49h/0h/0h", "ypub")
    assert first("xpub", nested) == "37VucYSaXLCAsxYyAPfbSi9eh4iEcbShgf"
    assert first("xpub", f"{key('m/49h/0h/0h')}-[p2sh]") == first("xpub", nested)


def test_descriptors_give_what_keys_give() -> None:
    plain = key("m/84h/0h/0h")
    assert first("descriptor", f"wpkh({plain}/0/*)") == first("xpub", ZPUB)
    assert first("descriptor", f"wpkh([73c5da0a/84h/0h/0h]{plain}/<0;1>/*)") == first("xpub", ZPUB)
    taproot = key("m/86h/0h/0h")
    assert first("descriptor", f"tr({taproot}/0/*)") == first("xpub", f"{taproot}-[taproot]")
    two = f"wsh(sortedmulti(2,{plain}/0/*,{taproot}/0/*))"
    assert first("descriptor", two).startswith("bc1q")
    assert len(first("descriptor", two)) == 62


def test_a_descriptor_is_kept_with_its_checksum() -> None:
    whole = check_destination(BITCOIN, "descriptor", f"wpkh({key('m/84h/0h/0h')}/0/*)")
    assert whole[-9] == "#"
    assert check_destination(BITCOIN, "descriptor", whole) == whole
    with pytest.raises(Invalid, match="checksum"):
        check_destination(BITCOIN, "descriptor", f"{whole[:-8]}qqqqqqqq")


def read_back(network: Network, address: str) -> str | None:
    """Return an address by way of its script."""
    script = script_of(network, address)
    assert script is not None
    return address_of(network, script)


VPUB = ROOT.derive("m/84h/1h/0h").to_public().to_base58(PREFIXES["test"]["zpub"])
XPRV = ROOT.derive("m/84h/0h/0h").to_base58()


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("xpub", XPRV),
        ("descriptor", f"wpkh({XPRV}/0/*)"),
        ("xpub", "abandon " * 11 + "about"),
        ("address", "L1uyy5qTuGrVXrmrsvHWHgVzW9kKdrp27wBC7Vs6nZDTF2BRUVwy"),
        ("address", "a" * 64),
    ],
)
def test_a_private_key_is_refused_and_never_repeated(kind: str, value: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_destination(BITCOIN, kind, value)
    assert "Treat it as stolen" in refused.value.detail
    assert value not in refused.value.detail


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("xpub", ZPUB[:-1] + "t"),  # a typing mistake
        ("xpub", f"{ZPUB}-[other]"),
        ("xpub", VPUB),  # of the test network
        ("descriptor", f"wpkh({key('m/84h/0h/0h')}/0/7)"),  # one address for everybody
        ("descriptor", "wpkh(nonsense)"),
        ("descriptor", f"wpkh({'x' * 600}/0/*)"),
        ("address", "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx"),  # of the test network
        ("address", "bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyv"),
        ("address", "BC1Qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu"),  # both cases: BIP-173
        ("passphrase", "x"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused(kind: str, value: str) -> None:
    with pytest.raises(Invalid):
        check_destination(BITCOIN, kind, value)


@pytest.mark.parametrize(
    "address",
    [
        "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
        "37VucYSaXLCAsxYyAPfbSi9eh4iEcbShgf",
        "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
        "bc1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3qccfmv3",
        "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
    ],
)
def test_an_address_is_its_script_and_back(address: str) -> None:
    assert read_back(BITCOIN, check_address(BITCOIN, address)) == address


def test_capitals_of_a_code_are_read() -> None:
    small = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
    assert check_address(BITCOIN, small.upper()) == small


def test_litecoin_reads_its_own_letters_and_bitcoins() -> None:
    account = ROOT.derive("m/84h/2h/0h").to_public()
    own = str(account.to_base58(bytes.fromhex("04b24746")))
    assert address_at(LITECOIN, "xpub", own, 0) == "ltc1qjmxnz78nmc8nq77wuxh25n2es7rzm5c2rkk4wh"
    old = read_back(LITECOIN, "3CDJNfdWX8m2NwuGUV3nhXHXEeLygMXoAj")
    assert str(old).startswith("M"), "written as its wallets write it now"
