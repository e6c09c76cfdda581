"""From settings to rails of Bitcoin's kind: what a block may say, and what it may not."""

import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.domain.conditions import Speed
from app.domain.ledger import Catalogue, depth
from app.rails import registry
from app.rails.base import Linked, Rail
from app.rails.bitcoin import network
from app.rails.bitcoin.catalogue import KNOWN
from app.rails.bitcoin.rail import BitcoinRail
from app.settings import ChainSettings, DepthSettings, Settings, SettingsError, TokenSettings
from tests.houses import new_database, open_house
from tests.still import StillWorld

SOURCE = ("tcp://127.0.0.1:50001",)


def built(*chains: ChainSettings) -> tuple[Catalogue, dict[str, Rail]]:
    return registry.build(Settings(chains=chains, sandbox=False), StillWorld())


def faults(*chains: ChainSettings) -> dict[str, str]:
    with pytest.raises(SettingsError) as wrong:
        built(*chains)
    return {fault.field: fault.message for fault in wrong.value.faults}


@pytest.mark.parametrize("id", KNOWN)
def test_a_known_chain_needs_only_a_source(id: str) -> None:
    catalogue, rails = built(ChainSettings(id, SOURCE))
    assert isinstance(rails[id], Rail)
    assert isinstance(rails[id], Linked)
    (ledger,) = catalogue
    assert (ledger.id, ledger.decimals, ledger.contract) == (KNOWN[id].chain.short, 8, None)


def test_bitcoin_and_litecoin_and_others_fit_into_one_house() -> None:
    catalogue, _ = built(
        ChainSettings(network.BITCOIN, SOURCE),
        ChainSettings(network.LITECOIN, SOURCE),
        ChainSettings("eip155:8453", ("http://127.0.0.1:8545",)),
    )
    assert {"btc", "ltc", "base_usdc"} <= set(catalogue.ledgers)
    families = {chain.short: chain.family for chain in catalogue.chains.values()}
    assert families == {"btc": "bitcoin", "ltc": "litecoin", "base": "evm"}


def test_two_networks_of_one_coin_do_not() -> None:
    wrong = faults(
        ChainSettings(network.BITCOIN, SOURCE), ChainSettings(network.BITCOIN_REGTEST, SOURCE)
    )
    assert wrong == {
        f"chains[{network.BITCOIN_REGTEST}].id": "a house serves one chain of the family bitcoin"
    }


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"native": "BTC"}, "native"),
        ({"tokens": (TokenSettings("USDC", "0x0", 6),)}, "tokens"),
        ({"livemode": False}, "livemode"),
        ({"short": "Not short"}, "short"),
        ({"block_seconds": Decimal(0)}, "block_seconds"),
        ({"explorer_tx": "https://example.com"}, "explorer_tx"),
        ({"depths": (DepthSettings(confirmations=1, up_to=Decimal(1)),)}, "depths"),
        ({"depths": (DepthSettings(confirmations=-1),)}, "depths"),
    ],
)
def test_what_makes_no_sense_is_named(given: dict[str, Any], field: str) -> None:
    wrong = faults(ChainSettings(network.BITCOIN, SOURCE, **given))
    assert list(wrong) == [f"chains[{network.BITCOIN}].{field}"]


def test_a_chain_nobody_knows_is_refused() -> None:
    id = f"bip122:{'1' * 32}"
    assert list(faults(ChainSettings(id, SOURCE))) == [f"chains[{id}].id"]


def test_confirmations_follow_the_price_and_a_merchants_own_speed() -> None:
    chain = built(ChainSettings(network.BITCOIN, SOURCE))[0].chains[network.BITCOIN]
    prices = (None, Decimal(5), Decimal(500), Decimal(5_000), Decimal(50_000))
    assert [depth(chain, price) for price in prices] == [6, 1, 2, 3, 6]
    speeds = (Speed.HIGH, Speed.MEDIUM, Speed.LOW_MEDIUM, Speed.LOW)
    assert [depth(chain, Decimal(50_000), speed) for speed in speeds] == [0, 1, 2, 6]


def test_a_house_with_bitcoin_derives_nothing_before_it_must() -> None:
    code = (
        "import sys; from app.rails.registry import build; from app.settings import *; "
        "from app.world import World; "
        f"build(Settings(chains=(ChainSettings({network.BITCOIN!r}, {SOURCE!r}),)), World()); "
        "print([one for one in ('embit', 'app.rails.evm') if one in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


async def test_news_of_a_chain_wakes_who_scans_it(tmp_path: Path) -> None:
    chain = ChainSettings(network.BITCOIN_REGTEST, SOURCE)
    database = new_database("sqlite", tmp_path)
    async with open_house(database, tmp_path, chains=(chain,)) as house:
        house.scanning.listen(house.bell)
        sleep = house.bell.listen(f"chain:{network.BITCOIN_REGTEST}")
        rail = house.rails[network.BITCOIN_REGTEST]
        assert isinstance(rail, BitcoinRail)
        rail.wake()
        await sleep(3600)  # rung already: this returns at once, or the test runs out of time
