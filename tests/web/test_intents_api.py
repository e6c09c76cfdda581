"""What the API promises of payment intents: made once, open to their payer, true to their facts."""

import asyncio

import pytest

from tests.sites import Site, refused, told

pytestmark = pytest.mark.asyncio(loop_scope="module")
INTENTS = "/v1/payment_intents"
TEN = {"amount": "10.00", "currency": "USD", "ledgers": ["sandbox_usdc"]}


async def test_an_intent_comes_with_a_quote_and_a_place_when_there_is_one_way_to_pay(
    site: Site,
) -> None:
    made = told(await site.ask("POST", INTENTS, TEN), 201)
    assert made["status"] == "requires_payment"
    assert made["amount_due"] == "10.00"
    assert made["ledger"] == "sandbox_usdc"
    (quote,) = made["quotes"]
    assert quote["amount"] == "10"
    assert quote["amount_atomic"] == "10000000"
    assert quote["prompt"]["to"] in quote["prompt"]["uri"]
    assert await site.get(f"{INTENTS}/{made['id']}") == made


async def test_with_several_ways_to_pay_the_payer_chooses_and_needs_no_key(site: Site) -> None:
    made = await site.post(INTENTS, {"amount": "10.00", "currency": "USD"})
    assert made["ledger"] is None
    assert len(made["quotes"]) > 1
    path = f"{INTENTS}/{made['id']}/ledger"
    chosen = await site.post(path, {"ledger": "sandbox_usdc"}, key=None)
    assert chosen["ledger"] == "sandbox_usdc"
    place = next(one["prompt"] for one in chosen["quotes"] if one["ledger"] == "sandbox_usdc")
    again = await site.post(path, {"ledger": "sandbox_usdc"}, key=None)
    assert again == chosen, "choosing again changes nothing"
    other = await site.post(path, {"ledger": "sandbox_eth"}, key=None)
    assert other["ledger"] == "sandbox_eth"
    back = await site.post(path, {"ledger": "sandbox_usdc"}, key=None)
    assert place == next(
        one["prompt"] for one in back["quotes"] if one["ledger"] == "sandbox_usdc"
    ), "an intent keeps its place on a family of chains"


async def test_a_repeated_key_is_answered_alike_and_makes_nothing_new(site: Site) -> None:
    first = told(await site.ask("POST", INTENTS, TEN, once="order-1"), 201)
    again = told(await site.ask("POST", INTENTS, TEN, once="order-1"), 200)
    assert again == first
    assert len((await site.get(INTENTS))["data"]) == 1


async def test_eight_requests_at_once_with_one_key_make_one_intent(site: Site) -> None:
    answers = await asyncio.gather(*(site.ask("POST", INTENTS, TEN, once="race") for _ in range(8)))
    ids = {told(one, 200, 201)["id"] for one in answers}
    assert len(ids) == 1
    assert sorted(one.status_code for one in answers) == [200] * 7 + [201]
    assert len((await site.get(INTENTS))["data"]) == 1


async def test_one_key_for_another_body_is_a_conflict(site: Site) -> None:
    await site.post(INTENTS, TEN, once="order-1")
    other = TEN | {"amount": "11.00"}
    refused(await site.ask("POST", INTENTS, other, once="order-1"), 409, "idempotency_mismatch")


async def test_a_key_belongs_to_its_account(site: Site) -> None:
    stranger = await site.newcomer()
    ours = await site.post(INTENTS, TEN, once="order-1")
    theirs = await stranger.post(INTENTS, TEN | {"amount": "7.00"}, once="order-1")
    assert theirs["id"] != ours["id"]


async def test_a_key_works_again_after_its_day(site: Site) -> None:
    first = await site.post(INTENTS, TEN, once="daily")
    await site.advance(25 * 3600)
    second = await site.post(INTENTS, TEN | {"amount": "11.00"}, once="daily")
    assert second["id"] != first["id"]


