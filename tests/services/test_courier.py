"""The courier reaches public addresses only, and always comes back with an answer."""

import asyncio
import gzip
from contextlib import asynccontextmanager

import pytest

from app.domain.reach import may_reach
from app.services.courier import Courier, Refused, read_url
from tests.components import Answer, Receiver, free_port
from tests.still import StillWorld

PUBLIC = (
    "1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.1", "172.15.255.255", "172.32.0.1",
    "192.0.1.1", "192.167.1.1", "198.17.255.255", "198.20.0.1", "223.255.255.255",
    "2606:4700:4700::1111", "2001:4860:4860::8888", "2a00:1450:4001::1", "2400:cb00::1",
)  # fmt: skip
PRIVATE = (
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255",
    "127.0.0.1", "127.1.2.3", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1",
    "192.0.0.170", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255",
    "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1",
    "255.255.255.255",
    "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8",
    "::ffff:0:7f00:1", "64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::a00:1", "100::1",
    "2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:2::1", "2001:10::1", "2001:20::1",
    "2001:db8::1", "2002:7f00:1::", "2002:a00:1::1", "3fff::1", "3fff:fff:ffff::1", "4000::1",
    "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1",
    "ff0e::1", "2606:4700:4700::1111%eth0", "not-an-address", "",
)  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_may_be_reached(address: str) -> None:
    assert may_reach(address, allow_loopback=False)


@pytest.mark.parametrize("address", PRIVATE)
def test_no_other_address_may(address: str) -> None:
    assert not may_reach(address, allow_loopback=False)


@pytest.mark.parametrize("address", PRIVATE)
def test_loopback_allowed_is_loopback_alone(address: str) -> None:
    ours = address in {"127.0.0.1", "127.1.2.3", "::1"}
    assert may_reach(address, allow_loopback=True) is ours


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hooks.example",
        "//hooks.example/",
        "ftp://hooks.example/",
        "file:///etc/passwd",
        "gopher://hooks.example/",
        "http://",
        "https:///path",
        "http://user@hooks.example/",
        "http://user:pass@hooks.example/",
        "http://@hooks.example/",
        "http://hooks.example:0/",
        "http://hooks.example:99999/",
        "http://hooks.example/a b",
        "http://hooks.example\\@127.0.0.1/",
        "http://hooks.example/\r\nX-Evil: 1",
        "http://hooks.example/\ud800",
        "http://[::1/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0x7f.1/",
        "http://0177.0.0.1/",
        "http://127.0.0.1./",
        "http://127.0.0.1:80:80/",
        "http://hooks.example/" + "a" * 2048,
    ],
)
def test_a_url_that_is_none_of_ours_is_refused(url: str) -> None:
    with pytest.raises(Refused) as refused:
        read_url(url, allow_loopback=True)
    assert refused.value.code == "invalid_url"


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "localhost", "LOCALHOST", "api.localhost", "localhost.", "10.0.0.1",
        "169.254.169.254", "[::1]", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "[fe80::1]",
        "0.0.0.0", "[::]", "１２７.0.0.1",
    ],
)  # fmt: skip
def test_a_url_to_a_private_host_is_refused_by_its_text(host: str) -> None:
    with pytest.raises(Refused):
        read_url(f"http://{host}:8080/hook", allow_loopback=False)


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example",
        "http://hooks.example:8080/a?b=c%20d#e",
        "https://bücher.example/hook",
        "https://[2606:4700:4700::1111]/hook",
        "https://8.8.8.8:8443/",
        "https://3com.example/",
        "https://example.0xyz/",
    ],
)
def test_an_honest_url_is_taken(url: str) -> None:
    assert read_url(url, allow_loopback=False).scheme in {"http", "https"}


@pytest.fixture
def courier(world: StillWorld) -> Courier:
    return Courier(world, allow_loopback=True, seconds_max=2.0)


async def test_the_body_and_headers_arrive_as_they_were_given(
    courier: Courier, receiver: Receiver
) -> None:
    receiver.answer = Answer(202, b"thanks")
    answer = await courier.post(f"{receiver.url}/a?b=c", b'{"x":1}', {"webhook-id": "evt_1"})
    assert (answer.status_code, answer.body, answer.error) == (202, "thanks", None)
    assert answer.is_success
    (heard,) = receiver.heard
    assert (heard.method, heard.path, heard.body) == ("POST", "/a?b=c", b'{"x":1}')
    assert heard.headers["webhook-id"] == "evt_1"
    assert heard.headers["host"] == receiver.url.removeprefix("http://")


async def test_loopback_is_refused_unless_it_was_allowed(
    world: StillWorld, receiver: Receiver
) -> None:
    world.names["hooks.example"] = ["127.0.0.1"]
    strict = Courier(world, allow_loopback=False)
    for host in ("127.0.0.1", "localhost", "hooks.example"):
        answer = await strict.post(f"http://{host}:{receiver.port}/", b"", {})
        assert (answer.status_code, answer.error) == (None, "private_address")
    assert receiver.heard == []


async def test_one_private_address_spoils_a_name(
    courier: Courier, world: StillWorld, receiver: Receiver
) -> None:
    for addresses in (["127.0.0.1", "10.0.0.1"], ["10.0.0.1", "127.0.0.1"]):
        world.names["hooks.example"] = addresses
        answer = await courier.post(f"http://hooks.example:{receiver.port}/", b"", {})
        assert answer.error == "private_address"
    assert receiver.heard == []


