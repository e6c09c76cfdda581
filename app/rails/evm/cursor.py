"""Where a scan resumes: the last block read, and older ones to find the fork after a reorg.

A cursor names blocks by height and hash. While the newest still stands, everything before
it stands. When it does not, the newest mark that stands is where the histories part. Marks
grow sparser with age, so a few of them reach hundreds of blocks back.
"""

import msgspec

from app.rails.evm.wire import Header

REWIND_BLOCKS = 256  # how far to go back when no mark stands


class Mark(msgspec.Struct, frozen=True, array_like=True):
    height: int
    hash: str


class Cursor(msgspec.Struct, frozen=True, kw_only=True):
    """The marks, newest first, and the newest one's time in Unix seconds."""

    marks: tuple[Mark, ...]
    at: int

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
        assert tip.hash is not None
        return cls(marks=(Mark(tip.height, tip.hash),), at=int(tip.timestamp, 16))

    def write(self) -> str:
        return msgspec.json.encode(self).decode()

    def back_to(self, height: int) -> "Cursor":
        """Forget every mark above `height`."""
        kept = tuple(mark for mark in self.marks if mark.height <= height)
        return msgspec.structs.replace(self, marks=kept)

    def advance(self, block: Header) -> "Cursor":
        """Add the newest block read, and thin the older marks."""
        start = Cursor.start(block)
        kept: dict[int, Mark] = {}
        # The oldest mark of each power of two of age stays: it is on its way to the next.
        for mark in self.marks:
            if mark.height < block.height:
                kept[(block.height - mark.height).bit_length()] = mark
        reach = REWIND_BLOCKS.bit_length()
        marks = (mark for age, mark in sorted(kept.items()) if age <= reach)
        return msgspec.structs.replace(start, marks=(*start.marks, *marks))
