"""A transaction as a function sees it."""

from datetime import datetime

from sqlalchemy import Connection


class Tx:
    """One transaction: a connection, the instant it began, and the rings it owes."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self.connection = connection
        self.execute = connection.execute
        self.now = now
        self.rings: dict[str, None] = {}

    @property
    def is_sqlite(self) -> bool:
        return self.connection.dialect.name == "sqlite"

    def ring(self, name: str) -> None:
        """Wake the listeners of `name` once this is committed."""
        self.rings[name] = None
