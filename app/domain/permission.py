"""Permissions: what a program may do, and on which account.

The names are those of the Greenfield API, since programs ask for them by name and read
them back: `btcpay.store.canviewinvoices:acct_…`. A store is an account. What stands behind
the colon is the account meant; without it, every account of the user who gave the
permission. One right may include others, and what it includes need not be named.

Source of the names and of what includes what: BTCPay Server's published API, 2.4.
"""

from collections.abc import Iterable
from enum import StrEnum
from functools import cache, lru_cache
from typing import Self

import msgspec

OF_ACCOUNTS = "btcpay.store."
OF_THE_HOUSE = "btcpay.server."
LENGTH_MAX = 160


class Right(StrEnum):
    """One thing that may be done."""

    EVERYTHING = "unrestricted"
    MODIFY_SERVER = "btcpay.server.canmodifyserversettings"
    MANAGE_USERS = "btcpay.server.canmanageusers"
    VIEW_USERS = "btcpay.server.canviewusers"
    CREATE_USER = "btcpay.server.cancreateuser"
    USE_OWN_LIGHTNING = "btcpay.server.canuseinternallightningnode"
    VIEW_OWN_LIGHTNING_INVOICES = "btcpay.server.canviewlightninginvoiceinternalnode"
    CREATE_OWN_LIGHTNING_INVOICES = "btcpay.server.cancreatelightninginvoiceinternalnode"
    MODIFY_PROFILE = "btcpay.user.canmodifyprofile"
    VIEW_PROFILE = "btcpay.user.canviewprofile"
    DELETE_USER = "btcpay.user.candeleteuser"
    MANAGE_NOTIFICATIONS = "btcpay.user.canmanagenotificationsforuser"
    VIEW_NOTIFICATIONS = "btcpay.user.canviewnotificationsforuser"
    MODIFY_STORE = "btcpay.store.canmodifystoresettings"
    VIEW_STORE = "btcpay.store.canviewstoresettings"
    VIEW_REPORTS = "btcpay.store.canviewreports"
    MODIFY_INVOICES = "btcpay.store.canmodifyinvoices"
    VIEW_INVOICES = "btcpay.store.canviewinvoices"
    CREATE_INVOICE = "btcpay.store.cancreateinvoice"
    MODIFY_WEBHOOKS = "btcpay.store.webhooks.canmodifywebhooks"
    MODIFY_PAYMENT_REQUESTS = "btcpay.store.canmodifypaymentrequests"
    VIEW_PAYMENT_REQUESTS = "btcpay.store.canviewpaymentrequests"
    MANAGE_PULL_PAYMENTS = "btcpay.store.canmanagepullpayments"
    ARCHIVE_PULL_PAYMENTS = "btcpay.store.canarchivepullpayments"
    CREATE_PULL_PAYMENTS = "btcpay.store.cancreatepullpayments"
    CREATE_UNAPPROVED_PULL_PAYMENTS = "btcpay.store.cancreatenonapprovedpullpayments"
    VIEW_PULL_PAYMENTS = "btcpay.store.canviewpullpayments"
    MANAGE_PAYOUTS = "btcpay.store.canmanagepayouts"
    VIEW_PAYOUTS = "btcpay.store.canviewpayouts"
    USE_LIGHTNING = "btcpay.store.canuselightningnode"
    VIEW_LIGHTNING_INVOICES = "btcpay.store.canviewlightninginvoice"
    CREATE_LIGHTNING_INVOICES = "btcpay.store.cancreatelightninginvoice"
    MANAGE_WALLET = "btcpay.store.canmanagewalletsettings"
    MANAGE_WALLET_TRANSACTIONS = "btcpay.store.canmanagewallettransactions"
    CREATE_TRANSACTIONS = "btcpay.store.cancreatetransactions"
    SIGN_TRANSACTIONS = "btcpay.store.cansigntransactions"
    BROADCAST_TRANSACTIONS = "btcpay.store.canbroadcasttransactions"
    VIEW_WALLET = "btcpay.store.canviewwallet"
    MODIFY_OFFERINGS = "btcpay.store.canmodifyofferings"
    MANAGE_SUBSCRIBERS = "btcpay.store.canmanagesubscribers"
    CREDIT_SUBSCRIBERS = "btcpay.store.cancreditsubscribers"
    VIEW_OFFERINGS = "btcpay.store.canviewofferings"


