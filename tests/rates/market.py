"""A market on a loopback port that speaks Kraken, Coinbase and CoinGecko, and fails as they do.

market.dollars["ETH"] = "2000"  # everywhere
market.say["kraken", "ETH"] = "NaN"  # one source's word
market.reply["coinbase"] = Reply(status=500)  # one source's whole answer
"""

import asyncio
import json
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs

import msgspec
import uvicorn

from app.rates.coingecko import COINS
from tests.still import NOON

KRAKEN_KEYS = {  # what Kraken calls its oldest markets in an answer
    "XBTUSD": "XXBTZUSD",
    "XBTEUR": "XXBTZEUR",
    "XBTJPY": "XXBTZJPY",
    "ETHUSD": "XETHZUSD",
    "ETHEUR": "XETHZEUR",
    "ETHXBT": "XETHXXBT",
    "LTCUSD": "XLTCZUSD",
    "USDTUSD": "USDTZUSD",
    "EURUSD": "ZEURZUSD",
    "GBPUSD": "ZGBPZUSD",
    "USDJPY": "ZUSDZJPY",
    "USDCAD": "ZUSDZCAD",
}


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """A whole answer, instead of the true one."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = {}
    after_seconds: float = 0
    parts: int = 1  # how often the body is sent


class Market:
    """Three price sources behind one port."""

    def __init__(self) -> None:
        self.url = ""
        self.reset()

    def reset(self) -> None:
        """Make all well again."""
        self.asked: Counter[str] = Counter()
        self.paths: list[str] = []
        self.reply: dict[str, Reply] = {}
        self.say: dict[tuple[str, str], str | None] = {}  # None: says nothing of it
        self.updated_at = int(NOON.timestamp())
        self.delisted: set[str] = set()
        self.after_seconds = 0.0
        self.dollars = {
            "BTC": "50000",
            "ETH": "2000",
            "SOL": "100",
            "ICP": "5",
            "USDC": "1.0001",
            "USDT": "0.9998",
            "LTC": "80",
            "EUR": "1.25",
            "GBP": "1.6",
            "JPY": "0.008",
            "SEK": "0.1",
        }

    def urls(self) -> dict[str, str]:
        return {name: f"{self.url}/{name}" for name in ("kraken", "coinbase", "coingecko")}

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Answer one request."""
        name = scope["path"].split("/")[1]
        query = {key: one[0] for key, one in parse_qs(scope["query_string"].decode()).items()}
        self.asked[name] += 1
        self.paths.append(f"{scope['path']}?{scope['query_string'].decode()}")
        answer = {"kraken": self.kraken, "coinbase": self.coinbase, "coingecko": self.coingecko}
        reply = self.reply.get(name)
        if reply is None:
            reply = Reply(body=answer[name](query).encode(), after_seconds=self.after_seconds)
        if reply.after_seconds:
            await asyncio.sleep(reply.after_seconds)
        headers = {"content-type": "application/json", **reply.headers}
        pairs = [(key.encode(), value.encode()) for key, value in headers.items()]
        await send({"type": "http.response.start", "status": reply.status, "headers": pairs})
        for _ in range(reply.parts):
            await send({"type": "http.response.body", "body": reply.body, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    def price(self, source: str, asset: str, code: str) -> str | None:
        """Return one source's word on a pair."""
        if (source, asset) in self.say:
            return self.say[source, asset]
        if asset not in self.dollars or code not in {**self.dollars, "USD": ""}:
            return None
        per = Decimal(self.dollars.get(code, "1"))
        return f"{Decimal(self.dollars[asset]) / per:.12f}"

    def kraken(self, query: dict[str, str]) -> str:
        result: dict[str, Any] = {}
        for symbol in query["pair"].split(","):
            base, quote = symbol[:-3].replace("XBT", "BTC"), symbol[-3:].replace("XBT", "BTC")
            inverted = base == "USD"
            price = self.price("kraken", quote if inverted else base, "USD" if inverted else quote)
            if symbol in self.delisted:
                return json.dumps({"error": ["EQuery:Unknown asset pair"]})
            if price is None:
                continue
            if inverted:
                price = str(1 / Decimal(price))
            result[KRAKEN_KEYS.get(symbol, symbol)] = {
                "a": [price, "1", "1.000"],
                "b": [price, "1", "1.000"],
                "c": ["1", "0.1"],  # an old trade
                "t": [1, 2],
            }
        return json.dumps({"error": [], "result": result})

    def coinbase(self, query: dict[str, str]) -> str:
        rates: dict[str, str] = {"00": "junk", "USD": "1"}
        for asset in self.dollars:
            price = self.price("coinbase", asset, "USD")
            try:
                rates[asset] = f"{1 / Decimal(str(price)):.16f}"
            except ArithmeticError:
                if price is not None:
                    rates[asset] = price
        return json.dumps({"data": {"currency": query["currency"], "rates": rates}})

    def coingecko(self, query: dict[str, str]) -> str:
        assets = {coin: asset for asset, coin in COINS.items()}
        coins: list[str] = []
        for coin in query["ids"].split(","):
            numbers = [f'"last_updated_at":{self.updated_at}']
            for code in query["vs_currencies"].split(","):
                price = self.price("coingecko", assets[coin], code.upper())
                if price is not None:
                    numbers.append(f'"{code}":{price}')  # a number's own digits, as it sends them
            coins.append(f'"{coin}":{{{",".join(numbers)}}}')
        return f"{{{','.join(coins)}}}"


@contextmanager
def opened() -> Iterator[Market]:
    """Open the market on a free loopback port."""
    market = Market()
    config = uvicorn.Config(
        market,
        log_level="critical",
        lifespan="off",
        ws="none",
        http="h11",
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as door:  # callers may knock before it opens
        market.url = f"http://127.0.0.1:{door.getsockname()[1]}"
        thread = threading.Thread(target=server.run, args=([door],), daemon=True)
        thread.start()
        try:
            yield market
        finally:
            server.force_exit = server.should_exit = True
            thread.join(10)
