"""Who is waited for, looked up once per scan and asked in bounded portions."""

from collections.abc import Collection

from app.rails.base import Watch
from app.rails.evm.address import checksum

FEW = 200  # topics one eth_getLogs filter carries without any provider's complaint
PORTION = 500


class Watched:
    """The watched addresses: all of them when they are few, else a way to ask."""

    def __init__(self, watch: Watch, few: list[str] | None) -> None:
        self._watch = watch
        self._few = None if few is None else frozenset(few)

    @classmethod
    async def look(cls, watch: Watch) -> "Watched":
        return cls(watch, await watch.few(FEW))

    @property
    def nobody(self) -> bool:
        return self._few is not None and not self._few

    @property
    def topics(self) -> list[str] | None:
        """The addresses as log topics, or None when they are too many for a filter."""
        if self._few is None:
            return None
        return ["0x" + "0" * 24 + address[2:].lower() for address in sorted(self._few)]

    async def among(self, addresses: Collection[str]) -> set[str]:
        """Return those of `addresses`, in any case, that are watched, in canonical form."""
        wanted = sorted({checksum(address) for address in addresses})
        if self._few is not None:
            return set(wanted) & self._few
        found: set[str] = set()
        for start in range(0, len(wanted), PORTION):
            found |= await self._watch.among(wanted[start : start + PORTION])
        return found
