"""Signing: with which secret an endpoint's webhooks are signed, and in which way.

Where a receiver has its secret already, as one written for another checkout does, the
endpoint is given that one; otherwise a new one is drawn. Both lie sealed.
"""

import base64
import hashlib
from collections.abc import Mapping
from datetime import datetime

import msgspec

from app.domain.webhook import Endpoint
from app.errors import Fault, Invalid
from app.seal import Seal
from app.services.dialects import SECRET_PREFIX, Dialect
from app.world import World

SECRET_LENGTH = 44  # characters of 5.95 bits: more than the 256 the key has room for


class Signing:
    """Knows what each dialect can sign with."""

    def __init__(self, world: World, seal: Seal, dialects: Mapping[str, Dialect]) -> None:
        self._world = world
        self._seal = seal
        self._dialects = dialects

    def check(
        self, faults: list[Fault], dialect: str, signature: str | None, secret: str | None
    ) -> None:
        """Note what a dialect cannot sign with; one that nobody knows is noted elsewhere."""
        if (known := self._dialects.get(dialect)) is None:
            return
        if signature is not None and signature not in known.signatures:
            message = f"must be one of: {', '.join(known.signatures)}"
            faults.append(Fault("signature", message))
        if secret is not None and (wrong := known.secret_fault(secret)):
            faults.append(Fault("secret", wrong))

    def usual(self, dialect: str) -> str:
        """Return the way a dialect signs when nobody chose one."""
        return self._dialects[dialect].signatures[0]

    def draw(self) -> str:
        """Return a new Standard Webhooks secret of 32 bytes: every dialect can sign with it."""
        drawn = hashlib.sha256(self._world.secret(SECRET_LENGTH).encode()).digest()
        return f"{SECRET_PREFIX}{base64.b64encode(drawn).decode()}"

    def follow(self, before: Endpoint, changed: Endpoint, now: datetime) -> Endpoint:
        """Return a changed endpoint that can be signed for, or refuse what it was changed to."""
        if (changed.dialect, changed.signature) == (before.dialect, before.signature):
            return changed
        dialect = self._dialects[changed.dialect]
        if changed.signature == before.signature and changed.signature not in dialect.signatures:
            changed = msgspec.structs.replace(changed, signature=dialect.signatures[0])
        faults: list[Fault] = []
        self.check(faults, changed.dialect, changed.signature, None)
        if not all(self._suits(dialect, one) for one in changed.secrets_sealed(now)):
            message = "cannot sign with the secret this endpoint has: rotate it first"
            faults.append(Fault("dialect", message))
        if faults:
            lines = "; ".join(f"{one.field} {one.message}" for one in faults)
            raise Invalid(lines, faults=tuple(faults))
        return changed

    def _suits(self, dialect: Dialect, sealed: str) -> bool:
        """Tell whether a dialect can sign with a secret; one nobody can read suits none."""
        try:
            return dialect.secret_fault(self._seal.open(sealed)) is None
        except ValueError:
            return False