class Rebinding(StillWorld):
    """A world whose DNS changes its mind after the first answer."""

    asked = 0

    async def resolve(self, host: str, port: int) -> list[str]:
        self.asked += 1
        return ["127.0.0.1"] if self.asked == 1 else ["10.0.0.1"]


async def test_the_address_that_was_judged_is_the_one_that_is_dialed(receiver: Receiver) -> None:
    world = Rebinding()
    courier = Courier(world, allow_loopback=True, seconds_max=2.0)
    answer = await courier.post(f"http://hooks.example:{receiver.port}/hook", b"{}", {})
    assert (answer.status_code, world.asked) == (200, 1)
    assert receiver.heard[0].headers["host"] == f"hooks.example:{receiver.port}"
    again = await courier.post(f"http://hooks.example:{receiver.port}/hook", b"{}", {})
    assert again.error == "private_address", "nothing is remembered from post to post"


async def test_the_next_address_is_tried_when_one_does_not_answer(
    courier: Courier, world: StillWorld, receiver: Receiver
) -> None:
    world.names["hooks.example"] = ["127.0.0.9", "127.0.0.1"]
    answer = await courier.post(f"http://hooks.example:{receiver.port}/", b"", {})
    assert answer.status_code == 200


async def test_redirects_are_not_followed(courier: Courier, receiver: Receiver) -> None:
    for status in (301, 302, 303, 307, 308):
        receiver.script(Answer(status, headers={"location": f"{receiver.url}/elsewhere"}))
        answer = await courier.post(receiver.url, b"", {})
        assert (answer.status_code, answer.error) == (status, "redirect")
        assert not answer.is_success
    assert {one.path for one in receiver.heard} == {"/"}


async def test_a_huge_answer_is_cut(courier: Courier, receiver: Receiver) -> None:
    receiver.answer = Answer(200, b"x" * 10_000_000)
    answer = await courier.post(receiver.url, b"", {})
    assert (answer.status_code, answer.body) == (200, "x" * 2048)


async def test_an_answer_is_not_unpacked(courier: Courier, receiver: Receiver) -> None:
    bomb = gzip.compress(b"\x00" * 10_000_000)
    receiver.answer = Answer(200, bomb, headers={"content-encoding": "gzip"})
    answer = await courier.post(receiver.url, b"", {})
    assert answer.status_code == 200
    assert len(answer.body) <= 2048
    assert receiver.heard[0].headers["accept-encoding"] == "identity"


async def test_what_the_receiver_says_is_kept_as_clean_text(
    courier: Courier, receiver: Receiver
) -> None:
    receiver.answer = Answer(500, b"caf\xc3\xa9 \x00 \xff")
    assert (await courier.post(receiver.url, b"", {})).body == "café \ufffd \ufffd"


async def test_cookies_are_not_kept(courier: Courier, receiver: Receiver) -> None:
    receiver.answer = Answer(200, headers={"set-cookie": "a=b"})
    for _ in range(2):
        await courier.post(receiver.url, b"", {})
    assert "cookie" not in receiver.heard[1].headers


async def test_proxies_of_the_environment_are_not_used(
    world: StillWorld, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    answer = await Courier(world, allow_loopback=True).post(receiver.url, b"", {})
    assert answer.status_code == 200


async def test_a_receiver_that_is_too_slow_is_a_timeout(
    world: StillWorld, receiver: Receiver
) -> None:
    receiver.answer = Answer(delay_seconds=5)
    answer = await Courier(world, allow_loopback=True, seconds_max=0.2).post(receiver.url, b"", {})
    assert (answer.status_code, answer.error) == (None, "timeout")


@pytest.mark.parametrize(
    ("said", "status_code", "error"),
    [
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nfew\r\n", 200, None),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nfew", 200, None),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 5, None, "timeout"),
        (b"HTTP/1.1 200 OK\r\nX-Half: a h", None, "timeout"),
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", None, "connection_lost"),
        (b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 200_000, None, "connection_lost"),
    ],
)
async def test_a_receiver_that_never_ends_does_not_hold_us(
    world: StillWorld, said: bytes, status_code: int | None, error: str | None
) -> None:
    async with speaking(said) as port:
        courier = Courier(world, allow_loopback=True, seconds_max=0.8)
        answer = await asyncio.wait_for(courier.post(f"http://127.0.0.1:{port}/", b"", {}), 3)
    assert (answer.status_code, answer.error) == (status_code, error)
    assert answer.body == ("few" if status_code else "")


async def test_trouble_has_a_name(courier: Courier, receiver: Receiver) -> None:
    closed = await courier.post(f"http://127.0.0.1:{free_port()}/", b"", {})
    unknown = await courier.post("http://nowhere.example/", b"", {})
    receiver.answer = Answer(drop=True)
    dropped = await courier.post(receiver.url, b"", {})
    plain = await courier.post(receiver.url.replace("http", "https"), b"", {})
    wrong = await courier.post("mailto:hooks@example.com", b"", {})
    errors = [one.error for one in (closed, unknown, dropped, plain, wrong)]
    assert errors == [
        "connect_failed",
        "dns_failed",
        "connection_lost",
        "tls_failed",
        "invalid_url",
    ]


@asynccontextmanager
async def speaking(said: bytes):  # type: ignore[no-untyped-def]
    """Serve one fixed line to whoever comes, and then say nothing more."""
    over = asyncio.Event()

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        await over.wait()
        writer.close()

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        over.set()
        server.close()
        await server.wait_closed()
