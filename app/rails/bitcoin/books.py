"""From a source's outputs to transfers: dated, proven to be in their blocks, and named."""

import msgspec

from app.domain.ledger import Chain, Ledger
from app.errors import ChainUnavailable
from app.rails.base import Transfer
from app.rails.bitcoin.address import address_of
from app.rails.bitcoin.headers import Headers
from app.rails.bitcoin.network import Network
from app.rails.bitcoin.source import Fault, Output, Source, Told
from app.rails.bitcoin.wire import Header, Malformed, is_in_tree, read_transaction

FINAL_CONFIRMATIONS = 100  # as deep as a block's own reward must lie before it may be spent
PROVEN_MAX = 10_000


class Books:
    """One chain's only ledger, and what was proven of its blocks."""

    def __init__(self, chain: Chain, ledger: Ledger, network: Network, headers: Headers) -> None:
        self._chain = chain
        self._ledger = ledger
        self._network = network
        self._headers = headers
        self._proven: set[tuple[str, str]] = set()

    async def dated(self, source: Source, outputs: list[Output]) -> list[Transfer]:
        """Turn outputs into transfers in the order of the chain, each proven in its block."""
        transfers: list[Transfer] = []
        for output in outputs:
            if output.height is None:
                transfers.append(self.transfer(output))
                continue
            header = await self._headers.at(source, output.height)
            await self._prove(source, output, header)
            transfers.append(self.transfer(output, header))
        transfers.sort(key=lambda one: (one.block is None, one.block or 0, one.tx, one.index))
        return transfers

    async def _prove(self, source: Source, output: Output, header: Header) -> None:
        """See that a transaction is in its block, once for each."""
        if output.block is not None and output.block != header.hash:
            raise Fault("changed while it was read")
        key = (output.tx, header.hash)
        if not source.proves or key in self._proven:
            return
        proof = await source.proof(output.tx, header.height)
        try:
            good = proof.height == header.height and is_in_tree(
                output.tx, proof.position, proof.branch, header.root
            )
        except ValueError:
            good = False
        if not good:
            raise Fault(f"tells of a transaction in block {header.height} that is not in it")
        if len(self._proven) >= PROVEN_MAX:
            self._proven.clear()
        self._proven.add(key)

    def outputs(self, tx: str, told: Told) -> list[Output]:
        """Return a transaction's outputs that have an address."""
        try:
            moved = read_transaction(told.raw)
        except Malformed as error:
            raise ChainUnavailable(f"{self._chain.id} cannot be read: {error}.") from None
        if moved.tx != tx:
            raise ChainUnavailable(f"{self._chain.id} cannot be read: another was shown.")
        return [
            Output(tx, index, address, amount, told.height)
            for index, (amount, script) in enumerate(moved.outputs)
            if amount > 0 and (address := address_of(self._network, script)) is not None
        ]

    def transfer(self, output: Output, header: Header | None = None) -> Transfer:
        depth = self._depth(header)
        return Transfer(
            chain=self._chain.id,
            tx=output.tx,
            index=output.index,
            ledger=self._ledger.id,
            to=output.address,
            amount=output.amount,
            confirmations=depth,
            final=depth >= FINAL_CONFIRMATIONS,
            block=header.height if header else None,
            block_hash=header.hash if header else None,
            at=header.at if header else None,
        )

    def deeper(self, transfer: Transfer, header: Header) -> Transfer:
        depth = self._depth(header)
        return msgspec.structs.replace(
            transfer, confirmations=depth, final=depth >= FINAL_CONFIRMATIONS, removed=False
        )

    def _depth(self, header: Header | None) -> int:
        tip = self._headers.tip
        return 0 if header is None or tip is None else max(1, tip.height - header.height + 1)


def gone(transfer: Transfer) -> Transfer:
    """Return a transfer as one the chain took back."""
    return msgspec.structs.replace(transfer, removed=True, confirmations=0, final=False)