# What each includes at once; what those include follows (`covers`).
INCLUDES: dict[Right, tuple[Right, ...]] = {
    Right.EVERYTHING: tuple(right for right in Right if right != "unrestricted"),
    Right.MODIFY_SERVER: (Right.MANAGE_USERS, Right.USE_OWN_LIGHTNING),
    Right.MANAGE_USERS: (Right.CREATE_USER, Right.VIEW_USERS),
    Right.USE_OWN_LIGHTNING: (
        Right.CREATE_OWN_LIGHTNING_INVOICES,
        Right.VIEW_OWN_LIGHTNING_INVOICES,
    ),
    Right.MODIFY_PROFILE: (Right.VIEW_PROFILE,),
    Right.MANAGE_NOTIFICATIONS: (Right.VIEW_NOTIFICATIONS,),
    Right.MODIFY_STORE: (
        Right.VIEW_STORE,
        Right.MODIFY_INVOICES,
        Right.MODIFY_WEBHOOKS,
        Right.MODIFY_PAYMENT_REQUESTS,
        Right.MANAGE_PULL_PAYMENTS,
        Right.MANAGE_PAYOUTS,
        Right.USE_LIGHTNING,
        Right.MANAGE_WALLET,
        Right.MODIFY_OFFERINGS,
    ),
    Right.VIEW_STORE: (
        Right.VIEW_INVOICES,
        Right.VIEW_PAYMENT_REQUESTS,
        Right.VIEW_REPORTS,
        Right.VIEW_PULL_PAYMENTS,
        Right.VIEW_PAYOUTS,
    ),
    Right.MODIFY_INVOICES: (
        Right.VIEW_INVOICES,
        Right.CREATE_INVOICE,
        Right.CREATE_LIGHTNING_INVOICES,
    ),
    Right.MODIFY_PAYMENT_REQUESTS: (Right.VIEW_PAYMENT_REQUESTS,),
    Right.MANAGE_PULL_PAYMENTS: (Right.CREATE_PULL_PAYMENTS, Right.ARCHIVE_PULL_PAYMENTS),
    Right.CREATE_PULL_PAYMENTS: (Right.CREATE_UNAPPROVED_PULL_PAYMENTS,),
    Right.CREATE_UNAPPROVED_PULL_PAYMENTS: (Right.VIEW_PULL_PAYMENTS,),
    Right.MANAGE_PAYOUTS: (Right.VIEW_PAYOUTS,),
    Right.USE_LIGHTNING: (Right.VIEW_LIGHTNING_INVOICES, Right.CREATE_LIGHTNING_INVOICES),
    Right.MANAGE_WALLET: (Right.MANAGE_WALLET_TRANSACTIONS,),
    Right.MANAGE_WALLET_TRANSACTIONS: (
        Right.CREATE_TRANSACTIONS,
        Right.SIGN_TRANSACTIONS,
        Right.BROADCAST_TRANSACTIONS,
        Right.VIEW_WALLET,
    ),
    Right.MODIFY_OFFERINGS: (Right.MANAGE_SUBSCRIBERS, Right.VIEW_OFFERINGS),
    Right.MANAGE_SUBSCRIBERS: (Right.CREDIT_SUBSCRIBERS,),
}


class Permission(msgspec.Struct, frozen=True):
    """One right, on one account or (None) wherever its giver may."""

    name: Right
    account: str | None = None

    def __str__(self) -> str:
        return self.name if self.account is None else f"{self.name}:{self.account}"

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Read `name` or `name:account`; None: no permission is written so."""
        name, colon, account = text.partition(":")
        if len(text) > LENGTH_MAX or bool(colon) != bool(account):
            return None
        try:
            right = Right(name.lower())
        except ValueError:
            return None
        if account and not of_accounts(right):
            return None
        return cls(right, account or None)


def of_accounts(right: Right) -> bool:
    """Tell whether a right is held on accounts, and not on the house or a user."""
    return right.startswith(OF_ACCOUNTS)


@cache
def covers(right: Right) -> frozenset[Right]:
    """Return a right with all it includes, however deep."""
    found = {right}
    waiting = [right]
    while waiting:
        for included in INCLUDES.get(waiting.pop(), ()):
            if included not in found:
                found.add(included)
                waiting.append(included)
    return frozenset(found)


def allows(granted: Iterable[Permission], wanted: Right, account: str | None) -> bool:
    """Tell whether what was granted is enough for a right on an account.

    With no account a right is wanted everywhere, and one for a single account is not enough.
    """
    return any(
        wanted in covers(one.name) and (one.account is None or one.account == account)
        for one in granted
    )


@lru_cache(maxsize=1000)
def all_of(account: str) -> tuple[Permission, ...]:
    """Return every permission there is on an account: what its secret key may do."""
    return tuple(Permission(right, account) for right in Right if of_accounts(right))
