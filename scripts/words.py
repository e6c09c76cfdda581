"""Gather what a shopper reads, keep the catalogues in step with it, and check them.

    python -m scripts.words update [code…]   write opentill.pot and every catalogue there is;
                                             a language that is named gets one if it has none
    python -m scripts.words check [code…]    say what is wrong, by language and text

A translation that is the English word on purpose ("Name" in German) carries the comment
`# same` above its msgid. Nothing is ever marked fuzzy: a text that changed is a new text.
"""

import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from app.words.languages import ENGLISH, FOLDER, LANGUAGES, Language, catalogue_path

ROOT = Path(__file__).parent.parent
POT = FOLDER / "opentill.pot"
KEYWORDS = {"_": None, "gettext": None, "phrase": None}
# What merchants and programmers read is English: the API's pages, the office, the demo shop.
OTHERS = ("templates/docs", "templates/shop", "templates/playground", "templates/office")
SAME = "same"
SAME_MAX = 20  # words one language may share with English: more is a language not done
PLACEHOLDER = re.compile(r"%\(\w+\)s|\{\w+\}")
MARKUP = re.compile(r"[<>]|&#?\w+;")
STEERING = re.compile("[\u202a-\u202e\u2066-\u2069\ufeff]")  # facts are isolated by the voice


def gather() -> Catalog:
    """Return every text of the templates and the code, with the files it is in."""
    catalog = Catalog()
    methods = [("app/**.py", "python"), ("templates/**.html", "jinja2")]
    options = {"templates/**.html": {"silent": "false", "trimmed": "false"}}
    for name, _line, text, comments, _context in extract_from_dir(
        ROOT,
        methods,
        options,
        KEYWORDS,
        ("Words:",),
        strip_comment_tags=True,
        directory_filter=_looked_into,
    ):
        assert isinstance(text, str), f"{name}: our texts have no plurals: {text}"
        catalog.add(text, locations=[(name, 0)], auto_comments=comments)
    return catalog


def _looked_into(folder: str) -> bool:
    path = Path(folder).resolve()
    known = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else ""
    inside = known in {"", "."} or known.split("/")[0] in {"app", "templates"}
    return inside and known not in OTHERS


def entries(catalog: Catalog) -> Iterator[tuple[str, Message]]:
    """Yield a catalogue's texts without its header."""
    for message in catalog:
        if message.id:
            yield str(message.id), message


def load(path: Path) -> Catalog:
    """Read a catalogue with its comments and flags."""
    if not path.is_file():
        return Catalog()
    return read_po(BytesIO(path.read_bytes()), abort_invalid=True)


def written(texts: Catalog, language: Language | None = None, before: Catalog | None = None) -> str:
    """Return a catalogue as it is to be: today's texts, with the translations they had."""
    catalog = Catalog()
    for text, message in entries(texts):
        old = before.get(text) if before is not None else None
        catalog.add(
            text,
            old.string if old is not None else "",
            locations=sorted({(name, 0) for name, _ in message.locations}),
            auto_comments=sorted(set(message.auto_comments)),
            user_comments=old.user_comments if old is not None else (),
        )
    head = ["Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit"]
    if language is not None:
        head.insert(0, f"Language: {language.code}")
    lines = [f"# {language.name}" if language else "# Every text a shopper may read.", 'msgid ""']
    lines += ['msgstr ""', *(f'"{line}\\n"' for line in head), "", ""]
    body = BytesIO()
    write_po(body, catalog, width=0, omit_header=True, sort_output=True, include_lineno=False)
    return "\n".join(lines) + body.getvalue().decode().rstrip("\n") + "\n"


def faults(language: Language, texts: Catalog, catalog: Catalog) -> Iterator[str]:
    """Yield what is wrong with a language's catalogue."""
    known = dict(entries(catalog))
    wanted = {text for text, _ in entries(texts)}
    for text in sorted(known.keys() - wanted):
        yield f"is no text of ours any more: {text!r}"
    same = 0
    for text in sorted(wanted):
        message = known.get(text)
        if message is None or not message.string:
            yield f"is not translated: {text!r}"
            continue
        alike = SAME in message.user_comments
        same += alike
        for what in _wrong(language, text, message, alike):
            yield f"{what}: {text!r} → {message.string!r}"
    if same > SAME_MAX:
        yield f"has {same} texts marked as the same in English; {SAME_MAX} may be"


def _wrong(language: Language, text: str, message: Message, alike: bool) -> Iterator[str]:
    said = str(message.string)
    if message.fuzzy or message.pluralizable or message.context:
        yield "is fuzzy, or has plurals or a context"
    if alike != (said == text):
        yield "is marked as the same and is not" if alike else "is still English"
    if sorted(PLACEHOLDER.findall(said)) != sorted(PLACEHOLDER.findall(text)):
        yield "has other placeholders"
    if PLACEHOLDER.sub("", said).count("%") != PLACEHOLDER.sub("", text).count("%"):
        yield "has a stray % sign"
    if MARKUP.search(said) and not MARKUP.search(text):
        yield "has markup"
    if STEERING.search(said) or any(unicodedata.category(sign) == "Cc" for sign in said):
        yield "has control characters"
    if said != said.strip():
        yield "begins or ends with a space"
    if not alike and _script(language.name) and not _script(PLACEHOLDER.sub("", said)):
        yield "is not in the language's script"


def _script(text: str) -> bool:
    """Tell whether a text has letters of a script other than the Latin one."""
    letters = (sign for sign in text if sign.isalpha())
    return any(not unicodedata.name(sign, "LATIN").startswith("LATIN") for sign in letters)


def _chosen(codes: list[str]) -> list[Language]:
    there = [one for one in LANGUAGES.values() if catalogue_path(one.code).is_file()]
    return [LANGUAGES[code] for code in codes] or there


def update(codes: list[str]) -> int:
    texts = gather()
    FOLDER.mkdir(exist_ok=True)
    POT.write_text(written(texts), encoding="utf-8")
    for language in {one.code: one for one in [*_chosen([]), *_chosen(codes or ["en"])]}.values():
        if language is not ENGLISH:
            path = catalogue_path(language.code)
            path.write_text(written(texts, language, load(path)), encoding="utf-8")
    print(f"{sum(1 for _ in entries(texts))} texts")
    return 0


def check(codes: list[str]) -> int:
    texts = gather()
    said: list[str] = []
    if not POT.is_file() or POT.read_text(encoding="utf-8") != written(texts):
        said.append("opentill.pot is not what the sources say: run `make words`")
    for language in _chosen(codes):
        catalog = load(catalogue_path(language.code))
        said += [f"{language.code}: {line}" for line in faults(language, texts, catalog)]
    _tell(said)
    return 1 if said else 0


def _tell(lines: Iterable[str]) -> None:
    for line in lines:
        print(line)


def main(arguments: list[str]) -> int:
    """Do what the command line asks."""
    errands = {"update": update, "check": check}
    name, *codes = arguments or [""]
    if name not in errands or not set(codes) <= set(LANGUAGES):
        print(__doc__)
        return 2
    return errands[name](codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
