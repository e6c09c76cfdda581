"""The devnet: a real EVM node in this machine's memory, with a dollar and a rich shopper.

For `make devnet` and nothing else: anyone may mint its dollar, and its accounts'
keys are known to the whole world.
"""

import asyncio
import json
import os
import shutil
import socket
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import msgspec

from app.errors import CheckoutError
from app.settings import ChainSettings, DepthSettings, TokenSettings

ROOT = Path(__file__).parent.parent
PACKAGE = "@foundry-rs/anvil-linux-amd64"
CHAIN_NUMBER = 31337
CHAIN = f"eip155:{CHAIN_NUMBER}"
BLOCK_SECONDS = 2
START_SECONDS = 15
MNEMONIC = "test test test test test test test test test test test junk"  # anvil's own, public
GAS_PATH = "m/44h/60h/0h/0/2"
MERCHANT_PATH = "m/44h/60h/1h"  # the shopper is account 0: they must not be one person


class DevnetMissing(CheckoutError):
    """The node is not installed."""

    code = "devnet_missing"
    title = "anvil is not installed"
    hint = f"`make devnet` installs the npm package {PACKAGE}; or set OPENTILL_ANVIL to a binary."


class Devnet(msgspec.Struct, frozen=True, kw_only=True):
    """A node that runs, and what is on it."""

    process: asyncio.subprocess.Process
    rpc: str
    token: str
    shopper: str

    def chain(self) -> ChainSettings:
        """Return the `[[chains]]` block that makes a house watch it."""
        return ChainSettings(
            id=CHAIN,
            rpc=(self.rpc,),
            short="devnet",
            name="Devnet",
            livemode=False,
            native="ETH",
            native_asset="ETH",
            tokens=(
                TokenSettings(
                    "USDC", self.token, 6, name="Test USD Coin", eip712=("USD Coin", "2")
                ),
            ),
            depths=(DepthSettings(confirmations=2),),
            block_seconds=Decimal(1),
        )

    async def stop(self) -> None:
        """End the node."""
        if self.process.returncode is None:
            self.process.terminate()
            await self.process.wait()


async def start() -> Devnet:
    """Start a node, put a dollar on it and return it."""
    port = _free_port()
    process = await asyncio.create_subprocess_exec(
        _anvil(),
        *("--host", "127.0.0.1", "--port", str(port), "--chain-id", str(CHAIN_NUMBER)),
        *("--block-time", str(BLOCK_SECONDS), "--slots-in-an-epoch", "1", "--silent"),
    )
    rpc = f"http://127.0.0.1:{port}"
    async with httpx.AsyncClient(trust_env=False) as http:
        await _answers(http, rpc, process)
        shopper: str = (await _call(http, rpc, "eth_accounts"))[0]
        artifact = json.loads((ROOT / "contracts" / "TestUSDC.json").read_text())
        sent = await _call(
            http, rpc, "eth_sendTransaction", {"from": shopper, "data": artifact["bytecode"]}
        )
        await _call(http, rpc, "anvil_mine", "0x1")
        receipt = await _call(http, rpc, "eth_getTransactionReceipt", sent)
    return Devnet(process=process, rpc=rpc, token=receipt["contractAddress"], shopper=shopper)


def gas_key() -> str:
    """Return the key that pays for the gas of x402 payments: the third of anvil's own."""
    from embit import bip32, bip39

    root = bip32.HDKey.from_seed(bip39.mnemonic_to_seed(MNEMONIC))
    return str(root.derive(GAS_PATH).secret.hex())


def merchant_xpub() -> str:
    """Return the demo merchant's account key: watch-only, as a real merchant's should be."""
    from embit import bip32, bip39

    root = bip32.HDKey.from_seed(bip39.mnemonic_to_seed(MNEMONIC))
    return str(root.derive(MERCHANT_PATH).to_public().to_base58())


def _anvil() -> str:
    named = os.environ.get("OPENTILL_ANVIL")
    installed = ROOT / "node_modules" / PACKAGE / "bin" / "anvil"
    found = named or (str(installed) if installed.exists() else shutil.which("anvil"))
    if not found:
        raise DevnetMissing("The devnet needs anvil.")
    return found


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


async def _call(http: httpx.AsyncClient, rpc: str, method: str, *params: Any) -> Any:
    call = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}
    answer = (await http.post(rpc, json=call)).json()
    if "error" in answer:
        raise DevnetMissing(f"anvil refused {method}: {answer['error'].get('message')}")
    return answer["result"]


async def _answers(http: httpx.AsyncClient, rpc: str, process: asyncio.subprocess.Process) -> None:
    """Wait until the node answers, or say that it died."""
    for _ in range(START_SECONDS * 20):
        if process.returncode is not None:
            raise DevnetMissing(f"anvil ended with status {process.returncode}.")
        try:
            await _call(http, rpc, "eth_chainId")
        except httpx.TransportError:
            await asyncio.sleep(0.05)
        else:
            return
    raise DevnetMissing("anvil did not answer in time.")
