"""What a wallet holds is read in one request a chain, and is unknown where it cannot be told."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from app.errors import Invalid
from app.services import balances
from app.services.accounts import NewDestination
from app.services.balances import Holding
from app.settings import TokenSettings
from tests.rails.evm_chain import EvmChain
from tests.rails.proxy import Proxy
from tests.rails.till import ETH, USDC, Till, fresh_address, open_till

GONE = "dev_gone"  # a token whose contract is no contract


@pytest_asyncio.fixture
async def till(database: str, tmp_path: Path, evm: EvmChain, proxy: Proxy) -> AsyncIterator[Till]:
    tokens = (
        TokenSettings("USDC", evm.usdc, 6, eip712=("USD Coin", "2")),
        TokenSettings("GONE", fresh_address(), 6),
    )
    async with open_till(database, tmp_path, evm, proxy.url, tokens=tokens) as opened:
        proxy.calls.clear()
        proxy.requests = 0
        yield opened


async def ask(till: Till, address: str) -> dict[str, int | None]:
    """Return what a wallet holds on every ledger of the house, by ledger."""
    found = await till.house.balances.of(address, till.house.catalogue)
    return {one.ledger: one.amount for one in found}


async def test_a_wallet_is_read_whole_in_one_request(till: Till, proxy: Proxy) -> None:
    wallet = fresh_address()
    till.chain.transfer(till.chain.usdc, wallet, 12_345_678)
    till.chain.send(wallet, value=10**18)
    till.chain.mine()
    held = await ask(till, wallet.lower())
    assert (held[USDC], held[ETH], held[GONE]) == (12_345_678, 10**18, None)
    assert proxy.requests == 1
    assert held["sandbox_usdc"] is None, "pretended money lies in nobody's wallet"
    assert (await ask(till, fresh_address()))[USDC] == 0, "nothing is known to be nothing"


async def test_an_answer_is_remembered_for_seconds(till: Till, proxy: Proxy) -> None:
    wallet = fresh_address()
    assert (await ask(till, wallet))[USDC] == 0
    till.chain.transfer(till.chain.usdc, wallet, 5)
    till.chain.mine()
    assert (await ask(till, wallet.lower()))[USDC] == 0
    assert proxy.requests == 1
    till.world.advance(balances.KNOWN_SECONDS)
    assert (await ask(till, wallet))[USDC] == 5


async def test_a_chain_that_does_not_answer_is_unknown_and_no_failure(
    till: Till, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy.down = True
    assert set((await ask(till, fresh_address())).values()) == {None}
    proxy.down, proxy.hang = False, True
    monkeypatch.setattr(balances, "READ_SECONDS_MAX", 0.1)
    assert set((await ask(till, fresh_address())).values()) == {None}
    monkeypatch.setattr(balances, "READS_MAX", 0)
    proxy.hang = False
    before = proxy.requests
    assert set((await ask(till, fresh_address())).values()) == {None}
    assert proxy.requests == before


async def test_what_is_no_address_is_refused(till: Till, proxy: Proxy) -> None:
    for text in ("", "0x123", "aaaaa-aa", f"0x{'0' * 40}"):
        with pytest.raises(Invalid) as refused:
            await ask(till, text)
        assert [one.field for one in refused.value.faults] == ["address"]
    assert proxy.requests == 0


async def test_an_account_with_one_address_sees_what_lies_there(till: Till) -> None:
    assert await till.house.balances.of_account(till.account) == [], "an xpub is many addresses"
    wallet = fresh_address()
    new = NewDestination(family="evm", kind="address", value=wallet)
    await till.house.accounts.put_destination(till.account.id, new)
    till.chain.transfer(till.chain.usdc, wallet, 7)
    till.chain.mine()
    found = await till.house.balances.of_account(till.account)
    assert Holding(ledger=USDC, amount=7, read_at=till.world.now()) in found
    assert {one.ledger for one in found} == {USDC, ETH, GONE}
