"""Payment methods as BTCPay's clients name them, and the ledgers they mean.

`BTC-CHAIN`, `BTC-LN`, and of the ledgers they never heard of `USDC-BASE`: the symbol, then
the chain. In what comes in, `_` and `-` are one separator and case means nothing; a bare coin
is its chain, and the second part of a coin has the names it had over the years.

Source: BTCPay Server 2.4, `PaymentMethodId` and what its plugins send.
"""

from collections.abc import Iterable

import msgspec

from app.domain.ledger import Catalogue, Ledger

CHAIN, LIGHTNING, LNURL = "CHAIN", "LN", "LNURL"
LENGTH_MAX = 80
# Families whose chain has one coin: the chain's short name would say nothing new.
KINDS = {"bitcoin": CHAIN, "litecoin": CHAIN, "lightning": LIGHTNING}
COINS = frozenset(
    {"BTC", "LTC", "DOGE", "DASH", "XMR", "ZEC", "LBTC", "USDT", "MONA", "GRS", "BTG"}
)
ALIASES = {
    "ONCHAIN": CHAIN,
    "ON-CHAIN": CHAIN,
    "BITCOINLIKE": CHAIN,
    "BTCLIKE": CHAIN,
    "LIGHTNINGNETWORK": LIGHTNING,
    "LIGHTNINGLIKE": LIGHTNING,
    "OFFCHAIN": LIGHTNING,
    "OFF-CHAIN": LIGHTNING,
    "LNURLPAY": LNURL,
}
# LNURL-pay hands out an invoice of the same node, so both names mean one ledger.
SAME = {LNURL: LIGHTNING}


class Methods(msgspec.Struct, frozen=True, kw_only=True):
    """What a list of names came to."""

    ledgers: tuple[str, ...]  # in the order they were named
    strange: tuple[int, ...]  # which names are no payment method at all, or of no ledger here


def of_ledger(id: str, catalogue: Catalogue) -> str:
    """Return what a ledger is called; one this house no longer has keeps a readable name."""
    found = catalogue.ledgers.get(id)
    if found is None:
        return _plain(id)
    chain = catalogue.chains[found.chain]
    kind = KINDS.get(chain.family)
    return f"{found.asset.upper()}-{kind}" if kind else _plain(f"{found.symbol}-{chain.short}")


def canonical(text: str) -> str | None:
    """Return a name as it is written out; None: nobody could mean anything by it."""
    coin, _, rest = _plain(text[: LENGTH_MAX + 1].strip()).partition("-")
    if not coin or len(text) > LENGTH_MAX or not coin.isalnum():
        return None
    if not rest:
        return f"{coin}-{CHAIN}" if coin in COINS else None
    if coin in COINS:
        rest = ALIASES.get(rest, rest)
    return f"{coin}-{rest}"


def to_ledgers(text: str, ledgers: Iterable[Ledger], catalogue: Catalogue) -> tuple[str, ...]:
    """Return which of these ledgers a name means; none: there is no such method among them."""
    name = canonical(text)
    if name is None:
        return ()
    coin, _, kind = name.partition("-")
    wanted = f"{coin}-{SAME.get(kind, kind)}"
    return tuple(one.id for one in ledgers if of_ledger(one.id, catalogue) == wanted)


def among(names: Iterable[str], ledgers: Iterable[Ledger], catalogue: Catalogue) -> Methods:
    """Read a list of names.

    A coin's method that nothing here is set up for is left out while others stay, as a shop
    that moved in may still name it; a name that means nothing is strange.
    """
    offered = list(ledgers)
    found: dict[str, None] = {}
    strange = []
    for place, name in enumerate(names):
        meant = to_ledgers(name, offered, catalogue)
        found |= dict.fromkeys(meant)
        if not meant and not _is_of_a_coin(name):
            strange.append(place)
    return Methods(ledgers=tuple(found), strange=tuple(strange))


def _is_of_a_coin(name: str) -> bool:
    coin, _, kind = (canonical(name) or "").partition("-")
    return coin in COINS and kind in (CHAIN, LIGHTNING, LNURL)


def _plain(text: str) -> str:
    return text.upper().replace("_", "-")
