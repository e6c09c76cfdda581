"""Bitcoin over Electrum: what one block costs a house that watches ten thousand addresses.

Node and server are processes of their own (bcoin, ElectrumX), so what is measured is ours:
asking the table who is watched, hearing, checking headers and proofs, writing payments. Each
block pays three of the addresses.
"""

import asyncio
import shutil
import time
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import insert

from app.house import House
from app.rails.bitcoin.network import BITCOIN_REGTEST
from app.rails.bitcoin.rail import BitcoinRail
from app.services.accounts import NewDestination
from app.services.requests import NewIntent
from app.services.views import QuoteView
from app.settings import ChainSettings
from app.storage import tables
from app.storage.engines import sqlite_engine
from bench.meter import Sample, middle
from bench.report import Row, timed
from bench.subject import folder
from tests.components import Bcoin, ElectrumX
from tests.houses import new_database, settings_for
from tests.rails.coin_chain import fresh_tpub

NAME = "scan.electrum"
WATCHED = 10_000
PAID = 3  # of the watched addresses in each block
REQUESTS_MAX = 20  # a block: the tip, and a few for each payment
FOREVER = datetime(9000, 1, 1, tzinfo=UTC)  # what is watched never ends while we look
FIRST_SLOT = 1_000_000  # far above those the house hands out itself


def scan(blocks: int) -> Row:
    """Measure some blocks and return the line."""
    home = folder()
    try:
        with Bcoin() as node, ElectrumX(node) as server:
            return asyncio.run(_Scan(node, server, blocks).run(home))
    finally:
        shutil.rmtree(home, ignore_errors=True)


class _Scan:
    def __init__(self, node: Bcoin, server: ElectrumX, blocks: int) -> None:
        self._node = node
        self._server = server
        self._blocks = blocks

    async def run(self, home: Path) -> Row:
        url = new_database("sqlite", home)
        chain = ChainSettings(BITCOIN_REGTEST, (self._server.url,))
        house = House(settings_for(url, home, chains=(chain,)))
        await house.open(workers=False)
        try:
            return await self._measured(house, url)
        finally:
            await house.close()

    async def _measured(self, house: House, url: str) -> Row:
        rail = house.rails[BITCOIN_REGTEST]
        assert isinstance(rail, BitcoinRail)
        account = await house.accounts.create("Bench", livemode=False)
        key = fresh_tpub()
        new = NewDestination(family="bitcoin", kind="xpub", value=key)
        await house.accounts.put_destination(account.id, new)
        wish = NewIntent(amount="10.00", currency="USD", ledgers=("btc_regtest",))
        made = [(await house.intents.create(account, wish))[0] for _ in range(PAID * self._blocks)]
        addresses = [rail.place("xpub", key, FIRST_SLOT + n).to for n in range(WATCHED - len(made))]
        _watch(url, account.id, addresses)
        await house.scanning.step(BITCOIN_REGTEST)
        before, began = rail.requests, time.process_time()
        await house.scanning.step(BITCOIN_REGTEST)
        first_requests = rail.requests - before
        first_ms = (time.process_time() - began) * 1000
        samples, asked = [], []
        for number in range(self._blocks):
            paid = made[number * PAID : (number + 1) * PAID]
            await asyncio.to_thread(self._mine, [one.quotes[0] for one in paid])
            before, cpu, wall = rail.requests, time.process_time(), time.monotonic()
            await house.scanning.step(BITCOIN_REGTEST)
            spent = (time.process_time() - cpu) * 1000
            samples.append(Sample(spent, [(time.monotonic() - wall) * 1000]))
            asked.append(rail.requests - before)
        done = [await house.intents.get(one.id) for one in made]
        assert all(one.payments for one in done), "every payment was found"
        row = timed(NAME, f"A block with {PAID} payments, {WATCHED:,} addresses watched", samples)
        row.found = (
            f"{middle(asked):g} requests a block; first scan {first_requests:,} and "
            f"{first_ms:.0f} ms CPU"
        )
        row.target = f"≤ {REQUESTS_MAX} requests"
        row.met = middle(asked) <= REQUESTS_MAX
        return row

    def _mine(self, quotes: list[QuoteView]) -> None:
        for quote in quotes:
            assert quote.prompt is not None
            self._node.purse.pay(quote.prompt.to, int(quote.amount_atomic))
        self._node.purse.mine()
        self._server.caught_up()


def _watch(url: str, account: str, addresses: list[str]) -> None:
    """Write places without intents: nothing but who is watched is asked of them."""
    engine = sqlite_engine(url, writes=True)
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute("PRAGMA foreign_keys=OFF")
        rows = [
            {
                "intent": f"pi_bench{number}",
                "family": "bitcoin",
                "account": account,
                "destination": None,
                "slot": None,
                "address": address,
                "shared": False,
                "watch_until": FOREVER,
            }
            for number, address in enumerate(addresses)
        ]
        connection.execute(insert(tables.places), rows)
        connection.commit()
    engine.dispose()
