"""Narrowing takes away and never adds, and says what there is where nothing is left."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.ledger import Catalogue, Chain, Depth, Ledger
from app.domain.narrowing import Narrowed, Narrowing
from app.domain.sandbox import CHAIN, LEDGERS
from app.errors import Invalid, NoLedgerLeft, UnknownLedger


def chain(id: str, short: str, family: str) -> Chain:
    return Chain(
        id=id,
        short=short,
        name=short.capitalize(),
        family=family,
        livemode=True,
        depths=(Depth(confirmations=2),),
        block_seconds=Decimal(2),
    )


def ledger(id: str, chain: str) -> Ledger:
    symbol = id.partition("_")[2].upper()
    return Ledger(
        id=id, chain=chain, symbol=symbol, asset=symbol, name=symbol, decimals=6, precision=6
    )


CATALOGUE = Catalogue(
    [chain("eip155:8453", "base", "evm"), chain("eip155:1", "eth", "evm"), CHAIN],
    [
        ledger("base_usdc", "eip155:8453"),
        ledger("base_eth", "eip155:8453"),
        ledger("eth_usdc", "eip155:1"),
        *LEDGERS,
    ],
)
ALL = list(CATALOGUE)


def read(**asked: Any) -> Narrowing:
    return Narrowing.read(CATALOGUE, Narrowed(**asked))


def picked(**asked: Any) -> list[str]:
    return [one.id for one in read(**asked).pick(CATALOGUE, ALL)]


@pytest.mark.parametrize(
    ("asked", "left"),
    [
        ({}, [one.id for one in ALL]),
        ({"ledgers": ("eth_usdc", "base_usdc", "eth_usdc")}, ["eth_usdc", "base_usdc"]),
        ({"token_shortcodes": "eth_usdc, base_usdc"}, ["eth_usdc", "base_usdc"]),
        ({"chains": ("base",)}, ["base_usdc", "base_eth"]),
        ({"chains": ("eip155:8453",)}, ["base_usdc", "base_eth"]),
        ({"chain_shortcodes": "base,eth"}, ["base_usdc", "base_eth", "eth_usdc"]),
        ({"chain_types": ("evm",)}, ["base_usdc", "base_eth", "eth_usdc"]),
        ({"chain_types": "evm", "ledgers": "sandbox_btc,eth_usdc"}, ["eth_usdc"]),
        ({"chains": "base", "chain_types": "evm", "ledgers": "base_eth"}, ["base_eth"]),
    ],
)
def test_what_is_named_must_hold_everywhere(asked: dict[str, Any], left: list[str]) -> None:
    assert picked(**asked) == left


def test_nothing_left_names_each_field_and_what_there_is() -> None:
    with pytest.raises(NoLedgerLeft) as refused:
        picked(chains="base", chain_types="sandbox")
    told = {one.field: one.message for one in refused.value.faults}
    assert set(told) == {"chains", "chain_types"}
    assert "base, eth, sandbox" in told["chains"]
    assert "evm, sandbox" in told["chain_types"]


def test_what_nobody_knows_is_refused_by_its_field() -> None:
    with pytest.raises(UnknownLedger):
        read(ledgers="doge")
    for asked in (
        {"chains": "doge"},
        {"chain_types": ("doge", "evm")},
        {"ledgers": ""},
        {"chains": ()},
        {"ledgers": "base_eth", "token_shortcodes": "base_usdc"},
        {"chains": tuple(str(one) for one in range(51))},
    ):
        with pytest.raises(Invalid) as refused:
            read(**asked)
        assert {one.field for one in refused.value.faults} <= {*asked, "chains"}


SOME = st.none() | st.lists(st.sampled_from([one.id for one in ALL]), min_size=1).map(tuple)
CHAINS = st.none() | st.lists(st.sampled_from(["base", "eth", "sandbox"]), min_size=1).map(tuple)
KINDS = st.none() | st.lists(st.sampled_from(["evm", "sandbox"]), min_size=1).map(tuple)
ASKED: st.SearchStrategy[dict[str, Any]] = st.builds(
    dict, ledgers=SOME, chains=CHAINS, chain_types=KINDS
)


@given(ASKED, ASKED)
def test_both_want_what_each_wants(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    def of(narrowing: Narrowing) -> set[str]:
        try:
            return {one.id for one in narrowing.pick(CATALOGUE, ALL)}
        except NoLedgerLeft:
            return set()

    assert of(read(**ours).within(read(**theirs))) == of(read(**ours)) & of(read(**theirs))
