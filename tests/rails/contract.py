"""The contract every rail keeps.

A rail's test module subclasses `RailContract` and gives it a `harness` fixture: the rail,
and a way to make its chain do what chains do.

    class TestMyRail(RailContract):
        @pytest.fixture
        def harness(self) -> Harness: ...
"""

import contextlib
from collections.abc import Collection
from typing import Protocol

import pytest

from app.domain.ledger import Ledger
from app.errors import ChainUnavailable, Invalid
from app.rails.base import Fate, Found, Place, Rail, Scan, Transfer

SCANS_MAX = 50


class Harness(Protocol):
    """A rail, and a chain that does as it is told.

    `kind` and `value` are a destination with many places. `reorg` takes the newest blocks
    away, puts as many empty ones in their stead, and forgets the transactions.
    """

    rail: Rail
    ledger: Ledger
    kind: str
    value: str

    def fresh_slot(self) -> int:
        """Return a slot no test used before."""

    def unknown_tx(self) -> str:
        """Return a well-formed transaction id that never was."""

    async def pay(self, place: Place, ledger: Ledger, amount: int) -> str:
        """Send a payment, which `mine` then puts into a block; return its id."""

    async def mine(self, blocks: int = 1) -> None: ...

    async def reorg(self, depth: int) -> None: ...

    async def outage(self, *, down: bool) -> None:
        """Make the chain unreachable, or reachable again."""


class Watching:
    """A `Watch` over a plain set; `limit` plays an index with many more addresses."""

    def __init__(self, *places: Place, many: bool = False) -> None:
        self.addresses = {place.to for place in places}
        self.many = many
        self.asked: list[int] = []

    async def among(self, addresses: Collection[str]) -> set[str]:
        self.asked.append(len(addresses))
        return self.addresses & set(addresses)

    async def few(self, limit: int) -> list[str] | None:
        return None if self.many or len(self.addresses) > limit else sorted(self.addresses)


async def scan_all(rail: Rail, since: str | None, watch: Watching) -> Scan:
    """Scan until the tip is reached and return everything as one scan."""
    found: list[Transfer] = []
    for _ in range(SCANS_MAX):
        scan = await rail.scan(since, watch)
        found += scan.transfers
        since = scan.cursor
        if not scan.more:
            return Scan(
                transfers=tuple(found), cursor=scan.cursor, tip=scan.tip, tip_at=scan.tip_at
            )
    raise AssertionError(f"the tip was not reached in {SCANS_MAX} scans")


def keys(transfers: Collection[Transfer]) -> set[tuple[str, str, int, str | None]]:
    return {(one.chain, one.tx, one.index, one.block_hash) for one in transfers}


