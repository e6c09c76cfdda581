"""What this house does otherwise than its framework: nothing anybody would miss."""

import pytest

from tests.sites import Site, refused

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATH = "/v1/payment_intents"
ORIGIN = {"Origin": "https://shop.example"}


async def test_a_preflight_is_answered_and_a_bare_options_is_told_what_is_allowed(
    site: Site,
) -> None:
    wanted = ORIGIN | {"Access-Control-Request-Method": "POST"}
    answer = await site.ask("OPTIONS", PATH, key=None, headers=wanted)
    assert answer.status_code == 204
    assert "POST" in answer.headers["access-control-allow-methods"]
    answer = await site.ask("OPTIONS", PATH, key=None)
    refused(answer, 405, "method_not_allowed")
    assert {one.strip() for one in answer.headers["allow"].split(",")} == {"GET", "POST"}


async def test_no_path_has_a_handler_nobody_asked_for(site: Site) -> None:
    assert len(site.app.routes) > 200
    assert [one.path for one in site.app.routes if "OPTIONS" in getattr(one, "methods", ())] == []
