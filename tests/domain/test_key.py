"""A key tells aloud what it can touch, and only its hash is kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.key import KeyKind, digest, kind_of, text

PEPPERS = st.binary(min_size=16, max_size=32)
SECRETS = st.text("abcXYZ019", min_size=32, max_size=32)


@given(st.sampled_from(KeyKind), st.booleans(), SECRETS)
def test_a_key_tells_its_kind_and_mode(kind: KeyKind, live: bool, secret: str) -> None:
    key = text(kind, live, secret)
    assert kind_of(key) is kind
    assert ("_live_" in key[:9]) == live
    assert key.endswith(secret)


@pytest.mark.parametrize("key", ["", "sk_", "sk_live", "sk_prod_x", "SK_live_x", " sk_live_x", "x"])
def test_what_does_not_begin_like_a_key_is_none(key: str) -> None:
    assert kind_of(key) is None


@given(SECRETS, SECRETS, PEPPERS, PEPPERS)
def test_a_digest_depends_on_the_key_and_the_houses_own_secret(
    one: str, other: str, pepper: bytes, another: bytes
) -> None:
    made = digest(one, pepper)
    assert made == digest(one, pepper)
    assert (made == digest(other, pepper)) == (one == other)
    assert (made == digest(one, another)) == (pepper == another)
    assert len(made) == 64
    assert one not in made
