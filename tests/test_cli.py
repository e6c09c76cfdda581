"""The command line, as an operator types it: real processes, real files, exit statuses.

Errands are born by fork: dozens of starts would take minutes. What serves is started whole.
"""

import contextlib
import os
import re
import signal
import socket
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import httpx
import pytest

from tests.components import Anvil, free_port
from tests.components.nursery import Nursery
from tests.components.parts import ROOT, Part
from tests.houses import new_database

STREAMS = 50
STOP_SECONDS_MAX = 3.0
ENVIRON = {"PATH": os.environ.get("PATH", "")}  # nothing of the machine's own settings
SECRET = "a secret of more than thirty-two characters"


class Operator:
    """Whoever sits at the command line, with a data directory of their own."""

    def __init__(self, folder: Path, nursery: Nursery) -> None:
        self._nursery = nursery
        self.data = folder / "data"
        self.folder = folder
        self.environ = ENVIRON | {"OPENTILL_DATA": str(self.data), "PYTHONPATH": str(ROOT)}

    def run(self, *words: str, **environ: str) -> str:
        """Run a command that does what it is told; return what it printed, both ways."""
        return self._done(0, words, environ)

    def refused(self, *words: str, **environ: str) -> str:
        """Run a command that refuses, with exit status 1 and a word of why."""
        return self._done(1, words, environ)

    def _done(self, status: int, words: Sequence[str], environ: Mapping[str, str]) -> str:
        ended, said = self._nursery.run(words, self.environ | dict(environ), self.folder)
        assert ended == status, f"{words} exited {ended}: {said}"
        assert "Traceback" not in said, said
        return said

    @contextlib.contextmanager
    def serving(self, *words: str) -> Iterator[tuple[Part, str]]:
        """Serve; yield the process and its address once it is ready."""
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", "app", "serve", "--port", str(port), *words]
        log = self.folder / "serve.log"
        part = Part(command, log, environ=self.environ, directory=self.folder)
        try:
            part.wait_until(lambda: answers(f"{url}/readyz"))
            yield part, url
        finally:
            part.stop()


def answers(url: str) -> bool:
    with contextlib.suppress(httpx.HTTPError):
        return httpx.get(url, timeout=5).status_code == 200
    return False


def grown_beyond(made: list[str], many: int) -> None:
    """Wait until a writer has made more than so many."""
    deadline = time.monotonic() + 30
    while len(made) <= many:
        assert time.monotonic() < deadline, "the writer is kept waiting"
        time.sleep(0.01)


@pytest.fixture
def operator(tmp_path: Path, nursery: Nursery) -> Operator:
    return Operator(tmp_path, nursery)


def made_account(operator: Operator, *words: str) -> tuple[str, str, str]:
    """Make an account; return its id, secret key and publishable key."""
    said = operator.run("account", "Tea & Co", *words)
    lines = {line.split()[0]: line.split()[-1] for line in said.splitlines()}
    return lines["account"], lines["secret"], lines["publishable"]


def test_migrate_makes_a_database_once(operator: Operator) -> None:
    assert "Migrated to" in operator.run("migrate")
    assert "Already at" in operator.run("migrate")
    assert (operator.data / "opentill.db").exists()


def test_an_account_is_made_with_its_keys_and_listed_without_them(operator: Operator) -> None:
    id, secret, publishable = made_account(operator)
    assert (secret[:8], publishable[:8]) == ("sk_test_", "pk_test_")
    _, live, _ = made_account(operator, "--live")
    assert live[:8] == "sk_live_"
    listed = operator.run("account")
    assert f"{id} test Tea & Co" in listed
    assert secret not in listed
    key = operator.data / "secret.key"
    assert key.stat().st_mode & 0o777 == 0o600


