"""A claim to a Lightning invoice is never worth less than what the invoice takes."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from app.domain.claim import ClaimStatus
from app.errors import NotClaimable
from app.house import House
from app.services.voucher_requests import ClaimView, NewClaim, NewVoucher, VoucherView
from app.settings import ChainSettings
from tests.houses import new_database, open_house
from tests.rails.test_lightning_formats import COFFEE  # asks for 0.0025 BTC
from tests.services import claim_laws

LEDGER, LIGHTNING = "btc_lightning", "lightning:000000000019d6689c085ae165831e93"


@pytest_asyncio.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    url = new_database("sqlite", tmp_path)
    async with open_house(url, tmp_path, chains=(ChainSettings(id=LIGHTNING),)) as opened:
        yield opened
        assert claim_laws.broken(url) == []


async def voucher(house: House, *, auto_approve: bool = False) -> tuple[str, VoucherView]:
    account = await house.accounts.create("A shop", livemode=True)
    new = NewVoucher(
        name="Pay",
        amount="0.003",
        currency="BTC",
        ledgers=(LEDGER,),
        auto_approve=auto_approve,
    )
    return account.id, await house.vouchers.create(account, new)


async def ask(house: House, made: VoucherView, to: str, amount: str) -> ClaimView:
    return await house.claims.ask(made.id, NewClaim(address=to, ledger=LEDGER, amount=amount))


async def test_an_invoice_that_asks_for_more_is_not_approved_by_anybody(house: House) -> None:
    account, made = await voucher(house)
    less = await ask(house, made, COFFEE, "0.002")
    with pytest.raises(NotClaimable, match=r"asks for more: 0\.0025 BTC"):
        await house.payouts.approve(account, less.id)
    assert (await house.claims.get(account, less.id)).status is ClaimStatus.REQUIRES_APPROVAL
    _, by_itself = await voucher(house, auto_approve=True)
    with pytest.raises(NotClaimable, match="asks for more"):
        await ask(house, by_itself, COFFEE, "0.00249999")
    assert (await house.vouchers.get(by_itself.id)).amount_left == "0.003"


async def test_an_invoice_that_asks_for_less_is_paid_what_it_asks(house: House) -> None:
    _, made = await voucher(house, auto_approve=True)
    asked = await ask(house, made, f"lightning:{COFFEE}", "0.003")
    assert (asked.status, asked.ledger_amount) == (ClaimStatus.PENDING, "0.0025")
    assert asked.address == COFFEE


async def test_a_lightning_address_takes_whatever_is_sent(house: House) -> None:
    _, made = await voucher(house, auto_approve=True)
    asked = await ask(house, made, "ada@example.org", "0.001")
    assert asked.ledger_amount == "0.001"
