"""A payer names a transaction in the sandbox, by API and on a page without scripts."""

import html
import re
from typing import Any

import httpx
import pytest

from app.domain.hint import LOOKS_MAX, Verdict
from app.domain.sandbox import CHAIN
from app.services.hints import HINTS_MAX
from app.services.tidying import HINTS_KEPT
from app.storage import hints, sandbox
from app.storage.sandbox import SandboxTransfer
from app.web import templates
from tests.sites import Site, refused

pytestmark = pytest.mark.asyncio(loop_scope="module")
INTENTS = "/v1/payment_intents"
USDC = "sandbox_usdc"


async def sent(site: Site, to: str, ledger: str = USDC, **more: Any) -> str:
    """Put a transfer into the sandbox's next blocks, wherever it goes; return its id."""
    transfer = SandboxTransfer(
        tx=f"sbx_{site.world.secret(32)}",
        chain=CHAIN.id,
        ledger=ledger,
        to=to,
        amount=5_000_000,
        block=None,
        flows=False,
        at=site.world.now(),
        **more,
    )
    await site.house.store.write(lambda tx: sandbox.add_transfer(tx, transfer))
    await site.post("/v1/sandbox/blocks", {"count": 2})
    return transfer.tx


async def ask(site: Site, intent: str, tx: str, **more: Any) -> Any:
    site.world.advance(2)
    return await site.post(f"{INTENTS}/{intent}/transactions", {"tx": tx, **more}, key=None)


async def form(site: Site, intent: str, tx: str) -> httpx.Response:
    site.world.advance(2)
    return await site.http.post(f"/i/{intent}/transaction", data={"tx": tx})


async def test_a_payers_word_finds_its_transaction_and_says_what_it_counts_for(
    site: Site,
) -> None:
    mine, other = await site.intent(), await site.intent()
    paid = await site.pay(mine["id"], confirmations=1)
    found = await ask(site, mine["id"], paid["tx"], chain="sandbox:1")
    assert (found["verdict"], found["confirmations"]) == ("confirming", 1)
    assert found["confirmations_required"] == 2
    assert [one["tx"] for one in found["data"]] == [paid["tx"]]
    assert (await ask(site, other["id"], paid["tx"]))["verdict"] == "other_payment"
    await site.post("/v1/sandbox/blocks", {"count": 1})
    assert (await ask(site, mine["id"], paid["tx"]))["verdict"] == "counted"
    assert (await ask(site, mine["id"], paid["tx"]))["verdict"] == "already_counted"


async def test_what_is_wrong_with_a_transaction_is_told(site: Site) -> None:
    little, much, late = [await site.intent() for _ in range(3)]
    half = await site.pay(little["id"], share="0.4", confirmations=2)
    more = await site.pay(much["id"], share="1.5", confirmations=2)
    told = await ask(site, little["id"], half["tx"])
    assert (told["verdict"], told["amount_due"]) == ("too_little", "6.00")
    assert (await ask(site, much["id"], more["tx"]))["verdict"] == "too_much"
    to = little["quotes"][0]["prompt"]["to"]
    other = await sent(site, to, "sandbox_eth")
    assert (await ask(site, little["id"], other))["verdict"] == "other_token"
    nowhere = await sent(site, "sandbox1nobody")
    assert (await ask(site, little["id"], nowhere))["verdict"] == "other_address"
    failed = await sent(site, to, failed=True)
    assert (await ask(site, little["id"], failed))["verdict"] == "failed"
    await site.advance(901)
    after = await site.pay(late["id"], share="1", confirmations=2)
    assert (await ask(site, late["id"], after["tx"]))["verdict"] == "too_late"
    assert (await site.look(little["id"]))["amount_received"] == "4.00", "a hint credits nothing"


async def test_what_is_not_there_is_looked_for_a_bounded_number_of_times(site: Site) -> None:
    made = await site.intent()
    unheard = f"sbx_{site.world.secret(32)}"
    told = await ask(site, made["id"], unheard)
    assert (told["verdict"], told["look_again_seconds"], told["data"]) == ("not_found", 15, [])

    async def kept() -> Any:
        return await site.house.store.read(lambda tx: hints.get(tx, made["id"], unheard))

    for _ in range(LOOKS_MAX + 5):
        await site.advance(600)
    assert (await kept()).due_at is None
    assert 5 < (await kept()).looks <= LOOKS_MAX
    await site.advance(HINTS_KEPT.total_seconds())
    await site.house.tidying.step()
    assert await kept() is None


async def test_looking_up_is_bounded_and_says_when_to_come_again(site: Site) -> None:
    made = await site.intent()
    path = f"{INTENTS}/{made['id']}/transactions"
    await ask(site, made["id"], "sbx_0")
    answer = await site.ask("POST", path, {"tx": "sbx_0"}, key=None)
    refused(answer, 429, "too_many_requests")
    assert answer.headers["retry-after"] == "1"
    for number in range(1, HINTS_MAX):
        await ask(site, made["id"], f"sbx_{number}")
    site.world.advance(2)
    answer = await site.ask("POST", path, {"tx": "sbx_more"}, key=None)
    refused(answer, 429, "too_many_requests")
    assert 3600 < int(answer.headers["retry-after"]) <= 86_400
    page = await form(site, made["id"], "sbx_more")
    assert page.status_code == 429
    assert int(page.headers["retry-after"]) == int(answer.headers["retry-after"]) - 2
    assert (await ask(site, made["id"], "sbx_1"))["verdict"] == "not_found", "a known one may"


async def test_the_page_takes_a_pasted_address_and_says_what_was_found(site: Site) -> None:
    made = await site.intent()
    page = await site.http.get(f"/i/{made['id']}")
    assert f'href="/i/{made["id"]}/transaction"' in page.text
    empty = await site.http.get(f"/i/{made['id']}/transaction")
    assert empty.status_code == 200
    assert 'action="/i/' in empty.text
    wrong = await form(site, made["id"], '"><b>my transaction')
    assert wrong.status_code == 400
    assert 'aria-invalid="true"' in wrong.text
    assert 'value="&#34;&gt;&lt;b&gt;my transaction"' in wrong.text
    assert "sbx_" in wrong.text, "it shows how one looks"
    paid = await site.pay(made["id"], confirmations=1)
    found = await form(site, made["id"], f"https://scan.example/tx/{paid['tx']}?tab=1")
    assert 'data-verdict="confirming"' in found.text
    assert "Confirmations: 1 of 2." in html.unescape(found.text)
    assert (await site.http.get("/i/pi_none/transaction")).status_code == 404
    assert (await form(site, "pi_none", paid["tx"])).status_code == 404


async def test_every_verdict_has_words_of_its_own() -> None:
    class Told:
        data: tuple[()] = ()
        confirmations, confirmations_required = 1, 2
        chain_name = "Base"

    class Showing:
        class account:  # noqa: N801 -- as the template names it
            name = "A shop"

        open, due = True, "$4.00"

    titles = set()
    for verdict in Verdict:
        told = Told()
        told.verdict = verdict  # type: ignore[attr-defined]
        page = templates.render("pay/verdict.html", found=told, show=Showing())
        titles.add((re.findall(r"<h1.*?>(.*?)</h1>", page)[0], page))
    assert len(titles) == len(Verdict)
    assert len({title for title, _ in titles}) == len(Verdict) - 1, "found, deep or not"
