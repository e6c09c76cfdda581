"""The table: what was found, what it may be, and the best that others do."""

from collections.abc import Sequence

import msgspec


class Row(msgspec.Struct, kw_only=True):
    """One line. `met` None: it is told and not judged."""

    line: str
    what: str
    found: str
    target: str
    anchor: str = ""
    met: bool | None


def table(rows: Sequence[Row]) -> str:
    """Return the rows as Markdown."""
    lines = [
        "| line | what | today | target | floor / best anchor | |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        verdict = {None: "", True: "met", False: "**missed**"}[row.met]
        cells = (row.line, row.what, row.found, row.target, row.anchor, verdict)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines)
