"""The sandbox chain's blocks and transfers."""

from datetime import datetime

import msgspec
from sqlalchemy import func, insert, select, update

from app.storage import rows
from app.storage.store import Tx
from app.storage.tables import sandbox_blocks, sandbox_transfers

PAGE_MAX = 1000


class SandboxBlock(msgspec.Struct, frozen=True, kw_only=True):
    """One block of the pretended chain."""

    chain: str
    height: int
    hash: str
    at: datetime


class SandboxTransfer(msgspec.Struct, frozen=True, kw_only=True):
    """One transfer. `block` None: it waits to be mined."""

    tx: str
    chain: str
    ledger: str
    to: str
    amount: int
    block: int | None
    flows: bool
    at: datetime
    failed: bool = False
    stuck: bool = False


def tip(tx: Tx, chain: str) -> SandboxBlock | None:
    query = (
        rows.columns(sandbox_blocks, SandboxBlock)
        .where(sandbox_blocks.c.chain == chain)
        .order_by(sandbox_blocks.c.height.desc())
        .limit(1)
    )
    return rows.struct(tx.execute(query).mappings().first(), SandboxBlock)


def blocks(tx: Tx, chain: str, heights: list[int]) -> dict[int, SandboxBlock]:
    query = rows.columns(sandbox_blocks, SandboxBlock).where(
        sandbox_blocks.c.chain == chain, sandbox_blocks.c.height.in_(heights)
    )
    found = rows.structs(tx.execute(query).mappings(), SandboxBlock)
    return {one.height: one for one in found}


def add_block(tx: Tx, block: SandboxBlock) -> None:
    """Append a block; whatever waits is in it, but what is stuck."""
    tx.execute(insert(sandbox_blocks), msgspec.structs.asdict(block))
    tx.execute(
        update(sandbox_transfers)
        .where(
            sandbox_transfers.c.chain == block.chain,
            sandbox_transfers.c.block.is_(None),
            sandbox_transfers.c.stuck.is_(False),
        )
        .values(block=block.height)
    )


def cut(tx: Tx, chain: str, above: int) -> int:
    """Drop every block above a height and the transfers in them; return how many were lost."""
    where = sandbox_transfers.c.chain == chain
    waiting = sandbox_transfers.c.block.is_(None)
    lost = tx.execute(
        sandbox_transfers.delete().where(where, (sandbox_transfers.c.block > above) | waiting)
    ).rowcount
    tx.execute(
        sandbox_blocks.delete().where(
            sandbox_blocks.c.chain == chain, sandbox_blocks.c.height > above
        )
    )
    return lost


def add_transfer(tx: Tx, transfer: SandboxTransfer) -> None:
    tx.execute(insert(sandbox_transfers), msgspec.structs.asdict(transfer))


def since(tx: Tx, chain: str, height: int) -> list[SandboxTransfer]:
    """Return transfers in blocks from a height on, and those that wait, oldest first."""
    query = (
        rows.columns(sandbox_transfers, SandboxTransfer)
        .where(
            sandbox_transfers.c.chain == chain,
            (sandbox_transfers.c.block >= height) | sandbox_transfers.c.block.is_(None),
        )
        .order_by(
            sandbox_transfers.c.block.is_(None), sandbox_transfers.c.block, sandbox_transfers.c.tx
        )
        .limit(PAGE_MAX)
    )
    return rows.structs(tx.execute(query).mappings(), SandboxTransfer)


def named(tx: Tx, chain: str, ids: list[str]) -> dict[str, SandboxTransfer]:
    query = rows.columns(sandbox_transfers, SandboxTransfer).where(
        sandbox_transfers.c.chain == chain, sandbox_transfers.c.tx.in_(ids)
    )
    found = rows.structs(tx.execute(query).mappings(), SandboxTransfer)
    return {one.tx: one for one in found}


def flowing_from(tx: Tx, chain: str, depth: int) -> bool:
    """Tell whether a transfer that flows by itself is not `depth` blocks deep yet."""
    top = select(func.coalesce(func.max(sandbox_blocks.c.height), 0)).where(
        sandbox_blocks.c.chain == chain
    )
    query = select(sandbox_transfers.c.tx).where(
        sandbox_transfers.c.chain == chain,
        sandbox_transfers.c.flows.is_(True),
        sandbox_transfers.c.block.is_(None)
        | (sandbox_transfers.c.block > top.scalar_subquery() - depth + 1),
    )
    return tx.execute(query.limit(1)).first() is not None
