"""What a node of a coin like Bitcoin is to the tests: JSON-RPC, and a purse that mines and pays.

The purse keeps its own key and signs itself, so it works on any such node. What it gets back
as change has no address (a bare public key): a payment is then all its transaction moves.
"""

import contextlib
import itertools
import shutil
import time
from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
from embit import bip32, script
from embit.transaction import Transaction, TransactionInput, TransactionOutput

from tests.components.parts import Part, free_port, new_home

MATURITY = 100  # blocks until a block's own reward may be spent
FEE = 2_000
RBF = 0xFFFFFFFD  # BIP-125: this one may be replaced
FINAL = 0xFFFFFFFE
COINS_A_SPLIT = 40
PATIENCE_SECONDS = 30.0
_seeds = itertools.count(1)


class CoinNodeError(RuntimeError):
    """A node refused a call."""


class Coin:
    """One output the purse can spend."""

    def __init__(self, tx: str, index: int, amount: int, script: script.Script) -> None:
        self.tx, self.index, self.amount, self.script = tx, index, amount, script


class CoinNode(ABC):
    """A running node; `network` is what embit calls its prefixes."""

    network: dict[str, Any]
    first_blocks: int  # mined for its purse at the start

    def __init__(self, name: str, key: str) -> None:
        self._http = httpx.Client(timeout=60, trust_env=False)
        self._calls = 0
        self._home: Path = new_home(name)
        self.part: Part | None = None
        self.port = free_port()
        self.url = f"http://{key}@127.0.0.1:{self.port}/"
        try:
            self.part = self._start()
            self.purse = Purse(self, self.first_blocks)
        except BaseException:
            self.stop()
            raise

    @abstractmethod
    def _start(self) -> Part:
        """Start the process and wait until it answers."""

    def stop(self) -> None:
        if self.part is not None:
            self.part.stop()
        self._http.close()
        shutil.rmtree(self._home, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def rpc(self, method: str, *params: Any) -> Any:
        """Call one JSON-RPC method and return its result."""
        self._calls += 1
        call = {"jsonrpc": "1.0", "id": self._calls, "method": method, "params": list(params)}
        answer = self._http.post(self.url, json=call).json()
        if answer.get("error"):
            raise CoinNodeError(f"{method}: {answer['error']}")
        return answer["result"]

    def height(self) -> int:
        found: int = self.rpc("getblockcount")
        return found

    def tip(self) -> str:
        """Return the newest block's hash."""
        found: str = self.rpc("getbestblockhash")
        return found

    def answers(self) -> bool:
        """Tell whether it answers calls already."""
        with contextlib.suppress(httpx.TransportError, CoinNodeError, ValueError):
            return self.height() >= 0
        return False

    def waiting(self) -> set[str]:
        """Return the ids of the transactions in the mempool."""
        return set(self.rpc("getrawmempool"))

    def block(self, hash: str) -> Any:
        """Return a block with its transactions' ids."""
        return self.rpc("getblock", hash)

    def raw(self, tx: str) -> str:
        found: str = self.rpc("getrawtransaction", tx)
        return found

    def forget(self) -> bool:
        """Make every waiting transaction unheard of; False: this node cannot."""
        return False

    @abstractmethod
    def replace(self, raw: str) -> str:
        """Send a transaction in the stead of what spends the same coins; return its id."""

    @abstractmethod
    def mine_only(self, address: str, raws: list[str]) -> None:
        """Mine a block that holds these transactions and nothing else of what waits."""


class Purse:
    """A wallet that mines, pays, replaces what it paid, and takes blocks back."""

    def __init__(self, node: CoinNode, first_blocks: int) -> None:
        self.node = node
        seed = next(_seeds).to_bytes(32, "big")
        self._key = bip32.HDKey.from_seed(seed).derive("m/0h")
        self._own = script.p2wpkh(self._key)
        sec = self._key.sec()
        self._bare = script.Script(bytes([len(sec)]) + sec + b"\xac")
        self.address: str = self._own.address(node.network)
        self._coins: list[Coin] = []
        hashes = node.rpc("generatetoaddress", first_blocks, self.address)
        self._earn(hashes[: max(1, min(20, first_blocks - MATURITY))])
        self._split()

    def _earn(self, hashes: list[str]) -> None:
        """Keep the rewards of blocks, which are old enough by now."""
        for hash in hashes:
            tx = self.node.block(hash)["tx"][0]
            first = Transaction.from_string(self.node.raw(tx)).vout[0]
            if first.script_pubkey == self._own:
                self._coins.append(Coin(tx, 0, first.value, self._own))

    def _split(self) -> None:
        """Make many coins of the first, so that payments do not hang on each other."""
        coin = self._coins.pop(0)
        each = (coin.amount - 50 * FEE) // COINS_A_SPLIT
        outputs = [(self._bare, each) for _ in range(COINS_A_SPLIT)]
        tx = self._signed([coin], outputs)
        id = self.node.rpc("sendrawtransaction", tx.serialize().hex())
        self._coins = [Coin(id, n, each, self._bare) for n in range(COINS_A_SPLIT)] + self._coins
        self.mine()

    def mine(self, blocks: int = 1) -> None:
        """Mine what waits."""
        self.node.rpc("generatetoaddress", blocks, self.address)

    def mine_nothing(self) -> None:
        """Mine a block without what waits, which waits on."""
        raws = [self.node.raw(tx) for tx in self.node.rpc("getrawmempool")]
        self.node.mine_only(self.address, [])
        self._send_again(raws)

    def pay(self, address: str, *amounts: int, replaceable: bool = False, fee: int = FEE) -> str:
        """Send each amount to an address in one transaction; return its id."""
        to = script.Script.from_address(address)
        return self.send([(to, amount) for amount in amounts], replaceable=replaceable, fee=fee)

    def send(
        self, outputs: list[tuple[script.Script, int]], *, replaceable: bool = False, fee: int = FEE
    ) -> str:
        """Send outputs out of one coin, the rest back to the purse; return the id."""
        needed = sum(amount for _, amount in outputs) + fee
        at = next(n for n, coin in enumerate(self._coins) if coin.amount >= needed)
        coin = self._coins.pop(at)
        tx, raw = self._built(coin, outputs, fee, RBF if replaceable else FINAL)
        self.node.rpc("sendrawtransaction", raw)
        self._wait(tx)
        rest = coin.amount - needed
        if rest:
            self._coins.append(Coin(tx, len(outputs), rest, self._bare))
        return tx

    def replace(self, old: str, address: str | None, amount: int = 0, *, fee: int = 4 * FEE) -> str:
        """Spend what a waiting transaction spent otherwise: to an address, or all back."""
        spent = Transaction.from_string(self.node.raw(old))
        source, index = spent.vin[0].txid.hex(), spent.vin[0].vout
        before = Transaction.from_string(self.node.raw(source)).vout[index]
        coin = Coin(source, index, before.value, before.script_pubkey)
        self._coins = [one for one in self._coins if one.tx != old]
        outputs = [(script.Script.from_address(address), amount)] if address else []
        tx, raw = self._built(coin, outputs, fee, RBF)
        assert self.node.replace(raw) == tx
        self._wait(tx)
        self._coins.append(Coin(tx, len(outputs), coin.amount - amount - fee, self._bare))
        return tx

    def reorg(self, depth: int, *, keep: bool = False) -> None:
        """Put as many other blocks in place of the newest; `keep`: what they held waits again.

        Otherwise it is as if nobody had ever heard of it.
        """
        height = self.node.height()
        hashes = [self.node.rpc("getblockhash", height - n) for n in range(depth)]
        held = [tx for hash in reversed(hashes) for tx in self.node.block(hash)["tx"][1:]]
        raws = [self.node.raw(tx) for tx in [*held, *self.node.rpc("getrawmempool")]]
        self.node.rpc("invalidateblock", hashes[-1])
        gone: list[str] = []
        if not keep and not self.node.forget():
            gone = self._spent_otherwise()
        for number in range(depth):
            self.node.mine_only(self.address, gone if number == 0 else [])
        if keep:
            self._send_again(raws)
        else:
            self._drop_lost()

    def _spent_otherwise(self) -> list[str]:
        """Return what takes every waiting transaction's coins away from it."""
        waiting = self.node.waiting()
        raws: list[str] = []
        for id in sorted(waiting):
            spent = Transaction.from_string(self.node.raw(id)).vin[0]
            source = spent.txid.hex()
            if source in waiting:  # it goes with the one whose coins it spends
                continue
            before = Transaction.from_string(self.node.raw(source)).vout[spent.vout]
            coin = Coin(source, spent.vout, before.value, before.script_pubkey)
            tx, raw = self._built(coin, [], 3 * FEE, FINAL)
            raws.append(raw)
            self._coins.append(Coin(tx, 0, coin.amount - 3 * FEE, self._bare))
        return raws

    def _send_again(self, raws: list[str]) -> None:
        for raw in raws:
            id = Transaction.from_string(raw).txid().hex()
            if id not in self.node.waiting():
                self.node.rpc("sendrawtransaction", raw)
                self._wait(id)

    def _drop_lost(self) -> None:
        """Forget coins of transactions that are no more; nothing waits now."""
        self._coins = [
            coin for coin in self._coins if self.node.rpc("gettxout", coin.tx, coin.index, False)
        ]

    def _built(
        self, coin: Coin, outputs: list[tuple[script.Script, int]], fee: int, sequence: int
    ) -> tuple[str, str]:
        rest = coin.amount - sum(amount for _, amount in outputs) - fee
        more = [*outputs, (self._bare, rest)] if rest else outputs
        tx = self._signed([coin], more, sequence)
        return tx.txid().hex(), tx.serialize().hex()

    def _signed(
        self, coins: list[Coin], outputs: list[tuple[script.Script, int]], sequence: int = FINAL
    ) -> Transaction:
        tx = Transaction(
            vin=[TransactionInput(bytes.fromhex(c.tx), c.index, sequence=sequence) for c in coins],
            vout=[TransactionOutput(amount, to) for to, amount in outputs],
        )
        for place, coin in enumerate(coins):
            if coin.script == self._own:
                code = script.p2pkh_from_p2wpkh(self._own)
                digest = tx.sighash_segwit(place, code, coin.amount)
                tx.vin[place].witness = script.witness_p2wpkh(
                    self._key.key.sign(digest), self._key.get_public_key()
                )
            else:
                digest = tx.sighash_legacy(place, self._bare)
                signature = self._key.key.sign(digest).serialize() + b"\x01"
                tx.vin[place].script_sig = script.Script(bytes([len(signature)]) + signature)
        return tx

    def _wait(self, tx: str) -> None:
        """Return when the node's mempool has a transaction: a node may take it in later."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while tx not in self.node.waiting():
            assert time.monotonic() < deadline, f"the node did not take {tx}"
            time.sleep(0.005)
