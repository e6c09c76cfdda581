"""Vouchers and claims: whatever is said in whatever order, no law breaks and all is told."""

import asyncio
import random
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest

from app.domain.claim import ClaimStatus
from app.domain.voucher import CLAIMS_MAX, VoucherStatus
from app.errors import CheckoutError, Conflict, Invalid, NotClaimable, NotFound
from app.services.voucher_requests import NewClaim, NewPayout, NewVoucher, VoucherView
from app.storage import tables, vouchers
from tests.services import claim_laws
from tests.services.desk import USDC, Desk, open_desk

HANDS = 8
STEPS = 60


@pytest.fixture
async def desk(database: str, tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(database, tmp_path) as opened:
        yield opened
        assert claim_laws.broken(opened.url) == []


async def voucher(desk: Desk, **more: object) -> VoucherView:
    asked = {"name": "Refund", "amount": "10.00", "currency": "USD", "ledgers": (USDC,)}
    return await desk.house.vouchers.create(desk.account, NewVoucher(**asked | more))  # type: ignore[arg-type]


def claim(to: str, amount: str | None = None) -> NewClaim:
    return NewClaim(address=f"sandbox1{to}", ledger=USDC, amount=amount)


async def refused(awaited: object, kind: type[CheckoutError]) -> CheckoutError:
    with pytest.raises(kind) as caught:
        await awaited  # type: ignore[misc]
    return caught.value


async def test_a_claim_is_approved_sent_by_the_merchant_and_told_at_every_step(desk: Desk) -> None:
    made = await voucher(desk)
    claims, payouts, account = desk.house.claims, desk.house.payouts, desk.account.id
    asked = await claims.ask(made.id, claim("aaaaa", "4.00"))
    assert (asked.status, asked.ledger_amount) == (ClaimStatus.REQUIRES_APPROVAL, None)
    assert (await desk.house.vouchers.get(made.id)).amount_left == "6.00"
    approved = await payouts.approve(account, asked.id)
    assert (approved.status, approved.ledger_amount) == (ClaimStatus.PENDING, "4")
    assert approved.sender == "merchant", "nobody else sends it"
    on_its_way = await payouts.mark(account, asked.id, ClaimStatus.PROCESSING, {"id": "tx1"})
    assert on_its_way.proof == {"id": "tx1"}
    await payouts.mark(account, asked.id, ClaimStatus.PENDING)
    sent = await payouts.mark(account, asked.id, ClaimStatus.SUCCEEDED)
    assert (sent.status, sent.proof) == (ClaimStatus.SUCCEEDED, {"id": "tx1"})
    assert [one.type.value for one in await desk.events(asked.id)] == [
        "claim.created",
        "claim.approved",
        "claim.processing",
        "claim.pending",
        "claim.succeeded",
    ]
    await refused(payouts.cancel(account, asked.id), Conflict)
    assert await payouts.mark(account, asked.id, ClaimStatus.SUCCEEDED) == sent


async def test_claims_at_once_never_take_more_than_there_is(desk: Desk) -> None:
    made = await voucher(desk)
    asked = [
        desk.house.claims.ask(made.id, claim(f"{'abcdefgh'[one] * 5}", "3.00"))
        for one in range(HANDS)
    ]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    lost = [one for one in answers if isinstance(one, NotClaimable)]
    assert len(answers) - len(lost) == 3
    assert {one.facts["reason"] for one in lost} == {"overdraft"}
    left = await desk.house.claims.ask(made.id, claim("zzzzz"))
    assert left.amount == "1.00", "no amount is all that is left"
    assert (await desk.house.vouchers.get(made.id)).status is VoucherStatus.SPENT
    spent = await refused(desk.house.claims.ask(made.id, claim("yyyyy")), NotClaimable)
    assert spent.facts["reason"] == "spent"


async def test_a_second_click_is_no_second_claim(desk: Desk) -> None:
    made = await voucher(desk)
    asked = [desk.house.claims.ask(made.id, claim("aaaaa", "1.00")) for _ in range(HANDS)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    lost = [one for one in answers if isinstance(one, NotClaimable)]
    assert len(lost) == HANDS - 1
    assert {one.facts["reason"] for one in lost} == {"duplicate"}


async def test_what_is_canceled_can_be_claimed_again(desk: Desk) -> None:
    made = await voucher(desk)
    asked = await desk.house.claims.ask(made.id, claim("aaaaa"))
    canceled = await asyncio.gather(
        *(desk.house.payouts.cancel(desk.account.id, asked.id) for _ in range(HANDS))
    )
    assert {one.status for one in canceled} == {ClaimStatus.CANCELED}
    assert (await desk.house.vouchers.get(made.id)).amount_left == "10.00"
    await desk.house.claims.ask(made.id, claim("aaaaa"))


async def test_archiving_cancels_what_nobody_has_begun_to_send(desk: Desk) -> None:
    made = await voucher(desk)
    account, payouts = desk.account.id, desk.house.payouts
    waits, approved, under_way, done = [
        await desk.house.claims.ask(made.id, claim(one * 5, "1.00")) for one in "abcd"
    ]
    for one in (approved, under_way, done):
        await payouts.approve(account, one.id)
    await payouts.mark(account, under_way.id, ClaimStatus.PROCESSING)
    await payouts.mark(account, done.id, ClaimStatus.SUCCEEDED)
    archived = await desk.house.vouchers.archive(account, made.id)
    assert (archived.status, archived.amount_left) == (VoucherStatus.ARCHIVED, "8.00")
    stands = [(await desk.house.claims.get(account, one.id)).status for one in
              (waits, approved, under_way, done)]  # fmt: skip
    assert stands == [
        ClaimStatus.CANCELED,
        ClaimStatus.CANCELED,
        ClaimStatus.PROCESSING,
        ClaimStatus.SUCCEEDED,
    ]
    again = await desk.house.vouchers.archive(account, made.id)
    assert again.version == archived.version, "archived is archived"
    shut = await refused(desk.house.claims.ask(made.id, claim("eeeee")), NotClaimable)
    assert shut.facts["reason"] == "archived"


async def test_a_voucher_gives_only_in_its_time(desk: Desk) -> None:
    now = desk.world.now()
    starts = now.replace(hour=13)
    made = await voucher(desk, starts_at=starts, expires_at=now.replace(hour=14))
    early = await refused(desk.house.claims.ask(made.id, claim("aaaaa")), NotClaimable)
    assert early.facts["reason"] == "upcoming"
    desk.world.advance(3600)
    await desk.house.claims.ask(made.id, claim("aaaaa", "1.00"))
    desk.world.advance(3600)
    late = await refused(desk.house.claims.ask(made.id, claim("bbbbb")), NotClaimable)
    assert late.facts["reason"] == "expired"


async def test_an_approval_fixes_the_price_and_auto_approval_needs_nobody(desk: Desk) -> None:
    made = await voucher(desk, ledgers=("sandbox_eth",), auto_approve=True)
    asked = await desk.house.claims.ask(
        made.id, NewClaim(address="sandbox1aaaaa", ledger="sandbox_eth", amount="5.00")
    )
    assert asked.status is ClaimStatus.PENDING
    assert asked.rate is not None
    assert asked.ledger_amount is not None
    assert Decimal(asked.ledger_amount) * Decimal(asked.rate) <= 5
    own = await desk.house.claims.make(
        desk.account.id,
        False,
        NewPayout(address="sandbox1bbbbb", ledger=USDC, amount="7", approved=True),
    )
    assert (own.voucher, own.ledger_amount, own.currency) == (None, "7", "USDC")
    other = await voucher(desk)
    waits = await desk.house.claims.ask(other.id, claim("ccccc", "3.00"))
    priced = await desk.house.payouts.approve(desk.account.id, waits.id, Decimal(2))
    assert (priced.rate, priced.ledger_amount) == ("2", "1.5")


async def test_what_is_wrong_is_named(desk: Desk) -> None:
    made = await voucher(desk)
    for new, kind in (
        (claim("!!"), Invalid),
        (claim("aaaaa", "0"), Invalid),
        (claim("aaaaa", "1.001"), Invalid),
        (NewClaim(address="sandbox1aaaaa", ledger="sandbox_eth"), NotClaimable),
    ):
        await refused(desk.house.claims.ask(made.id, new), kind)
    await refused(desk.house.claims.ask("vch_none", claim("aaaaa")), NotFound)
    error = await refused(voucher(desk, name="", amount="-1", currency="XXX"), Invalid)
    assert {one.field for one in error.faults} == {"name", "currency"}
    error = await refused(voucher(desk, amount="0"), Invalid)
    assert [one.field for one in error.faults] == ["amount"]
    stranger = await desk.house.accounts.create("Another", livemode=False)
    asked = await desk.house.claims.ask(made.id, claim("aaaaa"))
    await refused(desk.house.payouts.approve(stranger.id, asked.id), NotFound)
    await refused(desk.house.vouchers.archive(stranger.id, made.id), NotFound)
    await refused(desk.house.claims.get(stranger.id, asked.id), NotFound)
    await refused(
        desk.house.payouts.mark(desk.account.id, asked.id, ClaimStatus.SUCCEEDED), Conflict
    )


async def test_a_voucher_has_an_end_of_claims(desk: Desk) -> None:
    made = await voucher(desk)
    await desk.house.store.write(
        lambda tx: tx.execute(tables.vouchers.update().values(claims_count=CLAIMS_MAX)) and None
    )
    spent = await refused(desk.house.claims.ask(made.id, claim("aaaaa", "1.00")), NotClaimable)
    assert spent.facts["reason"] == "spent"
    await desk.house.store.write(
        lambda tx: tx.execute(tables.vouchers.update().values(claims_count=0)) and None
    )


@pytest.mark.parametrize("seed", range(2))
async def test_whatever_is_said_in_whatever_order_no_law_breaks(desk: Desk, seed: int) -> None:
    chance = random.Random(seed)
    made = [await voucher(desk, auto_approve=bool(one)) for one in range(2)]
    known: list[str] = []
    for _ in range(STEPS):
        account, payouts = desk.account.id, desk.house.payouts
        match chance.randrange(6):
            case 0 | 1:
                to = "".join(chance.choices("abc", k=5))
                new = claim(to, chance.choice((None, "0.50", "2.00")))
                act = desk.house.claims.ask(chance.choice(made).id, new)
            case 2 if known:
                act = payouts.approve(account, chance.choice(known))
            case 3 if known:
                act = payouts.cancel(account, chance.choice(known))
            case 4 if chance.random() < 0.1:
                act = desk.house.vouchers.archive(account, chance.choice(made).id)  # type: ignore[assignment]
            case _ if known:
                to_status = chance.choice(sorted(ClaimStatus))
                act = payouts.mark(account, chance.choice(known), to_status)
            case _:
                continue
        try:
            done = await act
        except (Conflict, Invalid):
            continue  # refused by name, and nothing moved: the laws tell
        known += [done.id] if done.object == "claim" and done.id not in known else []
    assert known
    assert await desk.house.store.read(lambda tx: vouchers.get(tx, made[0].id)) is not None