class RailContract:
    """What a rail promises, whatever its family."""

    async def test_the_same_slot_gives_the_same_place(self, harness: Harness) -> None:
        first = harness.rail.place(harness.kind, harness.value, 7)
        assert first == harness.rail.place(harness.kind, harness.value, 7)

    async def test_different_slots_give_different_places(self, harness: Harness) -> None:
        places = [harness.rail.place(harness.kind, harness.value, n) for n in range(20)]
        assert len({(place.to, place.reference) for place in places}) == 20

    async def test_a_good_destination_is_its_own_canonical_form(self, harness: Harness) -> None:
        canonical = harness.rail.check_destination(harness.kind, harness.value)
        assert harness.rail.check_destination(harness.kind, canonical) == canonical

    async def test_a_destination_of_no_known_kind_is_refused(self, harness: Harness) -> None:
        with pytest.raises(Invalid):
            harness.rail.check_destination("no-such-kind", harness.value)

    async def test_the_uri_names_the_place(self, harness: Harness) -> None:
        place = harness.rail.place(harness.kind, harness.value, 1)
        assert place.to in harness.rail.uri(harness.ledger, place, 12_345)

    async def test_a_first_scan_starts_at_the_present(self, harness: Harness) -> None:
        place = await self.paid_place(harness, 5)
        scan = await harness.rail.scan(None, Watching(place))
        assert scan.cursor
        assert not scan.more

    async def test_a_payment_is_found_as_it_was_sent(self, harness: Harness) -> None:
        place, watch, since = await self.watched_place(harness)
        tx = await harness.pay(place, harness.ledger, 1_234_567)
        await harness.mine()
        (transfer,) = (await scan_all(harness.rail, since, watch)).transfers
        assert transfer.chain == harness.rail.chain.id
        assert (transfer.tx, transfer.ledger) == (tx, harness.ledger.id)
        assert (transfer.to, transfer.amount) == (place.to, 1_234_567)
        assert transfer.confirmations >= 1
        assert transfer.block is not None
        assert transfer.block_hash is not None
        assert transfer.at is not None
        assert not transfer.removed

    async def test_payments_to_others_are_not_reported(self, harness: Harness) -> None:
        _, watch, since = await self.watched_place(harness)
        await self.paid_place(harness, 5)
        assert (await scan_all(harness.rail, since, watch)).transfers == ()

    async def test_a_repeated_scan_changes_nothing(self, harness: Harness) -> None:
        place, watch, since = await self.watched_place(harness)
        await harness.pay(place, harness.ledger, 5)
        await harness.mine()
        first = await scan_all(harness.rail, since, watch)
        second = await scan_all(harness.rail, since, watch)
        assert keys(first.transfers) == keys(second.transfers)
        assert len(keys(first.transfers)) == len(first.transfers) == 1

    async def test_cursors_resume_and_miss_nothing(self, harness: Harness) -> None:
        place, watch, cursor = await self.watched_place(harness)
        sent: list[str] = []
        found: set[str] = set()
        for amount in range(1, 5):
            sent.append(await harness.pay(place, harness.ledger, amount))
            await harness.mine(amount)
            scan = await scan_all(harness.rail, cursor, watch)
            found |= {transfer.tx for transfer in scan.transfers}
            cursor = scan.cursor
        assert found == set(sent)

    async def test_confirmations_grow_with_the_chain(self, harness: Harness) -> None:
        transfer, _, _ = await self.transfer(harness)
        await harness.mine(3)
        (deeper,) = await harness.rail.check([transfer])
        assert deeper.confirmations == transfer.confirmations + 3
        assert keys([deeper]) == keys([transfer])
        assert not deeper.removed

    async def test_a_reorg_removes_what_it_took(self, harness: Harness) -> None:
        transfer, _, _ = await self.transfer(harness)
        await harness.reorg(1)
        await harness.mine()
        gone = await harness.rail.check([transfer])
        assert [one.removed for one in gone] == [True]
        assert keys(gone) == keys([transfer])

    async def test_a_scan_goes_back_over_a_reorg(self, harness: Harness) -> None:
        transfer, watch, cursor = await self.transfer(harness)
        await harness.reorg(1)
        place = Place(to=transfer.to)
        tx = await harness.pay(place, harness.ledger, 99)
        await harness.mine()
        scan = await scan_all(harness.rail, cursor, watch)
        assert {one.tx for one in scan.transfers if not one.removed} == {tx}

    async def test_an_outage_is_unknown_and_never_removal(self, harness: Harness) -> None:
        transfer, watch, cursor = await self.transfer(harness)
        await harness.outage(down=True)
        with pytest.raises(ChainUnavailable):
            await harness.rail.scan(cursor, watch)
        with contextlib.suppress(ChainUnavailable):  # refusing as a whole is as good
            assert await harness.rail.check([transfer]) == []
        await harness.outage(down=False)
        (still,) = await harness.rail.check([transfer])
        assert not still.removed

    async def test_what_came_during_an_outage_is_found_after_it(self, harness: Harness) -> None:
        place, watch, cursor = await self.watched_place(harness)
        await harness.outage(down=True)
        tx = await harness.pay(place, harness.ledger, 77)
        await harness.mine(2)
        with pytest.raises(ChainUnavailable):
            await harness.rail.scan(cursor, watch)
        await harness.outage(down=False)
        scan = await scan_all(harness.rail, cursor, watch)
        assert [one.tx for one in scan.transfers] == [tx]

    async def test_find_knows_what_a_scan_knows(self, harness: Harness) -> None:
        transfer, _, _ = await self.transfer(harness)
        found = await harness.rail.find(transfer.tx)
        assert found.fate is Fate.DONE
        assert keys(found.transfers) == keys([transfer])

    async def test_an_unknown_tx_is_unknown_and_holds_nothing(self, harness: Harness) -> None:
        assert await harness.rail.find(harness.unknown_tx()) == Found(fate=Fate.UNKNOWN)

    async def test_an_id_that_is_none_is_refused_or_unknown(self, harness: Harness) -> None:
        with contextlib.suppress(Invalid):
            assert (await harness.rail.find("not a transaction")).fate is Fate.UNKNOWN

    async def test_an_id_is_read_out_of_what_people_paste(self, harness: Harness) -> None:
        id = harness.unknown_tx()
        for text in (id, f"  {id}\n", f"https://scan.example/tx/{id}", f"{id}?tab=logs#top"):
            assert harness.rail.read_id(text) == id
        for text in ("", "https://scan.example/", f"{id}00", f"a{id}"):
            with pytest.raises(Invalid) as refused:
                harness.rail.read_id(text)
            assert refused.value.faults[0].field == "tx"

    async def test_money_goes_back_to_an_address_as_the_rail_writes_it(
        self, harness: Harness
    ) -> None:
        place = harness.rail.place(harness.kind, harness.value, 1)
        assert harness.rail.check_payee(f" {place.to} ") == place.to
        for text in ("", "nobody", f"{place.to}0"):
            with pytest.raises(Invalid) as refused:
                harness.rail.check_payee(text)
            assert refused.value.faults[0].field == "address"

    # What the tests above are made of.

    async def watched_place(self, harness: Harness) -> tuple[Place, Watching, str]:
        """Return a fresh place, a watch over it, and a cursor at the present."""
        place = harness.rail.place(harness.kind, harness.value, harness.fresh_slot())
        watch = Watching(place)
        return place, watch, (await harness.rail.scan(None, watch)).cursor

    async def paid_place(self, harness: Harness, amount: int) -> Place:
        place = harness.rail.place(harness.kind, harness.value, harness.fresh_slot())
        await harness.pay(place, harness.ledger, amount)
        await harness.mine()
        return place

    async def transfer(self, harness: Harness) -> tuple[Transfer, Watching, str]:
        """Return one found transfer, its watch, and the cursor after it."""
        place, watch, since = await self.watched_place(harness)
        await harness.pay(place, harness.ledger, 5_000)
        await harness.mine()
        scan = await scan_all(harness.rail, since, watch)
        (transfer,) = scan.transfers
        return transfer, watch, scan.cursor
