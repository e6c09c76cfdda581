"""Catalogues: the translations of one language, read from its .po file.

Gettext's own text format is read as it is, so there is nothing to compile: a catalogue
of some hundred texts is read in milliseconds, once, when its language is first asked for.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from app.words import languages

_LINE = re.compile(r'(?:(msgid|msgstr) )?(".*")')


def read(path: Path) -> Iterator[tuple[str, str]]:
    """Yield each text of a catalogue with its translation; one that is empty is not there yet.

    Our texts have neither plurals nor contexts, so this is the whole format.
    """
    texts = {"msgid": "", "msgstr": ""}
    at = "msgstr"
    for line in [*path.read_text(encoding="utf-8").splitlines(), 'msgid ""']:
        if not (found := _LINE.fullmatch(line.strip())):
            continue
        if found[1] == "msgid" and at == "msgstr":
            if texts["msgid"]:
                yield texts["msgid"], texts["msgstr"]
            texts = {"msgid": "", "msgstr": ""}
        at = found[1] or at
        texts[at] += ast.literal_eval(found[2])


def catalogue(language: languages.Language) -> Mapping[str, str]:
    """Return a language's translations by their English; English needs none."""
    if language is languages.ENGLISH:
        return MappingProxyType({})
    path = languages.catalogue_path(language.code)
    found = read(path) if path.is_file() else ()
    return MappingProxyType({text: said for text, said in found if said})
