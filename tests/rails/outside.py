"""A rail as a package outside this house would bring it: the least there can be."""

from collections.abc import Sequence
from decimal import Decimal

from app.domain.ledger import Chain, Depth, Ledger
from app.rails.base import Found, Place, Scan, Transfer, Watch
from app.rails.registry import Equipment
from app.settings import Settings
from app.world import World


class OutsideRail:
    def __init__(self, chain: Chain) -> None:
        self.chain = chain

    @classmethod
    def equip(cls, settings: Settings, world: World) -> list[Equipment]:
        chain = Chain(
            id="outside:1",
            short="out",
            name="Outside",
            family="outside",
            livemode=False,
            depths=(Depth(confirmations=1),),
            block_seconds=Decimal(1),
        )
        coin = Ledger(
            id="out_coin",
            chain=chain.id,
            symbol="OUT",
            asset="OUT",
            name="Outside coin",
            decimals=2,
            precision=2,
        )
        return [Equipment(chain=chain, ledgers=(coin,), rail=cls(chain))]

    def check_destination(self, kind: str, value: str) -> str:
        raise NotImplementedError

    def place(self, kind: str, value: str, slot: int) -> Place:
        raise NotImplementedError

    def uri(self, ledger: Ledger, place: Place, amount: int) -> str:
        raise NotImplementedError

    async def scan(self, since: str | None, watch: Watch) -> Scan:
        raise NotImplementedError

    async def check(self, transfers: Sequence[Transfer]) -> list[Transfer]:
        raise NotImplementedError

    def read_id(self, text: str) -> str:
        raise NotImplementedError

    async def find(self, tx: str) -> Found:
        raise NotImplementedError

    def check_payee(self, value: str) -> str:
        raise NotImplementedError
