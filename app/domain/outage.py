"""Outages a test intent may pretend, so that their screens can be seen without one.

An outage is a fact of its intent. It is read where a real one would be noticed: no rate
is found, or a chain counts as lagging. Live intents have none, and no lever gives them one.
"""

from enum import StrEnum


class Outage(StrEnum):
    """What is pretended not to work."""

    PRICE = "price_unavailable"  # no source has a rate
    CHAIN = "chain_lagging"  # nobody has read the sandbox chain for a while
