"""The sandbox's levers do what chains do: pay, pay oddly, mine, reorganise."""

import pytest

from tests.sites import Site, refused

pytestmark = pytest.mark.asyncio(loop_scope="module")
INTENTS = "/v1/payment_intents"


def standing(intent: dict[str, object]) -> tuple[object, object, object]:
    return intent["status"], intent["exception"], intent["amount_received"]


async def test_a_whole_payment_is_seen_and_settles_when_it_lies_deep(site: Site) -> None:
    made = await site.intent()
    await site.pay(made["id"], confirmations=1)
    assert standing(await site.look(made["id"])) == ("processing", None, "10.00")
    await site.post("/v1/sandbox/blocks", {"count": 1})
    paid = await site.look(made["id"])
    assert standing(paid) == ("succeeded", None, "10.00")
    (payment,) = paid["payments"]
    assert payment["status"] == "confirmed"
    assert payment["confirmations"] == 2


async def test_a_half_waits_for_its_other_half(site: Site) -> None:
    made = await site.intent()
    await site.pay(made["id"], share="0.5", confirmations=2)
    half = await site.look(made["id"])
    assert standing(half) == ("requires_payment", "underpaid", "5.00")
    assert half["amount_due"] == "5.00"
    assert half["quotes"][0]["amount"] == "5"
    await site.pay(made["id"], confirmations=2)
    assert standing(await site.look(made["id"])) == ("succeeded", None, "10.00")


async def test_a_half_alone_ends_mismatched_and_may_be_accepted(site: Site) -> None:
    made = await site.intent()
    await site.pay(made["id"], share="0.5", confirmations=2)
    await site.settle()
    await site.advance(901)
    assert standing(await site.look(made["id"])) == ("mismatched", "underpaid", "5.00")
    accepted = await site.post(f"{INTENTS}/{made['id']}/accept")
    assert standing(accepted) == ("succeeded", "marked", "5.00")


async def test_a_half_closes_at_once_where_the_account_says_so(site: Site) -> None:
    await site.patch("/v1/account", {"underpayment": "close"})
    made = await site.intent()
    await site.pay(made["id"], share="0.5")
    assert standing(await site.look(made["id"])) == ("mismatched", "underpaid", "5.00")


async def test_a_cent_missing_is_forgiven_within_the_tolerance(site: Site) -> None:
    await site.patch("/v1/account", {"tolerance_bps": 100})
    made = await site.intent()
    await site.pay(made["id"], amount="9.90", confirmations=2)
    assert standing(await site.look(made["id"])) == ("succeeded", None, "9.90")


@pytest.mark.parametrize(
    ("policy", "status"), [("accept", "succeeded"), ("mismatch", "mismatched")]
)
async def test_too_much_is_what_the_account_makes_of_it(
    site: Site, policy: str, status: str
) -> None:
    await site.patch("/v1/account", {"overpayment": policy})
    made = await site.intent()
    await site.pay(made["id"], share="1.5", confirmations=2)
    assert standing(await site.look(made["id"])) == (status, "overpaid", "15.00")


async def test_what_comes_late_never_moves_the_status(site: Site) -> None:
    made = await site.intent()
    await site.advance(901)
    await site.pay(made["id"], confirmations=2)
    late = await site.look(made["id"])
    assert late["status"] == "expired"
    assert late["exception"] == "late"
    refused(await site.ask("POST", f"{INTENTS}/{made['id']}/requote", {}), 409)


async def test_a_reorg_takes_unsettled_money_back_and_it_may_come_again(site: Site) -> None:
    made = await site.intent()
    await site.pay(made["id"], confirmations=1)
    assert standing(await site.look(made["id"])) == ("processing", None, "10.00")
    assert (await site.post("/v1/sandbox/reorgs", {"depth": 1}))["transfers_lost"] == 1
    back = await site.look(made["id"])
    assert standing(back) == ("requires_payment", None, "0.00")
    assert [one["status"] for one in back["payments"]] == ["reversed"]
    await site.pay(made["id"], confirmations=2)
    assert standing(await site.look(made["id"])) == ("succeeded", None, "10.00")


async def test_a_success_outlives_a_reorg_and_tells_of_it(site: Site) -> None:
    made = await site.intent()
    await site.pay(made["id"], confirmations=2)
    assert (await site.look(made["id"]))["status"] == "succeeded"
    await site.post("/v1/sandbox/reorgs", {"depth": 2})
    assert (await site.look(made["id"]))["status"] == "succeeded"


async def test_a_transfer_asked_for_twice_with_one_key_is_sent_once(site: Site) -> None:
    made = await site.intent()
    body = {"payment_intent": made["id"], "share": "0.4", "confirmations": 2}
    first = await site.post("/v1/sandbox/transfers", body, once="t1")
    assert await site.post("/v1/sandbox/transfers", body, once="t1") == first
    assert (await site.look(made["id"]))["amount_received"] == "4.00"


async def test_blocks_and_reorgs_asked_for_twice_with_one_key_happen_once(site: Site) -> None:
    first = await site.post("/v1/sandbox/blocks", {"count": 3}, once="b1")
    assert await site.post("/v1/sandbox/blocks", {"count": 3}, once="b1") == first
    lost = await site.post("/v1/sandbox/reorgs", {"depth": 1}, once="r1")
    assert await site.post("/v1/sandbox/reorgs", {"depth": 1}, once="r1") == lost
    after = await site.post("/v1/sandbox/blocks", {"count": 1})
    assert after["height"] == first["height"] + 1, "the other branch is as long as the first"


async def test_levers_are_for_test_accounts_and_their_own_intents(site: Site) -> None:
    made = await site.intent()
    stranger, live = await site.newcomer(), await site.newcomer(live=True)
    body = {"payment_intent": made["id"]}
    refused(await stranger.ask("POST", "/v1/sandbox/transfers", body), 404)
    for path in ("transfers", "blocks", "reorgs"):
        asked = body if path == "transfers" else {}
        refused(await live.ask("POST", f"/v1/sandbox/{path}", asked), 403, "forbidden")
        refused(await site.ask("POST", f"/v1/sandbox/{path}", asked, key=site.pk), 403)
        refused(await site.ask("POST", f"/v1/sandbox/{path}", asked, key=None), 401)
