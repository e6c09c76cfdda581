"""From settings to Lightning rails: a network needs no more than to be named.

    [[chains]]
    id = "lightning:000000000019d6689c085ae165831e93"

Nodes are the merchants' own, each given as a destination. Their hosts must be public and
reached by TLS, but for those `node_hosts` names.
"""

import re
from collections.abc import Callable
from typing import Any

import msgspec

from app.errors import Fault
from app.rails.lightning import networks
from app.rails.lightning.connection import Connection
from app.rails.lightning.node import Node
from app.rails.lightning.rail import LightningRail
from app.rails.lightning.wire import Wire
from app.rails.registry import Equipment
from app.settings import ChainSettings, Settings, SettingsError
from app.world import World

SHORT = re.compile(r"[a-z][a-z0-9_]{0,31}")
SAID = ("short", "name", "livemode", "scan_seconds")  # what a block may say besides its id


def equip(settings: Settings, world: World) -> list[Equipment]:
    """Return every configured Lightning network with its rail, or raise naming every fault."""
    faults: list[Fault] = []
    equipment: list[Equipment] = []
    for block in settings.chains:
        if not block.id.startswith(f"{networks.NAMESPACE}:"):
            continue
        wrong = _faults(block)
        faults += [Fault(f"chains[{block.id}].{one.field}", one.message) for one in wrong]
        if wrong:
            continue
        network = networks.NETWORKS[block.id]
        named = {name: getattr(block, name) for name in SAID[:3]}
        said = {name: value for name, value in named.items() if value is not None}
        chain = msgspec.structs.replace(network.chain(), **said)
        ledger = network.coin(_ledger_id(network, block))
        rail = LightningRail(chain, ledger, network, world, _maker(settings, world))
        equipment.append(Equipment(chain=chain, ledgers=(ledger,), rail=rail))
    if faults:
        raise SettingsError(faults=tuple(faults))
    return equipment


def _ledger_id(network: networks.Network, block: ChainSettings) -> str:
    return network.ledger if block.short is None else f"{block.short}_btc"


def _faults(block: ChainSettings) -> list[Fault]:
    faults: list[Fault] = []
    if block.id not in networks.NETWORKS:
        known = ", ".join(networks.NETWORKS)
        faults.append(Fault("id", f"is no network Lightning is on here; known: {known}"))
    if block.short is not None and not SHORT.fullmatch(block.short):
        faults.append(Fault("short", "must be lower-case letters, digits and _"))
    if block.rpc:
        faults.append(Fault("rpc", "is not for Lightning: each account names its own node"))
    return faults


def _maker(settings: Settings, world: World) -> Callable[[Connection], Node]:
    hosts = frozenset(settings.node_hosts)

    def make(connection: Connection) -> Node:
        return node(connection, world, hosts)

    return make


def node(connection: Connection, world: World, hosts: frozenset[str]) -> Node:
    """Return the node a line names. What a kind needs is imported when it is first met."""
    if connection.type == "nwc":
        from app.rails.lightning.nodes.nwc import Nwc

        return Nwc(world, connection.fields["key"], hosts=hosts)
    from app.rails.lightning.nodes.core_lightning import CoreLightning
    from app.rails.lightning.nodes.electrum import Electrum
    from app.rails.lightning.nodes.lnbits import Lnbits
    from app.rails.lightning.nodes.lnd import Lnd
    from app.rails.lightning.nodes.phoenixd import Phoenixd

    kinds: dict[str, Any] = {
        "core-lightning": CoreLightning,
        "electrum": Electrum,
        "lnbits": Lnbits,
        "lnd-rest": Lnd,
        "phoenixd": Phoenixd,
    }
    kind = kinds[connection.type]
    wire = Wire(
        world,
        connection.server,
        kind.headers(connection.fields),
        hosts=hosts,
        thumbprint=connection.fields.get("certthumbprint", ""),
    )
    if kind is CoreLightning:
        return CoreLightning(wire, world)
    if kind is Electrum:
        return Electrum(wire, connection.fields.get("wallet", ""))
    made: Node = kind(wire)
    return made
