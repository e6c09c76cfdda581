"""A demo paid on a chain that is Base Sepolia in all but its history, and who pays it there."""

import os
from collections.abc import Callable, Iterator

import pytest

from e2e.signer import Signer
from e2e.till import Till
from tests.components import Anvil
from tests.rails.evm_chain import EvmChain
from tests.rails.till import fresh_xpub

CHAIN = 84532
USDC = "0x036CbD53842c5426634e7929541eC2318f3dCF7e"  # Circle's own, as the catalogue has it
SHORT = "base_sepolia"
SETTINGS = """
[[chains]]
id = "eip155:{number}"
rpc = ["{url}"]
block_seconds = 1
scan_seconds = 0.3
depths = [{{ confirmations = 2 }}]
"""
# anvil's second account: rich, and known to the whole world
GAS_KEY = "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"
PAYER = b"\x09" * 32
RICH = 10_000_000_000  # 10,000 dollars


@pytest.fixture(scope="session")
def base(anvil_factory: Callable[..., Anvil]) -> EvmChain:
    """A chain with Base Sepolia's number, whose dollar is where Circle has it."""
    chain = EvmChain(anvil_factory(chain_id=CHAIN, block_seconds=1))
    chain.place(USDC, "USDC")
    return chain


@pytest.fixture(scope="session")
def payer(base: EvmChain) -> Signer:
    """Somebody with a key, dollars and gas."""
    signer = Signer(base.anvil, PAYER)
    base.send(signer.address, value=10**19)
    base.mint(USDC, signer.address, RICH)
    return signer


@pytest.fixture(scope="package")
def icpay_till(base: EvmChain, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Till]:
    """A demo whose account is paid on that chain, and that sends what payers sign."""
    folder = tmp_path_factory.mktemp("icpay")
    config = folder / "opentill.toml"
    config.write_text(SETTINGS.format(number=CHAIN, url=base.anvil.url))
    with Till(
        folder / "data",
        OPENTILL_CONFIG=os.fspath(config),
        OPENTILL_X402_GAS_KEY=GAS_KEY,
    ) as running:
        new = {"family": "evm", "kind": "xpub", "value": fresh_xpub()}
        running.ask("POST", "/v1/destinations", new)
        yield running
