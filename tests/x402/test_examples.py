"""The examples do what they say: an agent with the official client pays each of them."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from tests.components.parts import ROOT, free_port, node_path
from tests.rails.till import Till
from tests.sites import Site
from tests.x402.payer import Payer
from tests.x402.test_resource import fetch

pytestmark = pytest.mark.asyncio(loop_scope="module")
LOOKS_MAX = 600
UVICORN = [sys.executable, "-m", "uvicorn", "--app-dir", "examples", "--log-level", "critical"]
EXAMPLES = {
    "litestar": [*UVICORN, "x402_litestar:app", "--port"],
    "fastapi": [*UVICORN, "x402_fastapi:app", "--port"],
    "node": [node_path(), "examples/x402_node.mjs"],
}


@asynccontextmanager
async def running(name: str, address: str, key: str) -> AsyncIterator[str]:
    """Run an example against the till, and stop it again."""
    port = str(free_port())
    process = await asyncio.create_subprocess_exec(
        *EXAMPLES[name],
        *([] if name == "node" else [port]),
        cwd=ROOT,
        env=os.environ | {"TILL": address, "SK": key, "PORT": port},
    )
    url = f"http://127.0.0.1:{port}/report"
    try:
        async with httpx.AsyncClient(trust_env=False) as http:
            for _ in range(LOOKS_MAX):
                with contextlib.suppress(httpx.TransportError):
                    await http.get(url.replace("report", "health"))
                    break
                assert process.returncode is None, f"{name} did not start"
                await asyncio.sleep(0.05)
        yield url
    finally:
        process.terminate()
        await process.wait()


@pytest.mark.parametrize("name", EXAMPLES)
async def test_an_agent_pays_an_example(till: Till, site: Site, address: str, name: str) -> None:
    async with running(name, address, site.sk) as url:
        told = await fetch(url, Payer(till.chain))
    assert told["seen"] == [402, 200], told
    assert told["body"] == {"report": "All is well."}
    assert told["told"]["success"] is True
