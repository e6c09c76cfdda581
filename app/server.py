"""Servers: one process that listens, and stops well when told to.

Uvicorn serves; we own the signals, so that open event streams end at once and a
stop with a thousand screens connected takes as long as a stop with none.
"""

import asyncio
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import uvicorn
from litestar.types import ASGIApp

from app import log
from app.asgi import create_app
from app.house import House
from app.settings import Settings
from app.storage.migrate import migrate
from app.web.forwarded import Forwarded

GRACE_SECONDS = 2
BACKLOG = 2048


class Server(uvicorn.Server):
    """A server that leaves signals to us."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def listen(host: str, port: int) -> socket.socket:
    """Take an address before anything else is done: a taken port is told at once."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named TCP, or asyncio leaves Nagle on and every answer waits 40 ms for an ACK.
    taken = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((host, port))
    except OSError as error:
        taken.close()
        raise SystemExit(f"opentill: cannot listen on {host}:{port}: {error.strerror}") from None
    return taken


def server(app: ASGIApp, settings: Settings) -> Server:
    """Return a server of one application."""
    trusted = settings.trusted_proxies
    config = uvicorn.Config(
        Forwarded(app, trusted) if trusted else app,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        lifespan="on",
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_keep_alive=30,
        backlog=BACKLOG,
        proxy_headers=False,  # where proxies are trusted, `Forwarded` reads them
        h11_max_incomplete_event_size=65_536,
    )
    return Server(config)


async def run(servers: Sequence[tuple[Server, socket.socket]], house: House) -> None:
    """Serve until told to stop."""

    def stop() -> None:
        house.retire()
        for one, _ in servers:
            if one.should_exit:
                one.force_exit = True
            one.should_exit = True

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    await asyncio.gather(*(one.serve(sockets=[taken]) for one, taken in servers))


def prepare(settings: Settings) -> None:
    """Make the data directory and bring the database up to date."""
    settings.data.mkdir(parents=True, exist_ok=True)
    migrate(settings.database)


async def welcome(house: House) -> None:
    """Print the link that makes the first user, once, where nobody can sign in yet."""
    if secret := await house.users.first_link():
        link = f"{house.settings.url}/office/welcome/{secret}"
        print(f"Make the first user, within a day: {link}", file=sys.stderr, flush=True)


async def serve(settings: Settings, *, workers: bool) -> None:
    """Serve one house."""
    log.configure(settings)
    prepare(settings)
    taken = listen(settings.host, settings.port)
    house = House(settings)
    await welcome(house)
    await run([(server(create_app(house, workers=workers), settings), taken)], house)


async def work(settings: Settings) -> None:
    """Run the workers without a web."""
    log.configure(settings)
    prepare(settings)
    house = House(settings)
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    await house.open(workers=True)
    await stopped.wait()
    await house.close()
