"""From settings to rails: the catalogue's chains, and the sources each block names.

    rpc = ["ssl://electrum.example:50002"]                     an Electrum server, by TLS
    rpc = ["ssl://till.example:50002?sha256=…"]                the same, known by its certificate
    rpc = ["tcp://127.0.0.1:50001"]                            the same on one's own machine
    rpc = ["esplora+https://blockstream.info/api"]             an Esplora site
    rpc = ["core+http://user:password@127.0.0.1:8332?zmq=tcp://127.0.0.1:28332"]   a node

A chain the catalogue does not know cannot be configured: how its addresses are written would
be a guess, and a wrong guess sends money nowhere.
"""

import re
from collections.abc import Callable
from urllib.parse import SplitResult, parse_qs, urlsplit, urlunsplit

import msgspec

from app.domain.ledger import Chain, Depth, Ledger
from app.errors import Fault
from app.rails.bitcoin.catalogue import DECIMALS, KNOWN, PRECISION, Known
from app.rails.bitcoin.core import Core
from app.rails.bitcoin.electrum import Electrum
from app.rails.bitcoin.esplora import Esplora
from app.rails.bitcoin.link import Where
from app.rails.bitcoin.network import NETWORKS, Network
from app.rails.bitcoin.rail import BitcoinRail
from app.rails.bitcoin.source import Source
from app.rails.bitcoin.sources import Sources
from app.rails.bitcoin.zmq import Knocks
from app.rails.registry import Equipment
from app.settings import ChainSettings, Settings, SettingsError
from app.world import World

SHORT = re.compile(r"[a-z][a-z0-9_]{0,31}")
PIN = re.compile(r"[0-9a-fA-F]{64}")
FORMS = "tcp://, ssl://, esplora+https:// or core+http:// and the rest of an address"
HTTP = {"esplora+http", "esplora+https", "core+http", "core+https"}
# What a block may say of these chains; everything else is about chains with contracts.
SAID = {
    "id", "rpc", "short", "name", "livemode", "depths", "block_seconds", "explorer_tx",
    "scan_seconds", "lag_seconds_max",
}  # fmt: skip


def equip(settings: Settings, world: World) -> list[Equipment]:
    """Return every configured chain with its rail, or raise naming every fault."""
    faults: list[Fault] = []
    equipment: list[Equipment] = []
    families: dict[str, str] = {}
    for block in settings.chains:
        if not block.id.startswith("bip122:"):
            continue
        found = _Reader(block).read()
        if isinstance(found, list):
            faults += found
            continue
        chain, known = found
        if families.setdefault(chain.family, chain.id) != chain.id:
            # Elsewhere one address serves every chain of a family; here each writes its own.
            message = f"a house serves one chain of the family {chain.family}"
            faults.append(Fault(f"chains[{chain.id}].id", message))
            continue
        ledger = _ledger(chain, known)
        rail = _rail(world, block, chain, ledger)
        equipment.append(Equipment(chain=chain, ledgers=(ledger,), rail=rail))
    if faults:
        raise SettingsError(faults=tuple(faults))
    return equipment


def _ledger(chain: Chain, known: Known) -> Ledger:
    """Return the chain's only ledger, which is called like the chain: `btc`."""
    return Ledger(
        id=chain.short,
        chain=chain.id,
        symbol=known.symbol,
        asset=known.symbol,
        name=known.name,
        decimals=DECIMALS,
        precision=PRECISION,
    )


def _rail(world: World, block: ChainSettings, chain: Chain, ledger: Ledger) -> BitcoinRail:
    network = NETWORKS[chain.id]
    made: list[BitcoinRail] = []

    def wake() -> None:
        for rail in made:
            rail.wake()

    sources: list[Source] = []
    knocks: list[Knocks] = []
    for number, url in enumerate(block.rpc, 1):
        sources.append(_source(number, urlsplit(url), network, world, wake))
        if knock := parse_qs(urlsplit(url).query).get("zmq"):
            at = urlsplit(knock[0])
            knocks.append(Knocks(world, at.hostname or "", at.port or 0, wake))
    made.append(BitcoinRail(chain, ledger, network, Sources(chain.id, sources, knocks), world))
    return made[0]


