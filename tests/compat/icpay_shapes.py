"""The shapes ICPay's clients accept, written down from what they read of each answer.

A field is its name and a letter for its type: s text, n number, b truth, o object, a list;
`?` says that null will do. Whatever else an answer has, these it must have.
"""

from typing import Any

TYPES: dict[str, tuple[type, ...]] = {
    "s": (str,),
    "n": (int, float),
    "b": (bool,),
    "o": (dict,),
    "a": (list,),
}

BRANDING = (
    "logoUrl:s? faviconUrl:s? primaryColor:s? secondaryColor:s? statementDescriptor:s? "
    "statementDescriptorSuffix:s?"
)
ACCOUNT = "id:s name:s? isActive:b isLive:b accountCanisterId:n icpayCanisterId:s branding:o"
DETAILED = f"{ACCOUNT} email:s? walletAddress:s? createdAt:s updatedAt:s"
CHAIN = (
    "id:s chainType:s chainName:s chainId:s shortcode:s contractAddress:s? enabled:b "
    "rpcUrlPublic:s? explorerUrl:s? nativeSymbol:s? confirmationsRequired:n"
)
LEDGER = (
    "id:s name:s symbol:s shortcode:s canisterId:s chainId:s chainName:s chainShortcode:s "
    "chainType:s nativeSymbol:s? rpcChainId:s decimals:n logoUrl:s? verified:b fee:s? network:s "
    "description:s? coingeckoId:s? currentPrice:n? lastPriceUpdate:s? x402Accepts:b "
    "eip3009Version:s? createdAt:s updatedAt:s"
)
INTENT = (
    "id:s accountId:s amount:s amountUsd:n? amountInFiat:n ledgerId:s? ledgerCanisterId:s? "
    "tokenShortcode:s? description:s? expectedSenderPrincipal:s? status:s metadata:o intentCode:n "
    "chainId:s? chainName:s? chainType:s? accountCanisterId:s contractAddress:s? rpcUrlPublic:s? "
    "rpcChainId:s? functionSelectors:o? externalCostAmount:s? transactionBase64:s? "
    "fiatCurrencyCode:s fiatCurrencySymbol:s createdAt:s updatedAt:s"
)
PAYMENT = (
    "id:s accountId:s paymentIntentId:s transactionId:s? transactionSplitId:s? canisterTxId:s? "
    "amount:s ledgerCanisterId:s? ledgerTxId:s? accountCanisterId:n basePaymentAccountId:s? "
    "status:s requestedAmount:s paidAmount:s invoiceId:s? metadata:o createdAt:s updatedAt:s"
)
ENVELOPE = "paymentIntentId:s paymentIntentCode:n payment:o? paymentIntent:o onramp:o?"
NOTIFIED = (
    "paymentId:s? paymentIntentId:s status:s canisterTxId:s? transactionId:s? "
    "transactionSplitId:s? ledgerTxId:s? accountCanisterId:n basePaymentAccountId:s? "
    "paymentIntent:o payment:o?"
)
REQUIRED = "x402Version:n paymentIntentId:s rpcChainId:s accepts:a error:s"
REQUIREMENT = (
    "scheme:s network:s maxAmountRequired:s resource:s description:s mimeType:s payTo:s "
    "maxTimeoutSeconds:n asset:s extra:o"
)
EXTRA = (
    "intentId:s provider:s ledgerId:s facilitatorUrl:s? name:s eip3009Version:s primaryType:s "
    "rpcChainId:s"
)
SETTLED = "ok:b status:s txHash:s? transactionId:s? canisterTxId:s? paymentIntent:o payment:o?"
BALANCES = "balances:a totalBalancesUSD:n lastUpdated:s"
BALANCE = (
    "ledgerId:s ledgerName:s ledgerSymbol:s tokenShortcode:s canisterId:s eip3009Version:s? "
    "x402Accepts:b balance:s formattedBalance:s decimals:n currentPrice:n lastUpdated:s chainId:s "
    "chainName:s rpcUrlPublic:s? chainUuid:s logoUrl:s?"
)
WANTED = f"{BALANCE} requiredAmount:s requiredAmountFormatted:s hasSufficientBalance:b"
AGGREGATE = "payment:o? intent:o invoice:o? transaction:o?"
HISTORY = "payments:a total:n limit:n offset:n hasMore:b"
FLAT = (
    "id:s status:s amount:s ledgerCanisterId:s? ledgerSymbol:s? fromAddress:s? toAddress:s? "
    "fee:s? decimals:n? tokenPrice:n? expectedSenderPrincipal:s? metadata:o createdAt:s updatedAt:s"
)
STATUS = "transactionId:s status:s timestamp:s"
EVENT = (
    "id:s object:s api_version:s created:n data:o livemode:b pending_webhooks:n request:o type:s"
)
UPTO = "ok:b error:s"
REFUSAL = "statusCode:n message:s error:s"

LINK = (
    "id:s shortcode:s name:s description:s? amountUsd:n fiatCurrencyId:s? collectEmail:b "
    "requireEmail:b widgetOptions:o showWalletConnectQr:b showBaseWalletQr:b isActive:b"
)
OWNER = "id:s name:s? email:s? businessName:s? publishableKey:s? branding:o"

