"""The sources of a chain: an Esplora site, several at once, lies, TLS, and a node's knock."""

import asyncio
import contextlib
import datetime
import ipaddress
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import httpx
import pytest
import zmq
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.errors import ChainUnavailable
from app.rails.base import Fees, Linked, Place, Rail
from app.rails.bitcoin.network import BITCOIN_REGTEST
from app.rails.bitcoin.rail import BitcoinRail
from app.rails.registry import build
from app.settings import ChainSettings, Settings, SettingsError
from app.world import World
from tests.components import Bcoin, ElectrumX, Litecoind
from tests.rails.coin_chain import (
    CoinChain,
    CoinHarness,
    fresh_tpub,
    opened,
    over_core,
    over_electrum,
)
from tests.rails.contract import RailContract, Watching, scan_all
from tests.rails.esplora_site import EsploraSite

SITE = "esplora+https://esplora.test/api"


@pytest.fixture
async def bitcoin(bcoin: Bcoin, electrumx: ElectrumX) -> AsyncIterator[CoinChain]:
    async with over_electrum(bcoin, electrumx) as one:
        yield one


class SiteHarness(CoinHarness):
    """The contract suite's hands on a chain read from an Esplora site."""

    def __init__(self, chain: CoinChain, rail: BitcoinRail, site: EsploraSite) -> None:
        self.chain = chain
        self.rail = rail
        self.ledger = rail._books._ledger
        self.value = fresh_tpub()
        self.site = site

    async def outage(self, *, down: bool) -> None:
        self.site.down = down


@asynccontextmanager
async def at_site(chain: CoinChain, *urls: str) -> AsyncIterator[SiteHarness]:
    assert isinstance(chain.node, Bcoin)
    site = EsploraSite(chain.node)
    async with httpx.AsyncClient(transport=site.transport) as http:
        rail, _ = chain.rail(World(http), *(urls or (SITE,)))
        try:
            yield SiteHarness(chain, rail, site)
        finally:
            await rail.close()


class TestBitcoinAtAnEsploraSite(RailContract):
    @pytest.fixture
    async def harness(self, bitcoin: CoinChain) -> AsyncIterator[SiteHarness]:
        async with at_site(bitcoin) as harness:
            yield harness


def place_of(harness: CoinHarness) -> Place:
    return harness.rail.place("xpub", harness.value, harness.fresh_slot())


async def test_a_payment_without_its_proof_is_not_believed(bitcoin: CoinChain) -> None:
    async with at_site(bitcoin) as one:
        place = place_of(one)
        since = (await one.rail.scan(None, Watching(place))).cursor
        tx = await bitcoin.pay(place.to, 5_000)
        await bitcoin.mine()
        true = one.site.proof(tx)
        assert true is not None
        one.site.forge[f"/tx/{tx}/merkle-proof"] = true | {"merkle": ["11" * 32]}
        with pytest.raises(ChainUnavailable, match="not in it"):
            await one.rail.scan(since, Watching(place))
        one.site.forge.clear()
        assert len((await one.rail.scan(since, Watching(place))).transfers) == 1


async def test_when_one_source_is_down_the_next_is_asked(bitcoin: CoinChain) -> None:
    async with at_site(bitcoin, bitcoin.url, SITE) as one:
        place = place_of(one)
        watch = Watching(place)
        since = (await one.rail.scan(None, watch)).cursor
        bitcoin.proxy.down = True
        tx = await bitcoin.pay(place.to, 5_000)
        await bitcoin.mine()
        assert [t.tx for t in (await one.rail.scan(since, watch)).transfers] == [tx]
        bitcoin.proxy.down = False
        one.site.down = True
        assert [t.tx for t in (await one.rail.scan(since, watch)).transfers] == [tx]
        bitcoin.proxy.down = True
        with pytest.raises(ChainUnavailable) as refused:
            await one.rail.scan(since, watch)
        assert "source 1" in refused.value.detail
        assert "source 2" in refused.value.detail
        assert "esplora.test" not in refused.value.detail, "an address may hold a key"


async def test_a_source_of_another_chain_is_refused(litecoind: Litecoind) -> None:
    block = ChainSettings(BITCOIN_REGTEST, (f"core+{litecoind.url}",))
    async with httpx.AsyncClient(trust_env=False) as http:
        _, rails = build(Settings(chains=(block,), sandbox=False), World(http))
        with pytest.raises(ChainUnavailable, match="another chain") as refused:
            await rails[BITCOIN_REGTEST].scan(None, Watching())
    assert "test@" not in refused.value.detail


async def test_what_a_byte_costs_is_told_by_every_kind_of_source(
    bitcoin: CoinChain, litecoind: Litecoind
) -> None:
    async with opened(bitcoin) as one:
        assert isinstance(one.rail, Fees)
        assert await one.rail.fee_rate(2) == Decimal(2), "0.00002 a thousand bytes"
    async with at_site(bitcoin) as site:
        assert await site.rail.fee_rate(2) == Decimal(9)
        assert await site.rail.fee_rate(3) == Decimal("3.25")
        site.site.down = True
        assert await site.rail.fee_rate(2) is None
    async with over_core(litecoind) as chain, opened(chain) as other:
        assert await other.rail.fee_rate(2) is None, "a node that saw no fees guesses none"


