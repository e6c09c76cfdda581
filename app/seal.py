"""The house's own secret: seals what must be read back, peppers what must only be compared.

Webhook secrets have to be read again to sign with, so they lie in the database
sealed (Fernet: AES-128-CBC with HMAC-SHA256). The key is `OPENTILL_SECRET_KEY`, or a file
in the data directory that only its owner may read. Lose it, and endpoints need
new secrets and clients new keys; a copy of the database alone reveals neither.
"""

import base64
import hashlib
import hmac
import os
from contextlib import suppress
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

KEY_BYTES = 32


class Seal:
    """Keys drawn from one secret, so that no use can reveal another."""

    def __init__(self, secret: str) -> None:
        assert secret, "an empty secret seals nothing"
        root = self._root = hashlib.sha256(secret.encode()).digest()
        self.pepper = hmac.new(root, b"opentill:pepper", hashlib.sha256).digest()
        sealing = hmac.new(root, b"opentill:seal", hashlib.sha256).digest()
        self._fernet = Fernet(base64.urlsafe_b64encode(sealing))

    def secret(self, purpose: str) -> str:
        """Return a secret for one purpose, as 64 hexadecimal digits; always the same."""
        drawn = hmac.new(self._root, f"opentill:{purpose}".encode(), hashlib.sha256)
        return drawn.hexdigest()

    def close(self, text: str) -> str:
        """Return `text` sealed."""
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """Return what was sealed; raise ValueError when another house sealed it."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise ValueError("sealed with another OPENTILL_SECRET_KEY") from None


def load(secret_key: str, data: Path) -> Seal:
    """Return the house's seal, making its key file on the first start."""
    if secret_key:
        return Seal(secret_key)
    path = data / "secret.key"
    if not path.exists():
        _make(path)
    return Seal(_read(path))


def _make(path: Path) -> None:
    """Write the key whole or not at all: of two processes starting at once, one wins."""
    draft = path.with_name(f"secret.{os.getpid()}.tmp")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(base64.urlsafe_b64encode(os.urandom(KEY_BYTES)).decode())
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()


def _read(path: Path) -> str:
    secret = path.read_text().strip()
    assert secret, f"{path} is empty: restore it from a backup"
    return secret
