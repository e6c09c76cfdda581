"""Which chain of headers is believed: sources that are behind, that fork, and that lie."""

from decimal import Decimal

import msgspec
import pytest

from app.rails.base import Watch
from app.rails.bitcoin import network
from app.rails.bitcoin.cursor import Cursor
from app.rails.bitcoin.headers import Headers
from app.rails.bitcoin.network import NETWORKS
from app.rails.bitcoin.source import Behind, Fault, Proof, Reading, Told
from app.rails.bitcoin.wire import Header, is_in_tree, is_worked, read_header, read_transaction

REGTEST = NETWORKS[network.BITCOIN_REGTEST]
STRICT = msgspec.structs.replace(REGTEST, retargets=True)
EASY, HARD = 0x207FFFFF, 0x1F7FFFFF  # half of all tries do; one in 512


def mined(before: bytes | None, height: int, salt: int = 0, bits: int = EASY) -> bytes:
    """Return a header that was really worked for."""
    previous = bytes(32) if before is None else bytes.fromhex(read_header(before, 0).hash)[::-1]
    head = (1).to_bytes(4, "little") + previous + salt.to_bytes(32, "little")
    head += (1_700_000_000 + height).to_bytes(4, "little") + bits.to_bytes(4, "little")
    for nonce in range(1_000_000):
        raw = head + nonce.to_bytes(4, "little")
        if is_worked(read_header(raw, height), by_scrypt=False):
            return raw
    raise AssertionError("no luck")


def chain(
    count: int, on: list[bytes] | None = None, salt: int = 0, bits: int = EASY
) -> list[bytes]:
    """Return headers from the first block on, as many more on those given."""
    found = list(on or [])
    for _ in range(count):
        found.append(mined(found[-1] if found else None, len(found), salt, bits))
    return found


class Shown:
    """A source that shows a list of headers, and may call itself higher."""

    number = 1
    proves = True

    def __init__(self, headers: list[bytes], called: int | None = None) -> None:
        self.shown = headers
        self.called = called
        self.requests = 0

    async def tip(self) -> tuple[int, bytes]:
        height = len(self.shown) - 1
        return (height if self.called is None else self.called), self.shown[-1]

    async def headers(self, start: int, count: int) -> list[bytes]:
        self.requests += 1
        return self.shown[start : start + count]

    async def read(self, start: int, stop: int, watch: Watch) -> Reading:
        raise NotImplementedError

    async def transaction(self, tx: str) -> Told | None:
        raise NotImplementedError

    async def proof(self, tx: str, height: int) -> Proof:
        raise NotImplementedError

    async def fee_rate(self, blocks: int) -> Decimal | None:
        raise NotImplementedError

    async def close(self) -> None:
        raise NotImplementedError


async def follow(headers: Headers, shown: list[bytes], **more: int) -> Header:
    return await headers.follow(Shown(shown, **more), None)


TRUNK = chain(40)


async def test_a_new_block_costs_no_question() -> None:
    headers = Headers("bip122:x", REGTEST)
    await follow(headers, TRUNK[:30])
    source = Shown(TRUNK[:31])
    assert (await headers.follow(source, None)).height == 30
    assert source.requests == 0


async def test_many_new_blocks_are_linked_to_what_is_known() -> None:
    headers = Headers("bip122:x", REGTEST)
    await follow(headers, TRUNK[:10])
    assert (await follow(headers, TRUNK)).height == 39
    assert (await headers.at(Shown(TRUNK), 3)).hash == read_header(TRUNK[3], 3).hash


async def test_a_branch_with_more_work_is_followed() -> None:
    headers = Headers("bip122:x", REGTEST)
    await follow(headers, TRUNK[:30])
    branch = chain(4, TRUNK[:28], salt=9)
    tip = await follow(headers, branch)
    assert (tip.height, tip.hash) == (31, read_header(branch[-1], 31).hash)


async def test_a_longer_branch_with_less_work_is_not() -> None:
    hard = chain(3, TRUNK[:20], bits=HARD)
    headers = Headers("bip122:x", REGTEST)
    await follow(headers, hard)
    with pytest.raises(Behind, match="less work"):
        await follow(headers, chain(9, TRUNK[:20], salt=3))
    assert headers.tip is not None
    assert headers.tip.height == 22


