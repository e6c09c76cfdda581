"""A real EVM chain that does as it is told: anvil, with accounts, tokens and a wallet.

Blocks are mined by `mine` alone. Signing is the node's: its accounts are unlocked.
"""

import itertools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
from Crypto.Hash import keccak

from app.domain.ledger import Ledger
from app.rails.base import Place, Rail
from app.rails.evm.address import checksum
from app.rails.evm.rail import EvmRail
from app.rails.registry import build
from app.settings import ChainSettings, DepthSettings, Settings, TokenSettings
from app.world import World
from tests.components import Anvil
from tests.rails.proxy import Proxy

CONTRACTS = Path(__file__).parent.parent.parent / "contracts"
# The account key m/44'/60'/0' of anvil's own mnemonic ("test test … junk").
XPUB = (
    "xpub6Ce9NcJvTk36xtLSrJLZqE7wtgA5deCeYs7rSQtreh4cj6ByPtrg9sD7V2FNFLPnf8heNP3FGkeV9"
    "qwfzvZNSd54JoNXVsXFYSYwHsnJxqP"
)
ACCOUNTS = (  # its first children: rich and unlocked
    "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
    "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
    "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC",
)
_slots = itertools.count(1000)  # above the children that are rich already


def fresh_slot() -> int:
    """Return a slot no test used before."""
    return next(_slots)


def hashed(data: bytes) -> bytes:
    return keccak.new(digest_bits=256, data=data).digest()


def encode(signature: str, *words: int | str) -> str:
    """Encode a call whose parameters are single words, or laid out by the caller."""
    selector = hashed(signature.encode())[:4].hex()
    values = [int(word, 16) if isinstance(word, str) else word for word in words]
    return "0x" + selector + "".join(f"{value:064x}" for value in values)


def artifact(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((CONTRACTS / f"{name}.json").read_text())
    return read


class EvmChain:
    """Anvil as tests drive it, with two tokens: one we know and one we do not."""

    def __init__(self, anvil: Anvil) -> None:
        self.anvil = anvil
        self.usdc = self.deploy("TestUSDC")
        self.stranger = self.deploy("TestUSDC")
        self.wallet = self.deploy("TestWallet")
        self.wallet_code: str = anvil.rpc("eth_getCode", self.wallet, "latest")

    def mine(self, blocks: int = 1) -> None:
        self.anvil.mine(blocks)

    def send(
        self,
        to: str | None,
        data: str = "0x",
        value: int = 0,
        *,
        sender: str = ACCOUNTS[0],
        gas: int | None = None,
        gas_price: int | None = None,
    ) -> str:
        """Send a transaction; return its id. With `gas` given it is sent even if it will fail."""
        call = {"from": sender, "data": data, "value": hex(value)}
        given = {"gas": gas, "gasPrice": gas_price}
        call |= {name: hex(number) for name, number in given.items() if number is not None}
        if to is not None:
            call["to"] = to
        tx: str = self.anvil.rpc("eth_sendTransaction", call)
        return tx

    def deploy(self, name: str) -> str:
        tx = self.send(None, artifact(name)["bytecode"], gas=3_000_000)
        self.mine()
        return checksum(self.receipt(tx)["contractAddress"])

    def receipt(self, tx: str) -> dict[str, Any]:
        found: dict[str, Any] = self.anvil.rpc("eth_getTransactionReceipt", tx)
        return found

    def transfer(self, token: str, to: str, amount: int, *, gas: int | None = None) -> str:
        return self.send(token, encode("transfer(address,uint256)", to, amount), gas=gas)

    def balance(self, token: str, of: str) -> int:
        call = {"to": token, "data": encode("balanceOf(address)", of)}
        return int(self.anvil.rpc("eth_call", call, "latest"), 16)

    def mint(self, token: str, to: str, amount: int) -> None:
        self.send(token, encode("mint(address,uint256)", to, amount))
        self.mine()

    def place(self, at: str, name: str = "USD Coin") -> str:
        """Put our dollar where its issuer has it, under the issuer's name; return the address."""
        self.anvil.rpc("anvil_setCode", at, artifact("TestUSDC")["deployedBytecode"])
        letters = name.encode().hex().ljust(64, "0")
        self.send(at, encode("rename(string)", 32, len(name), letters))
        self.mine()
        return at

    def pay_many(
        self, token: str | None, payments: list[tuple[str, int]], *, funded: bool = False
    ) -> str:
        """Pay several addresses in one transaction, out of the smart wallet."""
        total = sum(amount for _, amount in payments)
        if not funded and token is None:
            self.send(self.wallet, value=total)
        elif not funded and token is not None:
            self.transfer(token, self.wallet, total)
        count = len(payments)
        words: list[int | str] = [token or "0x0", 96, 96 + 32 * (count + 1)]
        words += [count, *(to for to, _ in payments), count, *(amount for _, amount in payments)]
        data = encode("pay(address,address[],uint256[])", *words)
        return self.send(self.wallet, data, gas=900_000)

    def raw(self, tx: str) -> str:
        raw: str = self.anvil.rpc("eth_getRawTransactionByHash", tx)
        return raw

    def send_raw(self, raw: str) -> None:
        self.anvil.rpc("eth_sendRawTransaction", raw)

    def reorg(self, depth: int, raws: Sequence[tuple[str, int]] = ()) -> None:
        """Put other blocks in place of the newest; `raws` are (transaction, which block)."""
        self.anvil.rpc("anvil_reorg", depth, [list(one) for one in raws])

    def settings(self, *urls: str, **more: Any) -> ChainSettings:
        given: dict[str, Any] = {
            "short": "dev",
            "name": "Development chain",
            "livemode": False,
            "native": "ETH",
            "tokens": (TokenSettings("USDC", self.usdc, 6, eip712=("USD Coin", "2")),),
            "depths": (DepthSettings(confirmations=2),),
        }
        return ChainSettings(f"eip155:{self.anvil.chain_id}", urls, **given | more)

    def rail(self, http: httpx.AsyncClient, *urls: str, **more: Any) -> tuple[EvmRail, "Ledgers"]:
        """Return a rail for this chain, through the registry, and its ledgers by symbol."""
        block = self.settings(*(urls or (self.anvil.url,)), **more)
        catalogue, rails = build(Settings(chains=(block,), sandbox=False), World(http))
        rail = rails[block.id]
        assert isinstance(rail, EvmRail)
        return rail, {ledger.symbol: ledger for ledger in catalogue}


Ledgers = dict[str, Ledger]


class EvmHarness:
    """The contract suite's hands on an EVM chain."""

    kind = "xpub"
    value = XPUB

    def __init__(self, chain: EvmChain, rail: Rail, ledger: Ledger, proxy: Proxy) -> None:
        self.chain = chain
        self.rail = rail
        self.ledger = ledger
        self.proxy = proxy

    def fresh_slot(self) -> int:
        return fresh_slot()

    def unknown_tx(self) -> str:
        return "0x" + hashed(str(next(_slots)).encode()).hex()

    async def pay(self, place: Place, ledger: Ledger, amount: int) -> str:
        if ledger.contract is None:
            return self.chain.send(place.to, value=amount)
        return self.chain.transfer(ledger.contract, place.to, amount)

    async def mine(self, blocks: int = 1) -> None:
        self.chain.mine(blocks)

    async def reorg(self, depth: int) -> None:
        self.chain.reorg(depth)

    async def outage(self, *, down: bool) -> None:
        self.proxy.down = down
