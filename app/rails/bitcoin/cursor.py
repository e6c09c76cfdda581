"""Where a scan resumes: the last block read, and older ones to find the fork after a reorg.

As on other chains a cursor names blocks by height and hash, newest first. Marks grow sparser
with age, so a few of them reach hundreds of blocks back.
"""

import msgspec

from app.rails.bitcoin.wire import Header

REACH_BLOCKS = 512  # how far the marks go back
REWIND_BLOCKS = 144  # a day: how much further to go back when no mark stands


class Mark(msgspec.Struct, frozen=True, array_like=True):
    height: int
    hash: str


class Cursor(msgspec.Struct, frozen=True, kw_only=True):
    """The marks, newest first."""

    marks: tuple[Mark, ...]

    @property
    def height(self) -> int:
        return self.marks[0].height

    @classmethod
    def read(cls, text: str) -> "Cursor":
        cursor = msgspec.json.decode(text, type=cls)
        assert cursor.marks, "a cursor has at least one mark"
        return cursor

    @classmethod
    def start(cls, tip: Header) -> "Cursor":
        return cls(marks=(Mark(tip.height, tip.hash),))

    def write(self) -> str:
        return msgspec.json.encode(self).decode()

    def advance(self, block: Header) -> "Cursor":
        """Add the newest block read, and thin the older marks."""
        kept: dict[int, Mark] = {}
        # The oldest mark of each power of two of age stays: it is on its way to the next.
        for mark in self.marks:
            if mark.height < block.height:
                kept[(block.height - mark.height).bit_length()] = mark
        reach = REACH_BLOCKS.bit_length()
        older = (mark for age, mark in sorted(kept.items()) if age <= reach)
        return Cursor(marks=(Mark(block.height, block.hash), *older))

    def back_to(self, height: int) -> "Cursor":
        """Forget every mark above `height`, unless none would be left."""
        kept = tuple(mark for mark in self.marks if mark.height <= height)
        return Cursor(marks=kept or self.marks[-1:])
