"""From settings to EVM rails: the catalogue's defaults, overridden block by block.

A chain the catalogue knows needs nothing but a node. Any other must say what it is called,
what it is worth (live or test) and what its coin is: a guess there would cost money.
"""

import re
from decimal import Decimal

import msgspec

from app.domain.ledger import Chain, Depth, Ledger
from app.errors import Fault, Invalid
from app.rails.evm.address import check_address
from app.rails.evm.catalogue import KNOWN, NATIVE_DECIMALS, PRECISION, Coin, Known, native
from app.rails.evm.paying import PayingEvmRail
from app.rails.evm.rail import EvmRail
from app.rails.registry import Equipment
from app.rails.rpc import Rpc, check_url
from app.settings import ChainSettings, Settings, SettingsError, TokenSettings
from app.world import World

CHAIN_ID = re.compile(r"eip155:[1-9][0-9]{0,31}")  # CAIP-2: up to 32 characters
SHORT = re.compile(r"[a-z][a-z0-9_]{0,31}")
# A payer on a chain this slow wants to see the payment before it is in a block.
PENDING_BLOCK_SECONDS_MIN = Decimal(5)
UNKNOWN_DEPTHS = (Depth(confirmations=12),)
UNKNOWN_BLOCK_SECONDS = Decimal(12)


def equip(settings: Settings, world: World) -> list[Equipment]:
    """Return every configured EVM chain with its rail, or raise naming every fault."""
    faults: list[Fault] = []
    equipment: list[Equipment] = []
    for block in settings.chains:
        if not block.id.startswith("eip155:"):
            continue
        found = _Reader(block).read()
        if isinstance(found, list):
            faults += found
            continue
        chain, ledgers = found
        rpc = Rpc(world.http, chain.id, int(chain.id.removeprefix("eip155:")), block.rpc)
        rail = _rail(settings, block, chain, ledgers, rpc)
        equipment.append(Equipment(chain=chain, ledgers=ledgers, rail=rail))
    if faults:
        raise SettingsError(faults=tuple(faults))
    return equipment


def _rail(
    settings: Settings,
    block: ChainSettings,
    chain: Chain,
    ledgers: tuple[Ledger, ...],
    rpc: Rpc,
) -> EvmRail:
    """Return a chain's rail; one that settles authorizations where somebody pays for gas."""
    if not settings.x402_gas_key:
        return EvmRail(chain, ledgers, rpc, pending=_pending(chain))
    daily = settings.x402_gas_daily if block.gas_daily is None else block.gas_daily
    return PayingEvmRail(
        chain,
        ledgers,
        rpc,
        gas_key=settings.x402_gas_key,
        gas_daily=int(daily.scaleb(NATIVE_DECIMALS)),
        pending=_pending(chain),
    )


def _pending(chain: Chain) -> bool:
    unconfirmed = any(depth.confirmations == 0 for depth in chain.depths)
    return unconfirmed or chain.block_seconds >= PENDING_BLOCK_SECONDS_MIN


