"""A shop of ICPay's on a real chain, and a payer who signs what its client would have signed."""

import base64
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from app.services.accounts import NewDestination
from app.world import authorities
from e2e.signer import Signer
from tests.components import Anvil
from tests.houses import new_database, open_house
from tests.rails.evm_chain import EvmChain, hashed
from tests.rails.till import fresh_xpub
from tests.sites import Site, site_before, told
from tests.still import StillWorld

PUBLIC = "/sdk/public"
X402 = f"{PUBLIC}/payments/intents/x402"
SETTLE = f"{PUBLIC}/payments/x402/settle"
GAS_KEY = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"  # anvil's first
SAID = {
    "from": "address",
    "to": "address",
    "value": "uint256",
    "validAfter": "uint256",
    "validBefore": "uint256",
    "nonce": "bytes32",
}
DOMAIN = {
    "name": "string",
    "version": "string",
    "chainId": "uint256",
    "verifyingContract": "address",
}


class Payer:
    """A wallet with dollars and a key: it signs what the client would have it sign."""

    def __init__(self, chain: EvmChain) -> None:
        self.wallet = Signer(chain.anvil, hashed(b"a payer of x402"))
        self.address = self.wallet.address
        chain.mint(chain.usdc, self.address, 1_000_000_000)

    def sign(self, asked: dict[str, Any], now: int, **other: str) -> str:
        """Return the header for a requirement, as the SDK builds it, or with `other` words."""
        said = {
            "from": self.address,
            "to": asked["payTo"],
            "value": asked["maxAmountRequired"],
            "validAfter": str(now - 86_400),
            "validBefore": str(now + asked["maxTimeoutSeconds"]),
            "nonce": "0x" + hashed(f"{asked['payTo']}{other}".encode()).hex(),
        } | other
        extra = asked["extra"]
        message = {
            "types": {
                "EIP712Domain": [{"name": name, "type": kind} for name, kind in DOMAIN.items()],
                extra["primaryType"]: [{"name": name, "type": kind} for name, kind in SAID.items()],
            },
            "domain": {
                "name": extra["name"],
                "version": extra["eip3009Version"],
                "chainId": int(extra["rpcChainId"]),
                "verifyingContract": asked["asset"],
            },
            "primaryType": extra["primaryType"],
            "message": said,
        }
        call = {
            "method": "eth_signTypedData_v4",
            "params": [self.address, json.dumps(message)],
        }
        header = {
            "x402Version": 2,
            "scheme": asked["scheme"],
            "network": asked["network"],
            "payload": {"authorization": said, "signature": self.wallet._answer(call)["result"]},
        }
        return base64.b64encode(json.dumps(header).encode()).decode()


@pytest.fixture(scope="module")
def chain(anvil: Anvil) -> EvmChain:
    return EvmChain(anvil)


@pytest.fixture(scope="module")
def payer(chain: EvmChain) -> Payer:
    return Payer(chain)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def front(chain: EvmChain, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """A house that reads a real chain, with a gas account, and HTTP before it."""
    folder: Path = tmp_path_factory.mktemp("x402")
    now = int(chain.anvil.rpc("eth_getBlockByNumber", "latest", False)["timestamp"], 16)
    http = httpx.AsyncClient(timeout=10, trust_env=False, verify=authorities())
    world = StillWorld(datetime.fromtimestamp(now, UTC), http=http)
    block = chain.settings(chain.anvil.url)
    url = new_database("sqlite", folder)
    async with (
        open_house(url, folder, world, chains=(block,), x402_gas_key=GAS_KEY) as house,
        site_before(house, world) as site,
    ):
        await site.move_in()
        await look(site, chain, 0)
        yield site


@pytest_asyncio.fixture(loop_scope="module")
async def shop(front: Site) -> Site:
    site = await front.newcomer()
    new = NewDestination(family="evm", kind="xpub", value=fresh_xpub())
    await site.house.accounts.put_destination(site.account.id, new)
    return site


async def look(site: Site, chain: EvmChain, blocks: int) -> None:
    if blocks:
        chain.mine(blocks)
    await site.house.scanning.step(f"eip155:{chain.anvil.chain_id}")
    await site.house.arrivals.look_again_at_due()


def now(site: Site) -> int:
    return int(site.world.now().timestamp())


async def require(site: Site, **more: Any) -> Any:
    body = {
        "amountUsd": 5,
        "tokenShortcode": "dev_usdc",
        "metadata": {"orderId": "W-1", "icpay": {"icpay_network": "evm"}},
        "x402": True,
        "recipientAddress": "0x0000000000000000000000000000000000000000",
        "x402Upto": False,
        "x402Scheme": "exact",
    }
    return told(await site.ask("POST", X402, body | more, key=site.pk), 402)


async def settle(site: Site, required: Any, header: str | None, **more: Any) -> Any:
    body = {
        "paymentIntentId": required["paymentIntentId"],
        "paymentHeader": header,
        "paymentRequirements": required["accepts"][0],
    }
    return told(await site.ask("POST", SETTLE, body | more, key=site.pk), 200)
