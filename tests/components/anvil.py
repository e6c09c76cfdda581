"""An EVM node of our own: anvil, from the npm package that carries its binary."""

import contextlib
import os
import shutil
from types import TracebackType
from typing import Any

import httpx

from tests.components.parts import ROOT, MissingPart, Part, new_home, on_free_port

CHAIN_ID = 31337
PACKAGE = "@foundry-rs/anvil-linux-amd64"


def anvil_path() -> str:
    """Return the path of the anvil binary."""
    if named := os.environ.get("OPENTILL_ANVIL"):
        return named
    binary = ROOT / "node_modules" / PACKAGE / "bin" / "anvil"
    if binary.exists():
        return str(binary)
    if found := shutil.which("anvil"):
        return found
    raise MissingPart(
        f"anvil is missing: on Linux on x86-64 `make test` installs the npm package {PACKAGE}; "
        "elsewhere install Foundry, or set OPENTILL_ANVIL to a binary."
    )


class Anvil:
    """One anvil node. Blocks are mined per transaction unless `block_seconds` is given."""

    def __init__(
        self,
        chain_id: int = CHAIN_ID,
        *,
        block_seconds: float | None = None,
        extra: tuple[str, ...] = (),
    ) -> None:
        self.chain_id = chain_id
        self._extra = (
            extra if block_seconds is None else ("--block-time", str(block_seconds), *extra)
        )
        self._home = new_home("anvil")
        self._http = httpx.Client(timeout=30, trust_env=False)
        self._calls = 0
        self.port = 0
        self.url = ""
        try:
            self._part = on_free_port(self._start)
        except BaseException:
            self._clear()
            raise

    def _start(self, port: int) -> Part:
        self.port, self.url = port, f"http://127.0.0.1:{port}"
        command = [anvil_path(), "--host", "127.0.0.1", "--port", str(port)]
        # Finality tests need `safe` and `finalized` to move from the first blocks on.
        command += ["--chain-id", str(self.chain_id), "--slots-in-an-epoch", "1"]
        part = Part(
            [*command, *self._extra],
            self._home / "log",
            environ={"HOME": str(self._home), "PATH": os.environ.get("PATH", "")},
            directory=self._home,
        )
        part.wait_until(self._answers)
        return part

    def _answers(self) -> bool:
        with contextlib.suppress(httpx.TransportError):
            return int(self.rpc("eth_chainId"), 16) == self.chain_id
        return False

    @property
    def ws_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    def rpc(self, method: str, *params: Any) -> Any:
        """Call one JSON-RPC method and return its result."""
        self._calls += 1
        call = {"jsonrpc": "2.0", "id": self._calls, "method": method, "params": params}
        answer = self._http.post(self.url, json=call).json()
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    def mine(self, blocks: int = 1) -> int:
        """Mine `blocks` blocks and return the new height."""
        self.rpc("anvil_mine", hex(blocks))
        return self.height()

    def height(self) -> int:
        return int(self.rpc("eth_blockNumber"), 16)

    def snapshot(self) -> str:
        """Remember the chain as it is; `revert` brings it back once."""
        mark: str = self.rpc("evm_snapshot")
        return mark

    def revert(self, mark: str) -> None:
        assert self.rpc("evm_revert", mark), f"no snapshot {mark}"

    def stop(self) -> None:
        self._part.stop()
        self._clear()

    def _clear(self) -> None:
        self._http.close()
        shutil.rmtree(self._home, ignore_errors=True)

    def __enter__(self) -> "Anvil":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
