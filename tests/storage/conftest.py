"""Tests of this room that ask for `database` run on both kinds."""

from tests.houses import database

__all__ = ["database"]