async def test_a_refused_request_does_not_use_its_key_up(site: Site) -> None:
    refused(await site.ask("POST", INTENTS, TEN | {"amount": "0"}, once="k"), 400)
    told(await site.ask("POST", INTENTS, TEN, once="k"), 201)


async def test_where_orders_are_unique_a_second_request_gets_the_open_intent(site: Site) -> None:
    await site.patch("/v1/account", {"unique_orders": True})
    body = TEN | {"order_id": "A-1"}
    first = told(await site.ask("POST", INTENTS, body), 201)
    answers = await asyncio.gather(*(site.ask("POST", INTENTS, body) for _ in range(4)))
    assert {told(one, 200)["id"] for one in answers} == {first["id"]}
    problem = refused(
        await site.ask("POST", INTENTS, body | {"amount": "11.00"}), 409, "order_taken"
    )
    assert problem["errors"][0]["field"] == "order_id"
    assert first["id"] in problem["detail"]
    await site.post(f"{INTENTS}/{first['id']}/cancel")
    told(await site.ask("POST", INTENTS, body), 201)


async def test_an_order_raced_for_has_one_open_intent(site: Site) -> None:
    await site.patch("/v1/account", {"unique_orders": True})
    body = TEN | {"order_id": "A-2"}
    answers = await asyncio.gather(*(site.ask("POST", INTENTS, body) for _ in range(6)))
    assert len({told(one, 200, 201)["id"] for one in answers}) == 1


async def test_orders_may_repeat_where_the_account_does_not_mind(site: Site) -> None:
    body = TEN | {"order_id": "A-1"}
    assert (await site.post(INTENTS, body))["id"] != (await site.post(INTENTS, body))["id"]


async def test_reuse_by_id_goes_on_with_the_open_intent_and_makes_nothing(site: Site) -> None:
    made = await site.intent(metadata={"cart": "1"})
    again = told(await site.ask("POST", INTENTS, {"payment_intent": made["id"]}), 200)
    assert again == made
    merged = await site.post(
        INTENTS, {"payment_intent": made["id"], "metadata": {"cart": "2", "seat": "9"}}
    )
    assert merged["id"] == made["id"]
    assert merged["metadata"] == {"cart": "1", "seat": "9"}, "the merchant's own words win"
    assert len((await site.get(INTENTS))["data"]) == 1


async def test_reuse_of_a_strangers_intent_is_not_found(site: Site) -> None:
    made = await site.intent()
    stranger = await site.newcomer()
    for body in ({"payment_intent": made["id"]}, {"payment_intent": "pi_unknown"}):
        refused(await stranger.ask("POST", INTENTS, body), 404, "not_found")
    with_words = {"payment_intent": made["id"], "metadata": {"a": "b"}}
    refused(await stranger.ask("POST", INTENTS, with_words), 404, "not_found")


async def test_reuse_of_a_finished_intent_is_refused_by_its_status(site: Site) -> None:
    paid, canceled, over = [await site.intent() for _ in range(3)]
    await site.pay(paid["id"], confirmations=2)
    await site.post(f"{INTENTS}/{canceled['id']}/cancel")
    await site.settle()
    await site.advance(901)
    for one, status in ((paid, "succeeded"), (canceled, "canceled"), (over, "expired")):
        for more in ({}, {"metadata": {"a": "b"}}):
            problem = refused(
                await site.ask("POST", INTENTS, {"payment_intent": one["id"], **more}),
                409,
                "intent_not_reusable",
            )
            assert status in problem["detail"]


async def test_the_payers_view_hides_what_is_the_merchants(site: Site) -> None:
    made = await site.intent(metadata={"margin": "40%"}, customer_email="ada@example.org")
    assert made["customer_email"] == "ada@example.org"
    for key in (None, site.pk):
        seen = await site.get(f"{INTENTS}/{made['id']}", key=key)
        assert "40%" not in str(seen)
        assert "ada@example.org" not in str(seen)
        assert seen["amount"] == "10.00"
    made = await site.post(INTENTS, TEN | {"metadata": {"a": "b"}}, key=site.pk)
    assert "metadata" not in made