# Which shape lies at which path of a route's answer; "" is the answer itself, [] each of a list.
ROUTES: dict[str, dict[str, str]] = {
    "GET /sdk/public/account": {"": ACCOUNT, "branding": BRANDING},
    "GET /sdk/account": {"": DETAILED, "branding": BRANDING},
    "GET /sdk/public/chains": {"[]": CHAIN},
    "GET /sdk/public/ledgers/verified": {"[]": LEDGER},
    "GET /sdk/public/ledgers/all-with-prices": {"[]": LEDGER},
    "GET /sdk/public/ledgers/{id}": {"": LEDGER},
    "GET /sdk/ledgers/verified": {"[]": LEDGER},
    "GET /sdk/ledgers/all-with-prices": {"[]": LEDGER},
    "GET /sdk/ledgers/{id}": {"": LEDGER},
    "GET /sdk/public/wallet/external-balances": {"": BALANCES, "balances[]": WANTED},
    "POST /sdk/public/payments/intents": {"": ENVELOPE, "paymentIntent": INTENT},
    "GET /sdk/public/payments/intents/{id}": {
        "": ENVELOPE,
        "paymentIntent": INTENT,
        "payment": PAYMENT,
    },
    "PATCH /sdk/public/payments/intents/{id}/set-token": {"paymentIntent": INTENT},
    "POST /sdk/public/payments/notify": {
        "": NOTIFIED,
        "paymentIntent": INTENT,
        "payment": PAYMENT,
    },
    "POST /sdk/public/payments/intents/x402": {
        "": REQUIRED,
        "accepts[]": REQUIREMENT,
        "accepts[].extra": EXTRA,
    },
    "POST /sdk/public/payments/x402/settle": {
        "": SETTLED,
        "paymentIntent": INTENT,
        "payment": PAYMENT,
    },
    "POST /sdk/public/payment-links": {"": "shortcode:s paymentIntentId:s"},
    "GET /public/payment-links/{shortcode}": {"link": LINK, "account": OWNER},
    "POST /sdk/public/payments/intents/x402/upto/confirm": {"": UPTO},
    "POST /sdk/public/payments/x402/relay": {"": REFUSAL},
    "POST /sdk/public/payments/solana/relay": {"": REFUSAL},
    "POST /sdk/public/onramp/intents": {"": REFUSAL},
    "POST /sdk/public/payments/intents/stripe/checkout": {"": REFUSAL},
    "POST /sdk/public/atxp/quote": {"": REFUSAL},
    "GET /sdk/public/transactions/{id}/sync": {"": STATUS},
    "GET /sdk/payments": {"[]": AGGREGATE, "[].payment": PAYMENT, "[].intent": INTENT},
    "GET /sdk/payments/{id}": {"": AGGREGATE, "payment": PAYMENT, "intent": INTENT},
    "GET /sdk/payments/history": {"": HISTORY, "payments[]": FLAT},
    "GET /sdk/payments/by-principal/{principal}": {"": HISTORY, "payments[]": FLAT},
    "POST /sdk/payments/by-metadata": {
        "": HISTORY,
        "payments[]": FLAT,
        "payments[].intent": "amountUsd:n expectedSenderPrincipal:s?",
    },
    "GET /sdk/payment-intents/{id}": {"": INTENT},
    "GET /sdk/invoices/{id}": {"": REFUSAL},
    "GET /sdk/transactions/{id}": {"": "id:s status:s createdAt:s"},
    "GET /sdk/transactions/{id}/status": {"": STATUS},
    "GET /sdk/wallets/{id}": {"": "id:s accountId:s createdAt:s"},
    "GET /sdk/webhook-events/{id}": {"data": EVENT},
    "GET /sdk/account/wallet-balances": {"": BALANCES, "balances[]": BALANCE},
    "GET /sdk/wallets/with-balances": {"": BALANCES, "balances[]": BALANCE},
    "POST /sdk/payments/x402/upto/settle": {"": UPTO},
}


def faults(route: str, body: Any) -> list[str]:
    """Return what keeps an answer from the shapes of its route, each by its path."""
    found = []
    for path, shape in ROUTES[route].items():
        parts = at(body, path)
        if not parts:
            found.append(f"{path or 'answer'}: nothing there")
        for part in parts:
            found += [f"{path}.{one}" for one in wrong(part, shape)]
    return found


def at(body: Any, path: str) -> list[Any]:
    """Return everything at a path."""
    found = [body]
    for step in filter(None, path.replace("[]", ".[]").split(".")):
        if step == "[]":
            found = [one for each in found for one in each]
        else:
            found = [each[step] for each in found]
    return found


def wrong(part: Any, shape: str) -> list[str]:
    """Return the fields that are missing or of another type."""
    if not isinstance(part, dict):
        return [f"is {part!r}"]
    found = []
    for field in shape.split():
        name, _, kind = field.partition(":")
        if name not in part:
            found.append(f"{name} is missing")
            continue
        value = part[name]
        fits = isinstance(value, TYPES[kind[0]]) and (kind[0] == "b") == isinstance(value, bool)
        if not fits and not (value is None and kind.endswith("?")):
            found.append(f"{name} is {value!r}")
    return found
