"""What happens to a merchant on a chain of Bitcoin's kind, and what the house must make of it.

One list for every chain and every kind of source: a test module gives it a till.
"""

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest

from app.domain.conditions import Conditions, Speed
from app.domain.intent import Status
from app.errors import ChainUnavailable
from app.settings import DepthSettings
from tests.rails.coin_chain import CoinChain
from tests.rails.coin_till import CoinTill, open_till, stands

PAID = [
    "payment_intent.created",
    "payment.seen",
    "payment_intent.processing",
    "payment.confirmed",
    "payment_intent.succeeded",
]


DEEP = (DepthSettings(confirmations=3),)
LADDER = (DepthSettings(confirmations=1, up_to=Decimal(100)), DepthSettings(confirmations=3))


class CoinProof:
    """The proof list: each test is named for what is proven. A subclass gives it a `chain`."""

    @pytest.fixture
    async def coin_till(self, tmp_path: Path, chain: CoinChain) -> AsyncIterator[CoinTill]:
        async with open_till(tmp_path, chain) as one:
            yield one

    @pytest.fixture
    async def deep_till(self, tmp_path: Path, chain: CoinChain) -> AsyncIterator[CoinTill]:
        """A till that waits for three confirmations."""
        async with open_till(tmp_path, chain, depths=DEEP) as one:
            yield one

    @pytest.fixture
    async def ladder_till(self, tmp_path: Path, chain: CoinChain) -> AsyncIterator[CoinTill]:
        """A till that waits longer for more."""
        async with open_till(tmp_path, chain, depths=LADDER) as one:
            yield one

    @pytest.fixture
    async def both_till(self, tmp_path: Path, chain: CoinChain) -> AsyncIterator[CoinTill]:
        """A till with two sources: one by the wire, one without."""
        async with open_till(tmp_path, chain, chain.url, chain.straight) as one:
            yield one

    async def test_paid(self, coin_till: CoinTill) -> None:
        asked = await coin_till.ask()
        await coin_till.pay(asked)
        seen = await coin_till.until(asked, "processing", None)
        assert [one.status.value for one in seen.payments] == ["pending"], "detected, no more"
        paid = await coin_till.after(asked, 1)
        assert stands(paid) == ("succeeded", None)
        assert (paid.amount_received, paid.amount_due) == ("10.00", "0.00")
        assert await coin_till.said(asked) == PAID

    async def test_paid_and_first_seen_in_a_block(self, coin_till: CoinTill) -> None:
        asked = await coin_till.ask()
        await coin_till.pay(asked)
        assert stands(await coin_till.after(asked, 1)) == ("succeeded", None)
        assert await coin_till.said(asked) == PAID[:2] + PAID[3:]

    async def test_split(self, coin_till: CoinTill) -> None:
        asked = await coin_till.ask("10.01")
        whole = coin_till.asked(asked)
        await coin_till.pay(asked, whole // 3)
        part = await coin_till.after(asked, 1)
        assert stands(part) == ("requires_payment", "underpaid")
        assert coin_till.asked(part) == whole - whole // 3, "the page asks for exactly the rest"
        await coin_till.pay(part)
        paid = await coin_till.after(asked, 1)
        assert stands(paid) == ("succeeded", None)
        assert paid.amount_received == "10.01"

    async def test_split_in_one_transaction(self, coin_till: CoinTill) -> None:
        asked = await coin_till.ask()
        whole, to = coin_till.asked(asked), coin_till.to(asked)
        chain = coin_till.chain
        await chain.send(to, [whole // 4, whole - whole // 4])
        paid = await coin_till.after(asked, 1)
        assert stands(paid) == ("succeeded", None)
        assert len(paid.payments) == 2, "each output is a payment of its own"

    async def test_under(self, coin_till: CoinTill) -> None:
        asked = await coin_till.ask(expires_in_seconds=60)
        await coin_till.pay(asked, coin_till.asked(asked) - 1)
        short = await coin_till.after(asked, 1)
        assert stands(short) == ("requires_payment", "underpaid")
        coin_till.world.advance(3700)
        assert stands(await coin_till.after(asked)) == ("mismatched", "underpaid")
        taken = await coin_till.house.intents.accept(coin_till.account.id, asked.id)
        assert stands(taken) == ("succeeded", "marked")

    async def test_over(self, coin_till: CoinTill) -> None:
        asked = await coin_till.ask()
        await coin_till.pay(asked, coin_till.asked(asked) * 5 // 4)
        paid = await coin_till.after(asked, 1)
        assert stands(paid) == ("succeeded", "overpaid")
        assert paid.amount_received == "12.50"

    async def test_late(self, coin_till: CoinTill) -> None:
        asked = await coin_till.ask(expires_in_seconds=60)
        coin_till.world.advance(120)
        await coin_till.pay(asked)
        await coin_till.until(asked, "expired", "late")
        late = await coin_till.after(asked, 1)
        assert stands(late) == ("expired", "late")
        assert late.amount_received == "0.00"
        assert "payment.late" in await coin_till.said(asked)
        taken = await coin_till.house.intents.accept(coin_till.account.id, asked.id)
        assert taken.status is Status.SUCCEEDED

    async def test_paid_in_time_and_read_late_is_not_late(self, coin_till: CoinTill) -> None:
        asked = await coin_till.ask()
        await coin_till.pay(asked)
        await coin_till.chain.mine()
        coin_till.world.advance(3 * 3600)  # the worker was down; the block's own time speaks
        await coin_till.look()
        assert stands(await coin_till.view(asked)) == ("succeeded", None)

    async def test_rbf_replaced_by_a_payment_to_another(self, coin_till: CoinTill) -> None:
        asked, other = await coin_till.ask(), await coin_till.ask("3.00")
        first = await coin_till.pay(asked, replaceable=True)
        await coin_till.until(asked, "processing", None)
        await coin_till.chain.replace(first, coin_till.to(other), coin_till.asked(other))
        back = await coin_till.until(asked, "requires_payment", None)
        assert [one.status.value for one in back.payments] == ["reversed"]
        assert "payment.reversed" in await coin_till.said(asked)
        assert stands(await coin_till.after(other, 1)) == ("succeeded", None)
        assert stands(await coin_till.after(asked)) == ("requires_payment", None)

    async def test_rbf_replaced_by_a_higher_fee_pays_once(self, coin_till: CoinTill) -> None:
        asked = await coin_till.ask()
        first = await coin_till.pay(asked, replaceable=True)
        await coin_till.until(asked, "processing", None)
        to = coin_till.to(asked)
        second = await coin_till.chain.replace(first, to, coin_till.asked(asked))
        await coin_till.chain.shown(second, to)
        paid = await coin_till.after(asked, 1)
        assert stands(paid) == ("succeeded", None), "the one that was mined, and no other"
        assert {one.tx: one.status.value for one in paid.payments} == {
            first: "reversed",
            second: "confirmed",
        }

    async def test_reorged_out_and_back(self, deep_till: CoinTill) -> None:
        asked = await deep_till.ask()
        await deep_till.pay(asked)
        mined = await deep_till.after(asked, 1)
        assert stands(mined) == ("processing", None)
        await deep_till.chain.reorg(1, keep=True)
        await deep_till.chain.mine_nothing()  # the other branch is longer now
        out = await deep_till.until(asked, "processing", None)
        assert "payment.reversed" in await deep_till.said(asked)
        assert [one.confirmations for one in out.payments] == [0], "it waits again"
        back = await deep_till.after(asked, 3)
        assert stands(back) == ("succeeded", None)
        assert len(back.payments) == 1
        assert back.amount_received == "10.00"

    async def test_reorged_out_and_gone(self, deep_till: CoinTill) -> None:
        asked = await deep_till.ask()
        await deep_till.pay(asked)
        assert stands(await deep_till.after(asked, 1)) == ("processing", None)
        await deep_till.chain.reorg(1)
        gone = await deep_till.after(asked, 2)
        assert stands(gone) == ("requires_payment", None)
        assert [one.status.value for one in gone.payments] == ["reversed"]

    async def test_source_down_and_back(self, coin_till: CoinTill) -> None:
        asked = await coin_till.ask()
        coin_till.chain.proxy.down = True
        await coin_till.pay(asked)
        await coin_till.chain.mine()
        with pytest.raises(ChainUnavailable):
            await coin_till.look()
        assert stands(await coin_till.view(asked)) == ("requires_payment", None)
        coin_till.chain.proxy.down = False
        assert stands(await coin_till.after(asked)) == ("succeeded", None)

    async def test_source_lying_about_the_tip(self, deep_till: CoinTill) -> None:
        asked = await deep_till.ask()
        await deep_till.pay(asked)
        assert stands(await deep_till.after(asked, 1)) == ("processing", None)
        deep_till.chain.lie_about_the_tip(by=50)
        await deep_till.chain.mine()
        with pytest.raises(ChainUnavailable) as refused:
            await deep_till.look()
        assert "source 1" in refused.value.detail
        deep_till.chain.proxy.rewrite = None
        still = await deep_till.until(asked, "processing", None)
        assert [one.confirmations for one in still.payments] == [2], "height is what blocks show"
        assert stands(await deep_till.after(asked, 1)) == ("succeeded", None)

    async def test_second_source_takes_over_from_a_liar(self, both_till: CoinTill) -> None:
        asked = await both_till.ask()
        both_till.chain.lie_about_the_tip(by=50)
        await both_till.pay(asked)
        assert stands(await both_till.after(asked, 1)) == ("succeeded", None)

    async def test_confirmations_by_amount(self, ladder_till: CoinTill) -> None:
        small, large = await ladder_till.ask("10.00"), await ladder_till.ask("500.00")
        await ladder_till.pay(small)
        await ladder_till.pay(large)
        assert stands(await ladder_till.after(small, 1)) == ("succeeded", None)
        assert stands(await ladder_till.view(large)) == ("processing", None)
        assert stands(await ladder_till.after(large, 2)) == ("succeeded", None)

    async def test_a_link_asks_a_wallet_for_the_amount(self, coin_till: CoinTill) -> None:
        asked = await coin_till.ask()
        prompt = asked.quotes[0].prompt
        assert prompt is not None
        scheme = coin_till.chain.family
        assert prompt.uri == f"{scheme}:{prompt.to}?amount={asked.quotes[0].amount}"

    async def test_a_merchant_in_a_hurry_takes_what_waits(self, coin_till: CoinTill) -> None:
        """Speed HIGH is the merchant's own risk: BTCPay's zero confirmations, and no other's."""
        asked = await coin_till.ask("900.00", conditions=Conditions(speed=Speed.HIGH))
        patient = await coin_till.ask("1.00", conditions=Conditions(speed=Speed.LOW_MEDIUM))
        await coin_till.pay(patient)
        await coin_till.pay(asked)
        await coin_till.until(asked, "succeeded", None)
        assert stands(await coin_till.after(patient, 1)) == ("processing", None)
        assert stands(await coin_till.after(patient, 1)) == ("succeeded", None)
