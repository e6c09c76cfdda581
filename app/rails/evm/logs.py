"""Token transfers, from the logs of a range of blocks.

Providers refuse ranges for reasons of their own: too many blocks, too many results, too
large an answer. A refused range is halved, and the size that worked is remembered.
"""

import structlog

from app.errors import ChainUnavailable
from app.rails.evm import wire
from app.rails.evm.movement import TRANSFER_TOPIC, Movement, from_log
from app.rails.evm.watched import Watched
from app.rails.rpc import Rpc, RpcError

SPAN_MAX = 500  # blocks in one call; most providers take 500 to 10,000
CALLS_MAX = 40  # in one scan: nine halvings of 500, and then some progress
log = structlog.get_logger(__name__)


class Logs:
    """Reads one chain's Transfer logs."""

    def __init__(self, rpc: Rpc, contracts: list[str]) -> None:
        self._rpc = rpc
        self._contracts = contracts
        self._span = SPAN_MAX

    async def read(self, start: int, stop: int, watched: Watched) -> tuple[list[Movement], int]:
        """Return movements to watched addresses, and the last block that was read.

        That block may lie before `stop` when the provider gives little at a time.
        """
        if watched.topics is None and not self._contracts:
            return [], stop
        found: list[Movement] = []
        next_block = start
        for _ in range(CALLS_MAX):
            if next_block > stop:
                break
            last = min(next_block + self._span - 1, stop)
            try:
                logs = await self._rpc.ask(wire.logs(next_block, last, **self._filter(watched)))
            except RpcError as error:
                self._halve(last - next_block + 1, error)
                continue
            except ChainUnavailable:
                self._span = max(1, self._span // 2)  # a range may be too much work for them
                raise
            found += [movement for one in logs or () if (movement := from_log(one))]
            next_block = last + 1
            self._span = min(SPAN_MAX, self._span + self._span // 8 + 1)  # limits do get lifted
        among = await watched.among({movement.to for movement in found})
        inside = [one for one in found if start <= (one.block or -1) < next_block]
        return [one for one in inside if one.to in among], next_block - 1

    def _filter(self, watched: Watched) -> dict[str, object]:
        """Few addresses: any token sent to them. Many: our tokens sent to anybody."""
        if (topics := watched.topics) is not None:
            return {"topics": [TRANSFER_TOPIC, None, topics]}
        return {"address": self._contracts, "topics": [TRANSFER_TOPIC]}

    def _halve(self, span: int, error: RpcError) -> None:
        if span == 1:
            # The node's own words may name its owner's key: the code must do.
            log.warning("logs_refused", chain=self._rpc.chain, code=error.code)
            raise ChainUnavailable(f"{self._rpc.chain} cannot be read: its node refuses logs.")
        self._span = span // 2
