"""Two processes on one database: one may die at any point, and both may be asked at once."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from app.domain.authorization import Outcome, Reason
from app.house import House
from app.services.settling import AGAIN
from tests.houses import database, new_database, open_house
from tests.rails.evm_chain import EvmChain
from tests.rails.proxy import Proxy, Reply
from tests.rails.till import USDC, Till, fresh_address, open_till
from tests.x402.payer import GAS_KEY, Payer
from tests.x402.test_settle import asking

__all__ = ["database"]  # a fixture by being here
GIVEN: dict[str, Any] = {"x402_gas_key": GAS_KEY, "secret_key": "tests"}


@pytest.fixture
async def pair(
    database: str, tmp_path: Path, dollar_chain: EvmChain
) -> AsyncIterator[tuple[Till, House, Proxy]]:
    """A till, a second house on the same database, and the first one's node."""
    async with (
        Proxy(dollar_chain.anvil.url) as node,
        open_till(database, tmp_path, dollar_chain, node.url, given=GIVEN) as till,
    ):
        chains = (dollar_chain.settings(dollar_chain.anvil.url),)
        async with open_house(database, tmp_path, till.world, chains=chains, **GIVEN) as other:
            yield till, other, node


async def test_what_one_wrote_and_never_sent_another_sends(
    pair: tuple[Till, House, Proxy],
) -> None:
    till, other, node = pair
    view, asked = await asking(till)
    said = Payer(till.chain).sign(asked)
    dying = asyncio.create_task(till.house.x402.settle(None, view.id, USDC, said))
    reached = asyncio.Event()

    def die(call: dict[str, Any]) -> Reply | None:
        if call["method"] != "eth_sendRawTransaction":
            return None
        reached.set()  # and not a byte of it goes on
        return {"error": {"code": -32000, "message": "gone"}}

    node.rule = die
    await reached.wait()
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    assert till.chain.balance(till.chain.usdc, asked.pay_to) == 0
    till.world.advance(AGAIN.total_seconds())
    await other.x402.settling.step()
    told = await other.x402.settle(None, view.id, USDC, said)
    assert (told.outcome, told.repeated) == (Outcome.SETTLED, True)
    assert till.chain.balance(till.chain.usdc, asked.pay_to) == asked.amount


async def test_two_asked_at_once_settle_each_payment_once(pair: tuple[Till, House, Proxy]) -> None:
    till, other, _ = pair
    wanted = [await asking(till, "1.00") for _ in range(4)]
    payers = [Payer(till.chain) for _ in wanted]
    signed = [one.sign(asked) for one, (_, asked) in zip(payers, wanted, strict=True)]
    told = await asyncio.gather(
        *(
            house.x402.settle(None, view.id, USDC, said)
            for (view, _), said in zip(wanted, signed, strict=True)
            for house in (till.house, other, till.house)
        )
    )
    assert {one.outcome for one in told} == {Outcome.SETTLED}
    assert len({one.tx for one in told}) == len(wanted)
    for _, asked in wanted:
        assert till.chain.balance(till.chain.usdc, asked.pay_to) == asked.amount


async def test_on_a_shared_address_the_amount_tells_whose_payment_it_is(
    tmp_path: Path, dollar_chain: EvmChain
) -> None:
    place = ("address", fresh_address())
    url = new_database("sqlite", tmp_path)
    async with open_till(url, tmp_path, dollar_chain, destination=place, given=GIVEN) as till:
        first, first_asked = await asking(till)
        second, second_asked = await asking(till)
        assert first_asked.pay_to == second_asked.pay_to
        assert first_asked.amount != second_asked.amount
        said = Payer(till.chain).sign(second_asked)
        wrong = await till.house.x402.settle(None, first.id, USDC, said)
        assert wrong.reason == Reason.VALUE
        meant = await till.house.x402.place(
            second_asked.network, second_asked.asset, said.to, said.value
        )
        assert meant == second.id
        told = await till.house.x402.settle(None, second.id, USDC, said)
        assert told.outcome is Outcome.SETTLED
        assert (await till.after(second, blocks=2)).status.value == "succeeded"
        assert (await till.view(first)).status.value == "requires_payment"