def _source(
    number: int, url: SplitResult, network: Network, world: World, wake: Callable[[], None]
) -> Source:
    """Return the source an address stands for."""
    kind, _, scheme = url.scheme.rpartition("+")
    plain = urlunsplit((scheme, url.netloc, url.path, "", ""))
    if kind == "esplora":
        return Esplora(number, network, world.http, plain)
    if kind == "core":
        return Core(number, network, world.http, plain)
    pin = parse_qs(url.query).get("sha256", [""])[0]
    where = Where(url.hostname or "", url.port or 0, scheme == "ssl", pin)
    return Electrum(number, network, world, where, wake)


class _Reader:
    """Reads one `[[chains]]` block, gathering its faults."""

    def __init__(self, block: ChainSettings) -> None:
        self.block = block
        self.faults: list[Fault] = []

    def read(self) -> tuple[Chain, Known] | list[Fault]:
        """Return the chain, or everything that is wrong."""
        block = self.block
        known = KNOWN.get(block.id)
        if known is None:
            self._fault("id", f"is no chain this house knows: {', '.join(KNOWN)}")
        if not block.rpc:
            self._fault("rpc", "needs at least one source")
        for place, url in enumerate(block.rpc):
            if wrong := _wrong(url):
                self._fault(f"rpc[{place}]", wrong)
        for field in msgspec.structs.fields(ChainSettings):
            if field.name not in SAID and getattr(block, field.name) not in (None, ()):
                self._fault(field.name, "says nothing about a chain like this")
        if known is None:
            return self.faults
        chain = self._override(known.chain)
        return self.faults or (chain, known)

    def _override(self, chain: Chain) -> Chain:
        """Let the block's own words win over the catalogue's."""
        block = self.block
        names = ("short", "name", "block_seconds", "lag_seconds_max", "explorer_tx")
        said = {name: getattr(block, name) for name in names if getattr(block, name) is not None}
        if block.depths is not None:
            said["depths"] = tuple(
                Depth(confirmations=one.confirmations, up_to=one.up_to) for one in block.depths
            )
        if block.livemode not in (None, chain.livemode):
            self._fault("livemode", "is what the chain is: live or not, it cannot be chosen")
        chain = msgspec.structs.replace(chain, **said)
        if not SHORT.fullmatch(chain.short):
            self._fault("short", "must be lower-case letters, digits and _")
        if chain.block_seconds <= 0:
            self._fault("block_seconds", "must be more than 0")
        if chain.lag_seconds_max is not None and chain.lag_seconds_max <= 0:
            self._fault("lag_seconds_max", "must be more than 0")
        if chain.explorer_tx is not None and "{tx}" not in chain.explorer_tx:
            self._fault("explorer_tx", "must hold {tx}")
        bounds = [depth.up_to for depth in chain.depths]
        known = [bound for bound in bounds if bound is not None]
        if not bounds or bounds[-1] is not None or None in bounds[:-1]:
            self._fault("depths", "need rungs with up_to, and a last one without")
        elif known != sorted(set(known)):
            self._fault("depths", "must rise: each up_to above the one before")
        if any(one.confirmations is not None and one.confirmations < 0 for one in chain.depths):
            self._fault("depths", "confirmations cannot be negative")
        return chain

    def _fault(self, field: str, message: str) -> None:
        self.faults.append(Fault(f"chains[{self.block.id}].{field}", message))


def _wrong(text: str) -> str | None:
    """Return what is wrong with a source's address, never repeating it: it may hold a password."""
    try:
        url = urlsplit(text)
        known = url.scheme in {"tcp", "ssl"} or url.scheme in HTTP
        whole = bool(url.hostname) and (url.scheme in HTTP or bool(url.port)) and (url.port or 1)
        query = parse_qs(url.query, strict_parsing=bool(url.query))
    except ValueError:
        return f"must be {FORMS}"
    if not known or not whole:
        return f"must be {FORMS}"
    if set(query) - {"sha256" if url.scheme == "ssl" else "zmq" if "core" in url.scheme else ""}:
        return "takes ?sha256= after ssl://, and ?zmq= after core+http://, and nothing else"
    if not all(PIN.fullmatch(pin) for pin in query.get("sha256", [])):
        return "sha256 must be 64 hexadecimal digits: the certificate's fingerprint"
    for knock in query.get("zmq", []):
        at = urlsplit(knock)
        if at.scheme != "tcp" or not at.hostname or not at.port:
            return "zmq must be tcp://host:port"
    return None
