"""How the official x402 core asks our nodes: its `FacilitatorEvmSigner`, without a key.

The core is synchronous and works in a thread; every question goes back to the loop and
through the same nodes, limits and failovers as everything else. A node that cannot answer
is remembered: what the core then calls a refusal is none.

It is imported late: whoever settles nothing never pays for its megabytes.
"""

import asyncio
from typing import Any

from eth_abi.abi import decode
from x402.mechanisms.evm.multicall import encode_contract_call

from app.errors import ChainUnavailable
from app.rails.evm import wire
from app.rails.rpc import Call, Rpc, RpcError

ASK_SECONDS_MAX = 60.0  # the nodes' own limits are shorter
REVERT = 3  # the code of a call the contract refused, where a node keeps to it


class Asking:
    """One round of questions from the core, and the call it would send."""

    def __init__(self, rpc: Rpc, loop: asyncio.AbstractEventLoop) -> None:
        self.unavailable = False
        self.call: bytes = b""
        self._rpc = rpc
        self._loop = loop

    def get_code(self, address: str) -> bytes:
        """Return a contract's code; empty for a plain account."""
        code = self._ask(Call(wire.Data, "eth_getCode", address, "latest"))
        return bytes.fromhex(code[2:])

    def read_contract(
        self, address: str, abi: list[dict[str, Any]], function_name: str, *args: Any
    ) -> Any:
        """Call a contract and return what it answers; a revert is raised in its own words."""
        data = "0x" + encode_contract_call(abi, function_name, *args).hex()
        answer = self._ask(Call(wire.Data, "eth_call", {"to": address, "data": data}, "latest"))
        types = [_type(one) for one in abi[0].get("outputs", [])]
        if not types:
            return None
        values = decode(types, bytes.fromhex(answer[2:]))
        return values[0] if len(values) == 1 else values

    def write_contract(
        self,
        address: str,
        abi: list[dict[str, Any]],
        function_name: str,
        *args: Any,
        data_suffix: str | None = None,
    ) -> str:
        """Remember the call that settles; it is signed and sent by who asked for it."""
        self.call = encode_contract_call(abi, function_name, *args)
        return ""

    def _ask(self, call: Call[Any]) -> str:
        future = asyncio.run_coroutine_threadsafe(self._rpc.ask(call), self._loop)
        try:
            answer = future.result(ASK_SECONDS_MAX)
        except RpcError as error:
            self.unavailable = self.unavailable or not is_revert(error)
            raise
        except (ChainUnavailable, TimeoutError):
            self.unavailable = True
            raise
        if answer is None:
            self.unavailable = True
            raise ChainUnavailable(f"{self._rpc.chain} cannot be read: a node answered nothing.")
        return str(answer)


def is_revert(error: RpcError) -> bool:
    """Tell whether it is the contract that refused, and not the node."""
    return error.code == REVERT or "revert" in error.message.lower()


def _type(part: dict[str, Any]) -> str:
    """Return an ABI type as `eth_abi` writes it, tuples in full."""
    if not part["type"].startswith("tuple"):
        return str(part["type"])
    inside = ",".join(_type(one) for one in part["components"])
    return f"({inside}){part['type'].removeprefix('tuple')}"
