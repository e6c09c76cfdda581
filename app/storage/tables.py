"""Every table and every constraint, on one page.

An intent is one row with its quotes inside: they change together under one lock and
are read together. A place is a row of its own because money is found by its address.
"""

from decimal import Decimal
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from app.domain.branding import Branding
from app.domain.conditions import Conditions
from app.domain.invoice import Invoice
from app.domain.link import Collect, Quantity
from app.domain.permission import Permission
from app.domain.quote import Quote
from app.storage.columns import BIG, Atomic, Exact, Json, UTCTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id(name: str = "id", **also: Any) -> Column[str]:
    return Column(name, String(40), **also)


def _to(table: str, name: str, **also: Any) -> Column[str]:
    also.setdefault("nullable", False)
    return Column(name, String(40), ForeignKey(f"{table}.id"), **also)


def _flag(name: str, default: bool = False) -> Column[bool]:
    return Column(name, Boolean, nullable=False, default=default)


def _time(name: str, nullable: bool = False, **also: Any) -> Column[Any]:
    return Column(name, UTCTime, nullable=nullable, **also)


accounts = Table(
    "accounts",
    metadata,
    _id(primary_key=True),
    Column("name", String(200), nullable=False),
    _flag("livemode"),
    _flag("browser_amounts"),
    _flag("browser_recipients"),
    _flag("anonymous_intents"),
    _flag("unique_orders"),
    Column("underpayment", String(16), nullable=False),
    Column("overpayment", String(16), nullable=False),
    Column("tolerance_bps", Integer, nullable=False),
    Column("contact", String(500)),
    _flag("mail_receipts"),
    Column("locale", String(16)),
    Column("currency", String(16), nullable=False),
    Column("expires_in_seconds", Integer, nullable=False),
    Column("confirm_seconds", Integer, nullable=False),
    Column("speed", String(16)),
    _flag("returns"),
    Column("website", String(2048)),
    _flag("archived"),
    Column("branding", Json(Branding), nullable=False),
    Column("allowed_origins", Json(tuple[str, ...]), nullable=False),
    Column("walletconnect_project_id", String(32)),
    Column("unlock_generation", Integer, nullable=False, default=0),  # of its unlock secret
    Column("last_sequence", BIG, nullable=False, default=0),  # of its events: no gap
    _time("created_at"),
)

# Found by their content: two accounts may show the same picture.
logos = Table(
    "logos",
    metadata,
    Column("account", String(40), ForeignKey("accounts.id"), primary_key=True),
    Column("name", String(80), nullable=False, index=True),
    Column("content", LargeBinary, nullable=False),
)

keys = Table(
    "keys",
    metadata,
    _id(primary_key=True),
    _to("accounts", "account", index=True),
    Column("kind", String(16), nullable=False),
    _flag("livemode"),
    Column("hash", String(64), nullable=False, unique=True),
    Column("hint", String(8), nullable=False),
    Column("name", String(200)),
    _time("created_at"),
    _time("revoked_at", nullable=True),
)

pairing_codes = Table(  # of an application's key and an account: one side came, the other is due
    "pairing_codes",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("client", String(64)),
    _to("accounts", "account", nullable=True, index=True),
    Column("label", String(100)),
    Column("token", String(64), nullable=False),
    _time("created_at"),
    _time("expires_at", index=True),
)

pairings = Table(  # applications' own keys, by their public names: their signatures act
    "pairings",
    metadata,
    _id(primary_key=True),
    _to("accounts", "account", index=True),
    Column("client", String(64), nullable=False, unique=True),
    Column("label", String(100)),
    Column("token", String(64), nullable=False),
    _time("created_at"),
)

users = Table(
    "users",
    metadata,
    _id(primary_key=True),
    Column("email", String(254), nullable=False, unique=True),
    _flag("operator"),
    Column("password", Text),
    Column("totp_sealed", Text),
    Column("totp_step", BIG),
    _time("created_at"),
)

members = Table(  # which user belongs to which account
    "members",
    metadata,
    _to("users", "user", primary_key=True),
    _to("accounts", "account", primary_key=True, index=True),
    _time("created_at"),
)

welcomes = Table(  # links that set a password once
    "welcomes",
    metadata,
    Column("hash", String(64), primary_key=True),
    _to("users", "user", nullable=True),  # NULL: it makes the first one
    _time("created_at"),
    _time("expires_at", index=True),
    _time("used_at", nullable=True),
)

