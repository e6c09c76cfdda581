"""WalletConnect, where a merchant wants it: its vendor's code, its relay, a pairing's code.

Off until an account has a project id. The vendor's bundle is no part of Opentill: it is
served from where the operator put it, and its absence is told by the doctor and the page.
"""

import gzip
import re
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody

from app.domain.account import Account
from app.domain.ledger import Chain
from app.errors import Invalid, NotFound
from app.services.intents import Intents
from app.settings import Settings
from app.web import qr, wallets, widget

PACKAGE = "@walletconnect/ethereum-provider"
PACKAGED = Path(__file__).parents[2] / "node_modules" / PACKAGE / "dist" / "index.umd.js"
VENDOR = "/widget/vendor/walletconnect.js"
RELAYS = ("wss://relay.walletconnect.com", "wss://relay.walletconnect.org")
FAMILY = "evm"
# docs.walletconnect.com: topic, version, and what the relay and the key are.
PAIRING = re.compile(r"wc:[0-9a-f]{64}@2\?[A-Za-z0-9=&%._-]{1,600}")


class Pairing(msgspec.Struct, frozen=True, kw_only=True):
    """What the page needs to offer it."""

    project: str
    script: str
    vendor: str
    links: tuple[tuple[str, str], ...]


def pairing(account: Account, chain: Chain) -> Pairing | None:
    """Return how a wallet elsewhere is reached, if this merchant wants it."""
    if account.walletconnect_project_id is None or chain.family != FAMILY:
        return None
    return Pairing(
        project=account.walletconnect_project_id,
        script=widget.path("walletconnect.js"),
        vendor=VENDOR,
        links=wallets.pairs(chain),
    )


def file(settings: Settings) -> Path | None:
    """Return where the vendor's bundle is, if it is installed."""
    path = Path(settings.walletconnect) if settings.walletconnect else PACKAGED
    return path if path.is_file() else None


@get(VENDOR, include_in_schema=False)
async def vendor(
    request: Request[Any, Any, Any], settings: NamedDependency[Settings]
) -> Response[bytes]:
    """Send the vendor's bundle."""
    path = file(settings)
    if path is None:
        raise NotFound("WalletConnect's bundle is not installed: `opentill doctor` says how.")
    headers = {"Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff"}
    headers["Vary"] = "Accept-Encoding"
    body, packed = _read(path, path.stat().st_mtime_ns)
    if "gzip" in request.headers.get("accept-encoding", ""):
        body, headers["Content-Encoding"] = packed, "gzip"
    return Response(body, headers=headers, media_type=widget.TYPES[".js"])


@cache
def _read(path: Path, _changed: int) -> tuple[bytes, bytes]:
    body = path.read_bytes()
    return body, gzip.compress(body, 9, mtime=0)


@post("/i/{id:str}/pairing", include_in_schema=False, status_code=200)
async def code(
    id: FromPath[str],
    data: URLEncodedBody[dict[str, str]],
    intents: NamedDependency[Intents],
) -> Response[str]:
    """Draw a pairing's code. It is posted, since it holds the key of a conversation."""
    await intents.get(id)
    uri = data.get("uri", "")
    if not PAIRING.fullmatch(uri):
        raise Invalid.field("uri", "must be a WalletConnect pairing: wc:…@2?…")
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return Response(str(qr.svg(uri)), headers=headers, media_type="image/svg+xml")
