"""The floor: the least a request can cost here, served as the house is served.

`python -m bench.floor asgi PORT` and `… litestar PORT` run until they are stopped.
"""

import sqlite3
import sys
import time
from pathlib import Path

import uvloop
from litestar import Litestar, get
from litestar.params import FromPath
from litestar.types import ASGIApp, Receive, Scope, Send

from app.server import listen, server
from app.settings import Settings
from bench.meter import Sample

BODY = b'{"hello":"world"}'
HEADERS = [
    (b"content-type", b"application/json"),
    (b"content-length", str(len(BODY)).encode()),
]


async def bare(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer everything at once."""
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": BODY, "more_body": False})


@get("/{id:str}")
async def hello(id: FromPath[str]) -> dict[str, str]:
    return {"hello": id}


async def serve(kind: str, port: int) -> None:
    app: ASGIApp = bare
    if kind == "litestar":
        app = Litestar([hello], openapi_config=None, logging_config=None)
    settings = Settings(port=port)
    one = server(app, settings)
    one.config.lifespan = "off"
    await one.serve(sockets=[listen("127.0.0.1", port)])


def commits(folder: Path, count: int) -> Sample:
    """Insert `count` rows into a SQLite file, each with a commit that reaches the disk."""
    connection = sqlite3.connect(folder / "floor.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE IF NOT EXISTS floor (id INTEGER PRIMARY KEY, body TEXT)")
    wall: list[float] = []
    begun = time.process_time()
    for _ in range(count):
        at = time.perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO floor (body) VALUES (?)", ("x" * 500,))
        connection.execute("COMMIT")
        wall.append((time.perf_counter() - at) * 1000)
    used = time.process_time() - begun
    connection.close()
    return Sample(used / count * 1000, wall)


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1], int(sys.argv[2])))  # the loop the house runs on
