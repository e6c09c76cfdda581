"""Words of the API's document that code alone does not tell: names, examples, refusals."""

from typing import Any

from app import errors
from app.errors import CheckoutError

TAGS = {
    "Payment intents": "One wish to be paid one price once. Its id is all a payer needs.",
    "Refund requests": "What payers ask back. You act; nothing is sent from here.",
    "Payment links": "A reusable page that makes intents.",
    "x402": "Payments by authorization for paths of your own: what to answer 402 with, and "
    "what a `PAYMENT-SIGNATURE` is worth.",
    "Unlocks": "What a payment opens: tokens, their check, and content.",
    "Sandbox": "Levers of the pretended chain, for test keys.",
    "Webhooks": "Where your server hears of events.",
    "Events": "What happened, in the order it happened.",
    "Deliveries": "What was owed to your endpoints, and what came of it.",
    "Ledgers": "What the account can be paid on.",
    "Account": "Policies, keys and destinations.",
    "Lightning addresses": "Names that wallets send money to: `shop@your.host`.",
}

# Structs are named for our own reading, components for a stranger's.
NAMES = {
    "IntentView": "PaymentIntent",
    "PayerView": "PaymentIntentForPayer",
    "LinkView": "PaymentLink",
    "EndpointView": "WebhookEndpoint",
    "MadeEndpoint": "WebhookEndpointWithSecret",
    "NewEndpoint": "NewWebhookEndpoint",
    "EndpointChanges": "WebhookEndpointChanges",
    "NewIntent": "NewPaymentIntent",
    "IntentChanges": "PaymentIntentChanges",
    "NewLink": "NewPaymentLink",
    "LinkChanges": "PaymentLinkChanges",
    "MadeKey": "KeyWithSecret",
    "Choice": "LedgerChoice",
    "Hint": "TransactionHint",
    "RefundView": "RefundRequest",
    "NewRefund": "NewRefundRequest",
    "RefundForPayer": "RefundRequestForPayer",
    "CloseRefund": "RefundRequestClose",
    "Reason": "RefundReason",
    "Outcome": "RefundOutcome",
    "NewMail": "NewReceiptMail",
    "MailOwed": "ReceiptMail",
    "Diagnosis": "TransactionDiagnosis",
    "Verdict": "TransactionVerdict",
    "Status": "PaymentIntentStatus",
    "Oddity": "PaymentIntentException",
    "Mine": "SandboxBlocks",
    "Reorg": "SandboxReorg",
    "Mined": "SandboxChain",
    "Pull": "SandboxPull",
    "Lever": "SandboxLever",
    "Outage": "SandboxOutage",
    "NewTransfer": "NewSandboxTransfer",
    "TransferView": "SandboxTransfer",
    "TestSent": "WebhookTest",
    "TotalView": "PaymentLinkTotal",
    "NewContent": "NewContent",
    "Check": "UnlockCheck",
    "NewRequirements": "NewX402Requirements",
    "RequirementsView": "X402Requirements",
    "Offered": "X402Payment",
    "SettlementView": "X402Settlement",
    "LightningAddressView": "LightningAddress",
}

# Handlers are named for the act; where the resource is in the name too, only the act stays.
VERBS = {
    "index": "list",
    "keys": "list",
    "destinations": "list",
    "submitted": "submissions",
    "make_key": "create",
    "revoke": "delete",
    "remove": "delete",
    "put_destination": "put",
    "put_address": "put",
    "post_destination": "create",
    "change": "update",
}

# What an operation may refuse besides what its shape already tells (see schema.py).
REFUSALS: dict[str, tuple[type[CheckoutError], ...]] = {
    "account_put_logo": (errors.Invalid,),
    "payment_intents_create": (
        errors.NotFound,
        errors.Forbidden,
        errors.UnknownLedger,
        errors.UnknownCurrency,
        errors.NoLedgerLeft,
        errors.NotConfigured,
        errors.OrderTaken,
        errors.NotReusable,
        errors.PriceUnavailable,
        errors.ChainUnavailable,
    ),
    "payment_intents_choose": (
        errors.UnknownLedger,
        errors.NotConfigured,
        errors.NotOpen,
        errors.Conflict,
        errors.PriceUnavailable,
    ),
    "payment_intents_requote": (errors.NotOpen, errors.Conflict, errors.PriceUnavailable),
    "payment_intents_hint": (errors.TooMany, errors.ChainUnavailable),
    "payment_intents_ask_refund": (errors.Conflict, errors.TooMany),
    "payment_intents_mail_receipt": (errors.Conflict, errors.TooMany),
    "refund_requests_close": (errors.Conflict,),
    "payment_intents_cancel": (errors.Conflict,),
    "payment_intents_accept": (errors.Conflict,),
    "payment_links_create": (errors.UnknownLedger, errors.UnknownCurrency, errors.NoLedgerLeft),
    "payment_links_update": (errors.UnknownLedger, errors.NoLedgerLeft),
    "payment_links_submit": (
        errors.Closed,
        errors.UnknownLedger,
        errors.NoLedgerLeft,
        errors.NotConfigured,
        errors.NotReusable,
        errors.PriceUnavailable,
        errors.ChainUnavailable,
    ),
    "lightning_addresses_put": (errors.Conflict,),
    "payment_links_total": (errors.TotalPrivate,),
    "payment_intents_unlock": (errors.NotPaid,),
    "x402_requirements": (
        errors.NotFound,
        errors.UnknownLedger,
        errors.UnknownCurrency,
        errors.NoLedgerLeft,
        errors.NotConfigured,
        errors.OrderTaken,
        errors.NotReusable,
        errors.NotOpen,
        errors.PriceUnavailable,
        errors.ChainUnavailable,
    ),
    "x402_verify": (errors.ChainUnavailable,),
    "x402_settle": (errors.ChainUnavailable, errors.TooMany),
    "unlocks_verify": (errors.UnlockRefused,),
    "unlocks_secret": (errors.UnlockRefused,),
    "sandbox_transfer": (errors.NotFound, errors.Conflict, errors.PriceUnavailable),
    "sandbox_pull": (errors.NotFound, errors.Conflict, errors.PriceUnavailable),
    "webhook_endpoints_create": (errors.Conflict,),
    "webhook_endpoints_test": (errors.Conflict,),
    "deliveries_redeliver": (errors.Conflict,),
    "events_list": (errors.NotFound,),
}

