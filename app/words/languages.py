"""The languages a shopper may read, and which of them a request asks for.

Every list of languages derives from the table here. One is offered as soon as its
catalogue lies in `locales/`.
"""

import re
from functools import cache, lru_cache
from pathlib import Path

import msgspec

FOLDER = Path(__file__).parents[2] / "locales"
TAG_LENGTH_MAX = 35  # RFC 5646: what every software must keep
HEADER_LENGTH_MAX = 500
WISHES_MAX = 20  # languages of one header worth reading

# Code and own name. English comes first; the rest stand as their codes do.
_NAMES = """
en English
ar العربية
bg Български
bn বাংলা
ca Català
cs Čeština
da Dansk
de Deutsch
el Ελληνικά
es Español
et Eesti
fa فارسی
fi Suomi
fil Filipino
fr Français
he עברית
hi हिन्दी
hr Hrvatski
hu Magyar
id Bahasa Indonesia
it Italiano
ja 日本語
ka ქართული
kk Қазақ тілі
ko 한국어
lt Lietuvių
lv Latviešu
ms Bahasa Melayu
nb Norsk bokmål
ne नेपाली
nl Nederlands
pl Polski
ps پښتو
pt-BR Português (Brasil)
pt-PT Português (Portugal)
ro Română
ru Русский
sk Slovenčina
sl Slovenščina
sr Српски
sv Svenska
sw Kiswahili
ta தமிழ்
th ไทย
tr Türkçe
uk Українська
ur اردو
vi Tiếng Việt
zh-Hans 简体中文
zh-Hant 繁體中文
"""
_RIGHT_TO_LEFT = {"ar", "fa", "he", "ps", "ur"}
# Where a language's numbers and dates are not those of its bare code: our English is
# international, so a month is a name and the day comes first.
_LOCALES = {"en": "en_GB"}
# What else a language is called, in lower case: old codes, close kin, and where a place
# tells the script or the variety. Longer tags fall back to shorter ones by themselves.
_ALIASES = {
    "bs": "hr",
    "in": "id",
    "iw": "he",
    "mo": "ro",
    "nn": "nb",
    "no": "nb",
    "prs": "fa",
    "pt": "pt-BR",
    "pt-ao": "pt-PT",
    "pt-cv": "pt-PT",
    "pt-gw": "pt-PT",
    "pt-mo": "pt-PT",
    "pt-mz": "pt-PT",
    "pt-st": "pt-PT",
    "pt-tl": "pt-PT",
    "sh": "sr",
    "tl": "fil",
    "yue": "zh-Hant",
    "zh": "zh-Hans",
    "zh-hk": "zh-Hant",
    "zh-mo": "zh-Hant",
    "zh-tw": "zh-Hant",
}


class Language(msgspec.Struct, frozen=True, kw_only=True):
    """One language, named as those who speak it do."""

    code: str  # BCP 47
    name: str
    direction: str
    locale: str  # Babel's name for how numbers and dates are written


LANGUAGES: dict[str, Language] = {
    code: Language(
        code=code,
        name=name,
        direction="rtl" if code in _RIGHT_TO_LEFT else "ltr",
        locale=_LOCALES.get(code, code.replace("-", "_")),
    )
    for code, name in (line.split(" ", 1) for line in _NAMES.strip().splitlines())
}
ENGLISH = LANGUAGES["en"]
_BY_TAG = {code.lower(): code for code in LANGUAGES} | _ALIASES
_QUALITY = re.compile(r"q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)", re.IGNORECASE)


def catalogue_path(code: str) -> Path:
    """Return where a language's catalogue lies, or would."""
    return FOLDER / f"{code}.po"


@cache
def offered() -> dict[str, Language]:
    """Return the languages that can be shown: English, and those with a catalogue."""
    return {
        code: language
        for code, language in LANGUAGES.items()
        if language is ENGLISH or catalogue_path(code).is_file()
    }


def match(tag: str | None) -> Language | None:
    """Return the offered language a tag means, or the nearest: zh-TW is zh-Hant, pt pt-BR."""
    if not tag or len(tag) > TAG_LENGTH_MAX:
        return None
    parts = tag.strip().lower().replace("_", "-").split("-")
    while parts:
        code = _BY_TAG.get("-".join(parts))
        if code is not None and code in offered():
            return offered()[code]
        parts.pop()
    return None


@lru_cache(maxsize=1024)
def negotiate(header: str) -> Language | None:
    """Return the language an Accept-Language header likes best among those offered."""
    wishes: list[tuple[float, Language]] = []
    for wish in header[:HEADER_LENGTH_MAX].split(",")[:WISHES_MAX]:
        tag, *more = (part.strip() for part in wish.split(";"))
        quality = _QUALITY.fullmatch(more[0]) if more else None
        weight = float(quality[1]) if quality else 0.0 if more else 1.0
        language = ENGLISH if tag == "*" else match(tag)
        if weight > 0 and language is not None:
            wishes.append((weight, language))
    # `max` keeps the first of equals, which is the one named first.
    return max(wishes, key=lambda one: one[0])[1] if wishes else None


def choose(asked: str | None, default: str | None, header: str) -> Language:
    """Return what a page is shown in: what its address asks, the merchant's, the browser's."""
    return match(asked) or match(default) or negotiate(header) or ENGLISH
