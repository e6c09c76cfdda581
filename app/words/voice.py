"""A voice says things in one language: texts by its catalogue, facts in its own way.

In a line that runs from right to left, or beside a name that does, each fact stands in a
Unicode isolate: so "10.00 USD" keeps its order wherever it is put, attributes included.
"""

import unicodedata
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import cache
from types import MappingProxyType
from typing import Any

from markupsafe import Markup, escape

from app.domain.money import Price
from app.phrase import Phrase
from app.words import catalogues, formats
from app.words.languages import Language

_LEFT_TO_RIGHT, _AS_IT_STARTS, _END = "\u2066", "\u2068", "\u2069"
NOTHING: Mapping[str, Any] = MappingProxyType({})
PLAIN_MAX = 2000  # texts kept as they stand in a page; there are fewer


class Voice:
    """One language's way to say everything a page shows."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._locale = language.locale
        self._texts = catalogues.catalogue(language)
        self._turned = language.direction == "rtl"
        self._plain: dict[str, Markup] = {}

    def say(self, text: str, facts: Mapping[str, Any] = NOTHING) -> str:
        """Translate a text and put its facts in; a phrase brings its own."""
        text, facts = _parts(text, facts)
        said = self._texts.get(text, text)
        return said % {name: self.write(fact) for name, fact in facts.items()} if facts else said

    def html(self, text: str, facts: Mapping[str, Any] = NOTHING) -> Markup:
        """Do the same for a page: nothing in a translation or a fact is markup by itself."""
        text, facts = _parts(text, facts)
        if (plain := self._plain.get(text)) is None:
            plain = escape(self._texts.get(text, text))
            if len(self._plain) < PLAIN_MAX:
                self._plain[text] = plain
        if not facts:
            return plain
        said = str(plain) % {name: escape(self.write(fact)) for name, fact in facts.items()}
        return Markup(said)  # noqa: S704 - each part was escaped above

    def write(self, fact: Any) -> Any:
        """Write one fact of a text."""
        match fact:
            case Markup():
                return fact
            case Phrase():
                return self.say(fact)
            case Price():
                return self.price(fact)
            case datetime():
                return self.day(fact)
            case int():
                return self.number(str(fact))
            case str():
                return self._isolated(fact)
        return fact

    def price(self, price: Price) -> str:
        return self._turn(formats.price(self._locale, price))

    def number(self, amount: str | int | Decimal) -> str:
        return formats.number(self._locale, str(amount))

    def rate(self, rate: str) -> str:
        return formats.rate(self._locale, rate)

    def day(self, at: datetime) -> str:
        return self._isolated(formats.day(self._locale, at))

    def hour(self, at: datetime) -> str:
        return self._isolated(formats.hour(self._locale, at))

    def currency(self, code: str) -> str:
        return formats.currency(self._locale, code)

    def _turn(self, text: str) -> str:
        return f"{_LEFT_TO_RIGHT}{text}{_END}" if self._turned else text

    def _isolated(self, text: str) -> str:
        """Keep a text's direction to itself where it may differ from the line's."""
        if self._turned or (not text.isascii() and any(map(_runs_left, text))):
            return f"{_AS_IT_STARTS}{text}{_END}"
        return text


def _parts(text: str, facts: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    return (text.template, {**text.facts, **facts}) if isinstance(text, Phrase) else (text, facts)


def _runs_left(sign: str) -> bool:
    return unicodedata.bidirectional(sign) in {"R", "AL"}


@cache
def voice(language: Language) -> Voice:
    """Return a language's voice: made once, the first time somebody asks for it."""
    return Voice(language)