# Bodies that are no JSON: an operation's media types.
UPLOADS: dict[str, tuple[str, ...]] = {
    "account_put_logo": ("image/png", "image/jpeg", "image/webp"),
}

# POSTs that a key need not guard: repeating them changes nothing, or plays once more.
WITHOUT_ONCE = frozenset(
    {
        "payment_intents_ask_refund",
        "payment_intents_hint",
        "payment_intents_mail_receipt",
        "payment_intents_unlock",
        "sandbox_pull",
        "unlocks_verify",
        "x402_settle",
        "x402_verify",
    }
)

EXAMPLES: dict[str, Any] = {
    "NewPaymentIntent": {
        "amount": "12.50",
        "currency": "USD",
        "order_id": "1042",
        "description": "Two kilos of tea",
        "metadata": {"cart": "b7"},
        "success_url": "https://shop.example/thanks",
    },
    "PaymentIntentChanges": {"metadata": {"packed": True, "cart": None}},
    "LedgerChoice": {"ledger": "sandbox_usdc"},
    "SandboxPull": {"payment_intent": "pi_8Jk2…", "lever": "half"},
    "NewRefundRequest": {"address": "0x8ba1f109551bD432803012645Ac136ddd64DBA72", "reason": "late"},
    "RefundRequestClose": {"outcome": "sent", "tx": "0x5c50…"},
    "NewReceiptMail": {"email": "ada@example.org"},
    "TransactionHint": {"tx": "sbx_8Jk2…"},
    "NewPaymentLink": {
        "name": "Tea",
        "currency": "USD",
        "amount": "12.50",
        "quantity": {"allow": True, "max": 5},
        "collect": {"email": "required"},
        "goal": "500.00",
    },
    "PaymentLinkChanges": {"active": False},
    "NewContent": {"title": "Chapter two", "text": "It was a dark night."},
    "UnlockCheck": {"token": "ul1.…", "origin": "https://news.example"},
    "NewX402Requirements": {
        "amount": "0.10",
        "currency": "USD",
        "resource": "https://shop.example/report",
    },
    "X402Payment": {
        "payment": "eyJ4NDAyVmVyc2lvbiI6Mi…",
        "resource": "https://shop.example/report",
        "amount": "0.10",
        "currency": "USD",
    },
    "NewSubmission": {"quantity": 2, "fields": {"email": "ada@example.org"}},
    "NewKey": {"kind": "publishable", "name": "shop page"},
    "NewLightningAddress": {"payment_link": "plink_8Jk2…"},
    "NewDestination": {"family": "evm", "kind": "xpub", "value": "xpub6C…"},
    "AccountChanges": {
        "tolerance_bps": 50,
        "underpayment": "wait",
        "branding": {"accent": "#7a1f5c", "theme": "auto"},
        "allowed_origins": ["https://shop.example"],
    },
    "NewWebhookEndpoint": {"url": "https://shop.example/hooks/opentill"},
    "NewSandboxTransfer": {"payment_intent": "pi_…", "share": "0.5", "confirmations": 2},
    "SandboxBlocks": {"count": 2},
    "SandboxReorg": {"depth": 1},
}

SECURITY = {
    "secret": {
        "type": "http",
        "scheme": "bearer",
        "description": "The account's secret key, `sk_test_…` or `sk_live_…`. For servers only.",
    },
    "publishable": {
        "type": "http",
        "scheme": "bearer",
        "description": "A publishable key, `pk_…`, may stand in a page: it creates and reads.",
    },
}

ONCE = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": (
        "Makes a retry safe: the same key with the same body is answered alike for 24 hours "
        "and done once; with another body it is refused."
    ),
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "example": "order-1042-attempt-1",
}

MESSAGE = {
    "type": "object",
    "description": "One message of the stream.",
    "properties": {
        "id": {"type": "string", "description": "The version: send it back as Last-Event-ID."},
        "event": {"type": "string", "description": "The event's type, or `progress`."},
        "data": {"type": "string", "description": "The object as JSON."},
    },
}

ABOUT = """\
A self-hosted checkout for crypto payments.

Amounts are decimal strings, never floats. Times are UTC. Ids are opaque. Fields may be
added to answers at any time; unknown fields in requests are refused. Every refusal is a
problem document (RFC 9457) with a stable `code`, the fields at fault in `errors`, and a
`hint` that says what to do next.
"""
