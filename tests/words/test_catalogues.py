"""Every catalogue is whole, and the checker sees what would not be."""

from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from app.words import catalogues
from app.words.languages import LANGUAGES, catalogue_path
from scripts import words

WHOLE = set(LANGUAGES) - {"en"}  # the texts' own language needs no catalogue


@pytest.fixture(scope="module")
def texts() -> Catalog:
    return words.gather()


def test_every_catalogue_is_whole(texts: Catalog) -> None:
    wrong: list[str] = []
    for code in sorted(WHOLE):
        catalog = words.load(catalogue_path(code))
        wrong += [f"{code}: {line}" for line in words.faults(LANGUAGES[code], texts, catalog)]
    if words.POT.read_text(encoding="utf-8") != words.written(texts):
        wrong.append("opentill.pot is not what the sources say: run `make words`")
    assert wrong == []


def test_texts_of_every_kind_are_gathered(texts: Catalog) -> None:
    known = {text for text, _ in words.entries(texts)}
    assert {
        "Pay before %(time)s",  # a template
        "{n} minutes left to pay",  # an attribute the script reads
        "must be an e-mail address",  # a rule of the domain
        "Billing address",  # a page's code
        "Please try again in a minute.",  # a problem's page
    } <= known
    assert "Field" not in known, "the API's own pages are English"


@pytest.mark.parametrize(
    ("text", "said", "what"),
    [
        ("Pay", "", "is not translated"),
        ("Pay", "Pay", "is still English"),
        ("To %(seller)s", "An %(verkäufer)s", "has other placeholders"),
        ("To %(seller)s", "An %(seller)s %(seller)s", "has other placeholders"),
        ("{n} left", "noch {m}", "has other placeholders"),
        ("To %(seller)s", "100 % an %(seller)s", "has a stray % sign"),
        ("Pay", "<b>Zahlen</b>", "has markup"),
        ("Pay", "Zahlen&nbsp;", "has markup"),
        ("Pay", "Zahlen\u202e", "has control characters"),
        ("Pay", "Zahlen\n", "has control characters"),
        ("Pay", " Zahlen", "begins or ends with a space"),
    ],
)
def test_the_checker_sees_a_fault(text: str, said: str, what: str) -> None:
    texts, catalog = Catalog(), Catalog()
    texts.add(text)
    catalog.add(text, said)
    found = list(words.faults(LANGUAGES["de"], texts, catalog))
    assert any(line.startswith(what) for line in found), found


def test_the_checker_knows_scripts_comments_and_flags() -> None:
    texts, catalog = Catalog(), Catalog()
    for text in ("Pay", "OK", "Send", "Gone"):
        texts.add(text)
    catalog.add("Pay", "Zaplatit")
    catalog.add("OK", "OK", user_comments=["same"])
    catalog.add("Send", "إرسال", flags=["fuzzy"])
    catalog.add("Old", "قديم")
    found = [line.partition(": ")[0] for line in words.faults(LANGUAGES["ar"], texts, catalog)]
    assert found == [
        "is no text of ours any more",
        "is not translated",
        "is not in the language's script",
        "is fuzzy, or has plurals or a context",
    ]


def test_translations_outlive_a_new_gathering(tmp_path: Path) -> None:
    texts, path = Catalog(), tmp_path / "de.po"
    tricky = 'A "quoted" \\ text\twith %(seller)s… and ünïcode'
    for text in ("Pay", tricky, "Name"):
        texts.add(text, locations=[("templates/pay/main.html", 7)])
    before = Catalog()
    before.add(tricky, tricky[::-1].replace("s)relles(%", "%(seller)s"))
    before.add("Name", "Name", user_comments=["same"])
    before.add("Old", "Alt")
    first = words.written(texts, LANGUAGES["de"], before)
    path.write_text(first, encoding="utf-8")
    assert words.written(texts, LANGUAGES["de"], words.load(path)) == first
    read = dict(catalogues.read(path))
    assert read == {str(one.id): str(one.string) for one in words.load(path) if one.id}
    assert read["Pay"] == ""
    assert "Old" not in read
    assert "# same" in first


def test_our_reader_reads_as_gettext_does() -> None:
    for code in LANGUAGES:
        if catalogue_path(code).is_file():
            ours = dict(catalogues.read(catalogue_path(code)))
            theirs = words.entries(words.load(catalogue_path(code)))
            assert ours == {text: str(one.string) for text, one in theirs}