def test_keys_are_made_listed_and_revoked(operator: Operator) -> None:
    id, _, _ = made_account(operator)
    made = operator.run("key", id, "secret", "--name", "till 2").strip()
    assert made.startswith("sk_test_")
    listed = operator.run("key", id)
    assert "till 2" in listed
    assert made not in listed
    (line,) = [line for line in listed.splitlines() if "till 2" in line]
    operator.run("key", id, "--revoke", line.split()[0])
    assert "revoked till 2" in operator.run("key", id)
    assert "no living key" in operator.refused("key", id, "--revoke", line.split()[0])


def test_a_link_is_made_and_its_address_printed(operator: Operator) -> None:
    id, _, _ = made_account(operator)
    printed = operator.run(
        "link", id, "Tea", "USD", "3.00", OPENTILL_PUBLIC_URL="https://till.example"
    )
    assert printed.startswith("https://till.example/pay/")
    assert "/pay/" in operator.run("link", id, "Tip jar", "EUR")
    assert "amount" in operator.refused("link", id, "Tea", "USD", "3.001")
    assert "no account" in operator.refused("link", "acct_none", "Tea", "USD")


def test_a_client_is_paired_listed_and_parted(operator: Operator) -> None:
    id, _, _ = made_account(operator)
    code = operator.run("pair", id, "--new", "--label", "Till 4").strip()
    assert len(code) == 7
    assert "no such pairing code" in operator.refused("pair", id, code)  # nobody claimed it yet
    assert operator.run("pair", id) == ""
    assert "no pairing" in operator.refused("pair", id, "--end", "pair_none")


def test_a_destination_is_set_and_a_wrong_one_refused_by_name(operator: Operator) -> None:
    id, _, _ = made_account(operator)
    assert "sandbox book mine" in operator.run("destination", id, "sandbox", "book", "mine")
    assert "family" in operator.refused("destination", id, "nowhere", "address", "x")


def test_the_first_user_keeps_the_house_and_every_link_is_printed_once(operator: Operator) -> None:
    id, _, _ = made_account(operator)
    assert "/office/welcome/" in operator.run("user", "add", "Owner@example.com")
    assert "/office/welcome/" in operator.run("user", "add", "clerk@example.com", "--account", id)
    listed = [line.split()[1:3] for line in operator.run("user").splitlines()]
    assert listed == [["owner@example.com", "operator"], ["clerk@example.com", "user"]]
    assert "already" in operator.refused("user", "add", "owner@example.com")
    assert "no account" in operator.refused("user", "add", "a@example.com", "--account", "acct_x")
    assert "/office/welcome/" in operator.run("user", "link", "owner@example.com")
    assert "no user" in operator.refused("user", "link", "nobody@example.com")
    assert "e-mail" in operator.refused("user", "add")


def test_the_link_of_the_first_user_is_told_at_the_first_start_and_no_more(
    operator: Operator,
) -> None:
    log = operator.folder / "serve.log"
    with operator.serving("--no-workers") as (_, url):
        found = re.search(rf"{url}/office/welcome/\w+", log.read_text())
        assert found
        form = {"email": "owner@example.com", "password": "a password of some length"}
        made = httpx.post(found[0], data=form, headers={"Origin": url}, timeout=30)
        assert made.is_redirect, made.text
        assert httpx.post(found[0], data=form, headers={"Origin": url}, timeout=30).is_error
    log.unlink()
    with operator.serving("--no-workers"):
        assert "/office/welcome/" not in log.read_text()


def test_a_wrong_setting_is_named_and_nothing_is_started(operator: Operator) -> None:
    said = operator.refused(
        "serve", OPENTILL_PORT="many", OPENTILL_COLOUR="red", OPENTILL_LOG_LEVEL="loud"
    )
    for word in ("port", "OPENTILL_COLOUR", "log_level"):
        assert word in said


def test_a_taken_port_is_told_at_once(operator: Operator) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        said = operator.refused("serve", "--port", str(taken.getsockname()[1]))
    assert "cannot listen on" in said


