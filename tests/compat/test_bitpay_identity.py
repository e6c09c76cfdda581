"""BitId: names of keys, and what they signed, whichever of the two S a client chose."""

import pytest
from cryptography.hazmat.primitives.asymmetric import utils

from app.compat.bitpay import identity
from tests.compat.bitpay_shop import ORDER, Application

SAID = b"https://pay.example.com/invoices?token=x" + '{"price":20,"itemDesc":"Tée"}'.encode()


@pytest.mark.parametrize("number", range(1, 9))
@pytest.mark.parametrize("high", [False, True], ids=["low S", "high S"])
def test_a_signature_is_taken_with_a_low_or_a_high_s(number: int, *, high: bool) -> None:
    application = Application(number)
    signature = application.sign(SAID, high=high)
    _, s = utils.decode_dss_signature(bytes.fromhex(signature))
    assert (s > ORDER // 2) is high
    assert identity.signer(application.key, signature, SAID) == application.sin
    assert identity.signer(application.key.upper(), signature.upper(), SAID) == application.sin


def test_a_signature_of_something_else_or_of_somebody_else_is_not_taken() -> None:
    application = Application(7)
    signature = application.sign(SAID)
    assert identity.signer(application.key, signature, SAID + b" ") is None
    assert identity.signer(application.key, signature, SAID.replace(b"https", b"http")) is None
    assert identity.signer(Application(8).key, signature, SAID) is None


@pytest.mark.parametrize(
    ("key", "signature"),
    [
        ("", ""),
        ("02" + "ff" * 32, "3006020101020101"),  # no point of the curve
        (Application(7).key, ""),
        (Application(7).key, "3006020101020101"),
        (Application(7).key, "30" * 71),
        (Application(7).key, "3006020101020100"),
        (Application(7).key[:-2], Application(7).sign(SAID)),
        (Application(7).key, Application(7).sign(SAID) + "00"),
        ("zz" * 33, "zz" * 70),
        ("02" + "11" * 5000, "30" + "11" * 5000),
    ],
)
def test_what_is_no_signature_is_refused_and_nothing_breaks(key: str, signature: str) -> None:
    assert identity.signer(key, signature, SAID) is None


def test_a_name_begins_with_t_and_has_a_checksum() -> None:
    for number in range(1, 60):
        name = Application(number).sin
        assert name.startswith("T")
        assert identity.is_sin(name)
        assert not identity.is_sin(name[:-1] + ("2" if name[-1] != "2" else "3"))
        assert not identity.is_sin(name[:-1])
    for text in ("", "T", "T" * 35, "1" + Application(1).sin[1:], "Tf0" + "1" * 32, "T\n" * 20):
        assert not identity.is_sin(text)
