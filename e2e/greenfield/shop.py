"""What both tests of Greenfield's clients share: calls, payments on regtest, and waiting."""

import json
import subprocess
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx

from e2e.till import Till
from tests.components import Bcoin
from tests.components.parts import ROOT, MissingPart, node_path

DRIVER = Path(__file__).parent / "client.mjs"
PACKAGE = "btcpay-greenfield-node-client"
CALL_SECONDS = 60
PAID_SECONDS = 40
BITCOIN = 10**8


def npm(till: Till, *calls: tuple[str, str, dict[str, Any]]) -> list[Any]:
    """Let npm's client do calls, one after the other, and return what it got."""
    if not (ROOT / "node_modules" / PACKAGE).exists():
        raise MissingPart(f"The client {PACKAGE} is missing: `make test` installs its npm package.")
    asked = {"base": till.url, "token": till.sk, "calls": calls}
    done = subprocess.run(
        [node_path(), str(DRIVER)],
        cwd=ROOT,
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        timeout=CALL_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: list[Any] = json.loads(done.stdout)
    return found


def ask(till: Till, method: str, path: str, body: Any = None) -> Any:
    """Send a request as the PHP client does; 200 is the only success it knows."""
    headers = {
        "Accept": "application/json",
        "Content-Type": "application/json",
        "Authorization": f"token {till.sk}",
    }
    content = None if body is None else json.dumps(body)
    with httpx.Client(base_url=till.url, timeout=20, trust_env=False) as client:
        answer = client.request(method, f"/api/v1/{path}", headers=headers, content=content)
    assert answer.status_code == 200, f"{method} {path}: {answer.status_code} {answer.text}"
    return answer.json() if answer.content else None


def pay(bcoin: Bcoin, way: dict[str, Any]) -> None:
    """Send all that is due by a payment method."""
    bcoin.purse.pay(way["destination"], int(Decimal(way["due"]) * BITCOIN))


def wait_for(done: Callable[[], bool]) -> None:
    """Wait until something is so."""
    ends = time.monotonic() + PAID_SECONDS
    while not done():
        assert time.monotonic() < ends, "waited long"
        time.sleep(0.05)


def until(look: Callable[[], Any], status: str) -> Any:
    """Wait until an invoice is read with this status; return it."""
    ends = time.monotonic() + PAID_SECONDS
    while (seen := look())["status"] != status:
        assert time.monotonic() < ends, f"waited long for {status}, and it is {seen['status']}"
        time.sleep(0.1)
    return seen
