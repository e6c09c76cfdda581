"""The official x402 core weighs a hundred megabytes: nobody carries it before the first payment.

And with it comes a library that lets the process recurse until its stack ends: not ours.
"""

import subprocess
import sys
from pathlib import Path

from tests.components.parts import ROOT
from tests.x402.payer import GAS_KEY

START = """
import asyncio, pathlib, sys
from app.asgi import create_app
from app.house import House
from app.settings import load

async def start() -> None:
    create_app(House(load(data=pathlib.Path(sys.argv[1]))))

asyncio.run(start())
heavy = {"x402", "web3", "pydantic", "eth_account", "eth_abi", "aiohttp"}
print(sorted(heavy & set(sys.modules)))
"""
CHAIN = '[[chains]]\nid = "eip155:8453"\nrpc = ["http://127.0.0.1:9"]\n'


def test_a_house_that_could_settle_starts_without_the_core(tmp_path: Path) -> None:
    config = tmp_path / "opentill.toml"
    config.write_text(CHAIN)
    environ = {"PYTHONPATH": str(ROOT), "OPENTILL_CONFIG": str(config)}
    ran = subprocess.run(
        [sys.executable, "-c", START, str(tmp_path)],
        env=environ | {"OPENTILL_X402_GAS_KEY": GAS_KEY},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout == "[]\n"


DEEP = """
import sys
from app.rails.evm import depth

before = sys.getrecursionlimit()
with depth.kept():
    from app.rails.evm import core
assert "py_ecc" in sys.modules
print(before == sys.getrecursionlimit())
sys.setrecursionlimit(before + 1)
print(before + 1 == sys.getrecursionlimit())
"""


def test_the_core_does_not_let_the_process_recurse_deeper() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", DEEP],
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout == "True\nTrue\n"
