"""From settings to rails: defaults for known chains, questions about unknown ones."""

import importlib.metadata
import subprocess
import sys
from decimal import Decimal
from typing import Any

import pytest

from app.domain.ledger import Catalogue, depth
from app.rails import registry
from app.rails.base import Rail
from app.rails.evm.address import check_address
from app.rails.evm.catalogue import KNOWN
from app.rails.registry import build
from app.settings import ChainSettings, DepthSettings, Settings, SettingsError, TokenSettings
from tests.still import StillWorld

NODE = ("http://127.0.0.1:8545",)
TOKEN = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
DEV: dict[str, Any] = {"short": "dev", "name": "Dev", "livemode": False, "native": "ETH"}


def built(*chains: ChainSettings) -> tuple[Catalogue, dict[str, Rail]]:
    return build(Settings(chains=chains, sandbox=False), StillWorld())


def faults(*chains: ChainSettings) -> dict[str, str]:
    with pytest.raises(SettingsError) as wrong:
        built(*chains)
    assert all(fault.field in wrong.value.detail for fault in wrong.value.faults)
    return {fault.field: fault.message for fault in wrong.value.faults}


@pytest.mark.parametrize("id", KNOWN)
def test_a_known_chain_needs_only_a_node(id: str) -> None:
    catalogue, rails = built(ChainSettings(id, NODE))
    assert set(rails) == {id}
    assert rails[id].chain is catalogue.chains[id]
    assert isinstance(rails[id], Rail)
    assert any(ledger.contract is None for ledger in catalogue)
    assert any(ledger.symbol == "USDC" for ledger in catalogue)


def test_all_known_chains_fit_into_one_house() -> None:
    catalogue, rails = built(*(ChainSettings(id, NODE) for id in KNOWN))
    assert len(rails) == 9
    assert {"base_usdc", "eth_eth", "polygon_pol", "bnb_usdt", "base_sepolia_usdc"} <= set(
        catalogue.ledgers
    )
    assert {chain.id for chain in catalogue.chains.values() if not chain.livemode} == {
        "eip155:11155111",
        "eip155:84532",
    }


@pytest.mark.parametrize("id", KNOWN)
def test_contracts_are_checksummed_and_amounts_readable(id: str) -> None:
    for coin in KNOWN[id].coins:
        assert 0 < coin.precision <= coin.decimals
        assert coin.contract is None or check_address(coin.contract) == coin.contract


def test_dollars_have_eighteen_decimals_on_bnb_chain_and_six_elsewhere() -> None:
    dollars = {"USDC", "USDT"}
    for id, known in KNOWN.items():
        expected = 18 if id == "eip155:56" else 6
        assert {one.decimals for one in known.coins if one.symbol in dollars} == {expected}


def test_only_circles_own_dollars_can_be_authorized_by_signature() -> None:
    domains = {(id, one.symbol): one.eip712 for id, known in KNOWN.items() for one in known.coins}
    assert domains["eip155:8453", "USDC"] == ("USD Coin", "2")
    assert domains["eip155:84532", "USDC"] == ("USDC", "2")
    assert {symbol for (_, symbol), domain in domains.items() if domain} == {"USDC"}
    assert domains["eip155:56", "USDC"] is None


@pytest.mark.parametrize("id", [id for id, known in KNOWN.items() if known.chain.livemode])
def test_a_large_or_unpriced_payment_waits_for_finality(id: str) -> None:
    chain = KNOWN[id].chain
    assert depth(chain, Decimal(1_000_000)) is None
    assert depth(chain, None) is None
    assert depth(chain, Decimal(5)) is not None


def test_an_unknown_chain_says_what_it_is() -> None:
    token = TokenSettings("USD₮0", TOKEN.lower(), 6, asset="USDT", eip712=("USD₮0", "1"))
    depths = (DepthSettings(1, Decimal(10)), DepthSettings())
    block = ChainSettings("eip155:31337", NODE, **DEV, tokens=(token,), depths=depths)
    catalogue, rails = built(block)
    ledger = catalogue.ledger("dev_usd0")
    assert (ledger.contract, ledger.asset, ledger.precision) == (TOKEN, "USDT", 6)
    assert ledger.eip712 == ("USD₮0", "1")
    assert catalogue.ledger("dev_eth").decimals == 18
    assert depth(rails["eip155:31337"].chain, Decimal(11)) is None


