"""The first tables."""

import sqlalchemy as sa
from alembic import op

from app.storage import columns

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("browser_amounts", sa.Boolean(), nullable=False),
        sa.Column("browser_recipients", sa.Boolean(), nullable=False),
        sa.Column("anonymous_intents", sa.Boolean(), nullable=False),
        sa.Column("unique_orders", sa.Boolean(), nullable=False),
        sa.Column("underpayment", sa.String(length=16), nullable=False),
        sa.Column("overpayment", sa.String(length=16), nullable=False),
        sa.Column("tolerance_bps", sa.Integer(), nullable=False),
        sa.Column("contact", sa.String(length=500), nullable=True),
        sa.Column("mail_receipts", sa.Boolean(), nullable=False),
        sa.Column("locale", sa.String(length=16), nullable=True),
        sa.Column("currency", sa.String(length=16), nullable=False),
        sa.Column("expires_in_seconds", sa.Integer(), nullable=False),
        sa.Column("confirm_seconds", sa.Integer(), nullable=False),
        sa.Column("speed", sa.String(length=16), nullable=True),
        sa.Column("returns", sa.Boolean(), nullable=False),
        sa.Column("website", sa.String(length=2048), nullable=True),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.Column("branding", columns.Json(), nullable=False),
        sa.Column("allowed_origins", columns.Json(), nullable=False),
        sa.Column("walletconnect_project_id", sa.String(length=32), nullable=True),
        sa.Column("unlock_generation", sa.Integer(), nullable=False),
        sa.Column(
            "last_sequence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("created_at", columns.UTCTime(length=27), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
    )
    op.create_table(
        "cursors",
        sa.Column("chain", sa.String(length=80), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=False),
        sa.Column("tip", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tip_at", columns.UTCTime(length=27), nullable=False),
        sa.Column("scanned_at", columns.UTCTime(length=27), nullable=False),
        sa.Column("fee_rate", columns.Exact(length=80), nullable=True),
        sa.PrimaryKeyConstraint("chain", name=op.f("pk_cursors")),
    )
    op.create_table(
        "gas_accounts",
        sa.Column("chain", sa.String(length=80), nullable=False),
        sa.Column("address", sa.String(length=255), nullable=False),
        sa.Column(
            "next_count", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("spent", columns.Atomic(length=78), nullable=False),
        sa.PrimaryKeyConstraint("chain", "address", name=op.f("pk_gas_accounts")),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("holder", sa.String(length=40), nullable=False),
        sa.Column("until", columns.UTCTime(length=27), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "replies",
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", columns.UTCTime(length=27), nullable=False),
        sa.PrimaryKeyConstraint("account", "key", name=op.f("pk_replies")),
    )
    with op.batch_alter_table("replies", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_replies_created_at"), ["created_at"], unique=False)

    op.create_table(
        "sandbox_blocks",
        sa.Column("chain", sa.String(length=80), nullable=False),
        sa.Column(
            "height",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("at", columns.UTCTime(length=27), nullable=False),
        sa.PrimaryKeyConstraint("chain", "height", name=op.f("pk_sandbox_blocks")),
    )
    op.create_table(
        "sandbox_transfers",
        sa.Column("tx", sa.String(length=128), nullable=False),
        sa.Column("chain", sa.String(length=80), nullable=False),
        sa.Column("ledger", sa.String(length=64), nullable=False),
        sa.Column("to", sa.String(length=255), nullable=False),
        sa.Column("amount", columns.Atomic(length=78), nullable=False),
        sa.Column("block", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("flows", sa.Boolean(), nullable=False),
        sa.Column("failed", sa.Boolean(), nullable=False),
        sa.Column("stuck", sa.Boolean(), nullable=False),
        sa.Column("at", columns.UTCTime(length=27), nullable=False),
        sa.PrimaryKeyConstraint("tx", name=op.f("pk_sandbox_transfers")),
    )
    with op.batch_alter_table("sandbox_transfers", schema=None) as batch_op:
        batch_op.create_index("ix_sandbox_transfers_block", ["chain", "block"], unique=False)

    op.create_table(
        "tries",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("until", columns.UTCTime(length=27), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_tries")),
    )
    with op.batch_alter_table("tries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tries_until"), ["until"], unique=False)

    op.create_table(
        "users",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("operator", sa.Boolean(), nullable=False),
        sa.Column("password", sa.Text(), nullable=True),
        sa.Column("totp_sealed", sa.Text(), nullable=True),
        sa.Column("totp_step", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", columns.UTCTime(length=27), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
    )
    op.create_table(
        "destinations",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("family", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("value", sa.String(length=500), nullable=False),
        sa.Column(
            "next_slot", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("created_at", columns.UTCTime(length=27), nullable=False),
        sa.Column("retired_at", columns.UTCTime(length=27), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name=op.f("fk_destinations_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_destinations")),
    )
    with op.batch_alter_table("destinations", schema=None) as batch_op:
        batch_op.create_index("ix_destinations_value", ["family", "value"], unique=False)
        batch_op.create_index(
            "uq_destinations_account_family",
            ["account", "family"],
            unique=True,
            sqlite_where=sa.text("retired_at IS NULL"),
            postgresql_where=sa.text("retired_at IS NULL"),
        )

    op.create_table(
        "events",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("sequence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("aggregate", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(length=48), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("created_at", columns.UTCTime(length=27), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name=op.f("fk_events_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sa.UniqueConstraint("account", "sequence", name=op.f("uq_events_account_sequence")),
        sa.UniqueConstraint("aggregate", "version", name=op.f("uq_events_aggregate_version")),
    )
    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_events_created_at"), ["created_at"], unique=False)

    op.create_table(
        "grants",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("user", sa.String(length=40), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("hint", sa.String(length=8), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("permissions", columns.Json(), nullable=False),
        sa.Column("application", sa.String(length=200), nullable=True),
        sa.Column("redirect", sa.Text(), nullable=True),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("created_at", columns.UTCTime(length=27), nullable=False),
        sa.Column("revoked_at", columns.UTCTime(length=27), nullable=True),
        sa.ForeignKeyConstraint(["user"], ["users.id"], name=op.f("fk_grants_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grants")),
        sa.UniqueConstraint("hash", name=op.f("uq_grants_hash")),
    )
    with op.batch_alter_table("grants", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_grants_user"), ["user"], unique=False)

    op.create_table(
        "keys",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("hint", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=True),
        sa.Column("created_at", columns.UTCTime(length=27), nullable=False),
        sa.Column("revoked_at", columns.UTCTime(length=27), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name=op.f("fk_keys_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_keys")),
        sa.UniqueConstraint("hash", name=op.f("uq_keys_hash")),
    )
    with op.batch_alter_table("keys", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_keys_account"), ["account"], unique=False)

    op.create_table(
        "links",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("shortcode", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("amount", columns.Exact(length=80), nullable=True),
        sa.Column("amount_min", columns.Exact(length=80), nullable=True),
        sa.Column("amount_max", columns.Exact(length=80), nullable=True),
        sa.Column("currency", sa.String(length=16), nullable=False),
        sa.Column("ledgers", columns.Json(), nullable=True),
        sa.Column("chains", columns.Json(), nullable=True),
        sa.Column("chain_types", columns.Json(), nullable=True),
        sa.Column("quantity", columns.Json(), nullable=False),
        sa.Column("collect", columns.Json(), nullable=False),
        sa.Column("max_redemptions", sa.Integer(), nullable=True),
        sa.Column("redemptions", sa.Integer(), nullable=False),
        sa.Column("goal", columns.Exact(length=80), nullable=True),
        sa.Column("show_total", sa.Boolean(), nullable=False),
        sa.Column("raised", columns.Exact(length=80), nullable=False),
        sa.Column("raised_count", sa.Integer(), nullable=False),
        sa.Column("raised_at", columns.UTCTime(length=27), nullable=True),
        sa.Column("expires_at", columns.UTCTime(length=27), nullable=True),
        sa.Column("success_url", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("bill", sa.Boolean(), nullable=False),
        sa.Column("order_id", sa.String(length=255), nullable=True),
        sa.Column("customer_email", sa.String(length=255), nullable=True),
        sa.Column("paid_at", columns.UTCTime(length=27), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("metadata", columns.Json(), nullable=False),
        sa.Column("created_at", columns.UTCTime(length=27), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name=op.f("fk_links_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_links")),
        sa.UniqueConstraint("shortcode", name=op.f("uq_links_shortcode")),
    )
    with op.batch_alter_table("links", schema=None) as batch_op:
        batch_op.create_index(
            "ix_links_bills",
            ["account", "created_at", "id"],
            unique=False,
            sqlite_where=sa.text("bill"),
            postgresql_where=sa.text("bill"),
        )
        batch_op.create_index("ix_links_list", ["account", "created_at", "id"], unique=False)

    op.create_table(
        "logos",
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name=op.f("fk_logos_account")),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_logos")),
    )
    with op.batch_alter_table("logos", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_logos_name"), ["name"], unique=False)

    op.create_table(
        "members",
        sa.Column("user", sa.String(length=40), nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("created_at", columns.UTCTime(length=27), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name=op.f("fk_members_account")),
        sa.ForeignKeyConstraint(["user"], ["users.id"], name=op.f("fk_members_user")),
        sa.PrimaryKeyConstraint("user", "account", name=op.f("pk_members")),
    )
    with op.batch_alter_table("members", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_members_account"), ["account"], unique=False)

    op.create_table(
        "pairing_codes",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("client", sa.String(length=64), nullable=True),
        sa.Column("account", sa.String(length=40), nullable=True),
        sa.Column("label", sa.String(length=100), nullable=True),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("created_at", columns.UTCTime(length=27), nullable=False),
        sa.Column("expires_at", columns.UTCTime(length=27), nullable=False),
        sa.ForeignKeyConstraint(
            ["account"], ["accounts.id"], name=op.f("fk_pairing_codes_account")
        ),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_pairing_codes")),
    )
    with op.batch_alter_table("pairing_codes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pairing_codes_account"), ["account"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_pairing_codes_expires_at"), ["expires_at"], unique=False
        )

    op.create_table(
        "pairings",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("client", sa.String(length=64), nullable=False),
        sa.Column("label", sa.String(length=100), nullable=True),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("created_at", columns.UTCTime(length=27), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name=op.f("fk_pairings_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pairings")),
        sa.UniqueConstraint("client", name=op.f("uq_pairings_client")),
    )
    with op.batch_alter_table("pairings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pairings_account"), ["account"], unique=False)

    op.create_table(
        "sessions",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("user", sa.String(length=40), nullable=False),
        sa.Column("proved", sa.Boolean(), nullable=False),
        sa.Column("created_at", columns.UTCTime(length=27), nullable=False),
        sa.Column("expires_at", columns.UTCTime(length=27), nullable=False),
        sa.ForeignKeyConstraint(["user"], ["users.id"], name=op.f("fk_sessions_user")),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_sessions")),
    )
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sessions_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_sessions_user"), ["user"], unique=False)

    op.create_table(
        "welcomes",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("user", sa.String(length=40), nullable=True),
        sa.Column("created_at", columns.UTCTime(length=27), nullable=False),
        sa.Column("expires_at", columns.UTCTime(length=27), nullable=False),
        sa.Column("used_at", columns.UTCTime(length=27), nullable=True),
        sa.ForeignKeyConstraint(["user"], ["users.id"], name=op.f("fk_welcomes_user")),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_welcomes")),
    )
    with op.batch_alter_table("welcomes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_welcomes_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "contents",
        sa.Column("link", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("updated_at", columns.UTCTime(length=27), nullable=False),
        sa.ForeignKeyConstraint(["link"], ["links.id"], name=op.f("fk_contents_link")),
        sa.PrimaryKeyConstraint("link", name=op.f("pk_contents")),
    )
    op.create_table(
        "intents",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("exception", sa.String(length=16), nullable=True),
        sa.Column("amount", columns.Exact(length=80), nullable=False),
        sa.Column("currency", sa.String(length=16), nullable=False),
        sa.Column("amount_usd", columns.Exact(length=80), nullable=True),
        sa.Column("seen", columns.Exact(length=80), nullable=False),
        sa.Column("confirmed", columns.Exact(length=80), nullable=False),
        sa.Column("tolerance_bps", sa.Integer(), nullable=False),
        sa.Column("underpayment", sa.String(length=16), nullable=False),
        sa.Column("overpayment", sa.String(length=16), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("order_id", sa.String(length=255), nullable=True),
        sa.Column("open_order", sa.String(length=255), nullable=True),
        sa.Column("metadata", columns.Json(), nullable=False),
        sa.Column("customer_email", sa.String(length=255), nullable=True),
        sa.Column("ledger", sa.String(length=64), nullable=True),
        sa.Column("ledgers", columns.Json(), nullable=False),
        sa.Column("quotes", columns.Json(), nullable=False),
        sa.Column("success_url", sa.Text(), nullable=True),
        sa.Column("cancel_url", sa.Text(), nullable=True),
        sa.Column("link", sa.String(length=40), nullable=True),
        sa.Column("recipients", columns.Json(), nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.Column("canceled", sa.Boolean(), nullable=False),
        sa.Column("expires_in_seconds", sa.Integer(), nullable=False),
        sa.Column("expires_at", columns.UTCTime(length=27), nullable=False),
        sa.Column("gives_up_at", columns.UTCTime(length=27), nullable=False),
        sa.Column("look_again_at", columns.UTCTime(length=27), nullable=True),
        sa.Column("payments_count", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", columns.UTCTime(length=27), nullable=False),
        sa.Column("closed_at", columns.UTCTime(length=27), nullable=True),
        sa.Column("outage", sa.String(length=24), nullable=True),
        sa.Column("conditions", columns.Json(), nullable=False),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name=op.f("fk_intents_account")),
        sa.ForeignKeyConstraint(["link"], ["links.id"], name=op.f("fk_intents_link")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intents")),
        sa.UniqueConstraint("account", "open_order", name=op.f("uq_intents_account_open_order")),
    )
    with op.batch_alter_table("intents", schema=None) as batch_op:
        batch_op.create_index("ix_intents_link", ["link", "created_at", "id"], unique=False)
        batch_op.create_index("ix_intents_list", ["account", "created_at", "id"], unique=False)
        batch_op.create_index(
            "ix_intents_look_again_at",
            ["look_again_at"],
            unique=False,
            sqlite_where=sa.text("look_again_at IS NOT NULL"),
            postgresql_where=sa.text("look_again_at IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_intents_order", ["account", "order_id", "created_at", "id"], unique=False
        )
        batch_op.create_index(
            "ix_intents_paid",
            ["account", "created_at", "id"],
            unique=False,
            sqlite_where=sa.text("payments_count > 0"),
            postgresql_where=sa.text("payments_count > 0"),
        )
        batch_op.create_index(
            "ix_intents_status", ["account", "status", "created_at", "id"], unique=False
        )

    op.create_table(
        "lightning_addresses",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("link", sa.String(length=40), nullable=True),
        sa.Column("created_at", columns.UTCTime(length=27), nullable=False),
        sa.ForeignKeyConstraint(
            ["account"], ["accounts.id"], name=op.f("fk_lightning_addresses_account")
        ),
        sa.ForeignKeyConstraint(["link"], ["links.id"], name=op.f("fk_lightning_addresses_link")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lightning_addresses")),
    )
    with op.batch_alter_table("lightning_addresses", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_lightning_addresses_account"), ["account"], unique=False
        )

    op.create_table(
        "nodes",
        sa.Column("destination", sa.String(length=40), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["destination"], ["destinations.id"], name=op.f("fk_nodes_destination")
        ),
        sa.PrimaryKeyConstraint("destination", name=op.f("pk_nodes")),
    )
    op.create_table(
        "amount_tags",
        sa.Column("ledger", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=255), nullable=False),
        sa.Column("amount", columns.Atomic(length=78), nullable=False),
        sa.Column("intent", sa.String(length=40), nullable=False),
        sa.Column("until", columns.UTCTime(length=27), nullable=False),
        sa.ForeignKeyConstraint(["intent"], ["intents.id"], name=op.f("fk_amount_tags_intent")),
        sa.PrimaryKeyConstraint("ledger", "address", "amount", name=op.f("pk_amount_tags")),
    )
    with op.batch_alter_table("amount_tags", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_amount_tags_intent"), ["intent"], unique=False)

    op.create_table(
        "authorizations",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("intent", sa.String(length=40), nullable=False),
        sa.Column("ledger", sa.String(length=64), nullable=False),
        sa.Column("chain", sa.String(length=80), nullable=False),
        sa.Column("asset", sa.String(length=255), nullable=False),
        sa.Column("payer", sa.String(length=255), nullable=False),
        sa.Column("nonce", sa.String(length=80), nullable=False),
        sa.Column("to", sa.String(length=255), nullable=False),
        sa.Column("value", columns.Atomic(length=78), nullable=False),
        sa.Column("valid_after", columns.Atomic(length=78), nullable=False),
        sa.Column("valid_before", columns.Atomic(length=78), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=80), nullable=True),
        sa.Column("moved_by", sa.String(length=128), nullable=True),
        sa.Column("tx", sa.String(length=128), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("gas_account", sa.String(length=255), nullable=False),
        sa.Column("count", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("height", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("created_at", columns.UTCTime(length=27), nullable=False),
        sa.Column("due_at", columns.UTCTime(length=27), nullable=True),
        sa.Column("ended_at", columns.UTCTime(length=27), nullable=True),
        sa.ForeignKeyConstraint(
            ["account"], ["accounts.id"], name=op.f("fk_authorizations_account")
        ),
        sa.ForeignKeyConstraint(["intent"], ["intents.id"], name=op.f("fk_authorizations_intent")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authorizations")),
        sa.UniqueConstraint(
            "chain",
            "asset",
            "payer",
            "nonce",
            name=op.f("uq_authorizations_chain_asset_payer_nonce"),
        ),
        sa.UniqueConstraint(
            "chain", "gas_account", "count", name=op.f("uq_authorizations_chain_gas_account_count")
        ),
    )
    with op.batch_alter_table("authorizations", schema=None) as batch_op:
        batch_op.create_index(
            "ix_authorizations_due",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("due_at IS NOT NULL"),
            postgresql_where=sa.text("due_at IS NOT NULL"),
        )
        batch_op.create_index(batch_op.f("ix_authorizations_intent"), ["intent"], unique=False)
        batch_op.create_index("ix_authorizations_payer", ["payer", "created_at"], unique=False)

    op.create_table(
        "endpoints",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("event_types", columns.Json(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("dialect", sa.String(length=32), nullable=False),
        sa.Column("signature", sa.String(length=16), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("retries", sa.Boolean(), nullable=False),
        sa.Column("intent", sa.String(length=40), nullable=True),
        sa.Column("secret_sealed", sa.Text(), nullable=False),
        sa.Column("old_secret_sealed", sa.Text(), nullable=True),
        sa.Column("old_secret_until", columns.UTCTime(length=27), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", columns.UTCTime(length=27), nullable=True),
        sa.Column("delinquent", sa.Boolean(), nullable=False),
        sa.Column("disabled_reason", sa.String(length=64), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("lease_holder", sa.String(length=40), nullable=True),
        sa.Column("lease_until", columns.UTCTime(length=27), nullable=True),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("created_at", columns.UTCTime(length=27), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name=op.f("fk_endpoints_account")),
        sa.ForeignKeyConstraint(["intent"], ["intents.id"], name=op.f("fk_endpoints_intent")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_endpoints")),
    )
    with op.batch_alter_table("endpoints", schema=None) as batch_op:
        batch_op.create_index("ix_endpoints_listening", ["account", "intent"], unique=False)

    op.create_table(
        "hints",
        sa.Column("intent", sa.String(length=40), nullable=False),
        sa.Column("tx", sa.String(length=128), nullable=False),
        sa.Column("family", sa.String(length=32), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("created_at", columns.UTCTime(length=27), nullable=False),
        sa.Column("asked_at", columns.UTCTime(length=27), nullable=False),
        sa.Column("due_at", columns.UTCTime(length=27), nullable=True),
        sa.ForeignKeyConstraint(["intent"], ["intents.id"], name=op.f("fk_hints_intent")),
        sa.PrimaryKeyConstraint("intent", "tx", name=op.f("pk_hints")),
    )
    with op.batch_alter_table("hints", schema=None) as batch_op:
        batch_op.create_index("ix_hints_asked_at", ["asked_at"], unique=False)
        batch_op.create_index(
            "ix_hints_due",
            ["family", "due_at"],
            unique=False,
            sqlite_where=sa.text("due_at IS NOT NULL"),
            postgresql_where=sa.text("due_at IS NOT NULL"),
        )

    op.create_table(
        "invoices",
        sa.Column("chain", sa.String(length=80), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("intent", sa.String(length=40), nullable=False),
        sa.Column("destination", sa.String(length=40), nullable=False),
        sa.Column("ledger", sa.String(length=64), nullable=False),
        sa.Column("to", sa.String(length=255), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("amount", columns.Atomic(length=78), nullable=False),
        sa.Column("created_at", columns.UTCTime(length=27), nullable=False),
        sa.Column("expires_at", columns.UTCTime(length=27), nullable=False),
        sa.Column("ask_at", columns.UTCTime(length=27), nullable=False),
        sa.Column("closed_at", columns.UTCTime(length=27), nullable=True),
        sa.ForeignKeyConstraint(
            ["destination"], ["destinations.id"], name=op.f("fk_invoices_destination")
        ),
        sa.ForeignKeyConstraint(["intent"], ["intents.id"], name=op.f("fk_invoices_intent")),
        sa.PrimaryKeyConstraint("chain", "hash", name=op.f("pk_invoices")),
    )
    with op.batch_alter_table("invoices", schema=None) as batch_op:
        batch_op.create_index("ix_invoices_ask", ["chain", "closed_at", "ask_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_invoices_intent"), ["intent"], unique=False)

    op.create_table(
        "labels",
        sa.Column("intent", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("value", sa.String(length=255), nullable=False),
        sa.Column("created_at", columns.UTCTime(length=27), nullable=False),
        sa.ForeignKeyConstraint(["intent"], ["intents.id"], name=op.f("fk_labels_intent")),
        sa.PrimaryKeyConstraint("intent", "key", name=op.f("pk_labels")),
    )
    with op.batch_alter_table("labels", schema=None) as batch_op:
        batch_op.create_index(
            "ix_labels_find", ["account", "key", "value", "created_at", "intent"], unique=False
        )

    op.create_table(
        "mails",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("intent", sa.String(length=40), nullable=False),
        sa.Column("address", sa.String(length=255), nullable=False),
        sa.Column("language", sa.String(length=35), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=64), nullable=True),
        sa.Column("created_at", columns.UTCTime(length=27), nullable=False),
        sa.Column("due_at", columns.UTCTime(length=27), nullable=True),
        sa.Column("closed_at", columns.UTCTime(length=27), nullable=True),
        sa.ForeignKeyConstraint(["intent"], ["intents.id"], name=op.f("fk_mails_intent")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mails")),
    )
    with op.batch_alter_table("mails", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_mails_closed_at"), ["closed_at"], unique=False)
        batch_op.create_index(
            "ix_mails_due",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("due_at IS NOT NULL"),
            postgresql_where=sa.text("due_at IS NOT NULL"),
        )
        batch_op.create_index(batch_op.f("ix_mails_intent"), ["intent"], unique=False)

    op.create_table(
        "payments",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("intent", sa.String(length=40), nullable=True),
        sa.Column("chain", sa.String(length=80), nullable=False),
        sa.Column("tx", sa.String(length=128), nullable=False),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("ledger", sa.String(length=160), nullable=False),
        sa.Column("to", sa.String(length=255), nullable=False),
        sa.Column("sender", sa.String(length=255), nullable=True),
        sa.Column("amount", columns.Atomic(length=78), nullable=False),
        sa.Column("confirmations", sa.Integer(), nullable=False),
        sa.Column("confirmations_required", sa.Integer(), nullable=True),
        sa.Column("final", sa.Boolean(), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.Column("block", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("block_hash", sa.String(length=128), nullable=True),
        sa.Column("quote_amount", columns.Atomic(length=78), nullable=True),
        sa.Column("quote_price", columns.Exact(length=80), nullable=True),
        sa.Column("arrived_at", columns.UTCTime(length=27), nullable=False),
        sa.Column("created_at", columns.UTCTime(length=27), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name=op.f("fk_payments_account")),
        sa.ForeignKeyConstraint(["intent"], ["intents.id"], name=op.f("fk_payments_intent")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
        sa.UniqueConstraint("chain", "tx", "index", name=op.f("uq_payments_chain_tx_index")),
    )
    with op.batch_alter_table("payments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_payments_intent"), ["intent"], unique=False)
        batch_op.create_index(
            "ix_payments_unsettled",
            ["chain"],
            unique=False,
            sqlite_where=sa.text("settled = 0"),
            postgresql_where=sa.text("NOT settled"),
        )

    op.create_table(
        "places",
        sa.Column("intent", sa.String(length=40), nullable=False),
        sa.Column("family", sa.String(length=32), nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("destination", sa.String(length=40), nullable=True),
        sa.Column("slot", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("address", sa.String(length=255), nullable=False),
        sa.Column("reference", sa.String(length=255), nullable=True),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("invoice", columns.Json(), nullable=True),
        sa.Column("watch_until", columns.UTCTime(length=27), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name=op.f("fk_places_account")),
        sa.ForeignKeyConstraint(
            ["destination"], ["destinations.id"], name=op.f("fk_places_destination")
        ),
        sa.ForeignKeyConstraint(["intent"], ["intents.id"], name=op.f("fk_places_intent")),
        sa.PrimaryKeyConstraint("intent", "family", name=op.f("pk_places")),
        sa.UniqueConstraint("destination", "slot", name=op.f("uq_places_destination_slot")),
    )
    with op.batch_alter_table("places", schema=None) as batch_op:
        batch_op.create_index(
            "ix_places_address", ["family", "address", "watch_until"], unique=False
        )
        batch_op.create_index("ix_places_reference", ["family", "reference"], unique=False)
        batch_op.create_index("ix_places_watch", ["family", "watch_until"], unique=False)

    op.create_table(
        "refund_requests",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("intent", sa.String(length=40), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("family", sa.String(length=32), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("tx", sa.String(length=128), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", columns.UTCTime(length=27), nullable=False),
        sa.Column("updated_at", columns.UTCTime(length=27), nullable=False),
        sa.Column("closed_at", columns.UTCTime(length=27), nullable=True),
        sa.ForeignKeyConstraint(
            ["account"], ["accounts.id"], name=op.f("fk_refund_requests_account")
        ),
        sa.ForeignKeyConstraint(["intent"], ["intents.id"], name=op.f("fk_refund_requests_intent")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund_requests")),
    )
    with op.batch_alter_table("refund_requests", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_refund_requests_intent"), ["intent"], unique=False)
        batch_op.create_index(
            "ix_refund_requests_list", ["account", "created_at", "id"], unique=False
        )
        batch_op.create_index(
            "uq_refund_requests_open",
            ["intent"],
            unique=True,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )

    op.create_table(
        "submissions",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("link", sa.String(length=40), nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("intent", sa.String(length=40), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("amount", columns.Exact(length=80), nullable=False),
        sa.Column("fields", columns.Json(), nullable=False),
        sa.Column("created_at", columns.UTCTime(length=27), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name=op.f("fk_submissions_account")),
        sa.ForeignKeyConstraint(["intent"], ["intents.id"], name=op.f("fk_submissions_intent")),
        sa.ForeignKeyConstraint(["link"], ["links.id"], name=op.f("fk_submissions_link")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submissions")),
    )
    with op.batch_alter_table("submissions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_submissions_intent"), ["intent"], unique=False)
        batch_op.create_index("ix_submissions_list", ["link", "created_at", "id"], unique=False)

    op.create_table(
        "vouchers",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(length=50), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("amount", columns.Exact(length=80), nullable=False),
        sa.Column("currency", sa.String(length=16), nullable=False),
        sa.Column("claimed", columns.Exact(length=80), nullable=False),
        sa.Column("claims_count", sa.Integer(), nullable=False),
        sa.Column("ledgers", columns.Json(), nullable=False),
        sa.Column("auto_approve", sa.Boolean(), nullable=False),
        sa.Column("intent", sa.String(length=40), nullable=True),
        sa.Column("starts_at", columns.UTCTime(length=27), nullable=False),
        sa.Column("expires_at", columns.UTCTime(length=27), nullable=True),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", columns.UTCTime(length=27), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name=op.f("fk_vouchers_account")),
        sa.ForeignKeyConstraint(["intent"], ["intents.id"], name=op.f("fk_vouchers_intent")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vouchers")),
    )
    with op.batch_alter_table("vouchers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_vouchers_intent"), ["intent"], unique=False)
        batch_op.create_index("ix_vouchers_list", ["account", "created_at", "id"], unique=False)

    op.create_table(
        "claims",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("voucher", sa.String(length=40), nullable=True),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("amount", columns.Exact(length=80), nullable=False),
        sa.Column("currency", sa.String(length=16), nullable=False),
        sa.Column("ledger", sa.String(length=64), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("atomic", columns.Atomic(length=78), nullable=True),
        sa.Column("rate", columns.Exact(length=80), nullable=True),
        sa.Column("approved_at", columns.UTCTime(length=27), nullable=True),
        sa.Column("sending", sa.Boolean(), nullable=False),
        sa.Column("sent_at", columns.UTCTime(length=27), nullable=True),
        sa.Column("canceled_at", columns.UTCTime(length=27), nullable=True),
        sa.Column("proof", columns.Json(), nullable=True),
        sa.Column("metadata", columns.Json(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", columns.UTCTime(length=27), nullable=False),
        sa.Column("updated_at", columns.UTCTime(length=27), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name=op.f("fk_claims_account")),
        sa.ForeignKeyConstraint(["voucher"], ["vouchers.id"], name=op.f("fk_claims_voucher")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims")),
    )
    with op.batch_alter_table("claims", schema=None) as batch_op:
        batch_op.create_index("ix_claims_list", ["account", "created_at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_claims_voucher"), ["voucher"], unique=False)

    op.create_table(
        "deliveries",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("endpoint", sa.String(length=40), nullable=False),
        sa.Column("event", sa.String(length=40), nullable=False),
        sa.Column("aggregate", sa.String(length=40), nullable=False),
        sa.Column("sequence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("type", sa.String(length=48), nullable=False),
        sa.Column("topic", sa.String(length=64), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("original", sa.String(length=40), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", columns.UTCTime(length=27), nullable=True),
        sa.Column("created_at", columns.UTCTime(length=27), nullable=False),
        sa.Column("delivered_at", columns.UTCTime(length=27), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name=op.f("fk_deliveries_account")),
        sa.ForeignKeyConstraint(
            ["endpoint"], ["endpoints.id"], name=op.f("fk_deliveries_endpoint")
        ),
        sa.ForeignKeyConstraint(["event"], ["events.id"], name=op.f("fk_deliveries_event")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
    )
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.create_index(
            "ix_deliveries_aggregate",
            ["endpoint", "aggregate", "sequence"],
            unique=False,
            sqlite_where=sa.text("status = 'pending'"),
            postgresql_where=sa.text("status = 'pending'"),
        )
        batch_op.create_index(
            "ix_deliveries_due",
            ["due_at", "endpoint"],
            unique=False,
            sqlite_where=sa.text("status = 'pending'"),
            postgresql_where=sa.text("status = 'pending'"),
        )
        batch_op.create_index(batch_op.f("ix_deliveries_event"), ["event"], unique=False)
        batch_op.create_index("ix_deliveries_list", ["account", "created_at", "id"], unique=False)
        batch_op.create_index(
            "ix_deliveries_order",
            ["endpoint", "sequence"],
            unique=False,
            sqlite_where=sa.text("status = 'pending'"),
            postgresql_where=sa.text("status = 'pending'"),
        )

    op.create_table(
        "attempts",
        sa.Column("delivery", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", columns.UTCTime(length=27), nullable=False),
        sa.Column("status_code", sa.Integer(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("error", sa.String(length=64), nullable=True),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["delivery"], ["deliveries.id"], name=op.f("fk_attempts_delivery")),
        sa.PrimaryKeyConstraint("delivery", "number", name=op.f("pk_attempts")),
    )
