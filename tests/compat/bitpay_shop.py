"""An application that signs as Bitpay's clients do, before a house that listens to nobody else."""

import base64
import json
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.compat.bitpay import identity
from tests.sites import Site

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141  # of secp256k1


class Application:
    """A shop's own program: it has a key, and keeps it."""

    def __init__(self, number: int) -> None:
        self._key = ec.derive_private_key(number, ec.SECP256K1())
        public = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
        self.key = public.hex()
        self.sin = identity.sin(public)

    def sign(self, said: bytes, *, high: bool = False) -> str:
        """Return a signature whose S is low, or high as half of all are."""
        r, s = utils.decode_dss_signature(self._key.sign(said, ec.ECDSA(SHA256())))
        if (s > ORDER // 2) is not high:
            s = ORDER - s
        return utils.encode_dss_signature(r, s).hex()

    def headers(self, address: str, body: bytes = b"", *, high: bool = False) -> dict[str, str]:
        signature = self.sign(address.encode() + body, high=high)
        return {"X-Identity": self.key, "X-Signature": signature}

    async def ask(
        self, site: Site, method: str, path: str, body: Any = None, *, high: bool = False
    ) -> httpx.Response:
        """Send a signed request, as the npm and PyPI clients do."""
        content = b"" if body is None else json.dumps(body).encode()
        headers = self.headers(f"{site.house.settings.url}{path}", content, high=high)
        headers |= {"Content-Type": "application/json", "X-Accept-Version": "2.0.0"}
        return await site.http.request(method, path, content=content, headers=headers)


def basic(key: str) -> dict[str, str]:
    """Return the header of a legacy key, as WHMCS sends it: no name, no colon."""
    return {"Authorization": f"Basic {base64.b64encode(key.encode()).decode()}"}


async def ask(site: Site, method: str, path: str, body: Any = None, **more: Any) -> httpx.Response:
    """Ask with the account's secret key as a legacy key."""
    headers = basic(site.sk) | more.pop("headers", {})
    return await site.ask(method, path, body, key=None, headers=headers, **more)
