"""The registry: every configured chain with its rail, and the catalogue of their ledgers.

A new family is one line in `RAILS`, or an entry point in the group `opentill.rails` from a
package outside: its name is the family, its value the rail's class. A family's code is
imported when the settings name one of its chains, so a house without EVM chains loads no
cryptography. The sandbox is no chain anybody configures: the house adds it itself.
"""

from collections import Counter
from importlib import import_module
from importlib.metadata import entry_points
from typing import Protocol, cast

import msgspec

from app.domain.ledger import Catalogue, Chain, Ledger
from app.errors import Fault
from app.rails.base import Rail
from app.settings import Settings, SettingsError
from app.world import World

GROUP = "opentill.rails"

# family → (the namespace of its chains' CAIP-2 ids, where its class is)
RAILS: dict[str, tuple[str, str]] = {
    "evm": ("eip155", "app.rails.evm.rail:EvmRail"),
    "bitcoin": ("bip122", "app.rails.bitcoin.rail:BitcoinRail"),  # and Litecoin: the same code
    "lightning": ("lightning", "app.rails.lightning.rail:LightningRail"),
}


class Equipment(msgspec.Struct, frozen=True, kw_only=True):
    """One chain, what moves on it, and the rail that watches it."""

    chain: Chain
    ledgers: tuple[Ledger, ...]
    rail: Rail


class Family(Protocol):
    """What a rail's class offers the registry."""

    def equip(self, settings: Settings, world: World) -> list[Equipment]:
        """Return every chain of this family the settings name; `SettingsError` on faults."""


def build(settings: Settings, world: World) -> tuple[Catalogue, dict[str, Rail]]:
    """Return the catalogue and the rails by chain id, or every fault at once."""
    faults: list[Fault] = []
    equipment: list[Equipment] = []
    rails = _rails()
    wanted = {chain.id.partition(":")[0] for chain in settings.chains}
    for chain in settings.chains:
        if chain.id.partition(":")[0] not in {namespace for namespace, _ in rails.values()}:
            faults.append(Fault(f"chains[{chain.id}].id", "no rail serves this kind of chain"))
    for namespace, where in rails.values():
        if namespace not in wanted:
            continue
        try:
            equipment += _load(where).equip(settings, world)
        except SettingsError as error:
            faults += error.faults
    faults += _doubles(equipment)
    if faults:
        lines = "\n".join(f"  {fault.field}: {fault.message}" for fault in faults)
        raise SettingsError(f"The configuration is wrong:\n{lines}", faults=tuple(faults))
    catalogue = Catalogue(
        [one.chain for one in equipment], [ledger for one in equipment for ledger in one.ledgers]
    )
    return catalogue, {one.chain.id: one.rail for one in equipment}


def _rails() -> dict[str, tuple[str, str]]:
    """Return our own families and those of installed packages; ours win a shared name.

    An outside family's name is also the namespace of its chains' ids.
    """
    outside = {point.name: (point.name, point.value) for point in entry_points(group=GROUP)}
    return outside | RAILS


def _load(where: str) -> Family:
    module, _, name = where.partition(":")
    return cast(Family, getattr(import_module(module), name))


def _doubles(equipment: list[Equipment]) -> list[Fault]:
    """Name whatever two chains or two ledgers share and may not."""
    chains = Counter(one.chain.id for one in equipment)
    shorts = Counter(one.chain.short for one in equipment)
    ledgers = Counter(ledger.id for one in equipment for ledger in one.ledgers)
    return [
        *(Fault(f"chains[{id}].id", "is configured twice") for id, n in chains.items() if n > 1),
        *(Fault("chains.short", f"{one} names two chains") for one, n in shorts.items() if n > 1),
        *(Fault("chains.tokens", f"{one} names two tokens") for one, n in ledgers.items() if n > 1),
    ]
