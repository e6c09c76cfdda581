"""One chain a process, with the dollar at Base Sepolia's address, and one till a module."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio
import uvicorn

from app.domain.key import KeyKind
from tests.components import Anvil
from tests.houses import new_database
from tests.rails.evm_chain import EvmChain
from tests.rails.proxy import Proxy
from tests.rails.till import Till, open_till
from tests.sites import Site, site_before
from tests.x402.payer import GAS_KEY

CHAIN_ID = 84532
DOLLAR = "0x036CbD53842c5426634e7929541eC2318f3dCF7e"  # where official clients know a dollar


@pytest.fixture(scope="session")
def dollar_chain(anvil_factory: Callable[..., Anvil]) -> EvmChain:
    """A chain that mines each transaction at once."""
    chain = EvmChain(anvil_factory(chain_id=CHAIN_ID))
    code = chain.anvil.rpc("eth_getCode", chain.usdc, "latest")
    chain.anvil.rpc("anvil_setCode", DOLLAR, code)
    chain.usdc = DOLLAR
    return chain


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def node(dollar_chain: EvmChain) -> AsyncIterator[Proxy]:
    """The house's node: the chain, unless it is told otherwise."""
    async with Proxy(dollar_chain.anvil.url) as proxy:
        yield proxy


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def module_till(
    dollar_chain: EvmChain, node: Proxy, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Till]:
    folder = tmp_path_factory.mktemp("x402")
    given = {"x402_gas_key": GAS_KEY, "secret_key": "tests"}
    database = new_database("sqlite", folder)
    async with open_till(database, folder, dollar_chain, node.url, given=given) as till:
        yield till


@pytest.fixture
def till(module_till: Till, node: Proxy) -> Till:
    """The till, with a node that behaves, and a clock that is not behind its chain."""
    node.down = node.hang = False
    node.rule = lambda call: None
    node.calls.clear()
    module_till.house.x402.settling.answer_seconds = 10
    block = module_till.chain.anvil.rpc("eth_getBlockByNumber", "latest", False)
    behind = int(block["timestamp"], 16) - module_till.world.now().timestamp()
    module_till.world.advance(max(behind, 0))
    return module_till


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(module_till: Till) -> AsyncIterator[Site]:
    """The same house over HTTP, as the same merchant."""
    house = module_till.house
    async with site_before(house, module_till.world) as opened:
        opened.account = module_till.account
        opened.sk = (await house.accounts.make_key(opened.account, KeyKind.SECRET)).key
        opened.pk = (await house.accounts.make_key(opened.account, KeyKind.PUBLISHABLE)).key
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def address(site: Site) -> AsyncIterator[str]:
    """The house on a port, for clients that are no Python."""
    config = uvicorn.Config(site.app, log_level="critical", lifespan="off", ws="none")
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as door:
        task = asyncio.create_task(server.serve([door]))
        yield f"http://127.0.0.1:{door.getsockname()[1]}"
        server.force_exit = server.should_exit = True
        await task
