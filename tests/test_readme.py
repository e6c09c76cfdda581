"""The README's first payment, run line by line as a reader would."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.components.parts import free_port

ROOT = Path(__file__).parent.parent
SECONDS_MAX = 60


def moving() -> str:
    """Return the README's shell lines for programs that come from BTCPay Server."""
    text = (ROOT / "README.md").read_text()
    section = text.split("<!-- tested: coming from BTCPay Server -->")[1].split("###")[0]
    return "\n".join(re.findall(r"```sh\n(.*?)```", section, flags=re.DOTALL))


def first_payment() -> str:
    """Return the README's shell lines between its mark and the next section."""
    text = (ROOT / "README.md").read_text()
    section = text.split("<!-- tested: first payment -->")[1].split("## Recipes")[0]
    return "\n".join(re.findall(r"```sh\n(.*?)```", section, flags=re.DOTALL))


@contextmanager
def demo(folder: Path) -> Iterator[dict[str, str]]:
    """Run a demo, and give what it tells of itself to the shell lines."""
    command = [sys.executable, "-m", "app", "demo", "--port", "0", "--json"]
    running = subprocess.Popen(
        [*command, "--data", str(folder / "var")], cwd=ROOT, stdout=subprocess.PIPE
    )
    try:
        assert running.stdout is not None
        told = json.loads(running.stdout.readline())
        yield os.environ | {"TILL": told["url"], "SK": told["secret_key"]}
    finally:
        running.send_signal(signal.SIGTERM)
        running.wait(10)
        assert running.stdout is not None
        running.stdout.close()


def ran(script: str, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run shell lines as a reader would."""
    return subprocess.run(
        ["bash", "-c", f"cd {ROOT}; {script}"],
        env=environ,
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )


def test_the_first_payment_goes_as_the_readme_says(tmp_path: Path) -> None:
    script = first_payment().replace("9000", str(free_port()))
    script = script.replace(".venv/bin/python", sys.executable)
    script = script.replace("> qr.svg", f"> {tmp_path / 'qr.svg'}")
    with demo(tmp_path) as environ:
        done = ran(f"trap 'kill $(jobs -p)' EXIT; {script}\nsleep 2", environ)
    out = done.stdout
    assert "verified payment_intent.succeeded" in out, out + done.stderr
    statuses = re.findall(r'^data: .*?"status":"(\w+)"', out, flags=re.MULTILINE)
    assert list(dict.fromkeys(statuses)) == ["requires_payment", "processing", "succeeded"]
    assert '"uri":"sandbox:' in out
    assert "<svg" in (tmp_path / "qr.svg").read_text()


def test_a_program_of_btcpays_moves_as_the_readme_says(tmp_path: Path) -> None:
    with demo(tmp_path) as environ:
        done = ran(moving(), environ)
        made = json.loads(done.stdout)
        assert (made["amount"], made["status"]) == ("25.00", "New"), done.stderr
        assert made["checkoutLink"] == f"{environ['TILL']}/i/{made['id']}"
        assert made["metadata"]["orderId"] == "1042"
        page = ran(f"curl -sL '$TILL/invoice?id={made['id']}'".replace("'", '"'), environ).stdout
    assert "How would you like to pay?" in page
