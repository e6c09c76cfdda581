"""Nodes are dialed where they may be, by the certificate that is theirs, and within bounds."""

import hashlib
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.domain.invoice import Ask, OpenInvoice
from app.errors import ChainUnavailable
from app.rails.lightning import networks
from app.rails.lightning.connection import Connection
from app.rails.lightning.node import Answer as Became
from app.rails.lightning.node import Fate, Written
from app.rails.lightning.rail import LightningRail
from app.rails.lightning.wire import NodeFault, NotKnown, Wire
from app.rails.registry import build
from app.settings import ChainSettings, Settings, SettingsError
from tests.components import Answer, Receiver
from tests.rails.test_lightning_formats import COFFEE, HASH
from tests.services.test_courier_tls import make_certificate
from tests.still import StillWorld


class Said(msgspec.Struct):
    word: str


@pytest.fixture
def node() -> Iterator[Receiver]:
    with Receiver() as server:
        server.answer = Answer(body=b'{"word": "yes"}')
        yield server


async def test_only_a_host_the_operator_allows_may_be_private(
    world: StillWorld, node: Receiver
) -> None:
    world.names["node.example"] = ["127.0.0.1"]
    near = f"http://127.0.0.1:{node.port}"
    for server, hosts, fault in (
        (near, (), "must be reached by https"),
        (near.replace("http:", "https:"), (), "not public"),
        (f"https://node.example:{node.port}", (), "not public"),
        (f"http://node.example:{node.port}", ("127.0.0.1",), "must be reached by https"),
        (f"http://node.example:{node.port}", ("node.example:1",), "must be reached by https"),
        ("https://nowhere.example", (), "without an address"),
    ):
        with pytest.raises(NodeFault, match=fault):
            await Wire(world, server, {}, hosts=hosts).get(Said, "/")
    assert node.heard == []
    for host in ("node.example", f"node.example:{node.port}"):
        wire = Wire(world, f"http://node.example:{node.port}/base/", {"X": "1"}, hosts=(host,))
        assert (await wire.get(Said, "/path", {"a": "b c"})).word == "yes"
    heard = node.heard[-1]
    assert (heard.path, heard.headers["x"]) == ("/base/path?a=b+c", "1")
    assert heard.headers["host"] == f"node.example:{node.port}"


async def test_a_node_that_misbehaves_is_a_fault_without_its_secrets(
    world: StillWorld, node: Receiver
) -> None:
    wire = Wire(world, node.url, {"Rune": "sesame"}, hosts=("127.0.0.1",))
    for answer, fault in (
        (Answer(500), "answered HTTP 500"),
        (Answer(401), "refuses its credentials"),
        (Answer(302, headers={"location": "http://127.0.0.1/"}), "answered HTTP 302"),
        (Answer(200, b"[]"), "answered with something else"),
        (Answer(200, b"x" * 300_000), "answered with too much"),
        (Answer(drop=True), "could not be reached"),
    ):
        node.script(answer)
        with pytest.raises(NodeFault, match=fault) as refused:
            await wire.post(Said, "/", {"a": 1})
        assert "sesame" not in str(refused.value)
        assert str(node.port) not in str(refused.value)
    node.script(404)
    with pytest.raises(NotKnown):
        await wire.get(Said, "/")


async def test_a_certificate_of_its_own_is_known_by_its_thumbprint(
    world: StillWorld, tmp_path: Path, node: Receiver
) -> None:
    certificate, key = make_certificate(tmp_path)
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate, key)
    node._server.socket = serving.wrap_socket(node._server.socket, server_side=True)
    thumbprint = hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificate.read_text())).hexdigest()
    server = f"https://127.0.0.1:{node.port}"

    def wire(thumbprint: str) -> Wire:
        return Wire(world, server, {}, hosts=("127.0.0.1",), thumbprint=thumbprint)

    assert (await wire(thumbprint).get(Said, "/")).word == "yes"
    with pytest.raises(NodeFault, match="another certificate"):
        await wire("00" * 32).get(Said, "/")
    with pytest.raises(NodeFault, match="could not be reached"):
        await wire("").get(Said, "/")
    assert len(node.heard) == 1


class Scripted:
    """A node that says what it is told."""

    def __init__(self) -> None:
        self.text, self.hash = COFFEE, HASH
        self.became: Became | None = Became(fate=Fate.OPEN)

    async def try_out(self) -> str | None:
        return "mainnet"

    async def write(self, ask: Ask) -> Written:
        return Written(text=self.text, hash=self.hash)

    async def read(self, hash: str) -> Became:
        if self.became is None:
            raise NodeFault("is away")
        return self.became


LINE = "type=lnbits;server=https://node.example;api-key=x"
ASK = Ask(ledger="btc_lightning", amount=250_000_000, memo="", expires_in_seconds=60)


def scripted(world: StillWorld) -> tuple[LightningRail, Scripted]:
    node, main = Scripted(), networks.MAINNET

    def make(_connection: Connection) -> Scripted:
        return node

    return LightningRail(main.chain(), main.coin(main.ledger), main, world, make), node


