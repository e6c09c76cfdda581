"""What every test may ask for: the still world and the real components.

Components start when first asked for, once per test process, and stop with it. Each one
listens on a free loopback port, so two test processes never meet.
"""

import faulthandler
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import structlog

from app.rails.evm import depth
from tests.components import (
    Anvil,
    Bcoin,
    Channel,
    ElectrumX,
    Litecoind,
    Postgres,
    Receiver,
    chromium,
)
from tests.components.nursery import Nursery
from tests.components.postgres import Prepare
from tests.still import StillWorld

if TYPE_CHECKING:
    from playwright.sync_api import Browser

with depth.kept():  # the official clients import it too, as the house never does
    import py_ecc as py_ecc


MEMORY = Path("/dev/shm")  # noqa: S108 -- each run makes a folder of its own there
MEMORY_BYTES_MIN = 4 * 1024**3


def write_to_memory() -> None:
    """Put what the tests write into memory where it has room; TMPDIR names another place.

    Every test has a database of its own: on some disks their files take a third of the time.
    """
    if "TMPDIR" in os.environ or not os.access(MEMORY, os.W_OK | os.X_OK):
        return
    roomy = shutil.disk_usage(MEMORY).free > MEMORY_BYTES_MIN
    if roomy and not os.statvfs(MEMORY).f_flag & os.ST_NOEXEC:
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = None


write_to_memory()
POLLING: list[ElectrumX] = []  # each looks at its node many times a second


@pytest.fixture
def world() -> StillWorld:
    """A still world of the test's own."""
    return StillWorld()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL cluster; ask `postgres_database` for a database in it."""
    with Postgres() as cluster:
        yield cluster


@pytest.fixture
def postgres_database(postgres: Postgres) -> Iterator[Callable[..., str]]:
    """Make fresh databases: `postgres_database()` or `postgres_database(migrate)` → a URL.

    A function given is called once per process with the URL of a template to prepare; every
    database made with the same function is a copy of that template.
    """
    made: list[str] = []

    def make(prepare: Prepare | None = None) -> str:
        made.append(postgres.database(prepare))
        return made[-1]

    yield make
    for url in made:
        postgres.drop(url)


@pytest.fixture(scope="session")
def anvil_factory() -> Iterator[Callable[..., Anvil]]:
    """Start anvil nodes: `anvil_factory(chain_id=8453, block_seconds=1)`."""
    started: list[Anvil] = []

    def start(chain_id: int = 31337, **options: object) -> Anvil:
        started.append(Anvil(chain_id, **options))  # type: ignore[arg-type]
        return started[-1]

    yield start
    for node in started:
        node.stop()


@pytest.fixture(scope="session")
def anvil(anvil_factory: Callable[..., Anvil]) -> Anvil:
    """The process's shared node, chain id 31337, mining per transaction."""
    return anvil_factory()


@pytest.fixture(scope="session")
def bcoin() -> Iterator[Bcoin]:
    """The process's Bitcoin node on regtest, mining when told; its purse has coins."""
    with Bcoin() as node:
        yield node


@pytest.fixture(scope="session")
def electrumx(bcoin: Bcoin) -> Iterator[ElectrumX]:
    """An Electrum server over that node. Both rest while no test asks for them."""
    with ElectrumX(bcoin) as server:
        POLLING.append(server)
        yield server
        POLLING.remove(server)


@pytest.fixture(scope="module")
def channel(bcoin: Bcoin, electrumx: ElectrumX) -> Iterator[Channel]:
    """Two Lightning nodes over that server, with a channel between; they take long to start."""
    with Channel(electrumx, bcoin.purse) as pair:
        yield pair


@pytest.fixture(scope="session")
def litecoind() -> Iterator[Litecoind]:
    """The process's Litecoin node on regtest, mining when told; its purse has coins."""
    with Litecoind() as node:
        yield node


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """Where `opentill` processes are born by fork, quickly."""
    with Nursery() as mother:
        yield mother


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A web server that keeps what it hears: the far end of a webhook."""
    with Receiver() as server:
        yield server


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    """The machine's Chromium, driven by Playwright's synchronous API.

    While it lives its event loop counts as running, so a module that asks for it has plain
    test functions only.
    """
    with chromium() as launched:
        yield launched


# Files that take long with few tests: begun last, one of them would keep a process busy alone.
LONG_FIRST = (
    "tests/crash/",
    "tests/sim/",
    "tests/rails/test_bitcoin_sources.py",
    "tests/rails/test_bitcoin_payments.py",
    "tests/rails/test_coin_contract.py",
    "tests/rails/test_litecoin_payments.py",
    "tests/rails/test_evm_kill.py",
    "tests/web/test_schemathesis.py",
    "tests/test_cli.py",
    "e2e/",
)


RUN_SECONDS_MAX = 50 * 60  # a test has its own limit; a process that hangs between two has this


def give_up() -> None:
    print(f"\nThe run hangs: it did not end in {RUN_SECONDS_MAX} seconds.", file=sys.stderr)
    faulthandler.dump_traceback(sys.stderr)
    os._exit(1)


def pytest_configure(config: pytest.Config) -> None:
    """End what hangs; log plainly, as a house does: the default draws tracebacks for seconds."""
    if not hasattr(config, "workerinput"):
        limit = threading.Timer(RUN_SECONDS_MAX, give_up)
        limit.daemon = True
        limit.start()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(key_order=["event"]),
        ]
    )


@pytest.hookimpl(tryfirst=True)  # before any fixture of the test asks it something
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let rest what a test has no need of. A demo of the end-to-end tests always may have."""
    asked = {"bcoin", "electrumx"}.intersection(getattr(item, "fixturenames", ()))
    for server in POLLING:
        if asked or item.path.is_relative_to(item.config.rootpath / "e2e"):
            server.wake()
        else:
            server.rest()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest; the rest stays in its order."""

    def rank(item: pytest.Item) -> int:
        path = item.path.relative_to(item.config.rootpath).as_posix()
        return next(
            (place for place, start in enumerate(LONG_FIRST) if path.startswith(start)),
            len(LONG_FIRST),
        )

    items.sort(key=rank)
