"""The embed check names what stops the modal, as a page and as JSON."""

import re
from typing import Any

import pytest

from tests.sites import Site, refused

pytestmark = pytest.mark.asyncio(loop_scope="module")
SHOP = "https://shop.example"


async def check(site: Site, **asked: str) -> Any:
    answer = await site.http.get("/embed-check", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def about(report: Any, state: str) -> list[str]:
    return [one["about"] for one in report["findings"] if one["state"] == state]


async def test_a_site_that_is_allowed_is_told_so_and_what_its_policy_needs(site: Site) -> None:
    link = (await site.link())["shortcode"]
    home = str(site.http.base_url).rstrip("/")
    report = await check(site, origin="http://localhost:3000", payment_link=link)
    assert report["embeddable"] is True
    assert report["frame_ancestors"] == "*"
    assert report["policy_lines"] == [f"script-src {home}", f"frame-src {home}"]
    assert report["mended_policy"] is None
    assert f"{home}/pay/{link}?view=modal" in report["probe"]
    assert about(report, "stops") == []
    assert "X-Frame-Options" in about(report, "look")
    with_amounts = await check(site, origin="http://localhost:3000", key=site.pk)
    assert with_amounts["policy_lines"][-1] == f"connect-src {home}"


async def test_each_thing_that_stops_it_is_named(site: Site) -> None:
    link = (await site.link())["shortcode"]
    await site.patch("/v1/account", {"allowed_origins": [SHOP]})
    assert (await check(site, payment_link=link))["frame_ancestors"] == SHOP
    for origin, stops in (
        (SHOP, []),
        ("http://localhost:3000", ["frame-ancestors"]),
        ("shop.example", ["origin"]),
        (f"{SHOP}/cart", ["origin"]),
        ("http://shop.example", ["origin"]),
    ):
        report = await check(site, origin=origin, payment_link=link)
        assert about(report, "stops") == stops, origin
        assert report["embeddable"] is (not stops)
    elsewhere = await site.http.get(
        "/embed-check", params={"origin": SHOP}, headers={"Host": "inside:9000"}
    )
    assert about(elsewhere.json(), "stops") == ["public_url"]


async def test_a_pasted_policy_is_read_and_mended(site: Site) -> None:
    home = str(site.http.base_url).rstrip("/")
    pasted = "Content-Security-Policy: default-src 'self'; img-src *"
    report = await check(site, origin="http://localhost:3000", policy=pasted)
    assert about(report, "stops") == ["script-src", "frame-src"]
    hints = [one["hint"] for one in report["findings"] if one["state"] == "stops"]
    assert hints == [f"Write: script-src {home}", f"Write: frame-src {home}"]
    mended = await check(site, origin="http://localhost:3000", policy=report["mended_policy"])
    assert mended["embeddable"] is True
    nonce = await check(site, origin="http://localhost:3000", policy="script-src 'nonce-x'")
    assert "script-src" in about(nonce, "look")


async def test_the_page_says_the_same_and_puts_nothing_of_a_stranger_s_into_itself(
    site: Site,
) -> None:
    evil = 'https://x.example"><script>alert(1)</script>'
    answer = await site.http.get(
        "/embed-check",
        params={"origin": evil, "policy": f"frame-src 'none'; x <b>{evil}"},
        headers={"Accept": "text/html", "Accept-Language": "de"},
    )
    html = answer.text
    assert answer.status_code == 200
    assert "The checkout cannot open there" in html
    assert "<script" not in html
    assert " style=" not in html
    assert "Stops it: origin" in html
    assert "Stops it: frame-src" in html
    assert '<html lang="en"' in html, "headers have no other language"
    assert "frame-ancestors 'self'" in answer.headers["content-security-policy"]
    for id in re.findall(r'aria-labelledby="(\w+)"', html):
        assert f'id="{id}"' in html


async def test_what_names_no_account_is_refused_and_a_secret_key_most_of_all(site: Site) -> None:
    for asked, field in (
        ({"key": site.sk}, "key"),
        ({"key": "pk_test_nobody"}, "key"),
        ({"payment_link": "nowhere"}, "payment_link"),
        ({"policy": "x" * 8193}, "policy"),
    ):
        problem = refused(await site.http.get("/embed-check", params=asked), 400)
        assert problem["errors"][0]["field"] == field
    secret = refused(await site.http.get("/embed-check", params={"key": site.sk}), 400)
    assert site.sk not in str(secret)
    assert "revoke it" in secret["detail"]
