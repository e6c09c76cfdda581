"""The README's first payment, run line by line as a reader would."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

from tests.components.parts import free_port

ROOT = Path(__file__).parent.parent
SECONDS_MAX = 60


def first_payment() -> str:
    """Return the README's shell lines between its mark and the next section."""
    text = (ROOT / "README.md").read_text()
    section = text.split("<!-- tested: first payment -->")[1].split("## Recipes")[0]
    return "\n".join(re.findall(r"```sh\n(.*?)```", section, flags=re.S))


def test_the_first_payment_goes_as_the_readme_says(tmp_path: Path) -> None:
    receiver = free_port()
    command = [sys.executable, "-m", "app", "demo", "--port", "0", "--json"]
    demo = subprocess.Popen(
        [*command, "--data", str(tmp_path / "var")], cwd=ROOT, stdout=subprocess.PIPE
    )
    try:
        assert demo.stdout is not None
        told = json.loads(demo.stdout.readline())
        script = first_payment().replace("9000", str(receiver))
        script = script.replace(".venv/bin/python", sys.executable)
        script = script.replace("> qr.svg", f"> {tmp_path / 'qr.svg'}")
        ran = subprocess.run(
            ["bash", "-c", f"cd {ROOT}; trap 'kill $(jobs -p)' EXIT; {script}\nsleep 2"],
            env=os.environ | {"TILL": told["url"], "SK": told["secret_key"]},
            capture_output=True,
            text=True,
            timeout=SECONDS_MAX,
        )
    finally:
        demo.send_signal(signal.SIGTERM)
        demo.wait(10)
        assert demo.stdout is not None
        demo.stdout.close()
    out = ran.stdout
    assert "verified payment_intent.succeeded" in out, out + ran.stderr
    statuses = re.findall(r'^data: .*?"status":"(\w+)"', out, flags=re.M)
    assert list(dict.fromkeys(statuses)) == ["requires_payment", "processing", "succeeded"]
    assert '"uri":"sandbox:' in out
    assert "<svg" in (tmp_path / "qr.svg").read_text()
