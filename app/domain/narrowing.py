"""Narrowing: which ledgers are wanted, by their own names, by chain, and by kind of chain.

What is named on several of these must hold on all of them. Who narrows what was narrowed
already, as a shopper's page does a link, may take away and never add.
"""

from collections.abc import Iterable, Sequence

import msgspec

from app.domain.ledger import Catalogue, Ledger
from app.errors import Fault, Invalid, NoLedgerLeft

NAMES_MAX = 50
NAME_LENGTH_MAX = 80

Names = tuple[str, ...] | str | None  # as people write them: a list, or one text with commas


class Narrowed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A request that may be narrowed. Each field has a second name that others know it by."""

    ledgers: Names = None
    token_shortcodes: Names = None
    chains: Names = None
    chain_shortcodes: Names = None
    chain_types: Names = None


ALIASES = {"ledgers": "token_shortcodes", "chains": "chain_shortcodes"}


class Narrowing(msgspec.Struct, frozen=True, kw_only=True):
    """What may be paid with. None: anything; chains go by their shortcode."""

    ledgers: tuple[str, ...] | None = None
    chains: tuple[str, ...] | None = None
    chain_types: tuple[str, ...] | None = None

    @classmethod
    def read(cls, catalogue: Catalogue, asked: Narrowed) -> "Narrowing":
        """Read a request's fields, or refuse every name this house does not know."""
        faults: list[Fault] = []
        ledgers = _names(faults, "ledgers", _either(faults, "ledgers", asked))
        chains = _names(faults, "chains", _either(faults, "chains", asked))
        types = _names(faults, "chain_types", asked.chain_types)
        shorts = {chain.id: chain.short for chain in catalogue.chains.values()}
        if chains is not None:
            chains = tuple(shorts.get(one, one) for one in chains)
        families = {chain.family for chain in catalogue.chains.values()}
        _check(faults, "chains", chains, shorts.values())
        _check(faults, "chain_types", types, families)
        if faults:
            raise Invalid(
                "; ".join(f"{one.field}: {one.message}" for one in faults), faults=tuple(faults)
            )
        for ledger in ledgers or ():
            catalogue.ledger(ledger, field="ledgers")
        return cls(ledgers=ledgers, chains=chains, chain_types=types)

    def within(self, other: "Narrowing") -> "Narrowing":
        """Return what both want. Nothing in common is found out when ledgers are picked."""

        def both(
            ours: tuple[str, ...] | None, theirs: tuple[str, ...] | None
        ) -> tuple[str, ...] | None:
            if ours is None or theirs is None:
                return theirs if ours is None else ours
            return tuple(one for one in ours if one in theirs)

        return Narrowing(
            **{name: both(getattr(self, name), getattr(other, name)) for name in FIELDS}
        )

    def pick(self, catalogue: Catalogue, offered: Sequence[Ledger]) -> list[Ledger]:
        """Return the offered ledgers that are wanted, or refuse, naming what there is.

        Ledgers named one by one come in the order they were named.
        """
        left = list(offered)
        if self.ledgers is not None:
            by_id = {one.id: one for one in offered}
            left = [by_id[id] for id in dict.fromkeys(self.ledgers) if id in by_id]
        chains = catalogue.chains
        if self.chains is not None:
            left = [one for one in left if chains[one.chain].short in self.chains]
        if self.chain_types is not None:
            left = [one for one in left if chains[one.chain].family in self.chain_types]
        if not left:
            raise self._nothing(catalogue, offered)
        return left

    def _nothing(self, catalogue: Catalogue, offered: Sequence[Ledger]) -> NoLedgerLeft:
        chains = [catalogue.chains[one.chain] for one in offered]
        there = {
            "ledgers": [one.id for one in offered],
            "chains": [one.short for one in chains],
            "chain_types": [one.family for one in chains],
        }
        faults = tuple(
            Fault(name, f"leaves no ledger; available: {_listed(there[name])}")
            for name in FIELDS
            if getattr(self, name) is not None
        )
        named = ", ".join(one.field for one in faults)
        return NoLedgerLeft(
            f"No ledger that can be paid with is left by {named}; "
            f"available: {_listed(there['ledgers'])}.",
            faults=faults,
        )


FIELDS: tuple[str, ...] = Narrowing.__struct_fields__


def _either(faults: list[Fault], field: str, asked: Narrowed) -> Names:
    """Return a field by either of its names."""
    own, other = getattr(asked, field), getattr(asked, ALIASES[field])
    if own is not None and other is not None:
        faults.append(Fault(ALIASES[field], f"is another name for {field}: give one of them"))
    return own if own is not None else other  # type: ignore[no-any-return]


def _names(faults: list[Fault], field: str, given: Names) -> tuple[str, ...] | None:
    """Return names as a list without doubles, from a list or from one text with commas."""
    if given is None:
        return None
    if isinstance(given, str):
        given = tuple(part.strip() for part in given.split(",") if part.strip())
    if not 0 < len(given) <= NAMES_MAX:
        faults.append(Fault(field, f"must name between 1 and {NAMES_MAX}"))
        return None
    return tuple(dict.fromkeys(given))


def _check(
    faults: list[Fault], field: str, names: tuple[str, ...] | None, known: Iterable[str]
) -> None:
    there = set(known)
    for name in names or ():
        if name not in there:
            message = f"there is no {name[:NAME_LENGTH_MAX]!r} here; known: {_listed(there)}"
            faults.append(Fault(field, message))


def _listed(names: Iterable[str]) -> str:
    found = sorted(set(names))
    more = ["…"] if len(found) > NAMES_MAX else []
    return ", ".join([*found[:NAMES_MAX], *more]) or "none"
