"""The networks Lightning is on, and how places are named there.

A network is named as its Bitcoin chain is (CAIP-2, the first 32 digits of the genesis block's
hash), under `lightning:` in the stead of `bip122:`. Prefixes of invoices: BOLT #11.
"""

import hashlib
from decimal import Decimal

import msgspec

from app.domain.ledger import Chain, Depth, Fee, Ledger

NAMESPACE = "lightning"
SETTLED = "bip122"  # where the same network's coins move by blocks
DECIMALS, PRECISION = 11, 8  # millisatoshi; asked for in whole satoshi
# Nodes are asked about open invoices this often.
LOOK_SECONDS = Decimal(2)


class Network(msgspec.Struct, frozen=True, kw_only=True):
    """One network. `names` are what nodes call it."""

    reference: str
    prefix: str  # of its invoices, behind `ln`
    names: tuple[str, ...]
    short: str
    name: str
    ledger: str
    livemode: bool

    @property
    def id(self) -> str:
        return f"{NAMESPACE}:{self.reference}"

    def chain(self) -> Chain:
        """Return it as a chain: settled at once, and never behind."""
        return Chain(
            id=self.id,
            short=self.short,
            name=self.name,
            family=NAMESPACE,
            livemode=self.livemode,
            depths=(Depth(confirmations=0),),
            block_seconds=LOOK_SECONDS,
            lag_seconds_max=None,
            final_seconds=0,
            fee=Fee.LOW,
        )

    def coin(self, ledger: str) -> Ledger:
        """Return its one ledger."""
        return Ledger(
            id=ledger,
            chain=self.id,
            symbol="BTC",
            asset="BTC",
            name="Bitcoin",
            decimals=DECIMALS,
            precision=PRECISION,
            beside=f"{SETTLED}:{self.reference}",
        )


MAINNET = Network(
    reference="000000000019d6689c085ae165831e93",
    prefix="bc",
    names=("mainnet", "main", "bitcoin"),
    short="lightning",
    name="Lightning",
    ledger="btc_lightning",
    livemode=True,
)
TESTNET = Network(
    reference="000000000933ea01ad0ee984209779ba",
    prefix="tb",
    names=("testnet", "testnet3", "test"),
    short="lightning_test",
    name="Lightning Testnet",
    ledger="btc_lightning_test",
    livemode=False,
)
TESTNET4 = Network(
    reference="00000000da84f2bafbbc53dee25a72ae",
    prefix="tb",
    names=("testnet4",),
    short="lightning_test4",
    name="Lightning Testnet 4",
    ledger="btc_lightning_test4",
    livemode=False,
)
SIGNET = Network(
    reference="00000008819873e925422c1ff0f99f7c",
    prefix="tbs",
    names=("signet",),
    short="lightning_signet",
    name="Lightning Signet",
    ledger="btc_lightning_signet",
    livemode=False,
)
REGTEST = Network(
    reference="0f9188f13cb7b2c71f2a335e3a4fc328",
    prefix="bcrt",
    names=("regtest",),
    short="lightning_regtest",
    name="Lightning Regtest",
    ledger="btc_lightning_regtest",
    livemode=False,
)
NETWORKS = {one.id: one for one in (MAINNET, TESTNET, TESTNET4, SIGNET, REGTEST)}


def place(kind: str, value: str, slot: int) -> str:
    """Return the name of a place: nobody pays there, invoices written for it are paid."""
    return f"ln_{hashlib.sha256(f'{kind}:{value}:{slot}'.encode()).hexdigest()[:40]}"
