"""The Lightning rail: payees' own nodes write invoices and say what was paid.

There is no chain to read and nothing that could be taken back: a payment is settled or it is
not, and only the payee's node knows. So a scan asks each node about the invoices that are open
on it. A node that does not answer changes nothing, keeps nobody else waiting, and is asked
again after a pause that grows.
"""

import asyncio
import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
import structlog

from app.domain.invoice import Ask, Invoice, OpenInvoice
from app.domain.ledger import Chain, Ledger
from app.errors import ChainUnavailable, Invalid
from app.rails.base import Fate as Known
from app.rails.base import Found, Place, Scan, Transfer, Watch
from app.rails.invoicer import InvoiceWatch
from app.rails.lightning import bolt11, connection, networks
from app.rails.lightning.connection import Connection
from app.rails.lightning.node import Answer, Fate, Node, Written
from app.rails.lightning.wire import NodeFault
from app.world import World

if TYPE_CHECKING:
    from app.rails.registry import Equipment
    from app.settings import Settings

log = structlog.get_logger(__name__)

KIND = "node"
INVOICES_MAX = 100  # asked about in one scan
AT_ONCE_MAX = 8  # of one node
WRITE_SECONDS_MAX = 12.0
READ_SECONDS_MAX = 6.0  # for all a node is asked in one scan: others wait for it
PAUSE_SECONDS = 2.0  # after a node's first failure; it doubles
PAUSE_SECONDS_MAX = 60.0
NODES_MAX = 1000  # kept ready
MEMO_MAX = 400  # characters: an invoice is shown as a code
HASH = re.compile(r"(?<![0-9a-zA-Z_])[0-9a-f]{64}(?![0-9a-zA-Z_])")
ADDRESS = re.compile(r"[a-z0-9._+-]{1,64}@[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63}){1,8}")
MOMENT = timedelta(milliseconds=1)


class _Rest(msgspec.Struct):
    """How long a node that failed is left alone."""

    failures: int
    until: float


