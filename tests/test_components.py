"""The components the other tests stand on do what they promise."""

import asyncio
import time
from collections.abc import Callable

import httpx
import psycopg
import pytest

from tests.components import (
    Answer,
    Anvil,
    Bcoin,
    CoinNode,
    ElectrumX,
    Litecoind,
    MissingPart,
    Postgres,
    Receiver,
)
from tests.components.webdriver import found
from tests.still import StillWorld


def connect(url: str) -> psycopg.Connection:
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)


def fill(url: str) -> None:
    with connect(url) as connection:
        connection.execute("CREATE TABLE marks AS SELECT 7 AS mark")


def test_a_prepared_database_is_a_copy_of_its_own(postgres_database: Callable[..., str]) -> None:
    first, second = postgres_database(fill), postgres_database(fill)
    with connect(first) as one, connect(second) as two:
        one.execute("DELETE FROM marks")
        assert one.execute("SELECT count(*) FROM marks").fetchone() == (0,)
        assert two.execute("SELECT mark FROM marks").fetchone() == (7,)


def test_what_was_committed_survives_a_crash() -> None:
    with Postgres() as cluster:
        url = cluster.database()
        fill(url)
        cluster.crash()
        with pytest.raises(psycopg.OperationalError):
            connect(url)
        cluster.start_again()
        with connect(url) as connection:
            assert connection.execute("SHOW fsync").fetchone() == ("on",)
            assert connection.execute("SELECT mark FROM marks").fetchone() == (7,)


def test_anvil_mines_finalizes_and_goes_back(anvil: Anvil) -> None:
    mark, height = anvil.snapshot(), anvil.height()
    assert anvil.mine(4) == height + 4
    assert int(anvil.rpc("eth_getBlockByNumber", "finalized", False)["number"], 16) > height
    anvil.revert(mark)
    assert anvil.height() == height


def test_anvil_keeps_the_chain_id_it_was_given(anvil_factory: Callable[..., Anvil]) -> None:
    assert anvil_factory(chain_id=84532).rpc("eth_chainId") == hex(84532)


def goes_back_and_forgets(node: CoinNode) -> None:
    """Pay, mine, take the block back with and without what it held."""
    tx = node.purse.pay(node.purse.address, 5_000)
    node.purse.mine()
    height = node.height()
    node.purse.reorg(1, keep=True)
    assert (node.height(), node.waiting()) == (height, {tx})
    node.purse.mine()
    assert node.waiting() == set()
    node.purse.reorg(1)
    assert (node.height(), node.waiting()) == (height + 1, set())
    node.purse.mine()
    assert node.waiting() == set(), "what was forgotten does not come back"


def replaces_what_waits(node: CoinNode) -> None:
    first = node.purse.pay(node.purse.address, 5_000, replaceable=True)
    second = node.purse.replace(first, None)
    assert node.waiting() == {second}
    node.purse.mine()


def test_bcoin_mines_replaces_and_goes_back(bcoin: Bcoin) -> None:
    goes_back_and_forgets(bcoin)
    replaces_what_waits(bcoin)


def test_litecoind_mines_replaces_and_goes_back(litecoind: Litecoind) -> None:
    goes_back_and_forgets(litecoind)
    replaces_what_waits(litecoind)


def test_electrumx_shows_what_its_node_has(bcoin: Bcoin, electrumx: ElectrumX) -> None:
    electrumx.sees(bcoin.purse.pay(bcoin.purse.address, 5_000), bcoin.purse.address)
    bcoin.purse.mine(2)
    electrumx.caught_up()
    assert electrumx.call("blockchain.headers.subscribe")["height"] == bcoin.height()


def test_the_receiver_keeps_the_raw_body_and_answers_from_the_script(receiver: Receiver) -> None:
    receiver.script(500, Answer(202, b"ok", delay_seconds=0.05))
    with httpx.Client(base_url=receiver.url, trust_env=False) as client:
        assert client.post("/hook", content=b'{"a": 1}', headers={"X-Mark": "7"}).status_code == 500
        began = time.monotonic()
        assert client.post("/hook", content=b"second").text == "ok"
        assert time.monotonic() - began >= 0.05
        assert client.get("/other").status_code == 200
    first, second, third = receiver.wait(3)
    assert (first.method, first.path, first.body) == ("POST", "/hook", b'{"a": 1}')
    assert first.headers["x-mark"] == "7"
    assert (second.body, third.method) == (b"second", "GET")


def test_the_receiver_can_decide_per_request_and_hang_up(receiver: Receiver) -> None:
    receiver.answer = lambda heard: Answer(drop=True) if heard.path == "/gone" else Answer(204)
    with httpx.Client(base_url=receiver.url, trust_env=False) as client:
        assert client.put("/here").status_code == 204
        with pytest.raises(httpx.RemoteProtocolError):
            client.put("/gone")


async def test_the_receiver_serves_coroutines(receiver: Receiver) -> None:
    async with httpx.AsyncClient(base_url=receiver.url, trust_env=False) as client:
        await asyncio.gather(*(client.post("/", content=b"x") for _ in range(20)))
    assert len(await asyncio.to_thread(receiver.wait, 20)) == 20


async def test_a_still_world_moves_only_when_told() -> None:
    world, again = StillWorld(seed="a"), StillWorld(seed="a")
    noon = world.now()
    assert world.now() == noon
    assert (world.advance(minutes=15) - noon).total_seconds() == 900 == world.monotonic()
    assert world.id("pi") == "pi_0000000000000000000001"
    assert (world.id("pi")[-1], world.id("evt")[-1]) == ("2", "1")
    assert world.secret(32) == again.secret(32) != world.secret(32)
    with pytest.raises(AssertionError, match="asked to call"):
        await world.http.get("http://127.0.0.1/")
    await world.close()
    await again.close()


def test_what_is_missing_is_said_with_what_to_install() -> None:
    with pytest.raises(MissingPart, match=r"`webkit2gtk-driver` package, or set OPENTILL_WEBKIT"):
        found("WebKitGTK", "webkit2gtk-driver", "OPENTILL_WEBKIT", ("no-such-program",))
    assert found("A shell", "dash", "OPENTILL_SHELL", ("no-such-program", "sh")).endswith("/sh")
