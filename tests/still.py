"""A world that stands still: a clock that moves when told, ids that count, no chance.

    world = StillWorld()
    world.advance(seconds=900)
    world.id("pi")  # pi_0000000000000000000001

The HTTP client reaches nothing. Hand in `answer`, a function of the request, to play the
other side, or a client of your own.
"""

import hashlib
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx

from app.world import ALPHABET, ID_LENGTH, World

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


class StillWorld(World):
    """The world in a test. The same seed and the same calls give the same ids and secrets."""

    def __init__(
        self,
        at: datetime = NOON,
        *,
        seed: str = "still",
        answer: Callable[[httpx.Request], httpx.Response] | None = None,
        http: httpx.AsyncClient | None = None,
    ) -> None:
        super().__init__(
            http or httpx.AsyncClient(transport=httpx.MockTransport(answer or _refuse))
        )
        self._seed = seed
        self._now = at
        self._seconds = 0.0
        self._ids: Counter[str] = Counter()
        self._secrets = 0
        self.names: dict[str, list[str]] = {}  # host → addresses: what this world's DNS knows

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._seconds

    def advance(self, seconds: float = 0, **more: float) -> datetime:
        """Move the clock forward, by `seconds` and what else `timedelta` knows; return now."""
        step = timedelta(seconds=seconds, **more)
        assert step >= timedelta(0), "time does not run backwards"
        self._now += step
        self._seconds += step.total_seconds()
        return self._now

    def id(self, prefix: str) -> str:
        """Return the prefix's next id: `pi_`, then a number in 22 digits."""
        self._ids[prefix] += 1
        return f"{prefix}_{self._ids[prefix]:0{ID_LENGTH}d}"

    def secret(self, length: int) -> str:
        """Return characters that only the seed and the number of earlier secrets decide."""
        self._secrets += 1
        entropy = hashlib.shake_256(f"{self._seed}/{self._secrets}".encode()).digest(length)
        return "".join(ALPHABET[byte % len(ALPHABET)] for byte in entropy)

    async def resolve(self, host: str, port: int) -> list[str]:
        """Return what `names` says; an address is its own, and any other name is unknown."""
        if host in self.names:
            return self.names[host]
        if host.replace(".", "").isdigit() or ":" in host:
            return [host]
        raise OSError(f"a still world knows no host {host!r}")


def _refuse(request: httpx.Request) -> httpx.Response:
    raise AssertionError(f"a still world was asked to call {request.method} {request.url}")
