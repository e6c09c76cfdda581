"""Lighthouse's own opinion. It is large, so its packages lie apart and come when asked for."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from budget.report import Row
from budget.stage import Stage
from tests.components import CHROMIUM_ARGS, MissingPart, chromium_path, node_path

HOME = Path(__file__).parent / "lighthouse"
PROGRAM = HOME / "node_modules" / "lighthouse" / "cli" / "index.js"
LEAST = {"performance": 99, "accessibility": 100, "best-practices": 100}
ROUNDS = 3
SECONDS_MAX = 180


def opinion(stage: Stage) -> Iterator[Row]:
    """Have the page that waits for money judged as on a phone."""
    if not PROGRAM.exists():
        raise MissingPart("Lighthouse is missing: `make budget` installs it.")
    found = [_judge(stage, number) for number in range(ROUNDS)]
    scores = {name: round(median(one[name] for one in found)) for name in LEAST}
    yield Row(
        line="lighthouse",
        what=f"Lighthouse: {', '.join(LEAST)}, median of {ROUNDS}",
        found=", ".join(str(one) for one in scores.values()),
        target="≥ " + ", ".join(str(one) for one in LEAST.values()),
        anchor="100 each",
        met=all(scores[name] >= least for name, least in LEAST.items()),
    )


def _judge(stage: Stage, number: int) -> dict[str, float]:
    told = stage.home / f"lighthouse-{number}.json"
    flags = " ".join(("--headless=new", *CHROMIUM_ARGS))
    done = subprocess.run(
        [
            *(shutil.which("node") or node_path(), str(PROGRAM)),
            f"{stage.till.url}/i/{stage.till.chosen()}",
            "--quiet",
            f"--chrome-flags={flags}",
            f"--only-categories={','.join(LEAST)}",
            "--output=json",
            f"--output-path={told}",
        ],
        env=os.environ | {"CHROME_PATH": chromium_path(), "HOME": str(stage.home)},
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
    )
    if done.returncode:
        raise MissingPart(f"Lighthouse did not finish: {done.stderr[-500:]}")
    said = json.loads(told.read_text())["categories"]
    return {name: said[name]["score"] * 100 for name in LEAST}
