"""Payments over a real Lightning channel, through the whole house.

Two Electrum daemons stand over one chain. Where no package carries a merchant's node, a fake
speaks its wire and Electrum writes the invoices: whatever is paid here is paid for real.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from embit import bip32
from embit.networks import NETWORKS
from sqlalchemy import select

from app.asgi import create_app
from app.domain import bech32
from app.domain.intent import Filter
from app.errors import Conflict, Invalid, NotFound
from app.rails.lightning import bolt11
from app.services.accounts import NewDestination
from app.services.lightning_addresses import NewLightningAddress
from app.services.link_requests import NewLink
from app.services.views import IntentView
from app.settings import ChainSettings
from app.storage.tables import invoices
from app.web.qr import scannable
from tests.components.electrum import Channel
from tests.components.electrumx import ElectrumX
from tests.houses import database as database
from tests.houses import new_database
from tests.rails.lightning_fakes import KINDS, fake
from tests.rails.lightning_till import LEDGER, LightningTill, open_lightning_till, prompt

CHAIN = "bip122:0f9188f13cb7b2c71f2a335e3a4fc328"
COIN = "btc_regtest"
EVERY = Filter()
MEMO = "Tee für zwei ☕"


@pytest.fixture
async def till(tmp_path: Path) -> AsyncIterator[LightningTill]:
    async with open_lightning_till(new_database("sqlite", tmp_path), tmp_path) as one:
        yield one


def fresh_tpub(seed: str) -> str:
    """Return an account key whose addresses nobody else was told."""
    root = bip32.HDKey.from_seed(seed.encode().ljust(32), version=NETWORKS["regtest"]["xprv"])
    return str(root.derive("m/84h/1h/0h").to_public().to_base58())


def stands(view: IntentView) -> tuple[str, str | None]:
    return view.status.value, view.exception.value if view.exception else None


async def pay(channel: Channel, invoice: str) -> None:
    await asyncio.to_thread(channel.payer.pay, invoice)


@pytest.mark.parametrize("kind", KINDS)
async def test_every_kind_of_node(till: LightningTill, channel: Channel, kind: str) -> None:
    async with fake(kind, channel.payee) as connection:
        await till.point_to(connection)
        asked = await till.ask("10.00", description=MEMO)
        invoice = bolt11.read(prompt(asked).to)
        assert invoice.amount == int(asked.quotes[0].amount_atomic) == 20_000_000
        assert invoice.memo == MEMO
        assert 890 <= invoice.expires_in_seconds <= 900
        assert stands(await till.after(asked)) == ("requires_payment", None)
        await pay(channel, prompt(asked).to)
        paid = await till.after(asked)
    assert stands(paid) == ("succeeded", None)
    assert [(one.tx, one.amount_atomic) for one in paid.payments] == [(invoice.hash, "20000000")]
    assert await till.said(asked) == [
        "payment_intent.created",
        "payment_intent.updated",
        "payment.seen",
        "payment.confirmed",
        "payment_intent.succeeded",
    ]


async def test_the_house_on_both_databases(database: str, tmp_path: Path, channel: Channel) -> None:
    async with open_lightning_till(database, tmp_path) as till:
        await till.point_to(channel.payee.connection)
        asked = await till.ask("1.00")
        await pay(channel, prompt(asked).to)
        assert stands(await till.after(asked)) == ("succeeded", None)
        again = await till.after(asked)
        assert len(again.payments) == 1


async def test_what_is_shown_of_a_node_holds_no_secret(
    till: LightningTill, channel: Channel
) -> None:
    made = await till.point_to(channel.payee.connection)
    assert made.value == f"electrum {channel.payee.url} {made.id}"
    listed = await till.house.accounts.destinations(till.account.id)
    assert [one.value for one in listed if one.family == "lightning"] == [made.value]
    database = b"".join(path.read_bytes() for path in till.house.settings.data.glob("*.db*"))
    assert made.value.encode() in database
    assert b"sesame" not in database


async def test_a_node_that_cannot_be_used_is_refused(till: LightningTill, channel: Channel) -> None:
    wrong = channel.payee.connection.replace("sesame", "other")
    with pytest.raises(Invalid, match=r"value: the node refuses its credentials \(HTTP 403\)"):
        await till.point_to(wrong)
    with pytest.raises(Invalid, match="value: the node could not be reached"):
        await till.point_to("type=phoenixd;server=http://127.0.0.1:1;password=x")
    new = NewDestination(family="lightning", kind="xpub", value=fresh_tpub("none"))
    with pytest.raises(Invalid, match="kind: must be node"):
        await till.house.accounts.put_destination(till.account.id, new)


async def test_a_node_of_another_network_is_refused(tmp_path: Path, channel: Channel) -> None:
    url = new_database("sqlite", tmp_path)
    testnet = "lightning:000000000933ea01ad0ee984209779ba"
    async with open_lightning_till(url, tmp_path, network=testnet) as till:
        with pytest.raises(Invalid, match="value: the node is on regtest, not on testnet"):
            await till.point_to(channel.payee.connection)


async def test_a_node_that_is_away_leaves_a_page_without_a_code_and_nothing_lost(
    till: LightningTill, channel: Channel
) -> None:
    async with fake("lnbits", channel.payee) as connection:
        await till.point_to(connection)
        asked = await till.ask()
    await pay(channel, prompt(asked).to)
    away = await till.after(asked)
    assert stands(away) == ("requires_payment", None)
    later = await till.ask()
    assert later.quotes[0].prompt is None
    assert till.house.chains.unseen(later) == {later.quotes[0].chain}
    await till.point_to(channel.payee.connection)
    till.world.advance(seconds=61)
    assert prompt(await till.house.choosing.freshen((await till.ask()).id)).to


async def test_a_payment_made_while_nobody_looked_is_in_time(
    till: LightningTill, channel: Channel
) -> None:
    await till.point_to(channel.payee.connection)
    asked = await till.ask("3.00", expires_in_seconds=60)
    await pay(channel, prompt(asked).to)
    till.world.advance(minutes=30)
    assert stands(await till.after(asked)) == ("succeeded", None)


async def test_an_unpaid_invoice_ends_and_is_asked_about_no_more(
    till: LightningTill, channel: Channel
) -> None:
    async with fake("lnbits", channel.payee) as connection:
        await till.point_to(connection)
        asked = await till.ask("3.00", expires_in_seconds=60)
        till.world.advance(minutes=2)
        assert stands(await till.after(asked)) == ("expired", None)
        assert await open_invoices(till) == [bolt11.read(prompt(asked).to).hash]
        till.world.advance(hours=2)
        await till.look()
        assert await open_invoices(till) == []


async def test_a_new_price_is_a_new_invoice_and_either_can_be_paid(
    till: LightningTill, channel: Channel
) -> None:
    await till.point_to(channel.payee.connection)
    asked = await till.ask("2.00", expires_in_seconds=60)
    till.world.advance(seconds=61)
    assert stands(await till.after(asked)) == ("expired", None)
    priced = await till.house.choosing.requote(asked.id)
    first, second = prompt(asked).to, prompt(priced).to
    assert first != second
    assert len(await open_invoices(till)) == 2
    await pay(channel, second)
    assert stands(await till.after(asked)) == ("succeeded", None)


async def test_the_same_request_is_answered_with_one_invoice(
    till: LightningTill, channel: Channel
) -> None:
    await till.point_to(channel.payee.connection)
    asked = await till.ask()
    looks = [till.house.choosing.freshen(asked.id) for _ in range(5)]
    assert {prompt(one).to for one in await asyncio.gather(*looks)} == {prompt(asked).to}
    assert len(await open_invoices(till)) == 1


async def test_a_canceled_intent_that_is_paid_is_late(
    till: LightningTill, channel: Channel
) -> None:
    await till.point_to(channel.payee.connection)
    asked = await till.ask("1.00")
    await till.house.intents.cancel(till.account.id, asked.id)
    till.world.advance(seconds=5)
    await pay(channel, prompt(asked).to)
    assert stands(await till.after(asked)) == ("canceled", "late")


@pytest.mark.parametrize("leg", ["chain", "lightning"])
async def test_one_code_is_paid_either_way(
    tmp_path: Path, channel: Channel, electrumx: ElectrumX, leg: str
) -> None:
    url = new_database("sqlite", tmp_path)
    chain = ChainSettings(id=CHAIN, rpc=(electrumx.url,))
    async with open_lightning_till(url, tmp_path, chain) as till:
        await till.point_to(channel.payee.connection)
        new = NewDestination(family="bitcoin", kind="xpub", value=fresh_tpub(leg))
        await till.house.accounts.put_destination(till.account.id, new)
        await till.look()
        asked = await till.ask("10.00", COIN, LEDGER)
        assert asked.quotes[0].prompt is None
        chosen = await till.house.choosing.choose(asked.id, COIN)
        uri = prompt(chosen, COIN).uri
        address, _, invoice = uri.partition("&lightning=")
        assert address.lower().startswith(
            f"bitcoin:{prompt(chosen, COIN).to.lower()}?amount=0.0002"
        )
        assert invoice == prompt(chosen).to
        assert scannable(uri).endswith(invoice.upper())
        if leg == "lightning":
            await pay(channel, invoice)
            paid = await till.after(chosen)
        else:
            to = prompt(chosen, COIN).to
            tx = await asyncio.to_thread(channel.payer.send, to, 20_000)
            await asyncio.to_thread(electrumx.sees, tx, to)
            assert stands(await till.after(chosen)) == ("processing", None)
            await asyncio.to_thread(channel.mine, 1)
            paid = await till.after(chosen)
        assert stands(paid) == ("succeeded", None)
        assert [one.ledger for one in paid.payments] == [LEDGER if leg == "lightning" else COIN]


async def test_the_rest_is_paid_the_other_way(
    tmp_path: Path, channel: Channel, electrumx: ElectrumX
) -> None:
    url = new_database("sqlite", tmp_path)
    chain = ChainSettings(id=CHAIN, rpc=(electrumx.url,))
    async with open_lightning_till(url, tmp_path, chain) as till:
        await till.point_to(channel.payee.connection)
        new = NewDestination(family="bitcoin", kind="xpub", value=fresh_tpub("rest"))
        await till.house.accounts.put_destination(till.account.id, new)
        await till.look()
        asked = await till.ask("10.00", COIN, LEDGER)
        chosen = await till.house.choosing.choose(asked.id, COIN)
        to = prompt(chosen, COIN).to
        tx = await asyncio.to_thread(channel.payer.send, to, 12_000)
        await asyncio.to_thread(electrumx.sees, tx, to)
        await asyncio.to_thread(channel.mine, 1)
        half = await till.after(chosen)
        assert stands(half) == ("requires_payment", "underpaid")
        assert next(one for one in half.quotes if one.ledger == LEDGER).prompt is None
        rest = await till.house.choosing.freshen(asked.id)
        assert bolt11.read(prompt(rest).to).amount == 8_000_000
        assert prompt(rest, COIN).uri.endswith(f"?amount=0.00008&lightning={prompt(rest).to}")
        await pay(channel, prompt(rest).to)
        paid = await till.after(rest)
        assert stands(paid) == ("succeeded", None)
        assert (paid.amount_received, len(paid.payments)) == ("10.00", 2)


async def test_the_page_shows_the_invoice_or_says_that_nobody_sees_the_network(
    till: LightningTill, channel: Channel
) -> None:
    async with fake("lnbits", channel.payee) as connection:
        await till.point_to(connection)
        asked = await till.ask("1.00", LEDGER, "sandbox_usdc")
        chosen = await till.house.choosing.choose(asked.id, LEDGER)
        async with Wallet(till) as wallet:
            page = await wallet.http.get(f"/i/{asked.id}")
            assert page.status_code == 200
            assert f'href="lightning:{prompt(chosen).to}"' in page.text
            assert prompt(chosen).to in page.text
            code = await wallet.http.get(f"/i/{asked.id}/qr.svg")
            assert code.text.startswith("<svg")
    async with Wallet(till) as wallet:
        later = await till.ask("1.00", LEDGER, "sandbox_usdc")
        page = await wallet.http.post(f"/i/{later.id}/ledger", data={"ledger": LEDGER})
        page = await wallet.http.get(f"/i/{later.id}")
        assert page.status_code == 200
        assert 'data-screen="new"' in page.text
        assert "Lightning Regtest" in page.text


async def open_invoices(till: LightningTill) -> list[str]:
    """Return the hashes of the invoices somebody may still pay."""
    query = select(invoices.c.hash).where(invoices.c.closed_at.is_(None))
    return await till.house.store.read(lambda tx: list(tx.execute(query).scalars()))


class Wallet:
    """A wallet that was given an address, and asks as LUD-06 and LUD-16 say."""

    def __init__(self, till: LightningTill) -> None:
        app: Any = create_app(till.house, workers=False)
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="https://till.example"
        )

    async def get(self, url: str, **query: Any) -> dict[str, Any]:
        answer = await self.http.get(url, params=query or None)
        said: dict[str, Any] = answer.json()
        return said

    async def __aenter__(self) -> "Wallet":
        return self

    async def __aexit__(self, *_: Any) -> None:
        await self.http.aclose()


async def test_a_lightning_address_takes_what_the_payer_gives(
    till: LightningTill, channel: Channel
) -> None:
    await till.point_to(channel.payee.connection)
    made = await till.house.lightning_addresses.put(till.account.id, "tips", NewLightningAddress())
    assert made.address == "tips@till.example"
    async with Wallet(till) as wallet:
        told = await wallet.get("https://till.example/.well-known/lnurlp/tips")
        assert told["tag"] == "payRequest"
        assert (told["minSendable"], told["maxSendable"]) == (1000, 10**11)
        assert '"tips@till.example"' in told["metadata"]
        answer = await wallet.get(f"{told['callback']}&amount=21000000")
        assert bolt11.read(answer["pr"]).amount == 21_000_000
        await pay(channel, answer["pr"])
        await till.look()
        (view,), _ = await till.house.intents.page(till.account.id, EVERY, None, 10)
        assert stands(view) == ("succeeded", None)
        assert (view.amount, view.currency) == ("0.00021", "BTC")
        assert answer["successAction"]["url"] == f"{view.pay_url}/receipt"


async def test_lnurl_pays_a_link_at_the_price_that_was_told(
    till: LightningTill, channel: Channel
) -> None:
    await till.point_to(channel.payee.connection)
    link, _ = await till.house.links.create(
        till.account, NewLink(name="Tea", amount="5.00", currency="USD")
    )
    new = NewLightningAddress(payment_link=link.id)
    made = await till.house.lightning_addresses.put(till.account.id, "tea", new)
    head, groups = bech32.decode(made.lnurl)
    url = bech32.whole_bytes(groups).decode()
    assert (head, url) == ("lnurl", "https://till.example/.well-known/lnurlp/tea")
    async with Wallet(till) as wallet:
        told = await wallet.get(url)
        assert told["minSendable"] == told["maxSendable"] == 10_000_000
        refused = await wallet.get(f"{told['callback']}&amount=9000000")
        assert refused["status"] == "ERROR"
        assert "between 10000000 and 10000000" in refused["reason"]
        answer = await wallet.get(f"{told['callback']}&amount=10000000")
        await pay(channel, answer["pr"])
        till.world.advance(minutes=20)
        late = await wallet.get(f"{told['callback']}&amount=10000000")
        assert late["reason"] == "promise: has ended: ask the address again"
    await till.look()
    (view,), _ = await till.house.intents.page(till.account.id, EVERY, None, 10)
    assert stands(view) == ("succeeded", None)
    assert (view.amount, view.payment_link) == ("5.00", link.id)
    assert (await till.house.links.get(till.account.id, link.id)).raised == "5.00"


async def test_addresses_that_lead_nowhere_say_so_to_the_wallet(
    till: LightningTill, channel: Channel
) -> None:
    async with Wallet(till) as wallet:
        nobody = await wallet.get("/.well-known/lnurlp/nobody")
        assert nobody == {
            "status": "ERROR",
            "reason": "There is no such Lightning address here.",
        }
        await till.house.lightning_addresses.put(till.account.id, "tips", NewLightningAddress())
        no_node = await wallet.get("/.well-known/lnurlp/tips")
        assert no_node["reason"] == "This account has no Lightning node."
        await till.point_to(channel.payee.connection)
        told = await wallet.get("/.well-known/lnurlp/tips")
        strange = await wallet.get("/lnurlp/tips/invoice", amount="1000", promise="made up")
        assert strange["reason"] == "promise: is none of this house: ask the address again"
        for amount in ("", "-5", "1e3", "99999999999999999999"):
            wrong = await wallet.get(f"{told['callback']}&amount={amount}")
            assert wrong["status"] == "ERROR", amount
    found, _ = await till.house.intents.page(till.account.id, EVERY, None, 10)
    assert found == []


async def test_a_name_is_one_accounts_and_sells_its_own_links(
    till: LightningTill,
) -> None:
    names, mine = till.house.lightning_addresses, till.account.id
    other = await till.house.accounts.create("Other", livemode=False)
    await names.put(mine, "tea", NewLightningAddress())
    with pytest.raises(Conflict, match="taken"):
        await names.put(other.id, "tea", NewLightningAddress())
    with pytest.raises(Invalid, match="payment_link: is no payment link of this account"):
        await names.put(mine, "tea", NewLightningAddress(payment_link="plink_x"))
    with pytest.raises(Invalid, match="name: must be"):
        await names.put(mine, "Tea Time", NewLightningAddress())
    with pytest.raises(NotFound):
        await names.remove(other.id, "tea")
    await names.remove(mine, "tea")
    assert await names.all(mine) == []


async def test_nobody_is_paid_over_lightning_in_the_accounts_stead(till: LightningTill) -> None:
    with pytest.raises(Invalid, match="cannot be paid in the account's stead"):
        await till.ask(recipients={"lightning": "ada@example.org"})
