"""Cursors: few marks, sparser with age, and always one near a fork."""

from hypothesis import given
from hypothesis import strategies as st

from app.rails.evm.cursor import REWIND_BLOCKS, Cursor
from app.rails.evm.wire import Header


def block(height: int) -> Header:
    return Header(number=hex(height), hash=f"0x{height:064x}", timestamp=hex(height * 12))


def walk(steps: list[int]) -> Cursor:
    cursor = Cursor.start(block(1000))
    for step in steps:
        cursor = cursor.advance(block(cursor.height + step))
    return cursor


@given(st.lists(st.integers(0, 40), max_size=200))
def test_a_cursor_reads_as_it_was_written(steps: list[int]) -> None:
    cursor = walk(steps)
    assert Cursor.read(cursor.write()) == cursor


@given(st.lists(st.integers(0, 40), max_size=400))
def test_marks_stay_few_ordered_and_true(steps: list[int]) -> None:
    cursor = walk(steps)
    heights = [mark.height for mark in cursor.marks]
    assert heights == sorted(set(heights), reverse=True)
    assert len(heights) <= REWIND_BLOCKS.bit_length() + 1
    assert heights[0] == 1000 + sum(steps)
    assert all(mark.hash == block(mark.height).hash for mark in cursor.marks)


@given(st.integers(1, 255))
def test_a_fork_is_found_within_four_times_its_depth(depth: int) -> None:
    cursor = walk([1] * 600)
    fork = cursor.height - depth
    standing = cursor.back_to(fork)
    assert standing.marks
    assert cursor.height - standing.height <= 4 * depth


def test_marks_far_behind_are_forgotten() -> None:
    assert len(walk([1, 1, 10_000]).marks) == 1