class LightningRail:
    """Lightning on one network."""

    def __init__(
        self,
        chain: Chain,
        ledger: Ledger,
        network: networks.Network,
        world: World,
        node: Callable[[Connection], Node],
    ) -> None:
        self.chain = chain
        self._ledger = ledger
        self._network = network
        self._world = world
        self._make = node
        self._nodes: dict[str, Node] = {}
        self._resting: dict[str, _Rest] = {}

    @classmethod
    def equip(cls, settings: "Settings", world: World) -> "list[Equipment]":
        """Return every configured Lightning network; raise `SettingsError` on faults."""
        from app.rails.lightning.equip import equip

        return equip(settings, world)

    def check_destination(self, kind: str, value: str) -> str:
        """Take a node by the line that says how to reach it."""
        if kind != KIND:
            raise Invalid.field("kind", "must be node")
        return connection.read(value).text()

    def label(self, kind: str, value: str) -> str:
        """Return a node's kind and host."""
        return connection.read(value).label

    def place(self, kind: str, value: str, slot: int) -> Place:
        """Name a place of its own for each slot: what it is paid with, invoices say."""
        return Place(to=networks.place(kind, value, slot))

    def uri(self, ledger: Ledger, place: Place, amount: int) -> str:
        """Return `lightning:<invoice>`: the invoice says how much."""
        return f"lightning:{place.to}"

    async def try_out(self, kind: str, value: str) -> None:
        """Ask a node who it is, and see that it is on this network."""
        try:
            async with asyncio.timeout(WRITE_SECONDS_MAX):
                network = await self._node(value).try_out()
        except TimeoutError:
            raise Invalid.field("value", "the node did not answer in time") from None
        except NodeFault as fault:
            raise Invalid.field("value", f"the node {fault}") from None
        if network is not None and network not in self._network.names:
            message = f"the node is on {network[:20]}, not on {self._network.names[0]}"
            raise Invalid.field("value", message)

    async def invoice(self, kind: str, value: str, ask: Ask) -> Invoice:
        """Have a node write an invoice, and see that it asks for what was wanted."""
        ask = msgspec.structs.replace(ask, memo=ask.memo[:MEMO_MAX])
        if self._rests(value):
            raise ChainUnavailable("The payee's Lightning node did not answer a moment ago.")
        now = self._world.now()
        try:
            async with asyncio.timeout(WRITE_SECONDS_MAX):
                written = await self._node(value).write(ask)
            said = self._judged(written, ask)
        except TimeoutError:
            self._failed(value, NodeFault("did not answer in time"))
            raise ChainUnavailable("The payee's Lightning node did not answer in time.") from None
        except NodeFault as fault:
            self._failed(value, fault)
            raise ChainUnavailable(f"The payee's Lightning node {fault}.") from None
        self._resting.pop(value, None)
        return Invoice(
            hash=said.hash,
            text=written.text.lower(),
            ledger=ask.ledger,
            amount=ask.amount,
            expires_at=now + timedelta(seconds=said.expires_in_seconds),
            alone=said.fallback,
        )

    def _judged(self, written: Written, ask: Ask) -> bolt11.Said:
        """Read an invoice, or refuse one that is not what was asked for."""
        try:
            said = bolt11.read(written.text)
        except ValueError as error:
            raise NodeFault(f"wrote what {error}") from None
        if said.network != self._network.prefix:
            raise NodeFault(f"wrote an invoice for another network ({said.network})")
        if said.amount != ask.amount:
            raise NodeFault("wrote an invoice for another amount")
        if written.hash is not None and written.hash.lower() != said.hash:
            raise NodeFault("named another payment than its invoice does")
        if said.expires_in_seconds > ask.expires_in_seconds:
            raise NodeFault("wrote an invoice that outlives its price")
        return said

    async def scan(self, since: str | None, watch: Watch) -> Scan:
        """Ask about the invoices whose turn it is; what is not answered stays open."""
        found: list[OpenInvoice] = []
        if isinstance(watch, InvoiceWatch):
            found = await watch.invoices(self.chain.id, INVOICES_MAX)
        by_node: dict[str, list[OpenInvoice]] = {}
        for one in found:
            by_node.setdefault(one.value, []).append(one)
        answered: list[tuple[OpenInvoice, Answer]] = []
        await asyncio.gather(
            *(self._read(value, ours, answered) for value, ours in by_node.items())
        )
        now = self._world.now()
        ended = [
            one.hash
            for one, answer in answered
            if answer.fate is not Fate.PAID and one.over(now, sure=answer.fate is Fate.OVER)
        ]
        return Scan(
            transfers=tuple(
                self._transfer(one, answer) for one, answer in answered if answer.fate is Fate.PAID
            ),
            cursor=str(int(now.timestamp())),
            tip=int(now.timestamp()),
            tip_at=now,
            more=len(found) >= INVOICES_MAX,
            ended=tuple(ended),
        )

    async def _read(
        self, value: str, ours: list[OpenInvoice], answered: list[tuple[OpenInvoice, Answer]]
    ) -> None:
        """Ask one node about its invoices, some at once, within a time."""
        if self._rests(value):
            return
        hands = asyncio.Semaphore(AT_ONCE_MAX)
        faults: list[NodeFault] = []

        async def ask(one: OpenInvoice) -> None:
            async with hands:
                if faults:
                    return
                try:
                    answered.append((one, await self._node(value).read(one.hash)))
                except NodeFault as fault:
                    faults.append(fault)

        try:
            async with asyncio.timeout(READ_SECONDS_MAX):
                await asyncio.gather(*(ask(one) for one in ours))
        except TimeoutError:
            faults.append(NodeFault("did not answer in time"))
        if faults:
            self._failed(value, faults[0])
        else:
            self._resting.pop(value, None)

    def _transfer(self, one: OpenInvoice, answer: Answer) -> Transfer:
        """Return what an invoice brought: all it asked for at least, or it were not settled.

        The payee's node keeps the time: it takes nothing after the invoice's end.
        """
        now = self._world.now()
        return Transfer(
            chain=self.chain.id,
            tx=one.hash,
            index=0,
            ledger=one.ledger,
            to=one.to,
            amount=max(answer.amount or 0, one.amount),
            confirmations=0,
            final=True,
            at=min(answer.at or now, now, one.expires_at - MOMENT),
        )

    async def check(self, transfers: Sequence[Transfer]) -> list[Transfer]:
        """Nothing settled can change."""
        return []

    def read_id(self, text: str) -> str:
        """Return the payment hash in a pasted text."""
        if (found := HASH.search(text)) is None:
            raise Invalid.field("tx", "must be a payment hash: 64 hexadecimal digits")
        return found[0]

    async def find(self, tx: str) -> Found:
        """Nobody but the payee's node knows a payment, and that is asked about its invoices."""
        return Found(fate=Known.UNKNOWN)

    def check_payee(self, value: str) -> str:
        """Take an invoice of this network, or a Lightning address."""
        text = value.strip().lower().removeprefix("lightning:")
        if ADDRESS.fullmatch(text):
            return text
        try:
            if bolt11.read(text).network == self._network.prefix:
                return text
        except ValueError:
            pass
        raise Invalid.field("address", "must be a BOLT11 invoice or a Lightning address")

    def asked(self, payee: str) -> int | None:
        """Return what an invoice asks; a Lightning address takes whatever is sent."""
        return None if ADDRESS.fullmatch(payee) else bolt11.read(payee).amount

    def _node(self, value: str) -> Node:
        """Return the node behind a line, kept ready for the next time."""
        if (known := self._nodes.get(value)) is not None:
            return known
        if len(self._nodes) >= NODES_MAX:
            self._nodes.clear()
        made = self._nodes[value] = self._make(connection.read(value))
        return made

    def _rests(self, value: str) -> bool:
        rest = self._resting.get(value)
        return rest is not None and self._world.monotonic() < rest.until

    def _failed(self, value: str, fault: NodeFault) -> None:
        """Leave a node alone for a while, ever longer."""
        if len(self._resting) >= NODES_MAX:
            self._resting.clear()
        before = self._resting.get(value)
        failures = before.failures + 1 if before else 1
        pause = min(PAUSE_SECONDS * 2 ** (failures - 1), PAUSE_SECONDS_MAX)
        self._resting[value] = _Rest(failures, self._world.monotonic() + pause)
        label = connection.read(value).label
        log.warning("lightning.node_failed", chain=self.chain.id, node=label, fault=str(fault))