async def heard(rail: Rail, act: Callable[[], object]) -> None:
    """Do something on a chain, and return when the rail was told of it."""
    assert isinstance(rail, Linked)
    told = asyncio.Event()
    rail.listen(told.set)
    for _ in range(50):  # a node's line takes a moment to stand: what was said before is lost
        await asyncio.to_thread(act)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.5):
                await told.wait()
                return
    raise AssertionError("nobody told")


async def test_an_electrum_server_tells_of_a_payment(bitcoin: CoinChain) -> None:
    async with opened(bitcoin) as one:
        place = place_of(one)
        watch = Watching(place)
        since = (await one.rail.scan(None, watch)).cursor
        await one.rail.scan(since, watch)  # from now on it is followed
        await heard(one.rail, lambda: bitcoin.node.purse.pay(place.to, 5_000))


async def test_a_node_knocks_by_zeromq(litecoind: Litecoind) -> None:
    """The system's litecoind is built without ZeroMQ: its own library knocks in its stead."""
    with zmq.Context() as context, context.socket(zmq.PUB) as knocks:
        port = knocks.bind_to_random_port("tcp://127.0.0.1")

        def mine() -> None:
            litecoind.purse.mine()
            knocks.send_multipart([b"hashblock", bytes.fromhex(litecoind.tip()), bytes(4)])

        async with over_core(litecoind) as chain:
            url = f"{chain.url}?zmq=tcp://127.0.0.1:{port}"
            async with opened(chain, url) as one:
                await heard(one.rail, mine)


async def test_many_addresses_are_asked_about_by_what_blocks_pay(litecoind: Litecoind) -> None:
    async with over_core(litecoind) as chain, opened(chain) as one:
        place = place_of(one)
        watch = Watching(place, many=True)
        since = (await one.rail.scan(None, watch)).cursor
        tx = await chain.pay(place.to, 5_000)
        (waiting,) = (await one.rail.scan(since, watch)).transfers
        assert (waiting.tx, waiting.block, waiting.confirmations) == (tx, None, 0)
        await chain.mine()
        assert [t.tx for t in (await scan_all(one.rail, since, watch)).transfers] == [tx]


async def test_who_waits_on_another_network_hinders_nobody(
    bitcoin: CoinChain, litecoind: Litecoind
) -> None:
    stranger = Place(to="bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4")
    async with (
        over_core(litecoind) as litecoin,
        opened(bitcoin) as one,
        opened(litecoin) as two,
        at_site(bitcoin) as three,
    ):
        for harness in (one, two, three):
            since = (await harness.rail.scan(None, Watching(stranger))).cursor
            assert (await harness.rail.scan(since, Watching(stranger))).transfers == ()


def certificate(folder: Path) -> tuple[Path, str]:
    """Return a certificate nobody vouches for, with its key, and its fingerprint."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "till")])
    now = datetime.datetime(2026, 1, 1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=3650))
        .not_valid_after(now + datetime.timedelta(days=36500))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path, sha256(made.public_bytes(serialization.Encoding.DER)).hexdigest()


async def test_tls_takes_a_certificate_by_its_fingerprint_and_no_other(
    bitcoin: CoinChain, tmp_path: Path
) -> None:
    path, pin = certificate(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(path)
    server = await asyncio.start_server(bitcoin.proxy.serve, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    try:
        async with opened(bitcoin, f"ssl://127.0.0.1:{port}?sha256={pin}") as one:
            assert (await one.rail.scan(None, Watching())).tip == bitcoin.node.height()
        async with opened(bitcoin, f"ssl://127.0.0.1:{port}?sha256={'00' * 32}") as one:
            with pytest.raises(ChainUnavailable, match="another certificate"):
                await one.rail.scan(None, Watching())
        async with opened(bitcoin, f"ssl://127.0.0.1:{port}") as one:
            with pytest.raises(ChainUnavailable, match="SSLCertVerificationError"):
                await one.rail.scan(None, Watching())
    finally:
        server.close()


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8332",
        "tcp://127.0.0.1",
        "ssl://electrum.example:50002?sha256=abc",
        "ssl://electrum.example:50002?zmq=tcp://127.0.0.1:1",
        "core+http://user:secret@127.0.0.1:8332?zmq=ipc://x",
        "esplora+ftp://site.example/api",
        "esplora+https://",
    ],
)
def test_an_address_that_is_none_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(SettingsError) as wrong:
        build(Settings(chains=(ChainSettings(BITCOIN_REGTEST, (url,)),), sandbox=False), World())
    (fault,) = wrong.value.faults
    assert fault.field == f"chains[{BITCOIN_REGTEST}].rpc[0]"
    assert "secret" not in wrong.value.detail