sessions = Table(
    "sessions",
    metadata,
    Column("hash", String(64), primary_key=True),
    _to("users", "user", index=True),
    _flag("proved"),
    _time("created_at"),
    _time("expires_at", index=True),
)

tries = Table(  # how often a door was tried lately; whose door is kept as a hash
    "tries",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("count", Integer, nullable=False),
    _time("until", index=True),
)

grants = Table(  # keys users gave to programs
    "grants",
    metadata,
    _id(primary_key=True),
    _to("users", "user", index=True),
    Column("hash", String(64), nullable=False, unique=True),
    Column("hint", String(8), nullable=False),
    Column("label", String(200), nullable=False),
    Column("permissions", Json(tuple[Permission, ...]), nullable=False),
    Column("application", String(200)),
    Column("redirect", Text),
    Column("sealed", Text),  # the key itself, where its program may have it again
    _time("created_at"),
    _time("revoked_at", nullable=True),
)

destinations = Table(
    "destinations",
    metadata,
    _id(primary_key=True),
    _to("accounts", "account"),
    Column("family", String(32), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("value", String(500), nullable=False),
    Column("next_slot", BIG, nullable=False, default=0),  # handed out once each
    _time("created_at"),
    _time("retired_at", nullable=True),
    Index(
        "uq_destinations_account_family",
        "account",
        "family",
        unique=True,
        sqlite_where=text("retired_at IS NULL"),
        postgresql_where=text("retired_at IS NULL"),
    ),
    Index("ix_destinations_value", "family", "value"),
)

nodes = Table(  # how a destination that is somebody's node is reached: its line has secrets
    "nodes",
    metadata,
    _to("destinations", "destination", primary_key=True),
    Column("sealed", Text, nullable=False),
)

intents = Table(
    "intents",
    metadata,
    _id(primary_key=True),
    _to("accounts", "account"),
    _flag("livemode"),
    Column("status", String(32), nullable=False),
    Column("exception", String(16)),
    Column("amount", Exact, nullable=False),
    Column("currency", String(16), nullable=False),
    Column("amount_usd", Exact),  # about: only chooses how deep a payment must lie
    Column("seen", Exact, nullable=False, default=Decimal(0)),
    Column("confirmed", Exact, nullable=False, default=Decimal(0)),
    Column("tolerance_bps", Integer, nullable=False),
    Column("underpayment", String(16), nullable=False),
    Column("overpayment", String(16), nullable=False),
    Column("description", Text),
    Column("order_id", String(255)),
    Column("open_order", String(255)),  # order_id while open, where the account wants one
    Column("metadata", Json(dict[str, Any]), nullable=False),
    Column("customer_email", String(255)),
    Column("ledger", String(64)),  # the one the payer chose
    Column("ledgers", Json(tuple[str, ...]), nullable=False),
    Column("quotes", Json(tuple[Quote, ...]), nullable=False),  # with superseded revisions
    Column("success_url", Text),
    Column("cancel_url", Text),
    Column("link", String(40), ForeignKey("links.id")),
    Column("recipients", Json(dict[str, str]), nullable=False),  # who is paid, by family
    _flag("accepted"),
    _flag("canceled"),
    Column("expires_in_seconds", Integer, nullable=False),
    _time("expires_at"),
    _time("gives_up_at"),
    _time("look_again_at", nullable=True),
    Column("payments_count", Integer, nullable=False, default=0),
    Column("version", Integer, nullable=False),
    _time("created_at"),
    _time("closed_at", nullable=True),
    Column("outage", String(24)),  # what a test intent pretends
    Column("conditions", Json(Conditions), nullable=False),
    _flag("archived"),
    UniqueConstraint("account", "open_order"),
    Index("ix_intents_list", "account", "created_at", "id"),
    Index("ix_intents_status", "account", "status", "created_at", "id"),
    Index("ix_intents_order", "account", "order_id", "created_at", "id"),
    Index("ix_intents_link", "link", "created_at", "id"),
    Index(
        "ix_intents_paid",
        "account",
        "created_at",
        "id",
        sqlite_where=text("payments_count > 0"),
        postgresql_where=text("payments_count > 0"),
    ),
    Index(
        "ix_intents_look_again_at",
        "look_again_at",
        sqlite_where=text("look_again_at IS NOT NULL"),
        postgresql_where=text("look_again_at IS NOT NULL"),
    ),
)

labels = Table(  # metadata once more, one row a scalar, so that a filter is an index
    "labels",
    metadata,
    _to("intents", "intent", primary_key=True),
    Column("key", String(64), primary_key=True),
    Column("account", String(40), nullable=False),
    Column("value", String(255), nullable=False),
    _time("created_at"),  # the intent's own, so that a list by label is read in its order
    Index("ix_labels_find", "account", "key", "value", "created_at", "intent"),
)

places = Table(  # where an intent's money arrives: one a family of chains
    "places",
    metadata,
    _to("intents", "intent", primary_key=True),
    Column("family", String(32), primary_key=True),
    _to("accounts", "account"),
    _to("destinations", "destination", nullable=True),  # NULL: a recipient's address
    Column("slot", BIG),
    Column("address", String(255), nullable=False),
    Column("reference", String(255)),
    _flag("shared"),
    Column("invoice", Json(Invoice)),  # what is shown now, where places need one
    _time("watch_until"),
    UniqueConstraint("destination", "slot"),
    Index("ix_places_address", "family", "address", "watch_until"),
    Index("ix_places_reference", "family", "reference"),
    Index("ix_places_watch", "family", "watch_until"),
)

invoices = Table(  # all that nodes wrote for an intent: any of them may be paid until it ends
    "invoices",
    metadata,
    Column("chain", String(80), primary_key=True),
    Column("hash", String(64), primary_key=True),
    _to("intents", "intent", index=True),
    _to("destinations", "destination"),
    Column("ledger", String(64), nullable=False),
    Column("to", String(255), nullable=False),
    Column("text", Text, nullable=False),
    Column("amount", Atomic, nullable=False),
    _time("created_at"),
    _time("expires_at"),
    _time("ask_at"),  # when its node is asked next
    _time("closed_at", nullable=True),
    Index("ix_invoices_ask", "chain", "closed_at", "ask_at"),
)

lightning_addresses = Table(  # the name before the @, whose it is, and the link it sells
    "lightning_addresses",
    metadata,
    Column("name", String(64), primary_key=True),
    _to("accounts", "account", index=True),
    _to("links", "link", nullable=True),
    _time("created_at"),
)

amount_tags = Table(  # on a shared address the exact amount names the intent
    "amount_tags",
    metadata,
    Column("ledger", String(64), primary_key=True),
    Column("address", String(255), primary_key=True),
    Column("amount", Atomic, primary_key=True),
    _to("intents", "intent", index=True),
    _time("until"),
)

payments = Table(
    "payments",
    metadata,
    _id(primary_key=True),
    _to("accounts", "account"),
    _to("intents", "intent", nullable=True, index=True),
    Column("chain", String(80), nullable=False),
    Column("tx", String(128), nullable=False),
    Column("index", Integer, nullable=False),
    Column("ledger", String(160), nullable=False),
    Column("to", String(255), nullable=False),
    Column("sender", String(255)),
    Column("amount", Atomic, nullable=False),
    Column("confirmations", Integer, nullable=False),
    Column("confirmations_required", Integer),
    _flag("final"),
    _flag("removed"),
    _flag("late"),
    _flag("settled"),  # final or removed: not looked at again
    Column("block", BIG),
    Column("block_hash", String(128)),
    Column("quote_amount", Atomic),
    Column("quote_price", Exact),
    _time("arrived_at"),
    _time("created_at"),
    UniqueConstraint("chain", "tx", "index"),
    Index(
        "ix_payments_unsettled",
        "chain",
        sqlite_where=text("settled = 0"),
        postgresql_where=text("NOT settled"),
    ),
)

events = Table(
    "events",
    metadata,
    _id(primary_key=True),
    _to("accounts", "account"),
    Column("sequence", BIG, nullable=False),
    Column("aggregate", String(40), nullable=False),
    Column("version", Integer, nullable=False),
    Column("type", String(48), nullable=False),
    _flag("livemode"),
    Column("data", Text, nullable=False),
    _time("created_at", index=True),
    UniqueConstraint("account", "sequence"),
    UniqueConstraint("aggregate", "version"),
)

endpoints = Table(
    "endpoints",
    metadata,
    _id(primary_key=True),
    _to("accounts", "account"),
    Column("url", Text, nullable=False),
    Column("event_types", Json(tuple[str, ...]), nullable=False),
    Column("description", Text),
    Column("dialect", String(32), nullable=False),
    Column("signature", String(16), nullable=False),
    _flag("active", True),
    _flag("retries", True),
    _to("intents", "intent", nullable=True),  # the only one it hears of
    Column("secret_sealed", Text, nullable=False),
    Column("old_secret_sealed", Text),
    _time("old_secret_until", nullable=True),
    Column("failures", Integer, nullable=False, default=0),
    _time("failing_since", nullable=True),
    _flag("delinquent"),
    Column("disabled_reason", String(64)),
    Column("version", Integer, nullable=False, default=0),
    Column("lease_holder", String(40)),  # one hand at a time keeps an endpoint's order
    _time("lease_until", nullable=True),
    _flag("deleted"),
    _time("created_at"),
    Index("ix_endpoints_listening", "account", "intent"),
)

deliveries = Table(
    "deliveries",
    metadata,
    _id(primary_key=True),
    _to("accounts", "account"),
    _to("endpoints", "endpoint"),
    _to("events", "event", index=True),
    Column("aggregate", String(40), nullable=False),
    Column("sequence", BIG, nullable=False),
    Column("type", String(48), nullable=False),
    Column("topic", String(64), nullable=False),  # what its dialect calls the notice
    Column("part", Integer, nullable=False, default=0),  # its place among those of the event
    Column("original", String(40)),  # the delivery it repeats; no key: that may be forgotten
    Column("status", String(16), nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    _time("due_at", nullable=True),
    _time("created_at"),
    _time("delivered_at", nullable=True),
    Index("ix_deliveries_list", "account", "created_at", "id"),
    Index(
        "ix_deliveries_due",
        "due_at",
        "endpoint",
        sqlite_where=text("status = 'pending'"),
        postgresql_where=text("status = 'pending'"),
    ),
    Index(
        "ix_deliveries_order",
        "endpoint",
        "sequence",
        sqlite_where=text("status = 'pending'"),
        postgresql_where=text("status = 'pending'"),
    ),
    Index(
        "ix_deliveries_aggregate",  # what a failed delivery holds back
        "endpoint",
        "aggregate",
        "sequence",
        sqlite_where=text("status = 'pending'"),
        postgresql_where=text("status = 'pending'"),
    ),
)

attempts = Table(
    "attempts",
    metadata,
    _to("deliveries", "delivery", primary_key=True),
    Column("number", Integer, primary_key=True),
    _time("at"),
    Column("status_code", Integer),
    Column("body", Text, nullable=False),
    Column("error", String(64)),
    Column("duration_ms", Integer, nullable=False),
)

links = Table(
    "links",
    metadata,
    _id(primary_key=True),
    _to("accounts", "account"),
    _flag("livemode"),
    Column("shortcode", String(32), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("description", Text),
    Column("amount", Exact),
    Column("amount_min", Exact),
    Column("amount_max", Exact),
    Column("currency", String(16), nullable=False),
    Column("ledgers", Json(tuple[str, ...])),
    Column("chains", Json(tuple[str, ...])),
    Column("chain_types", Json(tuple[str, ...])),
    Column("quantity", Json(Quantity), nullable=False),
    Column("collect", Json(Collect), nullable=False),
    Column("max_redemptions", Integer),
    Column("redemptions", Integer, nullable=False, default=0),
    Column("goal", Exact),
    _flag("show_total"),
    Column("raised", Exact, nullable=False, default=Decimal(0)),
    Column("raised_count", Integer, nullable=False, default=0),
    _time("raised_at", nullable=True),
    _time("expires_at", nullable=True),
    Column("success_url", Text),
    _flag("active", True),
    _flag("bill"),
    Column("order_id", String(255)),
    Column("customer_email", String(255)),
    _time("paid_at", nullable=True),
    Column("version", Integer, nullable=False, default=0),  # of a bill's history
    _flag("deleted"),
    Column("metadata", Json(dict[str, Any]), nullable=False),
    _time("created_at"),
    Index("ix_links_list", "account", "created_at", "id"),
    Index(
        "ix_links_bills",
        "account",
        "created_at",
        "id",
        sqlite_where=text("bill"),
        postgresql_where=text("bill"),
    ),
)

contents = Table(  # what a link sells to read; apart, for links are read often
    "contents",
    metadata,
    _to("links", "link", primary_key=True),
    Column("title", String(200), nullable=False),
    Column("kind", String(8), nullable=False),
    Column("body", Text, nullable=False),
    _time("updated_at"),
)

submissions = Table(
    "submissions",
    metadata,
    _id(primary_key=True),
    _to("links", "link"),
    _to("accounts", "account"),
    _to("intents", "intent", index=True),
    Column("quantity", Integer, nullable=False),
    Column("amount", Exact, nullable=False),
    Column("fields", Json(dict[str, str]), nullable=False),
    _time("created_at"),
    Index("ix_submissions_list", "link", "created_at", "id"),
)

hints = Table(  # transactions payers named, and whether they are still looked for
    "hints",
    metadata,
    _to("intents", "intent", primary_key=True),
    Column("tx", String(128), primary_key=True),
    Column("family", String(32), nullable=False),
    _flag("livemode"),
    Column("looks", Integer, nullable=False, default=0),
    _time("created_at"),
    _time("asked_at"),
    _time("due_at", nullable=True),  # NULL: looked for no more
    Index(
        "ix_hints_due",
        "family",
        "due_at",
        sqlite_where=text("due_at IS NOT NULL"),
        postgresql_where=text("due_at IS NOT NULL"),
    ),
    Index("ix_hints_asked_at", "asked_at"),
)

authorizations = Table(  # x402: payers' signed words, written before they are sent
    "authorizations",
    metadata,
    _id(primary_key=True),
    _to("accounts", "account"),
    _to("intents", "intent", index=True),
    Column("ledger", String(64), nullable=False),
    Column("chain", String(80), nullable=False),
    Column("asset", String(255), nullable=False),
    Column("payer", String(255), nullable=False),
    Column("nonce", String(80), nullable=False),
    Column("to", String(255), nullable=False),
    Column("value", Atomic, nullable=False),
    Column("valid_after", Atomic, nullable=False),
    Column("valid_before", Atomic, nullable=False),
    Column("signature", Text, nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("reason", String(80)),
    Column("moved_by", String(128)),  # the transaction that moved it: anybody may have been quicker
    Column("tx", String(128), nullable=False),
    Column("raw", Text, nullable=False),  # the same bytes, however often they are sent
    Column("gas_account", String(255), nullable=False),
    Column("count", BIG, nullable=False),
    Column("height", BIG, nullable=False),
    Column("looks", Integer, nullable=False, default=0),
    _time("created_at"),
    _time("due_at", nullable=True),  # NULL: looked for no more
    _time("ended_at", nullable=True),
    UniqueConstraint("chain", "asset", "payer", "nonce"),
    UniqueConstraint("chain", "gas_account", "count"),
    Index("ix_authorizations_payer", "payer", "created_at"),
    Index(
        "ix_authorizations_due",
        "due_at",
        sqlite_where=text("due_at IS NOT NULL"),
        postgresql_where=text("due_at IS NOT NULL"),
    ),
)

gas_accounts = Table(  # whose transactions are numbered without a gap, and what a day cost
    "gas_accounts",
    metadata,
    Column("chain", String(80), primary_key=True),
    Column("address", String(255), primary_key=True),
    Column("next_count", BIG, nullable=False),
    Column("day", String(10), nullable=False),
    Column("spent", Atomic, nullable=False),
)

refund_requests = Table(  # what payers ask back; the merchant acts
    "refund_requests",
    metadata,
    _id(primary_key=True),
    _to("accounts", "account"),
    _to("intents", "intent", index=True),
    _flag("livemode"),
    Column("family", String(32), nullable=False),
    Column("address", Text, nullable=False),  # an invoice is long
    Column("reason", String(16), nullable=False),
    Column("email", String(255)),
    Column("note", Text),
    Column("outcome", String(16)),
    Column("tx", String(128)),
    Column("answer", Text),
    Column("version", Integer, nullable=False),
    _time("created_at"),
    _time("updated_at"),
    _time("closed_at", nullable=True),
    Index("ix_refund_requests_list", "account", "created_at", "id"),
    Index(
        "uq_refund_requests_open",
        "intent",
        unique=True,
        sqlite_where=text("closed_at IS NULL"),
        postgresql_where=text("closed_at IS NULL"),
    ),
)

vouchers = Table(  # money offered to whoever holds the id
    "vouchers",
    metadata,
    _id(primary_key=True),
    _to("accounts", "account"),
    _flag("livemode"),
    Column("name", String(50), nullable=False),
    Column("description", Text),
    Column("amount", Exact, nullable=False),
    Column("currency", String(16), nullable=False),
    Column("claimed", Exact, nullable=False, default=Decimal(0)),
    Column("claims_count", Integer, nullable=False, default=0),
    Column("ledgers", Json(tuple[str, ...]), nullable=False),
    _flag("auto_approve"),
    Column("intent", String(40), ForeignKey("intents.id"), index=True),
    _time("starts_at"),
    _time("expires_at", nullable=True),
    _flag("archived"),
    Column("version", Integer, nullable=False),
    _time("created_at"),
    Index("ix_vouchers_list", "account", "created_at", "id"),
)

claims = Table(  # who asks to be sent how much, and where; the merchant sends
    "claims",
    metadata,
    _id(primary_key=True),
    _to("accounts", "account"),
    Column("voucher", String(40), ForeignKey("vouchers.id"), index=True),
    _flag("livemode"),
    Column("status", String(32), nullable=False),
    Column("amount", Exact, nullable=False),
    Column("currency", String(16), nullable=False),
    Column("ledger", String(64), nullable=False),
    Column("address", Text, nullable=False),
    Column("atomic", Atomic),  # on the ledger; NULL: not approved, so not priced
    Column("rate", Exact),
    _time("approved_at", nullable=True),
    _flag("sending"),
    _time("sent_at", nullable=True),
    _time("canceled_at", nullable=True),
    Column("proof", Json(dict[str, Any])),
    Column("metadata", Json(dict[str, Any]), nullable=False),
    Column("version", Integer, nullable=False),
    _time("created_at"),
    _time("updated_at"),
    Index("ix_claims_list", "account", "created_at", "id"),
)

mails = Table(  # letters owed to payers: written down before they are sent, kept a while
    "mails",
    metadata,
    _id(primary_key=True),
    _to("intents", "intent", index=True),
    Column("address", String(255), nullable=False),
    Column("language", String(35)),
    Column("status", String(16), nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("error", String(64)),
    _time("created_at"),
    _time("due_at", nullable=True),  # NULL: sent, or given up
    _time("closed_at", nullable=True, index=True),
    Index(
        "ix_mails_due",
        "due_at",
        sqlite_where=text("due_at IS NOT NULL"),
        postgresql_where=text("due_at IS NOT NULL"),
    ),
)

replies = Table(  # what an Idempotency-Key was answered
    "replies",
    metadata,
    Column("account", String(40), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("body", Text, nullable=False),
    _time("created_at", index=True),
)

leases = Table(
    "leases",
    metadata,
    Column("name", String(120), primary_key=True),
    Column("holder", String(40), nullable=False),
    _time("until"),
)

cursors = Table(  # how far each chain was read
    "cursors",
    metadata,
    Column("chain", String(80), primary_key=True),
    Column("cursor", Text, nullable=False),
    Column("tip", BIG, nullable=False),
    _time("tip_at"),
    _time("scanned_at"),
    Column("fee_rate", Exact),  # what a byte pays, where senders bid for room
)

sandbox_blocks = Table(
    "sandbox_blocks",
    metadata,
    Column("chain", String(80), primary_key=True),
    Column("height", BIG, primary_key=True, autoincrement=False),
    Column("hash", String(64), nullable=False),
    _time("at"),
)

sandbox_transfers = Table(
    "sandbox_transfers",
    metadata,
    Column("tx", String(128), primary_key=True),
    Column("chain", String(80), nullable=False),
    Column("ledger", String(64), nullable=False),
    Column("to", String(255), nullable=False),
    Column("amount", Atomic, nullable=False),
    Column("block", BIG),  # NULL: waits to be mined
    _flag("flows"),  # the chain mines for it by itself
    _flag("failed"),  # it has its place in a block and moves nothing
    _flag("stuck"),  # it waits for ever, as with too low a fee
    _time("at"),
    Index("ix_sandbox_transfers_block", "chain", "block"),
)
