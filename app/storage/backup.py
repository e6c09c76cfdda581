"""Back a SQLite database up while it is in use: SQLite's own online copy, then a check."""

import sqlite3
from pathlib import Path

from app.errors import Invalid

PAGES = 1000  # copied at a time, so that the writer is never kept waiting


def backup(url: str, to: Path) -> None:
    """Copy the database to a new file, whole and consistent, and check the copy."""
    if not url.startswith("sqlite"):
        raise Invalid.field("database_url", "is PostgreSQL: use pg_dump, which does this best")
    if to.exists():
        raise Invalid.field("to", f"{to} exists: a backup overwrites nothing")
    source = sqlite3.connect(f"file:{url.removeprefix('sqlite:///')}?mode=ro", uri=True)
    target = sqlite3.connect(to)
    try:
        with target:
            source.backup(target, pages=PAGES)
        verdict = target.execute("PRAGMA integrity_check").fetchone()[0]
        if verdict != "ok":
            raise Invalid.field("to", f"the copy is damaged: {verdict}")
    finally:
        target.close()
        source.close()
