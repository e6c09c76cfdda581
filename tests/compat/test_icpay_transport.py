"""How ICPay's clients are answered: keys, origins, refusals."""

from typing import Any

import pytest

from tests.sites import Site, told

pytestmark = pytest.mark.asyncio(loop_scope="module")
ACCOUNT = "/sdk/public/account"
ORIGIN = {"Origin": "https://shop.example"}


async def test_both_keys_open_public_addresses_and_only_the_secret_one_the_others(
    house_site: Site,
) -> None:
    for key in (house_site.pk, house_site.sk):
        assert (await house_site.get(ACCOUNT, key=key))["isLive"] is False
    told(await house_site.ask("GET", "/sdk/account", key=house_site.sk), 200)
    told(await house_site.ask("GET", "/sdk/account", key=house_site.pk), 403)


async def test_keys_of_live_accounts_open_theirs(house_site: Site) -> None:
    live = await house_site.newcomer(live=True)
    assert live.pk.startswith("pk_live_")
    account = await live.get(ACCOUNT, key=live.pk)
    assert account["isLive"] is True
    assert account["icpayCanisterId"]
    made = await live.ask(
        "POST", "/sdk/public/payments/intents", {"amountUsd": 5}, key=live.pk, headers=ORIGIN
    )
    assert "takes no amounts from browsers" in told(made, 403)["message"]


@pytest.mark.parametrize(
    ("method", "path", "key", "status"),
    [
        ("GET", ACCOUNT, "pk_test_unknown", 401),
        ("GET", ACCOUNT, None, 401),
        ("GET", f"{ACCOUNT}?publishableKey=nonsense", None, 401),
        ("GET", "/sdk/public/payments/intents/pi_unknown", "", 404),
        ("GET", "/sdk/public/payments/intents/pi_unknown/stream", "", 404),
        ("GET", "/sdk/public/nothing/here", "", 404),
        ("DELETE", "/sdk/public/payments/notify", "", 405),
        ("POST", "/sdk/public/payments/notify", "", 400),
    ],
)
async def test_a_refusal_has_a_message_and_may_be_read_from_any_origin(
    house_site: Site, method: str, path: str, key: Any, status: int
) -> None:
    response = await house_site.ask(method, path, key=key, headers=ORIGIN)
    refusal = told(response, status)
    assert response.headers["content-type"] == "application/json"
    assert response.headers["access-control-allow-origin"] == "*"
    assert refusal["statusCode"] == status
    assert refusal["message"]
    assert refusal["error"]


async def test_a_secret_key_is_not_taken_from_an_address(house_site: Site) -> None:
    response = await house_site.ask("GET", f"{ACCOUNT}?publishableKey={house_site.sk}", key=None)
    assert "Bearer" in told(response, 401)["message"]


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH"])
async def test_a_browser_may_ask_with_key_and_json(house_site: Site, method: str) -> None:
    wanted = {
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    path = "/sdk/public/payments/intents/pi_1/set-token" if method == "PATCH" else ACCOUNT
    response = await house_site.ask("OPTIONS", path, key=None, headers=ORIGIN | wanted)
    assert response.status_code in (200, 204)
    assert response.headers["access-control-allow-origin"] == "*"
    assert method in response.headers["access-control-allow-methods"]
    allowed = response.headers["access-control-allow-headers"].lower()
    assert {"authorization", "content-type"} <= {one.strip() for one in allowed.split(",")}


async def test_ledgers_and_chains_are_listed_with_prices(house_site: Site) -> None:
    listed = await house_site.get("/sdk/public/ledgers/all-with-prices", key=house_site.pk)
    by_id = {one["shortcode"]: one for one in listed}
    assert set(by_id) >= {"sandbox_usdc", "sandbox_eth", "sandbox_btc"}
    usdc = by_id["sandbox_usdc"]
    assert (usdc["chainType"], usdc["x402Accepts"], usdc["currentPrice"]) == ("evm", False, 1)
    assert await house_site.get("/sdk/public/ledgers/sandbox_usdc", key=house_site.pk) == usdc
    assert await house_site.get("/sdk/ledgers/verified") == listed
    (chain,) = [
        one
        for one in await house_site.get("/sdk/public/chains", key=house_site.pk)
        if one["id"] == usdc["chainId"]
    ]
    assert chain["chainType"] == "evm"
    assert isinstance(chain["confirmationsRequired"], int)
    response = await house_site.ask("GET", "/sdk/public/ledgers/nothing", key=house_site.pk)
    assert "nothing" in told(response, 404)["message"]
