"""Fill a database: clone one real row of each kind until there are a million.

The rows come from the product itself, made over its API, so a clone is as wide and as
deep as what merchants have. Ids are scattered as real ones are, so that indexes grow in
the middle and not at their end.
"""

from collections.abc import Mapping

from sqlalchemy import Connection, Table, create_engine, func, insert, select, text

from app.storage import tables
from app.storage.engines import driver_url, sqlite_engine

CHUNK = 100_000
OPEN_MAX = 100_000  # places watched; the rest are past their time
ENDPOINTS = 20
PENDING_EVERY = 100  # one intent in so many has a delivery due
CLONED = (
    tables.intents,
    tables.labels,
    tables.places,
    tables.events,
    tables.payments,
    tables.deliveries,
)
SCATTER = "10000000000 + (i * 2654435761) % 4294967296"  # odd factor: no number comes twice


class Filling:
    """Makes an account's data grow, step by step."""

    def __init__(self, url: str, account: str, intent: str) -> None:
        self.size = 0
        self._sqlite = url.startswith("sqlite")
        if self._sqlite:
            self._engine = sqlite_engine(url, writes=True)
        else:
            self._engine = create_engine(driver_url(url))
        self._account = account
        self._intent = intent

    def grow(self, size: int) -> None:
        """Add what is missing to `size` intents, with all that hangs on them."""
        with self._engine.connect() as connection:
            self._hurry(connection)
            if not self.size:
                self._seed(connection)
            indexes = [index for table in CLONED for index in table.indexes]
            if size - self.size >= CHUNK:  # built anew faster than grown
                for index in indexes:
                    index.drop(connection)
                connection.commit()
            last = connection.execute(select(func.max(tables.events.c.sequence))).scalar_one()
            behind = last - self.size  # the product has appended events of its own meanwhile
            for start in range(self.size, size, CHUNK):
                self._add(connection, start + 1, min(start + CHUNK, size), behind)
                connection.commit()
            for index in indexes:
                index.create(connection, checkfirst=True)
            connection.commit()
            self.size = size
            self._pragma(connection, "journal_mode=WAL")
            if not self._sqlite:
                connection.exec_driver_sql("ANALYZE")  # as autovacuum would, given time
                connection.commit()

    def _hurry(self, connection: Connection) -> None:
        """Fill without what protects real data; this connection does nothing else."""
        self._pragma(connection, "journal_mode=OFF")
        self._pragma(connection, "synchronous=OFF")
        self._pragma(connection, "foreign_keys=OFF")
        self._pragma(connection, "cache_size=-500000")
        if not self._sqlite:
            connection.exec_driver_sql("SET synchronous_commit = off")
            connection.exec_driver_sql("SET maintenance_work_mem = '256MB'")
            connection.exec_driver_sql("SET session_replication_role = replica")

    def _pragma(self, connection: Connection, pragma: str) -> None:
        if self._sqlite and (driver := connection.connection.driver_connection) is not None:
            driver.execute(f"PRAGMA {pragma}")

    def close(self) -> None:
        self._engine.dispose()

    @staticmethod
    def order(number: int) -> str:
        """Return the order id of one clone."""
        return f"B-{number}"

    @staticmethod
    def address(number: int) -> str:
        """Return the address of one clone's place."""
        return f"at_{_scattered(number)}"

    @staticmethod
    def intent(number: int) -> str:
        """Return the id of one clone."""
        return f"pi_{_scattered(number)}"

    def _seed(self, connection: Connection) -> None:
        """Make the rows that the API alone does not: endpoints, a delivery, a payment."""
        event = connection.execute(
            select(tables.events.c.id, tables.events.c.created_at).where(
                tables.events.c.aggregate == self._intent
            )
        ).one()
        for number in range(ENDPOINTS):
            connection.execute(
                insert(tables.endpoints),
                {
                    "id": f"we_{number}",
                    "account": self._account,
                    "url": "http://127.0.0.1:9/",
                    "event_types": ("*",),
                    "dialect": "native",
                    "signature": "standard",
                    "active": False,  # nobody is to carry them while requests are measured
                    "secret_sealed": "",
                    "created_at": event.created_at,
                },
            )
        connection.execute(
            insert(tables.deliveries),
            {
                "id": "dl_seed",
                "account": self._account,
                "endpoint": "we_0",
                "event": event.id,
                "aggregate": self._intent,
                "sequence": 0,
                "type": "payment_intent.created",
                "topic": "payment_intent.created",
                "status": "succeeded",
                "created_at": event.created_at,
            },
        )
        connection.execute(
            insert(tables.payments),
            {
                "id": "pay_seed",
                "account": self._account,
                "intent": self._intent,
                "chain": "sandbox:1",
                "tx": "0x" + "0" * 64,
                "index": 0,
                "ledger": "sandbox_usdc",
                "to": "x",
                "amount": 10_000_000,
                "confirmations": 12,
                "confirmations_required": 2,
                "final": True,
                "settled": True,
                "quote_amount": 10_000_000,
                "arrived_at": event.created_at,
                "created_at": event.created_at,
            },
        )
        connection.commit()

    def _add(self, connection: Connection, first: int, last: int, behind: int) -> None:
        spread = "CASE WHEN i % 20 = 0 THEN 'requires_payment' WHEN i % 4 = 0 THEN 'expired' "
        clones: list[tuple[Table, str, str, Mapping[str, str]]] = [
            (
                tables.intents,
                f"id = '{self._intent}'",
                "true",
                {
                    "id": f"'pi_' || CAST({SCATTER} AS VARCHAR(20))",
                    "status": spread + "ELSE 'succeeded' END",
                    "order_id": "'B-' || CAST(i AS VARCHAR(20))",
                    "expires_at": self._time("86400"),
                    "look_again_at": f"CASE WHEN i % 20 = 0 THEN {self._time('86400')} END",
                    "created_at": self._time("i - 2000000"),
                },
            ),
            (
                tables.labels,
                f"intent = '{self._intent}' AND key = 'cart'",
                "true",
                {
                    "intent": f"'pi_' || CAST({SCATTER} AS VARCHAR(20))",
                    "value": "'c-' || CAST(i AS VARCHAR(20))",
                    "created_at": self._time("i - 2000000"),
                },
            ),
            (
                tables.labels,
                f"intent = '{self._intent}' AND key = 'table'",
                "true",
                {
                    "intent": f"'pi_' || CAST({SCATTER} AS VARCHAR(20))",
                    "value": "CAST(i % 50 AS VARCHAR(20))",
                    "created_at": self._time("i - 2000000"),
                },
            ),
            (
                tables.places,
                f"intent = '{self._intent}'",
                "true",
                {
                    "intent": f"'pi_' || CAST({SCATTER} AS VARCHAR(20))",
                    "address": f"'at_' || CAST({SCATTER} AS VARCHAR(20))",
                    "slot": "i + 1000000",
                    "watch_until": f"CASE WHEN i <= {OPEN_MAX} THEN {self._time('864000')} "
                    f"ELSE {self._time('-864000')} END",
                },
            ),
            (
                tables.events,
                f"aggregate = '{self._intent}' AND version = 1",
                "true",
                {
                    "id": f"'evt_' || CAST({SCATTER} AS VARCHAR(20))",
                    "aggregate": f"'pi_' || CAST({SCATTER} AS VARCHAR(20))",
                    "sequence": f"i + {behind}",
                    "data": "'{}'",  # nobody reads a clone's history
                    "created_at": self._time("i - 2000000"),
                },
            ),
            (
                tables.payments,
                "id = 'pay_seed'",
                "i % 20 <> 0 AND i % 4 <> 0",
                {
                    "id": f"'pay_' || CAST({SCATTER} AS VARCHAR(20))",
                    "intent": f"'pi_' || CAST({SCATTER} AS VARCHAR(20))",
                    "tx": "'0x' || CAST(i AS VARCHAR(20))",
                },
            ),
            (
                tables.deliveries,
                "id = 'dl_seed'",
                "i % 10 = 0",
                {
                    "id": f"'dl_' || CAST({SCATTER} AS VARCHAR(20))",
                    "endpoint": f"'we_' || CAST((i / 10) % {ENDPOINTS} AS VARCHAR(20))",
                    "event": f"'evt_' || CAST({SCATTER} AS VARCHAR(20))",
                    "aggregate": f"'pi_' || CAST({SCATTER} AS VARCHAR(20))",
                    "sequence": f"i + {behind}",
                    "status": f"CASE WHEN i % {PENDING_EVERY} = 0 THEN 'pending' "
                    "ELSE 'succeeded' END",
                    "due_at": f"CASE WHEN i % {PENDING_EVERY} = 0 THEN {self._time('-60')} END",
                },
            ),
        ]
        for table, seed, which, changed in clones:
            self._clone(connection, table, seed, which, changed, first, last)
        most = select(func.max(tables.events.c.sequence)).scalar_subquery()
        connection.execute(tables.accounts.update().values(last_sequence=most))

    def _clone(
        self,
        connection: Connection,
        table: Table,
        seed: str,
        which: str,
        changed: Mapping[str, str],
        first: int,
        last: int,
    ) -> None:
        names = ", ".join(f'"{column.name}"' for column in table.columns)
        values = ", ".join(
            changed.get(column.name, f'seed."{column.name}"') for column in table.columns
        )
        connection.execute(
            text(
                f"INSERT INTO {table.name} ({names}) "
                "WITH RECURSIVE series(i) AS (SELECT CAST(:first AS BIGINT) UNION ALL "
                "SELECT i + 1 FROM series WHERE i < :last) "
                f"SELECT {values} FROM series "
                f"CROSS JOIN (SELECT * FROM {table.name} WHERE {seed}) AS seed WHERE {which}"
            ),
            {"first": first, "last": last},
        )

    def _time(self, seconds: str) -> str:
        """Return SQL for an instant so many seconds from now, as the columns keep it."""
        if self._sqlite:
            made = f"strftime('%Y-%m-%dT%H:%M:%S', 'now', CAST({seconds} AS TEXT) || ' seconds')"
            return f"({made} || '.000000Z')"
        return f"(now() + ({seconds}) * interval '1 second')"


def _scattered(number: int) -> int:
    """Return what `SCATTER` makes of a number."""
    return 10000000000 + (number * 2654435761) % 4294967296