async def test_a_browser_may_name_a_price_only_where_the_account_allows_it(site: Site) -> None:
    told(await site.ask("POST", INTENTS, TEN, key=site.pk), 201)
    made = await site.intent()
    await site.patch("/v1/account", {"browser_amounts": False})
    refused(await site.ask("POST", INTENTS, TEN, key=site.pk), 403, "forbidden")
    again = await site.post(INTENTS, {"payment_intent": made["id"]}, key=site.pk)
    assert again["id"] == made["id"], "an intent made by the server may be gone on with"


async def test_lists_walk_everything_once_newest_first(site: Site) -> None:
    made = []
    for number in range(7):
        made.append((await site.intent(order_id=f"n{number}"))["id"])
        if number % 2:  # some share an instant, some do not
            site.world.advance(1)
    walked: list[str] = []
    query = ""
    while True:
        page = await site.get(f"{INTENTS}?limit=3{query}")
        walked += [one["id"] for one in page["data"]]
        if not page["has_more"]:
            break
        query = f"&after={walked[-1]}"
    assert sorted(walked) == sorted(made)
    times = [(await site.get(f"{INTENTS}/{id}"))["created_at"] for id in walked]
    assert times == sorted(times, reverse=True)
    stranger = await site.newcomer()
    assert (await stranger.get(INTENTS))["data"] == []


async def test_lists_are_narrowed_by_what_an_intent_is(site: Site) -> None:
    plain = await site.intent(metadata={"shelf": "a"}, order_id="o-1")
    site.world.advance(60)
    other = await site.intent(metadata={"shelf": "b", "n": 7, "gift": True})
    await site.post(f"{INTENTS}/{other['id']}/cancel")

    async def ids(**query: str) -> list[str]:
        page = await site.get(INTENTS, params=query)
        return [one["id"] for one in page["data"]]

    assert await ids(status="canceled") == [other["id"]]
    assert await ids(order_id="o-1") == [plain["id"]]
    assert await ids(**{"metadata[shelf]": "a"}) == [plain["id"]]
    assert await ids(**{"metadata[n]": "7"}) == [other["id"]]
    assert await ids(**{"metadata[gift]": "true"}) == [other["id"]]
    assert await ids(**{"metadata[shelf]": "c"}) == []
    assert await ids(created_before=plain["created_at"]) == []
    assert await ids(created_from=other["created_at"]) == [other["id"]]


async def test_patch_merges_metadata_key_by_key_and_null_removes(site: Site) -> None:
    made = await site.intent(metadata={"a": "1", "b": "2"}, description="old")
    path = f"{INTENTS}/{made['id']}"
    changed = await site.patch(path, {"metadata": {"b": None, "c": {"deep": [1]}}})
    assert changed["metadata"] == {"a": "1", "c": {"deep": [1]}}
    assert changed["description"] == "old"
    assert changed["version"] == made["version"] + 1
    changed = await site.patch(path, {"description": None})
    assert changed["description"] is None
    assert changed["metadata"] == {"a": "1", "c": {"deep": [1]}}
    found = await site.get(INTENTS, params={"metadata[b]": "2"})
    assert found["data"] == []
    for key in (None, site.pk):
        refused(await site.ask("PATCH", path, {}, key=key), 403 if key else 401)


async def test_only_an_unpaid_intent_is_canceled_and_cancelling_twice_is_fine(site: Site) -> None:
    made = await site.intent()
    path = f"{INTENTS}/{made['id']}/cancel"
    canceled = await site.post(path, once="c1")
    assert canceled["status"] == "canceled"
    assert await site.post(path, once="c1") == canceled
    assert await site.post(path) == canceled
    choice = {"ledger": "sandbox_usdc"}
    refused(
        await site.ask("POST", f"{INTENTS}/{made['id']}/ledger", choice), 409, "intent_not_open"
    )
    busy = await site.intent()
    await site.pay(busy["id"], confirmations=1)
    assert (await site.look(busy["id"]))["status"] == "processing"
    problem = refused(await site.ask("POST", f"{INTENTS}/{busy['id']}/cancel", {}), 409)
    assert "processing" in problem["detail"]


