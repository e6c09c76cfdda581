"""Shapes: what every Struct is made of, found out before threads share it.

msgspec looks at a class when it first decodes or converts to one, and a second thread that
meets the class meanwhile reads what is half written: the process ends there. So every class
is looked at once, before a house starts its threads.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import msgspec

_KNOWN: set[type[Any]] = set()


def learn() -> None:
    """Have every Struct of ours looked at, those that were not."""
    for shape in _under(msgspec.Struct):
        if shape not in _KNOWN:
            with suppress(TypeError):  # one with a service in it: nobody decodes it
                msgspec.json.Decoder(shape)
            _KNOWN.add(shape)


def _under(shape: type[Any]) -> Iterator[type[Any]]:
    for one in shape.__subclasses__():
        if one.__module__.startswith("app."):  # not what a framework makes for itself
            yield one
            yield from _under(one)
