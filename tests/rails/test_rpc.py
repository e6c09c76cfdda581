"""Several nodes read as one: what fails is passed over, what refuses is believed."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from app.errors import ChainUnavailable
from app.rails.rpc import Call, Rpc, RpcError, check_url
from tests.rails.evm_chain import EvmChain
from tests.rails.proxy import Proxy

HEIGHT = Call(str, "eth_blockNumber")


@pytest.fixture
async def second(evm: EvmChain) -> AsyncIterator[Proxy]:
    async with Proxy(evm.anvil.url) as one:
        yield one


def rpc(http: httpx.AsyncClient, *nodes: Proxy | str, number: int = 31337, **more: Any) -> Rpc:
    urls = [node if isinstance(node, str) else node.url for node in nodes]
    return Rpc(http, f"eip155:{number}", number, urls, **more)


def fail(proxy: Proxy, how: str) -> None:
    match how:
        case "hangs up":
            proxy.down = True
        case "is silent":
            proxy.hang = True
        case "answers 500":
            proxy.status = 500
        case "answers 429":
            proxy.status = 429
        case "answers 403":
            proxy.status = 403
        case "talks nonsense":
            proxy.raw = b"<html>gateway</html>"
        case "has the wrong shape":
            proxy.raw = b'[{"id": "x", "error": 5}]'
        case "asks to slow down":
            proxy.rule = lambda call: {"error": {"code": -32005, "message": "rate limit exceeded"}}
        case "answers another type":
            proxy.rule = lambda call: (
                {"result": ["no", "number"]} if call["method"] == "eth_blockNumber" else None
            )


WAYS = (
    "hangs up",
    "is silent",
    "answers 500",
    "answers 429",
    "answers 403",
    "talks nonsense",
    "has the wrong shape",
    "asks to slow down",
    "answers another type",
)


@pytest.mark.parametrize("how", WAYS)
async def test_the_next_node_stands_in(
    http: httpx.AsyncClient, proxy: Proxy, second: Proxy, how: str
) -> None:
    nodes = rpc(http, proxy, second, answer_seconds=0.5)
    fail(proxy, how)
    assert await nodes.ask(HEIGHT)
    assert second.asked("eth_blockNumber")


@pytest.mark.parametrize("how", WAYS)
async def test_no_node_left_is_unavailable_within_bounds(
    http: httpx.AsyncClient, proxy: Proxy, second: Proxy, how: str
) -> None:
    nodes = rpc(http, proxy, second, answer_seconds=0.2)
    fail(proxy, how)
    fail(second, how)
    with pytest.raises(ChainUnavailable):
        await nodes.ask(HEIGHT)
    assert proxy.requests + second.requests <= 8


async def test_the_last_good_node_is_asked_first(
    http: httpx.AsyncClient, proxy: Proxy, second: Proxy
) -> None:
    nodes = rpc(http, proxy, second)
    proxy.status = 502
    await nodes.ask(HEIGHT)
    proxy.status = None
    tried = proxy.requests
    await nodes.ask(HEIGHT)
    assert proxy.requests == tried
    second.status = 502
    assert await nodes.ask(HEIGHT)
    assert proxy.requests > tried


async def test_a_refusal_is_an_answer_and_is_not_asked_for_twice(
    http: httpx.AsyncClient, proxy: Proxy, second: Proxy
) -> None:
    nodes = rpc(http, proxy, second)
    with pytest.raises(RpcError) as refused:
        await nodes.ask(Call(str, "eth_noSuchMethod"))
    assert refused.value.code == -32601
    assert len(proxy.asked("eth_noSuchMethod")) == 1
    assert second.requests == 0


async def test_too_many_results_is_no_request_to_slow_down(
    http: httpx.AsyncClient, proxy: Proxy
) -> None:
    words = "query returned more than 10000 results"
    no = {"error": {"code": -32005, "message": words}}
    proxy.rule = lambda call: no if call["method"] == "eth_blockNumber" else None
    with pytest.raises(RpcError):
        await rpc(http, proxy).ask(HEIGHT)
    assert len(proxy.asked("eth_blockNumber")) == 1


async def test_a_node_of_another_chain_is_refused(
    http: httpx.AsyncClient, proxy: Proxy, second: Proxy
) -> None:
    other = {"result": "0x1"}
    proxy.rule = lambda call: other if call["method"] == "eth_chainId" else None
    nodes = rpc(http, proxy, second)
    await nodes.ask(HEIGHT)
    assert not proxy.asked("eth_blockNumber")
    with pytest.raises(ChainUnavailable, match="serves chain 1, not 31337"):
        await rpc(http, proxy).ask(HEIGHT)


async def test_a_node_is_verified_once_and_again_after_a_fault(
    http: httpx.AsyncClient, proxy: Proxy
) -> None:
    nodes = rpc(http, proxy)
    for _ in range(3):
        await nodes.ask(HEIGHT)
    assert len(proxy.asked("eth_chainId")) == 1
    proxy.down = True
    with pytest.raises(ChainUnavailable):
        await nodes.ask(HEIGHT)
    proxy.down = False
    await nodes.ask(HEIGHT)
    assert len(proxy.asked("eth_chainId")) == 2


async def test_a_batch_comes_back_in_the_order_it_was_asked(
    http: httpx.AsyncClient, proxy: Proxy, evm: EvmChain
) -> None:
    height = evm.anvil.height()
    calls = [Call(str, "eth_blockNumber"), Call(str, "eth_noSuchMethod"), Call(str, "eth_chainId")]
    answers = await rpc(http, proxy).batch(calls)
    assert [answers[0], answers[2]] == [hex(height), "0x7a69"]
    assert isinstance(answers[1], RpcError)


async def test_a_node_without_batches_is_asked_one_by_one(
    http: httpx.AsyncClient, proxy: Proxy
) -> None:
    proxy.no_batches = True
    nodes = rpc(http, proxy)
    calls = [Call(str, "eth_chainId")] * 3
    assert await nodes.batch(calls) == ["0x7a69"] * 3
    tried = proxy.requests
    assert await nodes.batch(calls) == ["0x7a69"] * 3
    assert proxy.requests == tried + 3  # it is not tempted again


async def test_large_batches_are_sent_in_portions(http: httpx.AsyncClient, proxy: Proxy) -> None:
    answers = await rpc(http, proxy).batch([HEIGHT] * 45)
    assert len(answers) == 45
    assert proxy.requests == 1 + 3  # who are you, and three times up to twenty


async def test_an_answer_too_large_is_asked_for_in_halves(
    http: httpx.AsyncClient, proxy: Proxy
) -> None:
    page = "0x" + "a" * 600
    proxy.rule = lambda call: {"result": page} if call["method"] == "eth_call" else None
    nodes = rpc(http, proxy, answer_bytes=2_000)
    assert await nodes.batch([Call(str, "eth_call")] * 8) == [page] * 8


async def test_one_answer_too_large_is_a_refusal(http: httpx.AsyncClient, proxy: Proxy) -> None:
    proxy.rule = lambda call: {"result": "a" * 900} if call["method"] == "eth_call" else None
    with pytest.raises(RpcError, match="over 500 bytes"):
        await rpc(http, proxy, answer_bytes=500).ask(Call(str, "eth_call"))


@pytest.mark.parametrize("how", WAYS)
async def test_no_key_in_a_url_is_ever_shown(
    http: httpx.AsyncClient, proxy: Proxy, caplog: pytest.LogCaptureFixture, how: str
) -> None:
    fail(proxy, how)
    host = proxy.url.removeprefix("http://")
    url = f"http://user:hunter2@{host}/v3/secretkey?key=secretkey"
    caplog.set_level("DEBUG")
    with capture_logs() as lines, pytest.raises(ChainUnavailable) as refused:
        await rpc(http, url, answer_seconds=0.2).ask(HEIGHT)
    error: BaseException | None = refused.value
    shown = [str(lines), caplog.text]
    while error is not None:
        shown.append(repr(error))
        error = None if error.__suppress_context__ else error.__cause__ or error.__context__
    assert lines
    assert not any("secretkey" in text or "hunter2" in text for text in shown)


@pytest.mark.parametrize("url", ["ftp://node", "node:8545", "http://", "http://[::1", ""])
def test_a_url_that_is_none_is_named_without_being_repeated(url: str) -> None:
    assert check_url(url) == "must be an http:// or https:// URL"
    assert check_url("https://user:key@node.example/v3/key") is None
