"""`python -m scripts.greenfield`: writes into docs/greenfield.md which operations are served.

Nobody keeps that list: it is the table of all operations beside the routes that there are.
"""

import re
import tempfile
from itertools import groupby
from pathlib import Path

from litestar import Litestar

from app.asgi import create_app
from app.compat.greenfield import operations
from app.compat.greenfield.operations import Operation
from app.house import House
from app.settings import load

PAGE = Path(__file__).parent.parent / "docs" / "greenfield.md"
BEGINS, ENDS = "<!-- operations: begin -->\n", "<!-- operations: end -->\n"


def served(app: Litestar) -> set[str]:
    """Return what is answered, as `METHOD /path/{}`."""
    return {
        f"{method} {plain(route.path)}"
        for route in app.routes
        for method in getattr(route, "methods", ())
    }


def plain(path: str) -> str:
    """Return a path with its gaps unnamed."""
    return re.sub(r"\{[^}]+\}", "{}", path)


def is_served(one: Operation, known: set[str]) -> bool:
    """Tell whether an operation has a route of its own."""
    return f"{one.method} {plain(one.path)}" in known


def table(known: set[str]) -> str:
    """Return the table of every operation, by what it is about."""
    lines = ["| About | Served | Refused with 501 |", "|---|---|---|"]
    total = 0
    for group, found in groupby(operations.all(), key=lambda one: one.group):
        ops = list(found)
        yes = [one for one in ops if is_served(one, known)]
        no = [one for one in ops if one not in yes]
        total += len(yes)
        lines.append(f"| {group} ({len(yes)} of {len(ops)}) | {_cell(yes)} | {_cell(no)} |")
    count = f"Served: {total} of {len(operations.all())}.\n\n"
    return count + "\n".join(lines) + "\n"


def page(known: set[str]) -> str:
    """Return the page with its table as it should be."""
    before, _, rest = PAGE.read_text().partition(BEGINS)
    _, _, after = rest.partition(ENDS)
    return f"{before}{BEGINS}\n{table(known)}\n{ENDS}{after}"


def _cell(ops: list[Operation]) -> str:
    short = (one.path.removeprefix(operations.ROOT) for one in ops)
    by_path: dict[str, list[str]] = {}
    for one, path in zip(ops, short, strict=True):
        by_path.setdefault(path, []).append(one.method)
    return "<br>".join(f"{' '.join(methods)} `{path}`" for path, methods in by_path.items())


def main() -> None:
    """Write the table anew."""
    with tempfile.TemporaryDirectory() as folder:
        house = House(load({}, data=Path(folder)))
        known = served(create_app(house, workers=False))
    PAGE.write_text(page(known))


if __name__ == "__main__":
    main()
