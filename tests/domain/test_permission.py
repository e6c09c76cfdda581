"""What a permission is enough for, and on which account."""

import pytest

from app.domain.permission import (
    INCLUDES,
    Permission,
    Right,
    all_of,
    allows,
    covers,
    of_accounts,
)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("btcpay.store.canviewinvoices", Permission(Right.VIEW_INVOICES)),
        ("btcpay.store.canviewinvoices:acct_1", Permission(Right.VIEW_INVOICES, "acct_1")),
        ("BTCPay.Store.CanViewInvoices:Acct", Permission(Right.VIEW_INVOICES, "Acct")),
        ("unrestricted", Permission(Right.EVERYTHING)),
        ("unrestricted:acct_1", None),
        ("btcpay.server.canmanageusers:acct_1", None),
        ("btcpay.store.canviewinvoices:", None),
        ("btcpay.store.canflytothemoon", None),
        ("", None),
        ("btcpay.store.canviewinvoices:" + "a" * 200, None),
    ],
)
def test_a_permission_is_read_as_it_is_written(text: str, read: Permission | None) -> None:
    assert Permission.read(text) == read
    if read is not None:
        assert Permission.read(str(read)) == read


def test_a_right_covers_what_it_includes_however_deep_and_nothing_else() -> None:
    assert covers(Right.VIEW_INVOICES) == {Right.VIEW_INVOICES}
    assert Right.CREATE_UNAPPROVED_PULL_PAYMENTS in covers(Right.MODIFY_STORE)
    assert Right.VIEW_INVOICES in covers(Right.VIEW_STORE)
    assert Right.CREATE_INVOICE not in covers(Right.VIEW_STORE)
    assert Right.MODIFY_WEBHOOKS not in covers(Right.MODIFY_INVOICES)
    assert covers(Right.EVERYTHING) == set(Right)


@pytest.mark.parametrize("right", [one for one in INCLUDES if one is not Right.EVERYTHING])
def test_a_right_includes_neither_itself_nor_what_is_of_another_realm(right: Right) -> None:
    assert right not in INCLUDES[right]
    realm = right.split(".")[1]
    assert {one.split(".")[1] for one in covers(right)} == {realm}


def test_a_permission_on_one_account_is_none_on_another_nor_everywhere() -> None:
    granted = [Permission(Right.MODIFY_INVOICES, "acct_1")]
    assert allows(granted, Right.VIEW_INVOICES, "acct_1")
    assert not allows(granted, Right.VIEW_INVOICES, "acct_2")
    assert not allows(granted, Right.VIEW_INVOICES, None)
    assert not allows(granted, Right.VIEW_STORE, "acct_1")
    assert allows([Permission(Right.MODIFY_INVOICES)], Right.VIEW_INVOICES, "acct_2")
    assert not allows([], Right.VIEW_INVOICES, "acct_1")


def test_a_secret_key_has_every_right_on_its_account_and_none_on_the_house() -> None:
    granted = all_of("acct_1")
    for right in Right:
        assert allows(granted, right, "acct_1") is of_accounts(right)
        assert not allows(granted, right, "acct_2")
        assert not allows(granted, right, None)
