"""Passwords: kept as argon2id, and compared with it, away from the loop.

The cost is OWASP's first choice: 19 MiB, two passes, one lane. Two at a time are worked on,
so that a crowd of wrong passwords can neither fill the memory nor stop the shop.
"""

import asyncio

from app.world import World

MEMORY_KIB = 19_456
PASSES = 2
LANES = 1
HASH_BYTES = 32
SALT_LENGTH = 22  # characters: 131 bits
AT_ONCE = 2
# Of nobody's password, and as dear: whoever has none takes as long as whoever has one.
NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5$" + "A" * 43


class Passwords:
    """Makes and compares hashes."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._turn = asyncio.Semaphore(AT_ONCE)

    async def hashed(self, password: str) -> str:
        """Return what is kept in a password's place."""
        salt = self._world.secret(SALT_LENGTH).encode()
        async with self._turn:
            return await asyncio.to_thread(_hashed, password, salt)

    async def match(self, password: str, kept: str | None) -> bool:
        """Tell whether a password is the one that was kept; None takes as long, and is not."""
        async with self._turn:
            fits = await asyncio.to_thread(_match, password, kept or NOBODY)
        return fits and kept is not None


def _hashed(password: str, salt: bytes) -> str:
    # Late: a house where nobody signs in pays nothing for it.
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    argon = Argon2id(
        salt=salt, length=HASH_BYTES, iterations=PASSES, lanes=LANES, memory_cost=MEMORY_KIB
    )
    return argon.derive_phc_encoded(password.encode())


def _match(password: str, kept: str) -> bool:
    from cryptography.exceptions import InvalidKey
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    try:
        Argon2id.verify_phc_encoded(password.encode(), kept)
    except InvalidKey:
        return False
    return True
