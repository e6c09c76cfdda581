"""What the rails' tests share: one EVM chain a process, and a client and proxy a test."""

from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from app.world import authorities
from tests.components import Anvil
from tests.houses import database
from tests.rails.evm_chain import EvmChain
from tests.rails.proxy import Proxy

__all__ = ["database"]  # a fixture by being here


@pytest.fixture(scope="session")
def evm_chain(anvil_factory: Callable[..., Anvil]) -> EvmChain:
    """A chain of the rails' own that mines when told; ask `evm` for it."""
    return EvmChain(anvil_factory(extra=("--no-mining",)))


@pytest.fixture(scope="session")
def other_chain(anvil_factory: Callable[..., Anvil]) -> EvmChain:
    """A second chain, with a dollar of its own."""
    return EvmChain(anvil_factory(chain_id=31338, extra=("--no-mining",)))


@pytest.fixture
def evm(evm_chain: EvmChain) -> EvmChain:
    """The chain, with nothing left waiting in its mempool."""
    evm_chain.anvil.rpc("anvil_dropAllTransactions")
    return evm_chain


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=10, trust_env=False, verify=authorities()) as client:
        yield client


@pytest.fixture
async def proxy(evm: EvmChain) -> AsyncIterator[Proxy]:
    """A node in front of the chain that can be told to misbehave."""
    async with Proxy(evm.anvil.url) as one:
        yield one
