"""What is counted and has to be none: faults axe finds, codes nobody reads, lies believed."""

import subprocess
import sys
from collections.abc import Iterator
from itertools import product

from app.words.languages import ENGLISH, LANGUAGES, catalogue_path
from budget.report import Row
from budget.stage import Stage
from e2e import axe, codes
from e2e.scenes import DRESSES, SCHEMES
from e2e.till import ROOT
from scripts.words import faults, gather, load

LOCALES, RIGHT_TO_LEFT = 50, 5


def accessible(stage: Stage) -> Iterator[Row]:
    """Let axe judge every screen in every dress and scheme."""
    context = stage.browser.new_context(viewport={"width": 320, "height": 640})
    axe.install(context)
    page = context.new_page()
    found = {"violations": 0, "incomplete": 0}
    for dress, path in product(DRESSES, stage.scenes.values()):
        page.goto(stage.till.url + dress.path(path))
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            for kind, _, targets in axe.found(page):
                found[kind] += len(targets)
    context.close()
    count = len(stage.scenes) * len(DRESSES) * len(SCHEMES)
    yield Row(
        line="axe",
        what=f"axe: violations and undecided on {len(stage.scenes)} screens × light/dark "
        f"× LTR/RTL × page/modal ({count} judged)",
        found=f"{found['violations']} and {found['incomplete']}",
        target="0 and 0",
        met=not any(found.values()),
    )


def readable(stage: Stage) -> Iterator[Row]:
    """Let two readers read every kind of code from every kind of screen."""
    context = stage.browser.new_context()
    count, wrong = codes.unread(context, stage.till)
    context.close()
    yield Row(
        line="codes",
        what=f"codes read exactly by zxing-cpp and zbar, {codes.VIEWS} views of each kind of URI",
        found=f"{count - len(wrong)} of {count}",
        target="all",
        anchor="12 of 12",
        met=count > 0 and not wrong,
    )


def words(stage: Stage) -> Iterator[Row]:
    """Count the languages with every text."""
    texts = gather()
    done = [
        one
        for one in LANGUAGES.values()
        if one is ENGLISH
        or (
            (path := catalogue_path(one.code)).is_file()
            and next(faults(one, texts, load(path)), None) is None
        )
    ]
    right = [one for one in done if one.direction == "rtl"]
    yield Row(
        line="locales",
        what="languages with every text in them; right to left",
        found=f"{len(done)}; {len(right)}",
        target=f"{LOCALES}; {RIGHT_TO_LEFT}",
        anchor="48",
        met=len(done) >= LOCALES and len(right) >= RIGHT_TO_LEFT,
    )


def tested(stage: Stage) -> Iterator[Row]:
    """Run the tests that are the proof of two lines."""
    for line, what, file in (
        ("hostile", "forged messages believed: tests against them", "e2e/test_hostile.py"),
        ("noscript", "without JavaScript: pay, see, receipt, form: tests", "e2e/test_no_script.py"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", file],
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
        yield Row(
            line=line,
            what=what,
            found=done.stdout.strip().splitlines()[-1].strip("= "),
            target="all pass",
            anchor="one / none",
            met=done.returncode == 0,
        )
