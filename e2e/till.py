"""A running demo as the end-to-end tests use it: a process, its API, and its clock's edge."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx

ROOT = Path(__file__).parent.parent
START_SECONDS = 30.0
WAIT_SECONDS = 15.0
# Not what tells the tests where a browser is: a house refuses a setting it does not know.
SURROUNDINGS = {
    name: value for name, value in os.environ.items() if not name.startswith("OPENTILL_")
}


class Till:
    """`opentill demo` as a process of its own, on free ports, with a fresh database."""

    def __init__(self, data: Path, *, port: int = 0, **environment: str) -> None:
        """Start it; behind an OPENTILL_PUBLIC_URL of its own it must be given its port."""
        self._data = data
        command = [sys.executable, "-m", "app", "demo", "--json", "--port", str(port)]
        self._log = (data.parent / f"{data.name}.log").open("w+")
        self._process = subprocess.Popen(
            [*command, "--data", str(data)],
            cwd=ROOT,
            env=SURROUNDINGS | {"OPENTILL_SANDBOX_BLOCK_SECONDS": "1"} | environment,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"the demo did not start:\n{self.log()}"
        told: dict[str, str] = json.loads(line)
        self.url = f"http://127.0.0.1:{port}" if port else told["url"]
        self.shop = told["shop"]
        self.link = told["payment_link"]
        self.office = told["office"]
        self.pk = told["publishable_key"]
        self.sk = told["secret_key"]
        self._http = httpx.Client(base_url=self.url, timeout=10, trust_env=False)

    def __enter__(self) -> "Till":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._http.close()
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(timeout=START_SECONDS)
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._log.close()

    def log(self) -> str:
        self._log.flush()
        self._log.seek(0)
        return self._log.read()

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Call the API with the secret key."""
        headers = {"Authorization": f"Bearer {self.sk}"}
        answer = self._http.request(method, path, json=body, headers=headers)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def errand(self, *words: str) -> str:
        """Do an operator's errand on the same data, and return what it printed."""
        command = [sys.executable, "-m", "app", *words, "--data", str(self._data)]
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=SURROUNDINGS,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout

    def intent(self, amount: str = "18.00", **more: Any) -> str:
        """Make an intent and return its id."""
        asked = {"amount": amount, "currency": "USD", "description": "A bag of beans"} | more
        return str(self.ask("POST", "/v1/payment_intents", asked)["id"])

    def chosen(self, **more: Any) -> str:
        """Make an intent that is ready to be paid in the sandbox's dollars."""
        return self.intent(ledgers=["sandbox_usdc"], **more)

    def link_to(self, **more: Any) -> str:
        """Make a payment link and return its address."""
        asked = {"name": "Tea", "currency": "USD", "amount": "3.00"} | more
        return str(self.ask("POST", "/v1/payment_links", asked)["url"])

    def pay(self, intent: str, **how: Any) -> None:
        """Send money in the sandbox; with `confirmations` the chain waits for `mine`."""
        self.ask("POST", "/v1/sandbox/transfers", {"payment_intent": intent, **how})

    def mine(self, count: int = 2) -> None:
        self.ask("POST", "/v1/sandbox/blocks", {"count": count})

    def view(self, intent: str) -> Any:
        return self.ask("GET", f"/v1/payment_intents/{intent}")

    def until(self, intent: str, status: str, exception: str | None = None) -> str:
        """Wait until an intent stands so; return its id."""
        seen = self._wait(lambda: self.view(intent), lambda one: one["status"] == status)
        assert seen["exception"] == exception, seen["exception"]
        return intent

    def _wait(self, look: Callable[[], Any], enough: Callable[[Any], bool]) -> Any:
        ends = time.monotonic() + WAIT_SECONDS
        while not enough(seen := look()):
            assert time.monotonic() < ends, f"waited for long, and it is {seen}"
            time.sleep(0.05)
        return seen

    def seen(self, intent: str) -> str:
        """Wait until a payment of an intent was seen; return its id."""
        self._wait(lambda: self.view(intent)["payments"], bool)
        return intent

    def expire(self, intent: str) -> str:
        """End an intent's term now. The shortest a merchant may ask for is a minute."""
        now = datetime.now(UTC) - timedelta(seconds=1)
        ended = now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        with sqlite3.connect(self._data / "opentill.db", timeout=5) as database:
            database.execute(
                "UPDATE intents SET expires_at = ?, look_again_at = ? WHERE id = ?",
                (ended, ended, intent),
            )
        database.close()
        return intent

    def pull(self, intent: str, *levers: str) -> str:
        """Pull the sandbox's levers for an intent, one after the other; return its id."""
        for lever in levers:
            self.ask("POST", "/v1/sandbox/levers", {"payment_intent": intent, "lever": lever})
        return intent

    def standings(self) -> dict[str, str]:
        """Return an intent for each screen a shopper may meet, by the screen's name."""
        made = {
            "new": self.intent(),
            "choosing": f"{self.choice()}?choose=1",
            "pending": self.chosen(),
            "underpaid": self.pull(self.chosen(), "half"),
            "short": self.pull(self.chosen(), "half"),
            "processing": self.pull(self.chosen(), "stuck"),
            "settled": self.chosen(success_url="https://shop.example/thanks"),
            "overpaid": self.chosen(),
            "excess": self.pull(self.chosen(), "excess"),
            "expired": self.pull(self.chosen(), "expire"),
            "late": self.pull(self.chosen(), "late"),
            "failed": self.pull(self.chosen(), "fail"),
            "canceled": self.pull(self.chosen(cancel_url="https://shop.example/basket"), "cancel"),
            "unpriced": self.pull(self.chosen(), "price_unavailable"),
            "unseen": self.pull(self.chosen(), "chain_lagging"),
        }
        for name in ("settled", "overpaid"):
            self.pay(made[name], share="1.5" if name == "overpaid" else "1", confirmations=2)
        self.until(made["settled"], "succeeded")
        self.until(made["overpaid"], "succeeded", "overpaid")
        self.until(made["processing"], "processing")
        self.until(made["excess"], "mismatched", "overpaid")
        self.until(made["failed"], "failed")
        for name in ("underpaid", "late"):
            self.seen(made[name])
        self.until(self.pull(self.seen(made["short"]), "expire"), "mismatched", "underpaid")
        return made

    def choice(self) -> str:
        """Make an intent on which one of several ledgers was chosen."""
        made = self.intent()
        self.ask("POST", f"/v1/payment_intents/{made}/ledger", {"ledger": "sandbox_usdc"})
        return made