async def test_an_invoice_is_judged_before_anybody_sees_it(world: StillWorld) -> None:
    rail, node = scripted(world)
    invoice = await rail.invoice("node", LINE, ASK)
    assert (invoice.hash, invoice.amount, invoice.text) == (HASH, ASK.amount, COFFEE)
    changes: list[tuple[dict[str, Any], dict[str, Any], str]] = [
        ({}, {"amount": 250_000_001}, "another amount"),
        ({}, {"expires_in_seconds": 59}, "outlives its price"),
        ({"hash": "00" * 32}, {}, "another payment"),
        ({"text": COFFEE[:-1]}, {}, "not whole"),
        ({"text": COFFEE.replace("lnbc", "lntb")}, {}, "not whole"),
    ]
    for told, asked, fault in changes:
        node.text, node.hash = told.get("text", COFFEE), told.get("hash", HASH)
        world.advance(minutes=2)  # a node that failed is left alone for a while
        with pytest.raises(ChainUnavailable, match=fault):
            await rail.invoice("node", LINE, msgspec.structs.replace(ASK, **asked))
    with pytest.raises(ChainUnavailable, match="a moment ago"):
        await rail.invoice("node", LINE, ASK)


class Waiting:
    """A watch with one invoice open."""

    def __init__(self, ends: datetime) -> None:
        self.open = OpenInvoice(
            hash=HASH,
            ledger="btc_lightning",
            amount=250_000_000,
            to="ln_x",
            expires_at=ends,
            kind="node",
            value=LINE,
        )

    async def among(self, addresses: Any) -> set[str]:
        return set()

    async def few(self, limit: int) -> list[str] | None:
        return None

    async def invoices(self, chain: str, limit: int) -> list[OpenInvoice]:
        return [self.open]


async def test_what_a_node_does_not_say_changes_nothing(world: StillWorld) -> None:
    rail, node = scripted(world)
    watch = Waiting(world.now().replace(tzinfo=UTC))
    node.became = None
    world.advance(hours=5)
    scan = await rail.scan(None, watch)
    assert (scan.transfers, scan.ended) == ((), ())
    node.became = Became(fate=Fate.UNKNOWN)
    world.advance(minutes=5)
    assert (await rail.scan(scan.cursor, watch)).ended == (HASH,)


async def test_an_invoice_is_over_when_it_can_no_longer_be_paid(world: StillWorld) -> None:
    rail, node = scripted(world)
    watch = Waiting(world.now())
    for fate, minutes, ended in (
        (Fate.OVER, 1, ()),
        (Fate.OVER, 2, (HASH,)),
        (Fate.OPEN, 56, ()),
        (Fate.OPEN, 2, (HASH,)),
    ):
        node.became = Became(fate=fate)
        world.advance(minutes=minutes)
        assert (await rail.scan(None, watch)).ended == ended


async def test_a_paid_invoice_is_a_final_transfer_of_all_it_asked(world: StillWorld) -> None:
    rail, node = scripted(world)
    watch = Waiting(world.now())
    world.advance(hours=1)
    node.became = Became(fate=Fate.PAID, amount=249_000_000, at=world.now())
    (transfer,) = (await rail.scan(None, watch)).transfers
    assert (transfer.tx, transfer.to, transfer.amount) == (HASH, "ln_x", 250_000_000)
    assert transfer.final
    assert transfer.at is not None
    assert transfer.at < watch.open.expires_at, "the node took it in time, or not at all"


@pytest.mark.parametrize(
    ("block", "fault"),
    [
        ({"id": "lightning:00"}, "is no network Lightning is on here"),
        ({"id": networks.MAINNET.id, "rpc": ("http://x",)}, "is not for Lightning"),
        ({"id": networks.MAINNET.id, "short": "No"}, "must be lower-case"),
    ],
)
def test_a_wrong_block_is_refused(world: StillWorld, block: dict[str, Any], fault: str) -> None:
    with pytest.raises(SettingsError, match=fault):
        build(Settings(chains=(ChainSettings(**block),)), world)


def test_a_network_needs_no_more_than_its_name(world: StillWorld) -> None:
    catalogue, rails = build(Settings(chains=(ChainSettings(id=networks.MAINNET.id),)), world)
    ledger = catalogue.ledger("btc_lightning")
    assert (ledger.decimals, ledger.precision) == (11, 8)
    assert ledger.beside == "bip122:000000000019d6689c085ae165831e93"
    assert list(rails) == [networks.MAINNET.id]


def test_what_payers_give_to_be_paid_back_is_read(world: StillWorld) -> None:
    rail, _ = scripted(world)
    assert rail.check_payee(" Ada@Example.org ") == "ada@example.org"
    assert rail.check_payee(f"lightning:{COFFEE.upper()}") == COFFEE
    assert rail.read_id(f"https://scan.example/{HASH}") == HASH
