"""The sandbox's levers over HTTP. Test keys only."""

from typing import Any, Literal

import msgspec
from litestar import Controller, Request, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from app.domain.account import Account
from app.errors import Forbidden
from app.services.levers import Lever, Levers
from app.services.sandbox import NewTransfer, Sandbox, TransferView
from app.services.views import IntentView
from app.web.auth import once


class Mine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Blocks to append."""

    chain: str = "sandbox:1"
    count: int = 1


class Reorg(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Blocks to drop."""

    chain: str = "sandbox:1"
    depth: int = 1


class Pull(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A lever, and the intent to pull it for."""

    payment_intent: str
    lever: Lever


class Mined(msgspec.Struct, frozen=True, kw_only=True):
    """The chain after the lever was pulled."""

    object: Literal["sandbox_chain"] = "sandbox_chain"
    chain: str
    height: int | None = None
    transfers_lost: int = 0


class SandboxController(Controller):
    """`/v1/sandbox`."""

    path = "/v1/sandbox"
    tags = ("Sandbox",)

    @post("/transfers")
    async def transfer(
        self,
        request: Request[Any, Any, Any],
        data: JSONBody[NewTransfer],
        sandbox: NamedDependency[Sandbox],
        merchant: NamedDependency[Account],
    ) -> TransferView:
        """Pay an intent as a wallet would."""
        _test_only(merchant)
        return await sandbox.transfer(merchant.id, data, await once(request, merchant.id))

    @post("/blocks")
    async def mine(
        self,
        request: Request[Any, Any, Any],
        data: JSONBody[Mine],
        sandbox: NamedDependency[Sandbox],
        merchant: NamedDependency[Account],
    ) -> Mined:
        """Append blocks: whatever waits is mined, whatever was mined lies deeper."""
        _test_only(merchant)
        key = await once(request, merchant.id)
        height = await sandbox.mine(data.chain, data.count, key)
        return Mined(chain=data.chain, height=height)

    @post("/reorgs")
    async def reorg(
        self,
        request: Request[Any, Any, Any],
        data: JSONBody[Reorg],
        sandbox: NamedDependency[Sandbox],
        merchant: NamedDependency[Account],
    ) -> Mined:
        """Drop the newest blocks with all they held."""
        _test_only(merchant)
        key = await once(request, merchant.id)
        lost = await sandbox.reorg(data.chain, data.depth, key)
        return Mined(chain=data.chain, transfers_lost=lost)

    @post("/levers", status_code=200)
    async def pull(
        self,
        data: JSONBody[Pull],
        levers: NamedDependency[Levers],
        merchant: NamedDependency[Account],
    ) -> IntentView:
        """Bring an intent to a state its page should be seen in."""
        _test_only(merchant)
        return await levers.pull(data.payment_intent, data.lever, merchant.id)


def _test_only(account: Account) -> None:
    if account.livemode:
        raise Forbidden("The sandbox is for test keys: live money has no levers.")
