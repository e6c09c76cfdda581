"""What the pages promise of a merchant's look, and of who may show them."""

import io
import re

import pytest
from PIL import Image

from tests.sites import Site, refused, told

pytestmark = pytest.mark.asyncio(loop_scope="module")
SHOP = "https://shop.example"
INSIDE = f"view=modal&origin={SHOP}"


def picture(kind: str = "png", color: str = "teal") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (120, 40), color).save(file, kind)
    return file.getvalue()


async def read(site: Site, path: str) -> tuple[str, str]:
    """Return a page and who may frame it."""
    answer = await site.http.get(path)
    framing = re.search(r"frame-ancestors ([^;]*);", answer.headers["content-security-policy"])
    assert framing
    return answer.text, framing[1]


async def test_a_brand_is_seen_at_once_on_every_page(site: Site) -> None:
    made, link = await site.intent(), await site.link()
    paths = (f"/i/{made['id']}", f"/pay/{link['shortcode']}")
    for path in paths:
        assert "#7a1f5c" not in (await read(site, path))[0]
    changed = await site.patch("/v1/account", {"branding": {"accent": "#7A1F5C"}})
    assert changed["branding"]["accent"] == "#7a1f5c"
    assert await site.get("/v1/account") == changed
    for path in paths:
        html, _ = await read(site, path)
        assert "--accent:#7a1f5c;--on-accent:#ffffff" in html
        assert html.count("<style") == 1
        assert " style=" not in html
    stranger = await site.newcomer()
    theirs = await stranger.intent()
    assert "#7a1f5c" not in (await read(site, f"/i/{theirs['id']}"))[0]


async def test_an_accent_nobody_could_read_is_refused_with_one_that_can(site: Site) -> None:
    problem = refused(
        await site.ask("PATCH", "/v1/account", {"branding": {"accent": "#ffee00"}}), 400
    )
    (fault,) = problem["errors"]
    assert fault["field"] == "branding.accent"
    nearest = re.findall(r"#[0-9a-f]{6}", fault["message"])[0]
    await site.patch("/v1/account", {"branding": {"accent": nearest}})
    both = {"branding": {"accent": "x", "corner_radius_pixels": 99}, "allowed_origins": ["x"]}
    problem = refused(await site.ask("PATCH", "/v1/account", both), 400)
    assert {one["field"] for one in problem["errors"]} == {
        "branding.accent",
        "branding.corner_radius_pixels",
        "allowed_origins[0]",
    }


async def test_a_theme_is_the_merchant_s_until_the_address_names_another(site: Site) -> None:
    made = await site.intent(ledgers=["sandbox_usdc", "sandbox_eth"])
    path = f"/i/{made['id']}"
    asks = "@media (prefers-color-scheme:dark)"
    assert asks in (await read(site, path))[0]
    await site.patch("/v1/account", {"branding": {"theme": "dark"}})
    html, _ = await read(site, path)
    assert asks not in html
    assert ":root{color-scheme:dark}" in html
    assert '<meta name="color-scheme" content="dark">' in html
    html, _ = await read(site, f"{path}?theme=light")
    assert ":root{color-scheme:light}" in html
    assert f'action="{path}/ledger?theme=light"' in html, "and it goes along"
    assert asks in (await read(site, f"{path}?theme=auto"))[0]
    assert "color-scheme:dark" in (await read(site, f"{path}?theme=pink"))[0]


async def test_a_logo_is_shown_from_here_kept_for_ever_and_taken_down(site: Site) -> None:
    made = await site.intent()
    kind = {"Content-Type": "image/png"}
    account = told(await site.ask("PUT", "/v1/account/logo", headers=kind, content=picture()), 200)
    logo = account["branding"]["logo"]
    assert (logo["width_pixels"], logo["height_pixels"]) == (120, 40)
    html, _ = await read(site, f"/i/{made['id']}")
    assert f'<img class="logo" src="{logo["path"]}" width="120" height="40" alt="Logo of' in html
    shown = await site.http.get(logo["path"])
    assert shown.content == picture()
    assert shown.headers["content-type"] == "image/png"
    assert shown.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert shown.headers["content-security-policy"] == "default-src 'none'"
    twin = await site.newcomer()
    again = await twin.ask("PUT", "/v1/account/logo", headers=kind, content=picture())
    assert told(again, 200)["branding"]["logo"] == logo
    other = await site.ask("PUT", "/v1/account/logo", headers=kind, content=picture(color="red"))
    assert told(other, 200)["branding"]["logo"]["path"] != logo["path"]
    assert (await site.http.get(logo["path"])).status_code == 200, "the twin still shows it"
    for one in (site, twin, site):
        assert (await one.ask("DELETE", "/v1/account/logo")).status_code == 204
    assert (await site.http.get(logo["path"])).status_code == 404
    assert "<img" not in (await read(site, f"/i/{made['id']}"))[0]


async def test_only_a_picture_is_a_logo(site: Site) -> None:
    for content, kind in (
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/png"),
        (picture("jpeg"), "image/png"),
        (picture() + bytes(65_536), "image/png"),
        (b"", "image/png"),
    ):
        answer = await site.ask(
            "PUT", "/v1/account/logo", headers={"Content-Type": kind}, content=content
        )
        assert refused(answer, 400)["errors"][0]["field"] == "logo"
    publishable = await site.ask(
        "PUT",
        "/v1/account/logo",
        key=site.pk,
        headers={"Content-Type": "image/png"},
        content=picture(),
    )
    refused(publishable, 403)


async def test_with_a_list_nobody_else_frames_a_page_or_hears_of_it(site: Site) -> None:
    made, link = await site.intent(), await site.link()
    idle = await site.link(active=False)
    await site.pay(made["id"], share="0.5", confirmations=2)
    await site.settle()
    canceled = await site.intent()
    await site.post(f"/v1/payment_intents/{canceled['id']}/cancel")
    paths = (
        f"/i/{made['id']}?",
        f"/i/{made['id']}/receipt?",
        f"/i/{made['id']}/qr.svg?ledger=none&",  # a refusal
        f"/pay/{link['shortcode']}?",
        f"/pay/{idle['shortcode']}?",  # closed
        f"/pay/{link['shortcode']}?paymentIntentId={canceled['id']}&",  # finished
    )
    for path in paths:
        assert (await read(site, path + INSIDE))[1] == "*", path
    changed = await site.patch(
        "/v1/account", {"allowed_origins": ["https://Other.example:443/", "http://localhost:3000"]}
    )
    assert changed["allowed_origins"] == ["https://other.example", "http://localhost:3000"]
    for path in paths:
        html, framing = await read(site, path + INSIDE)
        assert framing == "https://other.example http://localhost:3000", path
        assert "data-origin" not in html, path
        html, framing = await read(site, f"{path}view=modal&origin=https://other.example")
        assert 'data-origin="https://other.example"' in html, path
        assert (await read(site, path))[1] == "'self'", "a page of its own is framed by nobody"
    assert (await read(site, f"/i/pi_nowhere?{INSIDE}"))[1] == "*", "there is nothing to keep"


async def test_another_process_s_change_is_seen_within_five_seconds(site: Site) -> None:
    made = await site.intent()
    path = f"/i/{made['id']}"
    await read(site, path)
    accounts = site.house.accounts
    seen = dict(accounts._seen)
    await site.patch("/v1/account", {"branding": {"accent": "#7a1f5c"}})
    accounts._seen.update(seen)  # as if the change had been made elsewhere
    assert "#7a1f5c" not in (await read(site, path))[0]
    site.world.advance(5)
    assert "#7a1f5c" in (await read(site, path))[0]
