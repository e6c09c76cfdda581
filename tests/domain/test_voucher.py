"""A voucher stands where its facts and the clock put it, and gives back no more than came."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from app.domain.voucher import Basis, Refundable, Voucher, VoucherStatus, coins, less, status

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
VOUCHER = Voucher(
    id="vch_1",
    account="acct_1",
    livemode=False,
    name="Refund",
    description=None,
    amount=Decimal(10),
    currency="USD",
    ledgers=("sandbox_usdc",),
    auto_approve=False,
    intent=None,
    starts_at=NOON,
    expires_at=NOON + timedelta(days=1),
    version=1,
    created_at=NOON,
)
hours = st.integers(-3, 30).map(lambda count: NOON + timedelta(hours=count))
vouchers = st.builds(
    lambda claimed, archived, ends: msgspec.structs.replace(
        VOUCHER, claimed=Decimal(claimed), archived=archived, expires_at=ends
    ),
    st.integers(0, 10),
    st.booleans(),
    st.none() | st.just(NOON + timedelta(days=1)),
)


@given(vouchers, st.lists(hours, min_size=2, max_size=6))
def test_the_clock_alone_opens_a_voucher_once_and_ends_it_once(
    voucher: Voucher, moments: list[datetime]
) -> None:
    order = [VoucherStatus.UPCOMING, VoucherStatus.OPEN, VoucherStatus.EXPIRED]
    seen = [status(voucher, now) for now in sorted(moments)]
    if voucher.archived:
        assert set(seen) == {VoucherStatus.ARCHIVED}
    elif voucher.left == 0:
        assert set(seen) <= {VoucherStatus.SPENT, VoucherStatus.EXPIRED}
    else:
        assert [order.index(one) for one in seen] == sorted(order.index(one) for one in seen)


@given(vouchers, hours)
def test_only_an_open_voucher_has_something_left_to_give(voucher: Voucher, now: datetime) -> None:
    if status(voucher, now) is VoucherStatus.OPEN:
        assert voucher.left > 0
        assert voucher.starts_at <= now
        assert voucher.expires_at is None or now < voucher.expires_at


@given(
    st.decimals("0.01", "100000", places=2),
    st.decimals("0.01", "100000", places=4),
    st.decimals("0", "100", places=1),
)
def test_rounding_is_never_in_the_payees_favour(
    price: Decimal, rate: Decimal, percent: Decimal
) -> None:
    got = coins(price, rate, "BTC")
    assert 0 <= Fraction(price) / Fraction(rate) - Fraction(got) < Fraction(1, 10**8)
    rest = less(price, percent, "USD")
    exact = Fraction(price) * (100 - Fraction(percent)) / 100
    assert 0 <= exact - Fraction(rest) < Fraction(1, 100)


def test_every_basis_but_the_merchants_own_names_an_amount() -> None:
    found = Refundable(
        currency="USD",
        paid=Decimal(30),
        asset="BTC",
        then=Decimal("0.0003"),
        now=Decimal("0.0004"),
        excess=Decimal("0.0001"),
    )
    amounts = {one: found.amount(one) for one in Basis if one is not Basis.CUSTOM}
    assert amounts == {
        Basis.RATE_THEN: (Decimal("0.0003"), "BTC"),
        Basis.RATE_NOW: (Decimal("0.0004"), "BTC"),
        Basis.PRICE: (Decimal(30), "USD"),
        Basis.EXCESS: (Decimal("0.0001"), "BTC"),
    }
