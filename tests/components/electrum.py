"""A Lightning node of our own: Electrum's daemon, as Debian packages it, with one wallet.

It runs on the system's Python. Two of them with a channel between are all of Lightning that
a payment needs.
"""

import contextlib
import json
import os
import shutil
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any

import httpx

from tests.components.electrumx import ElectrumX
from tests.components.parts import MissingPart, Part, free_port, new_home

USER, PASSWORD = "merchant", "sesame"
PATIENCE_SECONDS = 60.0
PAID = 3


def electrum_path() -> str:
    """Return the path of Electrum's command."""
    if named := os.environ.get("OPENTILL_ELECTRUM"):
        return named
    if found := shutil.which("electrum"):
        return found
    raise MissingPart(
        "Electrum is missing: `make test` installs the package electrum where it may; "
        "elsewhere install it, or set OPENTILL_ELECTRUM."
    )


class Electrum:
    """One daemon over an Electrum server; `connection` is what a merchant would paste."""

    def __init__(self, server: ElectrumX) -> None:
        self._home = new_home("electrum")
        self._http = httpx.Client(timeout=30, trust_env=False, auth=(USER, PASSWORD))
        self._server = server
        self.port, self.peer_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.connection = f"type=electrum;server={self.url};user={USER};password={PASSWORD}"
        self._part: Part | None = None
        folder = self._home / "regtest"
        folder.mkdir()
        config = {
            "config_version": 3,
            "rpchost": "127.0.0.1",
            "rpcport": self.port,
            "rpcuser": USER,
            "rpcpassword": PASSWORD,
            "server": f"127.0.0.1:{server.port}:t",
            "oneserver": True,
            "auto_connect": False,
            "check_updates": False,
            "bolt11_fallback": False,  # an address of its own, which no code of ours goes with
            "lightning_listen": f"127.0.0.1:{self.peer_port}",
        }
        (folder / "config").write_text(json.dumps(config))
        try:
            self.start()
            self.rpc("create")
            self.rpc("load_wallet")
        except BaseException:
            self.close()
            raise

    def start(self) -> None:
        """Start the daemon, or start it again where it was."""
        self._part = Part(
            [electrum_path(), "--regtest", "-D", str(self._home), "daemon"],
            self._home / "log",
            environ={"HOME": str(self._home), "PATH": "/usr/local/bin:/usr/bin:/bin"},
            directory=self._home,
        )
        self._part.wait_until(self._answers)

    def _answers(self) -> bool:
        with contextlib.suppress(httpx.TransportError, RuntimeError, ValueError):
            return bool(self.rpc("getinfo")["connected"])
        return False

    def rpc(self, method: str, **params: Any) -> Any:
        """Call one command and return its result."""
        call = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        answer = self._http.post(self.url, json=call).json()
        if answer.get("error"):
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    def until(self, ready: Callable[[], bool], what: str) -> None:
        """Return when `ready` says so."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not ready():
            if time.monotonic() > deadline:
                assert self._part is not None
                raise AssertionError(f"{what} did not happen\n{self._part.last_words()}")
            time.sleep(0.05)

    def invoice(self, satoshi: int, memo: str = "") -> dict[str, Any]:
        """Have it write an invoice, as its own user would."""
        made: dict[str, Any] = self.rpc(
            "add_request", amount=f"{satoshi / 10**8:.8f}", memo=memo, expiration=900, force=True
        )
        return made

    def pay(self, invoice: str) -> None:
        """Pay an invoice over Lightning."""
        done = self.rpc("lnpay", invoice=invoice.lower())
        assert done["success"], done

    def send(self, address: str, satoshi: int) -> str:
        """Pay an address by a transaction; return its id."""
        raw = self.rpc("payto", destination=address, amount=f"{satoshi / 10**8:.8f}")
        tx: str = self.rpc("broadcast", tx=raw)
        return tx

    def stop(self) -> None:
        """Stop it; `start` brings it back with what it had."""
        if self._part is not None:
            self._part.stop()

    def close(self) -> None:
        self.stop()
        self._http.close()
        shutil.rmtree(self._home, ignore_errors=True)


class Channel:
    """Two daemons with a channel between: `payer` has all the money on its side, but for a part."""

    def __init__(self, server: ElectrumX, purse: Any) -> None:
        self.server = server
        self.purse = purse
        self.payer = Electrum(server)
        try:
            self.payee = Electrum(server)
        except BaseException:
            self.payer.close()
            raise
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    def _open(self) -> None:
        payer, payee = self.payer, self.payee
        address = payer.rpc("createnewaddress")
        self.purse.pay(address, 20_000_000, 20_000_000)  # for the channel, and for the chain
        self.mine(1)
        payer.until(lambda: float(payer.rpc("getbalance").get("confirmed", 0)) > 0.3, "money")
        node = payee.rpc("nodeid")
        payer.rpc("open_channel", connection_string=node, amount="0.15", push_amount="0.05")
        self.mine(6)
        for one in (payer, payee):
            one.until(lambda one=one: self._is_open(one), "the channel")  # type: ignore[misc]

    def mine(self, blocks: int) -> None:
        """Mine what waits, and return when the Electrum server knows."""
        self.purse.mine(blocks)
        self.server.caught_up()

    def _is_open(self, node: Electrum) -> bool:
        return [one["state"] for one in node.rpc("list_channels")] == ["OPEN"]

    def close(self) -> None:
        self.payer.close()
        self.payee.close()

    def __enter__(self) -> "Channel":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
