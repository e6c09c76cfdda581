"""Pairing an application's key with an account, from either side, on both databases."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from app.domain.pairing import CODE_KEPT, CODE_LENGTH, SIGNS
from app.errors import Invalid, KeyReused, NotFound, TooMany, Unauthorized
from app.house import House
from app.services import pairing
from app.services.tidying import Tidying
from app.storage.store import Tx
from app.storage.tables import pairing_codes
from tests.houses import database, open_house
from tests.still import StillWorld

__all__ = ["database"]
CLIENT = "Tf92qZhi7BD4f8wCN5ShZc15QTLa6iA4K6P"


@pytest_asyncio.fixture
async def house(database: str, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(database, tmp_path, StillWorld(), secret_key="tests") as opened:
        yield opened


async def shop(house: House) -> str:
    return (await house.accounts.create("A shop", livemode=False)).id


async def test_an_application_asks_and_a_merchant_approves(house: House) -> None:
    account = await shop(house)
    asked = await house.pairings.ask(CLIENT, "Till 4")
    assert len(asked.code) == CODE_LENGTH
    assert set(asked.code) | set(asked.token) <= set(SIGNS)
    assert asked.expires_at - asked.created_at == CODE_KEPT
    seen = await house.pairings.waiting(asked.code)
    assert (seen.client, seen.label, seen.account) == (CLIENT, "Till 4", None)
    with pytest.raises(Unauthorized):
        await house.pairings.identify(CLIENT)
    again = await house.pairings.claim(asked.code, CLIENT)  # its own, and still not approved
    assert (again.token, again.account) == (asked.token, None)

    paired = await house.pairings.approve(asked.code, account)
    assert (paired.client, paired.label, paired.token) == (CLIENT, "Till 4", asked.token)
    assert (await house.pairings.identify(CLIENT)).id == account
    assert await house.pairings.of(account) == [paired]
    with pytest.raises(NotFound):  # it is spent
        await house.pairings.approve(asked.code, account)


async def test_a_merchant_offers_and_an_application_claims(house: House) -> None:
    account = await shop(house)
    offered = await house.pairings.offer(account)
    with pytest.raises(NotFound):  # nobody is there to be approved
        await house.pairings.approve(offered.code, account)
    claimed = await house.pairings.claim(offered.code, CLIENT, "WHMCS")
    assert (claimed.token, claimed.label) == (offered.token, "WHMCS")
    assert (await house.pairings.identify(CLIENT)).id == account
    with pytest.raises(NotFound):
        await house.pairings.claim(offered.code, CLIENT)


async def test_a_code_of_one_application_is_not_claimed_by_another(house: House) -> None:
    asked = await house.pairings.ask(CLIENT)
    with pytest.raises(NotFound):
        await house.pairings.claim(asked.code, "Tanother")
    assert (await house.pairings.waiting(asked.code)).client == CLIENT


async def test_a_code_ends_after_its_minutes_and_is_taken_away(house: House) -> None:
    account = await shop(house)
    asked = await house.pairings.ask(CLIENT)
    house.world.advance(CODE_KEPT.total_seconds())  # type: ignore[attr-defined]
    for asking in (house.pairings.waiting(asked.code), house.pairings.approve(asked.code, account)):
        with pytest.raises(NotFound):
            await asking
    house.world.advance(1)  # type: ignore[attr-defined]
    await Tidying(house.store, house.world).step()
    left = await house.store.read(lambda tx: tx.execute(pairing_codes.select()).all())
    assert left == []


async def test_a_key_acts_for_one_account_until_they_are_parted(house: House) -> None:
    first, second = await shop(house), await shop(house)
    offered = await house.pairings.offer(first)
    await house.pairings.claim(offered.code, CLIENT)
    (paired,) = await house.pairings.of(first)

    other = await house.pairings.offer(second)
    with pytest.raises(KeyReused):
        await house.pairings.claim(other.code, CLIENT)
    once_more = await house.pairings.offer(first)  # with its own account it may pair again
    await house.pairings.claim(once_more.code, CLIENT, "New name")
    (renewed,) = await house.pairings.of(first)
    assert (renewed.id, renewed.label, renewed.token) == (paired.id, "New name", once_more.token)

    with pytest.raises(NotFound):
        await house.pairings.end(second, paired.id)
    await house.pairings.end(first, paired.id)
    with pytest.raises(Unauthorized):
        await house.pairings.identify(CLIENT)
    await house.pairings.claim(other.code, CLIENT)
    assert (await house.pairings.identify(CLIENT)).id == second


async def test_of_two_who_spend_one_code_at_once_one_does(house: House) -> None:
    account = await shop(house)
    offered = await house.pairings.offer(account)
    clients = [f"T{number}" for number in range(8)]
    claims = [house.pairings.claim(offered.code, client) for client in clients]
    came = await asyncio.gather(*claims, return_exceptions=True)
    assert sum(not isinstance(one, BaseException) for one in came) == 1
    assert sum(isinstance(one, NotFound) for one in came) == 7
    assert len(await house.pairings.of(account)) == 1


async def test_of_two_accounts_that_pair_one_key_at_once_one_does(house: House) -> None:
    accounts = [await shop(house) for _ in range(4)]
    codes = [(await house.pairings.ask(CLIENT)).code for _ in accounts]
    approvals = [
        house.pairings.approve(code, account) for code, account in zip(codes, accounts, strict=True)
    ]
    came = await asyncio.gather(*approvals, return_exceptions=True)
    assert sum(not isinstance(one, BaseException) for one in came) == 1
    assert sum(isinstance(one, KeyReused) for one in came) == 3


async def test_what_is_stored_of_a_code_does_not_tell_it(house: House) -> None:
    asked = await house.pairings.ask(CLIENT)

    def look(tx: Tx) -> str:
        return repr(tx.execute(pairing_codes.select()).all())

    assert asked.code not in await house.store.read(look)


async def test_codes_and_words_have_limits(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairing, "ASKED_MAX", 2)
    monkeypatch.setattr(pairing, "OFFERED_MAX", 1)
    account = await shop(house)
    await house.pairings.ask(CLIENT)
    await house.pairings.ask(CLIENT)
    with pytest.raises(TooMany):
        await house.pairings.ask(CLIENT)
    await house.pairings.offer(account)  # an account's own codes are counted apart
    with pytest.raises(TooMany):
        await house.pairings.offer(account)
    with pytest.raises(Invalid, match="label"):
        await house.pairings.offer(account, "x" * 101)
    with pytest.raises(Invalid, match="label"):
        await house.pairings.ask(CLIENT, "a\x00b")
