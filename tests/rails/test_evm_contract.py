"""The EVM rail keeps the contract, with a token and with the native coin."""

import httpx
import pytest

from tests.rails.contract import RailContract
from tests.rails.evm_chain import EvmChain, EvmHarness
from tests.rails.proxy import Proxy


class TestEvmToken(RailContract):
    @pytest.fixture
    def harness(self, evm: EvmChain, http: httpx.AsyncClient, proxy: Proxy) -> EvmHarness:
        rail, ledgers = evm.rail(http, proxy.url)
        return EvmHarness(evm, rail, ledgers["USDC"], proxy)


class TestEvmNative(RailContract):
    @pytest.fixture
    def harness(self, evm: EvmChain, http: httpx.AsyncClient, proxy: Proxy) -> EvmHarness:
        rail, ledgers = evm.rail(http, proxy.url)
        return EvmHarness(evm, rail, ledgers["ETH"], proxy)
