"""One-time codes are those every authenticator shows, and none is taken twice."""

import base64
from datetime import UTC, datetime, timedelta

import pytest

from app.domain import totp

# RFC 6238, appendix B: its SHA-1 secret and codes, of which six digits are shown.
SECRET = base64.b32encode(b"12345678901234567890").decode()
VECTORS = [
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (2000000000, "279037"),
    (20000000000, "353130"),
]


@pytest.mark.parametrize(("second", "code"), VECTORS)
def test_the_codes_are_those_of_the_standard(second: int, code: str) -> None:
    now = datetime.fromtimestamp(second, UTC)
    step = totp.step_at(now)
    assert totp.code(SECRET, step) == code
    assert totp.match(SECRET, code, now, None) == step
    assert totp.match(SECRET, f" {code[:3]} {code[3:]} ", now, None) == step


def test_a_clock_may_be_a_step_wrong_and_no_more() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    step = totp.step_at(now)
    for drift in (-1, 0, 1):
        assert totp.match(SECRET, totp.code(SECRET, step + drift), now, None) == step + drift
    for drift in (-2, 2):
        assert totp.match(SECRET, totp.code(SECRET, step + drift), now, None) is None


def test_a_code_is_taken_once_and_no_older_one_after_it() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    step = totp.step_at(now)
    assert totp.match(SECRET, totp.code(SECRET, step), now, step) is None
    assert totp.match(SECRET, totp.code(SECRET, step - 1), now, step) is None
    later = now + timedelta(seconds=totp.STEP_SECONDS)
    assert totp.match(SECRET, totp.code(SECRET, step + 1), later, step) == step + 1


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "٠٠٠٠٠٠", "🦊"])
def test_what_is_no_code_is_none(typed: str) -> None:
    assert totp.match(SECRET, typed, datetime(2026, 1, 1, tzinfo=UTC), None) is None


def test_a_secret_is_readable_and_its_uri_names_the_house() -> None:
    secret = totp.secret_of("entropy")
    assert totp.readable(secret)
    assert not totp.readable(secret.lower())
    assert not totp.readable(secret[:-1])
    uri = totp.uri(secret, "tea@example.com", "Opentill")
    expected = f"otpauth://totp/Opentill:tea@example.com?secret={secret}&issuer=Opentill"
    assert uri == expected
