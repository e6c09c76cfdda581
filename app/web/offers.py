"""Offers: the ledgers a shopper may choose from, by the wallet they need, then by network.

What is marked is known, not guessed: the wait follows from the chain's blocks and the depth
this price needs; a lower fee is told where the catalogue knows one chain's to be a small part
of another's.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from app.domain.ledger import Fee
from app.phrase import Phrase
from app.services.views import QuoteView
from app.web.templates import gettext as _

SECONDS_STEP = 5  # a wait is a rough figure and looks like one
MINUTE_SECONDS = 60

# What the wallets of a family are called; an outside family goes by its own name.
_WALLETS: dict[str, Phrase] = {
    "evm": _("Ethereum and compatible wallets"),
    "bitcoin": _("Bitcoin wallets"),
    "lightning": _("Lightning wallets"),
    "solana": _("Solana wallets"),
    "ic": _("Internet Computer wallets"),
    "sandbox": _("Test wallet"),
}


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """One ledger of the list. It cannot be chosen without a price."""

    quote: QuoteView
    priced: bool


class Network(msgspec.Struct, frozen=True, kw_only=True):
    """One chain, and what moves on it. `seen` False: nobody can read it now."""

    name: str
    wait_seconds: int | None
    fastest: bool
    low_fee: bool
    fee_rate: str | None  # a figure and its unit, which need no words
    seen: bool
    offers: tuple[Offer, ...]

    @property
    def wait(self) -> Phrase | None:
        """About how long a payment takes to be confirmed."""
        if self.wait_seconds is None:
            return None
        if self.wait_seconds < MINUTE_SECONDS:
            return _("About %(n)s s", n=_up(self.wait_seconds, SECONDS_STEP))
        minutes = _up(self.wait_seconds, MINUTE_SECONDS) // MINUTE_SECONDS
        return _("About %(n)s min", n=minutes)


class Family(msgspec.Struct, frozen=True, kw_only=True):
    """The networks one kind of wallet can pay on."""

    name: str
    networks: tuple[Network, ...]


def families(
    quotes: Sequence[QuoteView],
    now: datetime,
    unseen: frozenset[str],
    fee_rates: Mapping[str, str],
) -> tuple[Family, ...]:
    """Group quotes by family, then by chain, each in the order it first appears."""
    waits = {one.wait_seconds for one in quotes if one.wait_seconds is not None}
    fastest = min(waits) if len(waits) > 1 else None  # among equals nobody is
    dear = any(one.network_fee is Fee.HIGH for one in quotes)
    made: list[Family] = []
    for family, ours in _grouped(quotes, lambda one: one.family):
        networks = []
        for chain, own in _grouped(ours, lambda one: one.chain):
            first = own[0]
            offers = tuple(Offer(quote=one, priced=now < one.expires_at) for one in own)
            networks.append(
                Network(
                    name=first.chain_name,
                    wait_seconds=first.wait_seconds,
                    fastest=fastest is not None and first.wait_seconds == fastest,
                    low_fee=dear and first.network_fee is Fee.LOW,
                    fee_rate=fee_rates.get(chain),
                    seen=chain not in unseen,
                    offers=offers,
                )
            )
        name = _WALLETS.get(family, family.capitalize())
        made.append(Family(name=name, networks=tuple(networks)))
    return tuple(made)


def _grouped(
    quotes: Iterable[QuoteView], key: Callable[[QuoteView], str]
) -> Iterable[tuple[str, list[QuoteView]]]:
    groups: dict[str, list[QuoteView]] = {}
    for one in quotes:
        groups.setdefault(key(one), []).append(one)
    return groups.items()


def _up(seconds: int, step: int) -> int:
    return max(-(-seconds // step) * step, step)
