"""Every operation Greenfield has, by what it is about: 195, of which this house serves a part.

Which ones are served nobody writes down: it is read off the routes, for the table in the docs
as for the refusals. A path below `/api/v1/` is written without it.

Source: the OpenAPI document of BTCPay Server 2.4.1.
"""

import re
from collections.abc import Iterator
from functools import cache

import msgspec

ROOT = "/api/v1/"


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that may be asked for."""

    group: str
    method: str
    path: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@cache
def all() -> tuple[Operation, ...]:
    """Return every operation, in the order of the table."""
    return tuple(_read(_TABLE))


def named(method: str, path: str) -> Operation | None:
    """Return the operation an address is of, whether it is served or not; None: of none."""
    for pattern, one in _patterns():
        if one.method == method and pattern.fullmatch(path):
            return one
    return None


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], Operation], ...]:
    """Return how each path looks, those with the fewest gaps first: `users/me` before a name."""
    ordered = sorted(all(), key=lambda one: one.path.count("{"))
    found = [(shape(one.path), one) for one in ordered]
    # Whatever is addressed by its id alone is served below its store too.
    return tuple(found + [(shape(_below_store(one.path)), one) for one in ordered])


def shape(path: str) -> re.Pattern[str]:
    """Return what matches a path: any text in a gap, a slash at its end or none."""
    return re.compile(re.sub(r"\\{\w+\\}", "[^/]{1,200}", re.escape(path)) + "/?")


def _below_store(path: str) -> str:
    return path.replace(ROOT, f"{ROOT}stores/{{store}}/", 1)


def _read(table: str) -> Iterator[Operation]:
    group = ""
    for line in table.strip().splitlines():
        if line.startswith("# "):
            group = line[2:]
            continue
        methods, path = line.split(" ")
        for method in methods.split(","):
            full = path if path.startswith("/") else ROOT + path
            yield Operation(group=group, method=method, path=full)


_TABLE = """
# API keys
DELETE api-keys/{key}
DELETE users/{user}/api-keys/{key}
GET,DELETE api-keys/current
POST api-keys
POST users/{user}/api-keys
# Apps
POST stores/{store}/apps/pos
PUT,GET apps/pos/{app}
PUT,GET apps/crowdfund/{app}
POST stores/{store}/apps/crowdfund
GET,DELETE apps/{app}
POST apps/{app}/image
DELETE apps/{app}/image/{file}
GET apps/{app}/sales
GET apps/{app}/top-items
GET stores/{store}/apps
GET apps
# Authorization
GET /api-keys/authorize
# Files
GET,POST files
GET,DELETE files/{file}
# Health
GET health
# Invoices
GET,POST stores/{store}/invoices
GET,DELETE,PUT invoices/{invoice}
GET invoices/{invoice}/payment-methods
POST invoices/{invoice}/status
POST invoices/{invoice}/unarchive
POST invoices/{invoice}/payment-methods/{method}/activate
POST invoices/{invoice}/refund
GET invoices/{invoice}/refund/{method}
# The server's Lightning node
GET server/lightning/{coin}/info
GET server/lightning/{coin}/balance
GET server/lightning/{coin}/histogram
POST server/lightning/{coin}/connect
GET,POST server/lightning/{coin}/channels
POST server/lightning/{coin}/address
GET server/lightning/{coin}/payments/{hash}
GET server/lightning/{coin}/invoices/{id}
POST server/lightning/{coin}/invoices/pay
GET,POST server/lightning/{coin}/invoices
GET server/lightning/{coin}/payments
# A store's Lightning node
GET stores/{store}/lightning/{coin}/info
GET stores/{store}/lightning/{coin}/balance
GET stores/{store}/lightning/{coin}/histogram
POST stores/{store}/lightning/{coin}/connect
GET,POST stores/{store}/lightning/{coin}/channels
POST stores/{store}/lightning/{coin}/address
GET stores/{store}/lightning/{coin}/payments/{hash}
GET stores/{store}/lightning/{coin}/invoices/{id}
POST stores/{store}/lightning/{coin}/invoices/pay
GET,POST stores/{store}/lightning/{coin}/invoices
GET stores/{store}/lightning/{coin}/payments
# Lists
GET /misc/rate-sources
GET /misc/permissions
GET /misc/lang
GET /i/{invoice}
# Notifications
GET users/me/notifications
GET,PUT,DELETE users/me/notifications/{id}
GET,PUT users/me/notification-settings
# Payment requests
GET,POST stores/{store}/payment-requests
GET,DELETE,PUT payment-requests/{request}
POST payment-requests/{request}/pay
# Payout processors
GET stores/{store}/payout-processors
DELETE stores/{store}/payout-processors/{processor}/{method}
GET payout-processors
GET,PUT stores/{store}/payout-processors/OnChainAutomatedPayoutSenderFactory/{method}
GET,PUT stores/{store}/payout-processors/LightningAutomatedPayoutSenderFactory/{method}
GET,PUT stores/{store}/payout-processors/OnChainAutomatedTransferSenderFactory
GET stores/{store}/payout-processors/LightningAutomatedPayoutSenderFactory
# Pull payments and payouts
POST pull-payments/{claim}/boltcards
GET,POST stores/{store}/pull-payments
GET,DELETE pull-payments/{claim}
GET,POST pull-payments/{claim}/payouts
GET pull-payments/{claim}/payouts/{payout}
GET pull-payments/{claim}/lnurl
POST,GET stores/{store}/payouts
GET,POST,DELETE payouts/{payout}
POST payouts/{payout}/mark-paid
POST payouts/{payout}/mark
# The server's mail
GET,PUT server/email
# The server
GET server/info
GET server/roles
# A store's mail
GET,PUT stores/{store}/email
POST stores/{store}/email/send
# Lightning addresses
GET stores/{store}/lightning-addresses
GET,POST,DELETE stores/{store}/lightning-addresses/{username}
# A store's payment methods
GET stores/{store}/payment-methods
GET,PUT,DELETE stores/{store}/payment-methods/{method}
# A store's rates
GET stores/{store}/rates
GET,PUT stores/{store}/rates/configuration/{source}
POST stores/{store}/rates/configuration/preview
# A store's users
GET,POST stores/{store}/users
PUT,DELETE stores/{store}/users/{user}
# On-chain wallets
GET stores/{store}/payment-methods/{method}/wallet
GET stores/{store}/payment-methods/{method}/wallet/histogram
GET stores/{store}/payment-methods/{method}/wallet/feerate
GET,DELETE stores/{store}/payment-methods/{method}/wallet/address
GET,POST stores/{store}/payment-methods/{method}/wallet/transactions
POST stores/{store}/payment-methods/{method}/wallet/transactions/broadcast
GET,PATCH stores/{store}/payment-methods/{method}/wallet/transactions/{transaction}
GET stores/{store}/payment-methods/{method}/wallet/utxos
POST stores/{store}/payment-methods/{method}/wallet/generate
GET,POST stores/{store}/payment-methods/{method}/wallet/preview
# Objects of on-chain wallets
GET,POST stores/{store}/payment-methods/{method}/wallet/objects
GET,DELETE stores/{store}/payment-methods/{method}/wallet/objects/{type}/{object}
POST stores/{store}/payment-methods/{method}/wallet/objects/{type}/{object}/links
DELETE stores/{store}/payment-methods/{method}/wallet/objects/{type}/{object}/links/{kind}/{link}
# Stores
GET,POST stores
GET,PUT,DELETE stores/{store}
POST,DELETE stores/{store}/logo
GET stores/{store}/roles
# Subscriptions
GET,PUT stores/{store}/offerings/{offering}
GET,POST stores/{store}/offerings
POST stores/{store}/offerings/{offering}/plans
GET,PUT stores/{store}/offerings/{offering}/plans/{plan}
GET,DELETE stores/{store}/offerings/{offering}/subscribers/{customer}
GET,POST stores/{store}/offerings/{offering}/subscribers/{customer}/credits/{currency}
POST stores/{store}/offerings/{offering}/subscribers/{customer}/suspend
POST stores/{store}/offerings/{offering}/subscribers/{customer}/unsuspend
PUT stores/{store}/offerings/{offering}/subscribers/{customer}/dates
GET,POST plan-checkout/{checkout}
POST plan-checkout
POST subscriber-portal
GET subscriber-portal/{session}
# Users
GET,PUT,DELETE users/me
POST,DELETE users/me/picture
GET,POST users
GET,DELETE users/{user}
POST users/{user}/lock
POST users/{user}/approve
# Webhooks
GET,POST stores/{store}/webhooks
GET,PUT,DELETE webhooks/{webhook}
GET webhooks/{webhook}/deliveries
GET webhooks/{webhook}/deliveries/{delivery}
GET webhooks/{webhook}/deliveries/{delivery}/request
POST webhooks/{webhook}/deliveries/{delivery}/redeliver
"""