def test_the_doctor_looks_before_there_is_anything_and_makes_nothing(operator: Operator) -> None:
    said = operator.run("doctor")
    assert "is made on the first start" in said
    assert "public_url" in said
    assert not operator.data.exists()


def test_the_doctor_finds_a_whole_house_well(operator: Operator) -> None:
    made_account(operator)
    said = operator.run("doctor", OPENTILL_PUBLIC_URL="https://till.example")
    assert "FIX" not in said
    assert "mode 0600" in said
    assert "version 0001" in said
    assert "can be paid on Sandbox" in said
    assert "may show" not in said, "test money needs no guard"


def test_the_doctor_warns_of_what_should_not_stay(operator: Operator) -> None:
    made_account(operator)
    said = operator.run("doctor", OPENTILL_WEBHOOK_LOOPBACK="true")
    assert "webhook_loopback is on" in said
    assert "links and pages will say http://127.0.0.1:8000" in said
    made_account(operator, "--live")
    assert "pay themselves" not in operator.run("doctor")
    with contextlib.closing(sqlite3.connect(operator.data / "opentill.db")) as connection:
        connection.execute("UPDATE accounts SET browser_recipients = 1")
        connection.commit()
    assert operator.run("doctor").count("pay themselves") == 1, "test money needs no guard"
    (operator.data / "secret.key").chmod(0o644)
    assert "mode 0644" in operator.refused("doctor")
    (operator.data / "secret.key").unlink()
    assert "is gone" in operator.refused("doctor")
    weak = operator.refused("doctor", OPENTILL_SECRET_KEY="short")
    assert "shorter than" in weak
    said = operator.refused("doctor", OPENTILL_PUBLIC_URL="http://till.example")
    assert "is not https" in said


def test_the_doctor_reads_chains_and_misses_destinations_and_prices(
    operator: Operator, anvil_factory: Callable[..., Anvil]
) -> None:
    node = anvil_factory(chain_id=8453)
    closed = f"http://127.0.0.1:{free_port()}/key-nobody-may-see"
    (operator.folder / "opentill.toml").write_text(
        f"""
[rates]
sources = ["kraken", "fixed"]
urls = {{ kraken = "{closed}" }}
fixed = {{ "ETH/USD" = "2000", "USDC/USD" = "1" }}

[[chains]]
id = "eip155:8453"
rpc = ["{node.url}"]
only = ["ETH", "USDC"]

[[chains]]
id = "eip155:10"
rpc = ["{node.url}", "{closed}"]
"""
    )
    made_account(operator, "--live")
    said = operator.refused("doctor")
    assert "Base (eip155:8453) is at block" in said
    assert "serves chain 8453, not 10" in said
    assert "has no destination" in said
    assert "any site may show its modal: name yours as allowed_origins" in said
    assert "kraken does not answer: unreachable" in said
    assert "fixed answers" in said
    assert "key-nobody-may-see" not in said


def test_the_doctor_tells_a_database_it_cannot_reach_without_its_password(
    operator: Operator,
) -> None:
    url = f"postgresql://till:hush@127.0.0.1:{free_port()}/till"
    said = operator.refused("doctor", OPENTILL_DATABASE_URL=url, OPENTILL_SECRET_KEY=SECRET)
    assert "PostgreSQL at 127.0.0.1/till cannot be reached" in said
    assert "hush" not in said


def test_the_commands_work_on_postgresql(
    operator: Operator, postgres_database: Callable[..., str]
) -> None:
    environ = {
        "OPENTILL_DATABASE_URL": new_database("postgresql", operator.folder, postgres_database),
        "OPENTILL_SECRET_KEY": SECRET,
    }
    assert "Already at" in operator.run("migrate", **environ)
    assert "sk_test_" in operator.run("account", "Tea", **environ)
    assert "can be paid on Sandbox" in operator.run("doctor", **environ)
    said = operator.refused("backup", str(operator.folder / "copy"), **environ)
    assert "pg_dump" in said


