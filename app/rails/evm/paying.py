"""An EVM chain with a gas account: it settles what payers authorized (EIP-3009).

The money goes from payer to place by the token's own hand; the gas account pays for the
transaction and can do nothing else with it. The official x402 core judges and encodes
(`core`), a thread away from the loop; what is signed here is signed once.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any, TypeVar

import msgspec
import structlog

from app.domain.authorization import Authorization, Outcome, Reason, Requirement
from app.domain.ledger import Chain, Ledger
from app.errors import ChainUnavailable, Unavailable
from app.rails.base import Cost, Ended, Sent, Signed
from app.rails.evm import address, depth, wire
from app.rails.evm.rail import EvmRail
from app.rails.rpc import Call, Rpc, RpcError

T = TypeVar("T")
THREADS = 4  # each waits for nodes most of its time
JUDGED_MAX = 64  # at once, those that wait for a thread included
GAS_MAX = 1_000_000  # a smart wallet's signature may cost some; more is somebody's trick
GAS_SPARE = (5, 4)  # what is estimated, and a quarter more
RISE = 2  # a block's base fee may double within six blocks
# keccak256("AuthorizationUsed(address,bytes32)"), EIP-3009
USED = "0x98de503528ee59b575ef0c0a2576a82497bfc029a5685b209e9ec333479b10a5"
# keccak256("AuthorizationCanceled(address,bytes32)")
CANCELED = "0x1cdd46ff242716cdaa72d159d339a485b3438398348d68f09d7c8c0a59353d81"
STATE = "0xe94a0102"  # authorizationState(address,bytes32)
# A node that has a transaction, or whose chain has, says so in one of these ways.
KNOWN = ("already known", "already imported", "known transaction", "nonce too low")
log = structlog.get_logger(__name__)


class PayingEvmRail(EvmRail):
    """One EVM chain on which authorizations can be settled."""

    def __init__(
        self,
        chain: Chain,
        ledgers: tuple[Ledger, ...],
        rpc: Rpc,
        *,
        gas_key: str,
        gas_daily: int,
        pending: bool = False,
    ) -> None:
        super().__init__(chain, ledgers, rpc, pending=pending)
        self.gas_daily = gas_daily
        self._gas_key = gas_key
        self._threads = ThreadPoolExecutor(THREADS, "x402")
        self._judged = 0

    @cached_property
    def gas_account(self) -> str:
        """The address that pays for gas."""
        return address.of_key(self._gas_key)

    async def gas_left(self) -> int | None:
        """Return what the gas account has; None: not known."""
        call = Call(wire.Quantity, "eth_getBalance", self.gas_account, "latest")
        try:
            found = await self._rpc.ask(call)
        except RpcError:
            return None
        return None if found is None else int(found, 16)

    async def verify(self, asked: Requirement, said: Authorization) -> str | None:
        """Return why the token would refuse an authorization, or None."""

        def judge(asking: Any) -> str | None:
            from app.rails.evm import core

            return core.verify(asking, asked, said)

        return await self._apart(judge)

    async def cost(self, asked: Requirement, said: Authorization) -> Cost | str:
        """Return what settling costs now, or why the token would refuse."""

        def encode(asking: Any) -> str:
            from app.rails.evm import core

            return core.call(asking, asked, said)

        data = await self._apart(encode)
        order = {"from": self.gas_account, "to": asked.asset, "data": data}
        calls: list[Call[Any]] = [
            Call(wire.Quantity, "eth_estimateGas", order),
            Call(wire.Fees, "eth_getBlockByNumber", "latest", False),
            Call(wire.Quantity, "eth_gasPrice"),
            Call(wire.Quantity, "eth_maxPriorityFeePerGas"),
            Call(wire.Quantity, "eth_getTransactionCount", self.gas_account, "pending"),
            Call(wire.Quantity, "eth_getBalance", self.gas_account, "latest"),
        ]
        answers: list[Any] = await self._rpc.batch(calls)
        gas, block, price, tip, count, balance = answers
        if isinstance(gas, RpcError):
            return await asyncio.to_thread(_reason, gas)
        for one in (gas, block, price, count, balance):
            if one is None or isinstance(one, RpcError):
                raise ChainUnavailable(f"{self.chain.id} does not say what a transaction costs.")
        most, tips = _price(block, int(price, 16), tip)
        spare, of = GAS_SPARE
        found = Cost(
            call=data,
            gas=int(gas, 16) * spare // of,
            price=most,
            tip=tips,
            count=int(count, 16),
            height=int(block.number, 16),
        )
        if int(balance, 16) < found.most:
            log.error("x402.gas_account_empty", chain=self.chain.id)
            raise Unavailable("The account that pays for gas on this chain is empty.")
        return found if found.gas <= GAS_MAX else Reason.SIMULATION

    def sign(self, asked: Requirement, cost: Cost, count: int) -> Signed:
        """Write and sign the transaction. The same words give the same bytes."""
        from eth_account import Account

        order: dict[str, Any] = {
            "chainId": self._chain_number,
            "nonce": count,
            "gas": cost.gas,
            "to": asked.asset,
            "value": 0,
            "data": cost.call,
        }
        if cost.tip is None:
            order["gasPrice"] = cost.price
        else:
            order |= {"maxFeePerGas": cost.price, "maxPriorityFeePerGas": cost.tip, "type": 2}
        signed = Account.sign_transaction(order, self._gas_key)
        return Signed(tx="0x" + signed.hash.hex(), raw="0x" + signed.raw_transaction.hex())

    async def send(self, raw: str) -> None:
        """Hand a signed transaction to the chain."""
        try:
            await self._rpc.ask(Call(wire.Hash, "eth_sendRawTransaction", raw))
        except RpcError as error:
            if not any(word in error.message.lower() for word in KNOWN):
                # Whether it will be taken later nobody knows; it is sent again in a while.
                log.warning("x402.not_taken", chain=self.chain.id, code=error.code)

    async def outcome(self, sent: Sent) -> Ended:
        """Say what came of a sent transaction: of ours, or of who was quicker."""
        state = STATE + sent.payer[2:].rjust(64, "0") + sent.authorization[2:]
        calls: list[Call[Any]] = [
            wire.receipt(sent.tx),
            Call(wire.Data, "eth_call", {"to": sent.asset, "data": state}, "latest"),
            Call(wire.Quantity, "eth_getTransactionCount", self.gas_account, "latest"),
            wire.header("latest"),
        ]
        receipt, used, count, tip = await self._rpc.batch(calls)
        mined = isinstance(receipt, wire.Receipt)
        if isinstance(receipt, wire.Receipt) and receipt.succeeded:
            return Ended(outcome=Outcome.SETTLED, tx=sent.tx, mined=True)
        if not isinstance(used, str) or not isinstance(count, str):
            return Ended(outcome=Outcome.PENDING)
        if int(used, 16) == 1:
            return msgspec.structs.replace(await self._quicker(sent), mined=mined)
        if mined:
            return Ended(outcome=Outcome.REFUSED, reason=Reason.FAILED, mined=True)
        over = isinstance(tip, wire.Header) and int(tip.timestamp, 16) >= sent.valid_before
        if over and int(count, 16) > sent.count:
            # Another transaction has our number, and no later one can move this money.
            return Ended(outcome=Outcome.REFUSED, reason=Reason.FAILED, mined=True)
        return Ended(outcome=Outcome.PENDING)

    async def _quicker(self, sent: Sent) -> Ended:
        """Find what used an authorization up: a transfer, ours or a quicker one, or its end.

        A node whose logs are behind its state shows neither, and nothing is known yet.
        """
        payer = "0x" + sent.payer[2:].rjust(64, "0")
        topics = [[USED, CANCELED], payer, sent.authorization]
        found = await self._rpc.ask(
            wire.logs(sent.height, "latest", address=sent.asset, topics=topics)
        )
        if not found:
            return Ended(outcome=Outcome.PENDING)
        if found[0].topics[0] == USED:
            return Ended(outcome=Outcome.SETTLED, tx=found[0].transaction_hash)
        return Ended(outcome=Outcome.REFUSED, reason=Reason.NONCE_USED)

    async def _apart(self, judge: Callable[[Any], T]) -> T:
        """Let the core judge in a thread; a node that failed it makes no refusal."""
        if self._judged >= JUDGED_MAX:
            raise Unavailable("Too many payments are being judged at once.")
        loop = asyncio.get_running_loop()

        def work() -> tuple[T, bool]:
            with depth.kept():
                from app.rails.evm import asking  # the judge asks for the core
                from app.rails.evm import core as core

            asks = asking.Asking(self._rpc, loop)
            return judge(asks), asks.unavailable

        self._judged += 1
        try:
            judged, unavailable = await loop.run_in_executor(self._threads, work)
        finally:
            self._judged -= 1
        if unavailable:
            raise ChainUnavailable(f"{self.chain.id} cannot be read right now.")
        return judged


def _price(block: wire.Fees, price: int, tip: Any) -> tuple[int, int | None]:
    """Return the most paid for a unit of gas, and the tip where the chain knows tips."""
    if block.base_fee_per_gas is None:
        spare, of = GAS_SPARE
        return price * spare // of, None
    base = int(block.base_fee_per_gas, 16)
    tips = int(tip, 16) if isinstance(tip, str) else max(price - base, 0)
    return RISE * base + tips, tips


def _reason(error: RpcError) -> str:
    from app.rails.evm import core
    from app.rails.evm.asking import is_revert

    if not is_revert(error):
        raise ChainUnavailable("The node does not say what a transaction costs.")
    return core.reason(error)