async def test_a_source_that_is_behind_teaches_nothing() -> None:
    headers = Headers("bip122:x", REGTEST)
    await follow(headers, TRUNK[:30])
    with pytest.raises(Behind):
        await follow(headers, TRUNK[:25])
    with pytest.raises(Behind):
        await Headers("bip122:x", REGTEST).follow(
            Shown(TRUNK[:25]), Cursor.start(read_header(TRUNK[29], 29))
        )


async def test_a_height_without_blocks_is_a_lie() -> None:
    headers = Headers("bip122:x", REGTEST)
    await follow(headers, TRUNK[:30])
    with pytest.raises(Fault, match="calls itself at block 50"):
        await follow(headers, TRUNK[:31], called=50)
    with pytest.raises(Fault):
        await follow(Headers("bip122:x", REGTEST), TRUNK[:31], called=50)


async def test_blocks_nobody_worked_for_are_a_lie() -> None:
    headers = Headers("bip122:x", REGTEST)
    await follow(headers, TRUNK[:30])
    forged = bytearray(TRUNK[30])
    for nonce in range(1_000):
        forged[76:80] = nonce.to_bytes(4, "little")
        if not is_worked(read_header(bytes(forged), 30), by_scrypt=False):
            break
    with pytest.raises(Fault, match="nobody worked for"):
        await follow(headers, [*TRUNK[:30], bytes(forged)])


async def test_blocks_that_were_suddenly_easy_are_a_lie() -> None:
    headers = Headers("bip122:x", STRICT)
    hard = chain(2, TRUNK[:5], bits=HARD)
    await follow(headers, hard)
    with pytest.raises(Fault, match="too easy"):
        await follow(headers, chain(1, hard, bits=EASY))


async def test_a_chain_that_hangs_on_nothing_known_is_a_lie() -> None:
    headers = Headers("bip122:x", REGTEST)
    await follow(headers, chain(60))
    with pytest.raises(Fault, match="does not hang together"):
        await follow(headers, chain(70, salt=5))


async def test_a_cursor_tells_where_to_begin() -> None:
    headers = Headers("bip122:x", REGTEST)
    cursor = Cursor.start(read_header(TRUNK[10], 10))
    for height in range(11, 21):
        cursor = cursor.advance(read_header(TRUNK[height], height))
    other = chain(10, TRUNK[:20], salt=7)  # block 20 of the cursor is no more
    assert (await headers.follow(Shown(other), cursor)).height == 29
    heights = [mark.height for mark in cursor.marks]
    assert heights == sorted(heights, reverse=True)
    assert Cursor.read(cursor.write()) == cursor


# Block 170's payment (the first there was), and the two leaves of that block's tree.
FIRST = (
    "0100000001c997a5e56e104102fa209c6a852dd90660a20b2d9c352423edce25857fcd3704000000004847304402"
    "204e45e16932b8af514961a1d3a1a25fdf3f4f7732e9d624c6c61548ab5fb8cd410220181522ec8eca07de4860a4"
    "acdd12909d831cc56cbbac4622082221a8768d1d0901ffffffff0200ca9a3b00000000434104ae1a62fe09c5f51b"
    "13905f07f06b99a2f7159b2225f374cd378d71302fa28414e7aab37397f554a7df5f142c21c1b7303b8a0626f1ba"
    "ded5c72a704f7e6cd84cac00286bee0000000043410411db93e1dcdb8a016b49840f8c53bc1eb68a382e97b1482e"
    "cad7b148a6909a5cb2e0eaddfb84ccf9744464f82e160bfa9b8b64f9d4c03f999b8643f656b412a3ac00000000"
)
FIRST_ID = "f4184fc596403b9d638783cf57adfe4c75c605f6356fbc91338530e9831e9e16"


def test_a_transaction_is_what_its_id_says() -> None:
    moved = read_transaction(bytes.fromhex(FIRST))
    assert moved.tx == FIRST_ID
    assert [amount for amount, _ in moved.outputs] == [10_00000000, 40_00000000]


def test_a_proof_climbs_to_the_root() -> None:
    reward = "b1fea52486ce0c62bb442b530a3f0132b826c74e473d1f2c220bfa78111c5082"
    root = bytes.fromhex("7dac2c5666815c17a3b36427de37bb9d2e2c5ccec3f8633eb91a4205cb4c10ff")[::-1]
    assert is_in_tree(FIRST_ID, 1, [reward], root)
    assert not is_in_tree(FIRST_ID, 0, [reward], root)
    assert not is_in_tree(FIRST_ID, 3, [reward], root), "a place outside of the tree"
    assert not is_in_tree(reward, 1, [reward], root)
