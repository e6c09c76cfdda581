"""A worker that is killed in the middle of a scan: real processes, `kill -9`."""

import asyncio
import itertools
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import delete

from app.domain.intent import Status
from app.services.accounts import NewDestination
from app.services.requests import NewIntent
from app.storage.tables import leases
from app.world import World
from tests.components.nursery import Nursery, wait_for_death
from tests.houses import open_house
from tests.rails.evm_chain import EvmChain
from tests.rails.proxy import Proxy
from tests.rails.till import USDC, fresh_xpub

PATIENCE_SECONDS = 30
KILLS = 5
CONFIG = """
[[chains]]
id = "eip155:{number}"
rpc = ["{rpc}"]
short = "dev"
name = "Development chain"
livemode = false
native = "ETH"
block_seconds = 1
lag_seconds_max = 864000
depths = [{{ confirmations = 2 }}]
tokens = [{{ symbol = "USDC", contract = "{usdc}", decimals = 6 }}]
"""


def start_worker(nursery: Nursery, folder: Path, database: str) -> int:
    """Start a worker and return its process id."""
    environ = {
        "PATH": os.environ["PATH"],
        "OPENTILL_DATA": str(folder),
        "OPENTILL_DATABASE_URL": database,
        "OPENTILL_CONFIG": str(folder / "opentill.toml"),
        "OPENTILL_LOG_LEVEL": "error",
    }
    return nursery.bear(["work"], environ, folder / "work.log")


async def test_process_killed_mid_scan_credits_once(
    database: str, tmp_path: Path, evm: EvmChain, proxy: Proxy, nursery: Nursery
) -> None:
    config = CONFIG.format(number=evm.anvil.chain_id, rpc=proxy.url, usdc=evm.usdc)
    (tmp_path / "opentill.toml").write_text(config)
    chain = f"eip155:{evm.anvil.chain_id}"
    http = httpx.AsyncClient(timeout=10, trust_env=False)
    block = evm.settings(proxy.url, lag_seconds_max=864_000)
    async with open_house(database, tmp_path, World(http), chains=(block,)) as house:
        await house.scanning.step(chain)  # a cursor, so that nothing is before the first look
        account = await house.accounts.create("Till", livemode=False)
        new = NewDestination(family="evm", kind="xpub", value=fresh_xpub())
        await house.accounts.put_destination(account.id, new)
        wish = NewIntent(amount="10.00", currency="USD", ledgers=(USDC,))
        asked, _ = await house.intents.create(account, wish)
        prompt = asked.quotes[0].prompt
        assert prompt is not None
        evm.transfer(evm.usdc, prompt.to, 10_000_000)
        evm.mine(3)

        for fatal in range(1, KILLS + 1):  # each a call further into the walk
            # The dead one's lease would run out by itself; nobody wants to wait for it here.
            await house.store.write(lambda tx: tx.execute(delete(leases)))
            worker = start_worker(nursery, tmp_path, database)
            calls = itertools.count(1)

            def kill(
                call: dict[str, Any],
                calls: Iterator[int] = calls,
                fatal: int = fatal,
                worker: int = worker,
            ) -> None:
                if next(calls) == fatal:
                    os.kill(worker, signal.SIGKILL)

            proxy.rule = kill
            # One that does not die here dies with the nursery.
            await asyncio.to_thread(wait_for_death, worker, PATIENCE_SECONDS)
            assert next(calls) > fatal, "it ended by itself"
        proxy.rule = lambda call: None
        await house.store.write(lambda tx: tx.execute(delete(leases)))
        worker = start_worker(nursery, tmp_path, database)
        try:
            for _ in range(PATIENCE_SECONDS * 20):
                paid = await house.intents.get(asked.id)
                if paid.status is Status.SUCCEEDED:
                    break
                await asyncio.sleep(0.05)
        finally:
            os.kill(worker, signal.SIGTERM)
            await asyncio.to_thread(wait_for_death, worker, PATIENCE_SECONDS)
        assert paid.status is Status.SUCCEEDED
        assert paid.amount_received == "10.00"
        assert len(paid.payments) == 1
        types = [one.type.value for one in await house.events.after(account.id, 0)]
        assert types.count("payment.seen") == 1
        assert types.count("payment_intent.succeeded") == 1
