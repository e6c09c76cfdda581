"""WalletConnect: off and unseen until a merchant wants it, and then by the letter."""

from pathlib import Path

import httpx
import msgspec
import pytest

from app.domain.account import Account
from app.errors import NotFound
from app.rails.evm.catalogue import KNOWN
from app.settings import Settings
from app.web import walletconnect
from app.web.templates import csp
from tests.sites import Site

pytestmark = pytest.mark.asyncio(loop_scope="module")
PROJECT = "0123456789abcdef0123456789abcdef"
URI = f"wc:{'ab' * 32}@2?relay-protocol=irn&symKey={'cd' * 32}&expiryTimestamp=1767225600"
FORM = {"content-type": "application/x-www-form-urlencoded"}


async def test_a_project_id_is_given_and_taken_back(site: Site) -> None:
    assert site.account.walletconnect_project_id is None
    changed = await site.patch("/v1/account", {"walletconnect_project_id": PROJECT})
    assert changed["walletconnect_project_id"] == PROJECT
    for wrong in ("", "x" * 32, PROJECT.upper(), PROJECT[:-1], f"{PROJECT}0"):
        refused = await site.ask("PATCH", "/v1/account", {"walletconnect_project_id": wrong})
        assert refused.status_code == 400
        assert "walletconnect_project_id" in refused.text
    changed = await site.patch("/v1/account", {"walletconnect_project_id": None})
    assert changed["walletconnect_project_id"] is None


async def test_it_is_offered_on_evm_chains_to_who_wants_it(site: Site) -> None:
    base = KNOWN["eip155:8453"].chain
    account: Account = site.account
    assert walletconnect.pairing(account, base) is None
    wanting = msgspec.structs.replace(account, walletconnect_project_id=PROJECT)
    found = walletconnect.pairing(wanting, base)
    assert found
    assert (found.project, found.vendor) == (PROJECT, "/widget/vendor/walletconnect.js")
    assert ("Rainbow", "https://rnbwapp.com/wc?uri=") in found.links
    other = msgspec.structs.replace(base, family="solana")
    assert walletconnect.pairing(wanting, other) is None


async def test_only_its_relays_may_be_talked_to_and_only_where_it_is_offered() -> None:
    assert "connect-src 'self'; " in csp("n", "*")
    policy = csp("n", "*", walletconnect.RELAYS)
    relays = "wss://relay.walletconnect.com wss://relay.walletconnect.org"
    assert f"connect-src 'self' {relays}; " in policy
    assert policy.replace(f" {relays}", "") == csp("n", "*")


async def test_a_pairing_is_drawn_and_nothing_else(site: Site) -> None:
    made = await site.intent()
    path = f"/i/{made['id']}/pairing"
    drawn = await site.http.post(path, data={"uri": URI}, headers=FORM)
    assert drawn.status_code == 200
    assert drawn.headers["content-type"].startswith("image/svg+xml")
    assert drawn.headers["cache-control"] == "no-store"
    for wrong in ("", "https://evil.example", URI.replace("@2", "@1"), f"{URI}<svg>", URI * 9):
        refused = await site.http.post(path, data={"uri": wrong}, headers=FORM)
        assert refused.status_code == 400, wrong
    gone = await site.http.post("/i/pi_nothing/pairing", data={"uri": URI}, headers=FORM)
    assert gone.status_code == 404


async def test_the_vendors_bundle_comes_from_where_the_operator_put_it(
    tmp_path: Path, site: Site
) -> None:
    path = tmp_path / "bundle.js"
    assert walletconnect.file(Settings(walletconnect=str(path))) is None
    path.write_text("globalThis.vendor = 1;")
    assert walletconnect.file(Settings(walletconnect=str(path))) == path
    answer: httpx.Response = await site.http.get(walletconnect.VENDOR)
    assert answer.status_code == 404, "it is none of ours"
    assert NotFound.code in answer.text