def test_a_backup_taken_while_writing_is_whole_and_overwrites_nothing(
    operator: Operator,
) -> None:
    _, secret, _ = made_account(operator)
    body = {"amount": "1.00", "currency": "USD", "ledgers": ["sandbox_usdc"]}
    made: list[str] = []
    over = threading.Event()

    def write(url: str) -> None:
        with httpx.Client(headers={"Authorization": f"Bearer {secret}"}, timeout=30) as client:
            while not over.is_set():
                answer = client.post(f"{url}/v1/payment_intents", json=body)
                assert answer.status_code == 201, answer.text
                made.append(answer.json()["id"])

    with operator.serving() as (_, url):
        writer = threading.Thread(target=write, args=(url,))
        writer.start()
        try:
            grown_beyond(made, 0)
            copy = operator.folder / "copy.db"
            operator.run("backup", str(copy))
            grown_beyond(made, len(made))
        finally:
            over.set()
            writer.join()
    with contextlib.closing(sqlite3.connect(copy)) as connection:
        kept = {row[0] for row in connection.execute("SELECT id FROM intents")}
        events = connection.execute(
            "SELECT count(DISTINCT aggregate) FROM events WHERE version = 1"
        ).fetchone()[0]
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    assert kept
    assert kept <= set(made)
    assert events == len(kept), "an intent and its event are copied together"
    assert "overwrites nothing" in operator.refused("backup", str(copy))
    # The copy is a house of its own beside the key.
    environ = {"OPENTILL_DATABASE_URL": f"sqlite:///{copy}"}
    assert "Tea & Co" in operator.run("account", **environ)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serving_stops_at_once_with_fifty_streams_open(
    operator: Operator, number: signal.Signals
) -> None:
    _, secret, _ = made_account(operator)
    with operator.serving() as (part, url), contextlib.ExitStack() as streams:
        with httpx.Client(headers={"Authorization": f"Bearer {secret}"}, timeout=30) as client:
            body = {"amount": "1.00", "currency": "USD"}
            id = client.post(f"{url}/v1/payment_intents", json=body).json()["id"]
        host, port = url.removeprefix("http://").split(":")
        for _ in range(STREAMS):
            screen = streams.enter_context(socket.create_connection((host, int(port)), timeout=30))
            screen.sendall(
                f"GET /v1/payment_intents/{id}/events HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
            )
            assert b"200 OK" in screen.recv(4096)
        began = time.monotonic()
        part.process.send_signal(number)
        status = part.process.wait(30)
        took_seconds = time.monotonic() - began
    assert status == 0, part.last_words()
    assert took_seconds < STOP_SECONDS_MAX
    assert "Traceback" not in part.last_words(100_000)


def test_a_web_without_workers_and_a_worker_beside_it_are_one_house(operator: Operator) -> None:
    _, secret, _ = made_account(operator)
    environ = operator.environ | {"OPENTILL_SANDBOX_BLOCK_SECONDS": "0.2"}
    command = [sys.executable, "-m", "app", "work"]
    log = operator.folder / "work.log"
    worker = Part(command, log, environ=environ, directory=operator.folder)
    try:
        with operator.serving("--no-workers") as (_, url):
            headers = {"Authorization": f"Bearer {secret}"}
            with httpx.Client(base_url=url, headers=headers, timeout=30) as client:
                body = {"amount": "1.00", "currency": "USD", "ledgers": ["sandbox_usdc"]}
                id = client.post("/v1/payment_intents", json=body).json()["id"]
                client.post("/v1/sandbox/transfers", json={"payment_intent": id})
                deadline = time.monotonic() + 30
                status = ""
                while status != "succeeded" and time.monotonic() < deadline:
                    time.sleep(0.1)
                    status = client.get(f"/v1/payment_intents/{id}").json()["status"]
                assert status == "succeeded", worker.last_words()
        worker.process.send_signal(signal.SIGTERM)
        assert worker.process.wait(30) == 0, worker.last_words()
    finally:
        worker.stop()
