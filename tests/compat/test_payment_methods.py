"""The names BTCPay's clients call ledgers by: all they send is understood; one goes out."""

from decimal import Decimal

import pytest

from app.compat import payment_methods
from app.domain.ledger import Catalogue, Chain, Depth, Ledger


def _chain(short: str, family: str) -> Chain:
    return Chain(
        id=f"{family}:{short}",
        short=short,
        name=short,
        family=family,
        livemode=False,
        depths=(Depth(confirmations=1),),
        block_seconds=Decimal(1),
    )


def _ledger(id: str, chain: str, symbol: str) -> Ledger:
    return Ledger(
        id=id, chain=chain, symbol=symbol, asset=symbol, name=symbol, decimals=8, precision=8
    )


CATALOGUE = Catalogue(
    [
        _chain("btc", "bitcoin"),
        _chain("ltc", "litecoin"),
        _chain("btc_lightning", "lightning"),
        _chain("base", "evm"),
        _chain("base_sepolia", "evm"),
    ],
    [
        _ledger("btc", "bitcoin:btc", "BTC"),
        _ledger("ltc", "litecoin:ltc", "LTC"),
        _ledger("btc_lightning", "lightning:btc_lightning", "BTC"),
        _ledger("base_usdc", "evm:base", "USDC"),
        _ledger("base_sepolia_usdc", "evm:base_sepolia", "USDC"),
    ],
)
NAMES = {
    "btc": "BTC-CHAIN",
    "ltc": "LTC-CHAIN",
    "btc_lightning": "BTC-LN",
    "base_usdc": "USDC-BASE",
    "base_sepolia_usdc": "USDC-BASE-SEPOLIA",
}


@pytest.mark.parametrize("id", NAMES)
def test_a_ledgers_name_means_that_ledger(id: str) -> None:
    name = payment_methods.of_ledger(id, CATALOGUE)
    assert name == NAMES[id]
    assert payment_methods.to_ledgers(name, CATALOGUE, CATALOGUE) == (id,)
    swapped = name.lower().replace("-", "_")
    assert payment_methods.to_ledgers(swapped, CATALOGUE, CATALOGUE) == (id,)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("BTC", "btc"),
        ("btc", "btc"),
        ("BTC_CHAIN", "btc"),
        ("BTC-OnChain", "btc"),
        ("BTC_ON-CHAIN", "btc"),
        ("btc_bitcoinlike", "btc"),
        ("BTC-BTCLike", "btc"),
        ("BTC_LN", "btc_lightning"),
        ("BTC-LightningNetwork", "btc_lightning"),
        ("BTC_LightningLike", "btc_lightning"),
        ("BTC-off-chain", "btc_lightning"),
        ("BTC-OFFCHAIN", "btc_lightning"),
        ("BTC-LNURL", "btc_lightning"),
        ("BTC_LNURLPAY", "btc_lightning"),
        ("LTC", "ltc"),
        (" BTC-CHAIN ", "btc"),
    ],
)
def test_every_name_it_had_over_the_years_is_understood(said: str, meant: str) -> None:
    assert payment_methods.to_ledgers(said, CATALOGUE, CATALOGUE) == (meant,)


@pytest.mark.parametrize(
    "said", ["", "-", "USDC", "BTC-MOON", "💰-CHAIN", "DOGE-CHAIN", "X" * 200, "BTC CHAIN"]
)
def test_what_means_nothing_means_nothing(said: str) -> None:
    assert payment_methods.to_ledgers(said, CATALOGUE, CATALOGUE) == ()


def test_a_coin_nobody_is_set_up_for_is_left_out_and_a_strange_name_is_told() -> None:
    found = payment_methods.among(
        ["BTC_LN", "nonsense", "DOGE", "BTC", "btc"], CATALOGUE, CATALOGUE
    )
    assert found.ledgers == ("btc_lightning", "btc")
    assert found.strange == (1,)


def test_a_ledger_this_house_no_longer_has_keeps_a_readable_name() -> None:
    assert payment_methods.of_ledger("moon_cheese", CATALOGUE) == "MOON-CHEESE"