class _Reader:
    """Reads one `[[chains]]` block, gathering its faults."""

    def __init__(self, block: ChainSettings) -> None:
        self.block = block
        self.known = KNOWN.get(block.id)
        self.faults: list[Fault] = []

    def read(self) -> tuple[Chain, tuple[Ledger, ...]] | list[Fault]:
        """Return the chain and its ledgers, or everything that is wrong."""
        for place, url in enumerate(self.block.rpc):
            if wrong := check_url(url):
                self._fault(f"rpc[{place}]", wrong)
        if not self.block.rpc:
            self._fault("rpc", "needs at least one URL")
        if not CHAIN_ID.fullmatch(self.block.id):
            self._fault("id", "must be eip155: and the chain's number")
        known = self.known or self._describe()
        if self.faults or known is None:
            return self.faults
        chain = self._override(known.chain)
        every = self._coins(known)
        coins = self._only(every)
        own = next((one for one in (*every, *known.coins) if one.contract is None), None)
        if own is not None:
            chain = msgspec.structs.replace(chain, native=(own.symbol, own.decimals))
        if not coins and not self.faults:
            self._fault("only", "leaves nothing to be paid with")
        ledgers = tuple(_ledger(chain, coin) for coin in coins)
        return self.faults or (chain, ledgers)

    def _fault(self, field: str, message: str) -> None:
        self.faults.append(Fault(f"chains[{self.block.id}].{field}", message))

    def _describe(self) -> Known | None:
        """Describe a chain the catalogue does not know, from what its block must say."""
        block = self.block
        for field in ("short", "name", "livemode", "native"):
            if getattr(block, field) is None:
                self._fault(field, "is needed: the catalogue does not know this chain")
        if None in (block.short, block.name, block.livemode, block.native):
            return None
        chain = Chain(
            id=block.id,
            short=block.short or "",
            name=block.name or "",
            family="evm",
            livemode=bool(block.livemode),
            depths=UNKNOWN_DEPTHS,
            block_seconds=UNKNOWN_BLOCK_SECONDS,
        )
        return Known(chain=chain, coins=())

    def _override(self, chain: Chain) -> Chain:
        """Let the block's own words win over the catalogue's."""
        block = self.block
        names = ["short", "name", "livemode", "block_seconds", "lag_seconds_max"]
        names += ["explorer_tx", "rpc_public"]
        said = {name: getattr(block, name) for name in names if getattr(block, name) is not None}
        if block.depths is not None:
            said["depths"] = tuple(
                Depth(confirmations=one.confirmations, up_to=one.up_to) for one in block.depths
            )
        chain = msgspec.structs.replace(chain, **said)
        if not SHORT.fullmatch(chain.short):
            self._fault("short", "must be lower-case letters, digits and _")
        if chain.block_seconds <= 0:
            self._fault("block_seconds", "must be more than 0")
        if chain.lag_seconds_max is not None and chain.lag_seconds_max <= 0:
            self._fault("lag_seconds_max", "must be more than 0")
        if chain.explorer_tx is not None and "{tx}" not in chain.explorer_tx:
            self._fault("explorer_tx", "must hold {tx}")
        if chain.rpc_public is not None and (wrong := check_url(chain.rpc_public)):
            self._fault("rpc_public", wrong)
        self._check_depths(chain.depths)
        return chain

    def _check_depths(self, depths: tuple[Depth, ...]) -> None:
        bounds = [depth.up_to for depth in depths]
        if not depths or bounds[-1] is not None or None in bounds[:-1]:
            self._fault("depths", "need rungs with up_to, and a last one without")
        known = [bound for bound in bounds if bound is not None]
        if known != sorted(set(known)):
            self._fault("depths", "must rise: each up_to above the one before")
        if any(one.confirmations is not None and one.confirmations < 0 for one in depths):
            self._fault("depths", "confirmations cannot be negative")

    def _coins(self, known: Known) -> list[Coin]:
        """Return the native coin and all tokens; the block's tokens replace known ones."""
        block = self.block
        own = next((coin for coin in known.coins if coin.contract is None), None)
        if block.native is not None:
            own = native(block.native, block.native, block.native_asset) if block.native else None
        elif own is not None and block.native_asset:
            own = msgspec.structs.replace(own, asset=block.native_asset)
        given = [self._token(place, token) for place, token in enumerate(block.tokens)]
        tokens = [coin for coin in given if coin is not None]
        replaced = {coin.contract for coin in tokens}
        kept = [one for one in known.coins if one.contract and one.contract not in replaced]
        return [*([own] if own else []), *kept, *tokens]

    def _token(self, place: int, token: TokenSettings) -> Coin | None:
        field = f"tokens[{place}]"
        precision = min(PRECISION, token.decimals) if token.precision is None else token.precision
        if not 0 <= token.decimals <= 77:  # 2**256 has 78 digits
            self._fault(f"{field}.decimals", "must be between 0 and 77")
        elif not 0 <= precision <= token.decimals:
            self._fault(f"{field}.precision", "must be between 0 and the token's decimals")
        try:
            contract = check_address(token.contract)
        except Invalid as error:
            self._fault(f"{field}.contract", error.faults[0].message)
            return None
        return Coin(
            symbol=token.symbol,
            name=token.name or token.symbol,
            asset=token.asset or token.symbol,
            decimals=token.decimals,
            precision=precision,
            contract=contract,
            eip712=token.eip712,
        )

    def _only(self, coins: list[Coin]) -> list[Coin]:
        """Keep the symbols the block wants to offer."""
        if self.block.only is None:
            return coins
        for symbol in self.block.only:
            if symbol not in {coin.symbol for coin in coins}:
                self._fault("only", f"{symbol} is no coin of this chain")
        return [coin for coin in coins if coin.symbol in self.block.only]


def _ledger(chain: Chain, coin: Coin) -> Ledger:
    assert coin.contract is not None or coin.decimals == NATIVE_DECIMALS
    return Ledger(
        id=f"{chain.short}_{re.sub('[^a-z0-9]', '', coin.symbol.lower())}",
        chain=chain.id,
        symbol=coin.symbol,
        asset=coin.asset,
        name=coin.name,
        decimals=coin.decimals,
        precision=coin.precision,
        contract=coin.contract,
        eip712=coin.eip712,
    )
