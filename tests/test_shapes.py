"""No thread meets a Struct that msgspec has not looked at: two that did ended the process."""

import subprocess
import sys
from pathlib import Path

from tests.components.parts import ROOT

HOUSE = """
import asyncio, pathlib, sys
from app import shapes
from app.asgi import create_app
from app.house import House
from app.settings import load

learnt = []
shapes.learn, learn = lambda: (learn(), learnt.append(set(shapes._KNOWN))), shapes.learn

async def start() -> None:
    create_app(House(load(data=pathlib.Path(sys.argv[1]))))

asyncio.run(start())
learn()
late = {one.__name__ for one in shapes._KNOWN - learnt[0]}
# Litestar makes one a handler, and the loop's thread alone decodes those.
print(len(learnt[0]) > 100, [name for name in late if not name.endswith("signature_model")])
"""

RACE = """
import sys, threading
import msgspec
from app import shapes

sys.setswitchinterval(1e-6)
for n in range(100):
    inner = msgspec.defstruct("I", [(f"f{i}", int) for i in range(30)], module="app.race")
    outer = msgspec.defstruct("O", [(f"g{i}", inner) for i in range(30)], module="app.race")
    row = {f"g{i}": {f"f{j}": 1 for j in range(30)} for i in range(30)}
    shapes.learn()
    barrier = threading.Barrier(6)
    def convert():
        barrier.wait()
        msgspec.convert(row, outer)
    threads = [threading.Thread(target=convert) for _ in range(6)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
print("fine")
"""


def run(code: str, *given: str) -> str:
    ran = subprocess.run(
        [sys.executable, "-c", code, *given],
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    return ran.stdout


def test_a_house_knows_every_shape_before_its_threads_start(tmp_path: Path) -> None:
    assert run(HOUSE, str(tmp_path)) == "True []\n"


def test_threads_that_share_a_known_shape_are_safe() -> None:
    assert run(RACE) == "fine\n"
