"""How deep this process may recurse is ours to say, and not a library's.

`py_ecc`, which the x402 core brings along, allows a hundred thousand frames to the whole
process as soon as it is imported. JSON that nests as deep would then run over the end of the
stack and end the process, where it should be refused.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_ONE = Lock()


@contextmanager
def kept() -> Iterator[None]:
    """Import what wants to recurse deeper without letting it."""
    with _ONE:
        allow = sys.setrecursionlimit
        sys.setrecursionlimit = _refuse
        try:
            yield
        finally:
            sys.setrecursionlimit = allow


def _refuse(_limit: int, /) -> None:
    """Leave it as it is."""
