"""What a voice promises: the same facts in every language, and digits nobody can misread."""

from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import pytest
from markupsafe import Markup

from app.domain.money import Price
from app.phrase import Phrase, phrase
from app.words import formats
from app.words.languages import ENGLISH, LANGUAGES
from app.words.voice import Voice, voice

NIGHT = datetime(2026, 1, 1, 15, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("code", "number", "price", "day"),
    [
        ("en", "1,234,567.5", "1,234.50 USD", "1 Jan 2026, 15:05 UTC"),
        ("de", "1.234.567,5", "1.234,50 USD", "01.01.2026, 15:05 UTC"),
        ("fr", "1\u202f234\u202f567,5", "1\u202f234,50 USD", "1 janv. 2026, 15:05 UTC"),
        ("hi", "12,34,567.5", "1,234.50 USD", "1 जन॰ 2026, 3:05 pm UTC"),
        ("ja", "1,234,567.5", "1,234.50 USD", "2026/01/01, 15:05 UTC"),
        ("pt-BR", "1.234.567,5", "1.234,50 USD", "1 de jan. de 2026, 15:05 UTC"),
        ("fa", "1,234,567.5", "1,234.50 USD", "1 ژانویه 2026, 15:05 UTC"),
    ],
)
def test_facts_are_written_as_the_language_writes_them(
    code: str, number: str, price: str, day: str
) -> None:
    name = LANGUAGES[code].locale
    assert formats.number(name, "1234567.5") == number
    assert formats.price(name, Price(Decimal("1234.5"), "USD")) == price
    assert formats.day(name, NIGHT) == day


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_language_keeps_the_digits_and_names_the_zone(code: str) -> None:
    name = LANGUAGES[code].locale
    plain = "12345678901234567890.000000000000000001"
    written = formats.number(name, plain)
    assert "".join(sign for sign in written if sign.isdigit()) == plain.replace(".", "")
    assert written.isprintable() or "\u202f" in written or "\xa0" in written
    at = formats.marks(name)
    assert at.point != at.comma
    assert written.replace(at.comma, "").replace(at.point, ".") == plain
    for text in (formats.day(name, NIGHT), formats.hour(name, NIGHT)):
        assert text.endswith(" UTC")
        assert all(sign.isascii() for sign in text if sign.isdigit())
    assert formats.currency(name, "EUR")
    assert formats.currency(name, "SATS") == "SATS"


def test_a_price_is_rounded_to_what_its_currency_has() -> None:
    assert formats.price("de", Price(Decimal("1.005"), "JPY")) == "1 JPY"
    assert formats.price("de", Price(Decimal("0.0001"), "BTC")) == "0,0001 BTC"
    assert formats.price("de", Price(Decimal("3"), "KWD")) == "3,000 KWD"
    assert formats.rate("de", "64213.987654321") == "64.213,988"


def test_a_phrase_is_its_english_to_every_program() -> None:
    made = phrase("must be at least %(least)s", least=Price(Decimal(2), "USD"))
    assert made == "must be at least 2.00 USD"
    assert phrase("At most %(most)s.") % {"most": 3} == "At most 3."
    assert str(made).__class__ is str
    assert msgspec.to_builtins({"a": made}, enc_hook=str) == {"a": "must be at least 2.00 USD"}


def test_a_voice_escapes_what_it_is_given_and_what_it_says() -> None:
    english = voice(ENGLISH)
    assert english.html("A & %(seller)s", {"seller": "<b>"}) == "A &amp; &lt;b&gt;"
    assert english.html("See %(link)s", {"link": Markup("<a>x</a>")}) == "See <a>x</a>"
    assert english.html(phrase("100 % of <it>")) == "100 % of &lt;it&gt;"
    nested = phrase("%(what)s, %(count)s of %(all)s", what=phrase("Paid"), count=1, all=12000)
    assert english.say(nested) == "Paid, 1 of 12,000"


def test_what_runs_the_other_way_keeps_to_itself() -> None:
    english, arabic = voice(ENGLISH), Voice(LANGUAGES["ur"])
    assert english.say("From %(seller)s", {"seller": "Tea"}) == "From Tea"
    assert english.say("From %(seller)s", {"seller": "שלום"}) == "From \u2068שלום\u2069"
    assert arabic.price(Price(Decimal(5), "USD")) == "\u20665.00 USD\u2069"
    assert arabic.hour(NIGHT).startswith("\u2068")
    assert isinstance(phrase("a"), Phrase)