def test_an_unknown_chain_that_says_nothing_is_asked_for_everything() -> None:
    found = faults(ChainSettings("eip155:31337", NODE))
    assert set(found) == {
        f"chains[eip155:31337].{field}" for field in ("short", "name", "livemode", "native")
    }


def test_every_fault_of_every_chain_is_listed_at_once() -> None:
    token = TokenSettings("BAD", "0x123", 99)
    found = faults(
        ChainSettings("eip155:1", ("ftp://key@node",), only=("DOGE",)),
        ChainSettings("eip155:8453", NODE, only=("DOGE",)),
        ChainSettings("eip155:31337", NODE, **{**DEV, "short": "De v"}, tokens=(token,)),
        ChainSettings("eip155:0x1", NODE, **DEV),
        ChainSettings("tron:mainnet", NODE),
    )
    assert set(found) == {
        "chains[eip155:1].rpc[0]",
        "chains[eip155:8453].only",
        "chains[eip155:31337].short",
        "chains[eip155:31337].tokens[0].contract",
        "chains[eip155:31337].tokens[0].decimals",
        "chains[eip155:0x1].id",
        "chains[tron:mainnet].id",
    }
    assert "key" not in str(found)


@pytest.mark.parametrize(
    ("depths", "why"),
    [
        ((), "need rungs"),
        ((DepthSettings(1, Decimal(10)),), "need rungs"),
        ((DepthSettings(1), DepthSettings(2)), "need rungs"),
        ((DepthSettings(1, Decimal(9)), DepthSettings(2, Decimal(5)), DepthSettings()), "rise"),
        ((DepthSettings(-1),), "negative"),
    ],
)
def test_depths_must_make_sense(depths: tuple[DepthSettings, ...], why: str) -> None:
    found = faults(ChainSettings("eip155:1", NODE, depths=depths))
    assert why in found["chains[eip155:1].depths"]


def test_the_blocks_own_words_win() -> None:
    block = ChainSettings(
        "eip155:8453",
        NODE,
        short="b",
        native="",
        only=("USDC",),
        block_seconds=Decimal(1),
        explorer_tx="https://explorer.example/{tx}",
        lag_seconds_max=30,
    )
    catalogue, _ = built(block)
    assert set(catalogue.ledgers) == {"b_usdc"}
    chain = catalogue.chains["eip155:8453"]
    assert (chain.block_seconds, chain.lag_seconds_max) == (Decimal(1), 30)
    assert chain.explorer_tx == "https://explorer.example/{tx}"


def test_a_token_given_again_replaces_the_known_one() -> None:
    known = next(one for one in KNOWN["eip155:1"].coins if one.symbol == "USDC")
    assert known.contract
    given = TokenSettings("USDC", known.contract.lower(), 6, precision=2)
    catalogue, _ = built(ChainSettings("eip155:1", NODE, tokens=(given,)))
    assert catalogue.ledger("eth_usdc").precision == 2


def test_doubles_are_faults() -> None:
    one = ChainSettings("eip155:1", NODE)
    assert faults(one, one)["chains[eip155:1].id"] == "is configured twice"
    two = ChainSettings("eip155:2", NODE, **{**DEV, "short": "eth"})
    assert faults(one, two)["chains.short"] == "eth names two chains"
    again = TokenSettings("USDC", TOKEN, 6)
    block = ChainSettings("eip155:1", NODE, tokens=(again,))
    assert faults(block)["chains.tokens"] == "eth_usdc names two tokens"


def test_a_house_without_evm_chains_loads_no_cryptography() -> None:
    code = (
        "import sys; from app.rails.registry import build; from app.settings import Settings;"
        "from app.world import World; build(Settings(sandbox=False), World());"
        "print([one for one in ('embit', 'Crypto', 'app.rails.evm') if one in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_watching_an_address_needs_no_key_derivation() -> None:
    code = (
        "import sys; from app.rails.evm.address import check_address;"
        f"check_address('{TOKEN}'); print('embit' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"


def test_a_package_outside_can_bring_a_family(monkeypatch: pytest.MonkeyPatch) -> None:
    where = "tests.rails.outside:OutsideRail"
    point = importlib.metadata.EntryPoint("outside", where, registry.GROUP)
    monkeypatch.setattr(registry, "entry_points", lambda group: [point])
    catalogue, rails = built(ChainSettings("outside:1", NODE))
    assert list(rails) == ["outside:1"]
    assert list(catalogue.ledgers) == ["out_coin"]
