"""Esplora's HTTP API over a real node: its paths and shapes, bcoin's blocks and payments.

No Esplora server can be installed here, so its protocol is played (github.com/Blockstream/
esplora, API.md) and everything it says is asked of the node at that moment.
"""

import hashlib
import re
from collections.abc import Callable
from typing import Any, ClassVar

import httpx
from embit.script import Script
from embit.transaction import Transaction

from tests.components import Bcoin

TEXT = {"content-type": "text/plain"}


def double_sha256(data: bytes) -> bytes:
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()


class EsploraSite:
    """A site at `https://esplora.test/api`; `transport` is the way to it."""

    def __init__(self, node: Bcoin) -> None:
        self.node = node
        self.down = False
        self.asked: list[str] = []
        self.forge: dict[str, Any] = {}  # path → what is said there instead
        self.transport = httpx.MockTransport(self._answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if self.down:
            raise httpx.ConnectError("down", request=request)
        path = request.url.path.removeprefix("/api")
        self.asked.append(path)
        if path in self.forge:
            return httpx.Response(200, json=self.forge[path])
        for pattern, answer in self.paths.items():
            if found := re.fullmatch(pattern, path):
                said = answer(self, *found.groups())
                if said is None:
                    return httpx.Response(404, text="not found")
                if isinstance(said, str):
                    return httpx.Response(200, text=said)
                return httpx.Response(200, json=said)
        return httpx.Response(404, text="no such path")

    def tip_hash(self) -> str:
        return self.node.tip()

    def block(self, hash: str) -> dict[str, Any]:
        found = self.node.rpc("getblock", hash)
        return {
            "id": hash,
            "height": found["height"],
            "version": found["version"],
            "timestamp": found["time"],
            "bits": found["bits"] if isinstance(found["bits"], int) else int(found["bits"], 16),
            "nonce": int.from_bytes(bytes.fromhex(self.header(hash))[76:80], "little"),
            "merkle_root": found["merkleroot"],
            "previousblockhash": found["previousblockhash"],
            "tx_count": len(found["tx"]),
        }

    def header(self, hash: str) -> str:
        found: str = self.node.rpc("getblockheader", hash, False)
        return found

    def blocks(self, height: str) -> list[dict[str, Any]] | None:
        top = int(height)
        if top > self.node.height():
            return None
        heights = range(top, max(-1, top - 10), -1)
        return [self.block(self.node.rpc("getblockhash", one)) for one in heights]

    def of_address(self, address: str) -> list[dict[str, Any]]:
        answer = httpx.get(f"{self.node.url}tx/address/{address}", trust_env=False, timeout=30)
        told = [self._transaction(one["hash"], one["height"]) for one in answer.json()]
        return sorted(told, key=lambda one: -(one["status"].get("block_height") or 10**9))

    def _transaction(self, tx: str, height: int) -> dict[str, Any]:
        outputs = Transaction.from_string(self.node.raw(tx)).vout
        return {
            "txid": tx,
            "vout": [
                {
                    "scriptpubkey": out.script_pubkey.data.hex(),
                    "scriptpubkey_type": Script(out.script_pubkey.data).script_type(),
                    "value": out.value,
                }
                for out in outputs
            ],
            "status": self._status(height),
        }

    def _status(self, height: int) -> dict[str, Any]:
        if height < 0:
            return {"confirmed": False}
        hash = self.node.rpc("getblockhash", height)
        return {"confirmed": True, "block_height": height, "block_hash": hash}

    def raw(self, tx: str) -> str | None:
        known = self._known(tx)
        return None if known is None else self.node.raw(tx)

    def status(self, tx: str) -> dict[str, Any] | None:
        known = self._known(tx)
        return None if known is None else self._status(known["height"])

    def _known(self, tx: str) -> dict[str, Any] | None:
        answer = httpx.get(f"{self.node.url}tx/{tx}", trust_env=False, timeout=30)
        found: dict[str, Any] | None = answer.json() if answer.status_code == 200 else None
        return found

    def proof(self, tx: str) -> dict[str, Any] | None:
        known = self._known(tx)
        if known is None or known["height"] < 0:
            return None
        ids = self.node.block(self.node.rpc("getblockhash", known["height"]))["tx"]
        position, branch = ids.index(tx), []
        row = [bytes.fromhex(one)[::-1] for one in ids]
        at = position
        while len(row) > 1:
            row += row[-1:] if len(row) % 2 else []
            branch.append(row[at ^ 1][::-1].hex())
            row = [double_sha256(row[n] + row[n + 1]) for n in range(0, len(row), 2)]
            at //= 2
        return {"block_height": known["height"], "merkle": branch, "pos": position}

    def fees(self) -> dict[str, float]:
        return {"1": 12.5, "2": 9.0, "6": 3.25, "144": 1.0}

    paths: ClassVar[dict[str, Callable[..., Any]]] = {
        "/blocks/tip/hash": tip_hash,
        "/block/([0-9a-f]{64})": block,
        "/block/([0-9a-f]{64})/header": header,
        "/blocks/([0-9]+)": blocks,
        "/address/([0-9a-zA-Z]+)/txs": of_address,
        "/tx/([0-9a-f]{64})/hex": raw,
        "/tx/([0-9a-f]{64})/status": status,
        "/tx/([0-9a-f]{64})/merkle-proof": proof,
        "/fee-estimates": fees,
    }