async def test_only_a_closed_unpaid_intent_is_accepted(site: Site) -> None:
    made = await site.intent()
    path = f"{INTENTS}/{made['id']}/accept"
    refused(await site.ask("POST", path, {}), 409, "conflict")
    await site.advance(901)
    accepted = await site.post(path)
    assert (accepted["status"], accepted["exception"]) == ("succeeded", "marked")
    assert await site.post(path) == accepted
    stranger = await site.newcomer()
    refused(await stranger.ask("POST", path, {}), 404)


async def test_an_expired_unpaid_intent_is_priced_again_on_the_same_id(site: Site) -> None:
    made = await site.intent()
    path = f"{INTENTS}/{made['id']}/requote"
    untouched = await site.post(path, key=None)
    assert (untouched["version"], untouched["quotes"]) == (made["version"], made["quotes"])
    await site.advance(901)
    assert (await site.get(f"{INTENTS}/{made['id']}"))["status"] == "expired"
    again = await site.post(path, key=None)
    assert again["id"] == made["id"]
    assert again["status"] == "requires_payment"
    assert again["expires_at"] > made["expires_at"]
    assert again["quotes"][0]["prompt"]["to"] == made["quotes"][0]["prompt"]["to"]
    await site.pay(made["id"], confirmations=2)
    assert (await site.look(made["id"]))["status"] == "succeeded"
    refused(await site.ask("POST", path, {}, key=None), 409, "intent_not_open")


async def test_a_repeated_key_is_answered_alike_though_the_intent_has_moved_on(site: Site) -> None:
    made = await site.post(
        INTENTS, {"amount": "10.00", "currency": "USD", "expires_in_seconds": 60}
    )
    path = f"{INTENTS}/{made['id']}"
    ledger = {"ledger": "sandbox_usdc"}
    chosen = told(await site.ask("POST", f"{path}/ledger", ledger, once="choose"), 200)
    await site.advance(61)
    assert told(await site.ask("POST", f"{path}/ledger", ledger, once="choose"), 200) == chosen
    priced = told(await site.ask("POST", f"{path}/requote", once="price"), 200)
    assert told(await site.ask("POST", f"{path}/requote", once="price"), 200) == priced
    await site.pay(made["id"])
    await site.settle()
    assert told(await site.ask("POST", f"{path}/requote", once="price"), 200) == priced


async def test_time_that_is_up_is_up_before_the_clock_comes_round(site: Site) -> None:
    made = await site.post(
        INTENTS, {"amount": "10.00", "currency": "USD", "expires_in_seconds": 60}
    )
    site.world.advance(61)
    again = told(await site.ask("POST", f"{INTENTS}/{made['id']}/requote"), 200)
    assert again["id"] == made["id"]
    assert again["status"] == "requires_payment"


async def test_what_happened_streams_to_whoever_holds_the_id_and_resumes(site: Site) -> None:
    made = await site.intent()
    await site.pay(made["id"], confirmations=2)
    assert (await site.look(made["id"]))["status"] == "succeeded"
    path = f"{INTENTS}/{made['id']}/events"
    stream = await site.ask("GET", path, key=None)
    assert stream.headers["content-type"].startswith("text/event-stream")
    types = [line[7:] for line in stream.text.splitlines() if line.startswith("event: ")]
    assert types[0] == "payment_intent.created"
    assert types[-1] == "payment_intent.succeeded"
    ids = [int(line[4:]) for line in stream.text.splitlines() if line.startswith("id: ")]
    assert ids == list(range(1, len(ids) + 1))
    rest = await site.ask("GET", path, key=None, headers={"Last-Event-ID": str(ids[-2])})
    assert rest.text.count("event: ") == 1
    over = await site.ask("GET", f"{path}?after={ids[-1]}", key=None)
    assert over.status_code == 204
    refused(await site.ask("GET", f"{INTENTS}/pi_none/events", key=None), 404)
