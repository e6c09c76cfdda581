"""Phrases: texts for people that remember what they were made of.

A phrase is its English text, so programs, logs and the API read it as any other. A page
shown in another language takes its template, translates that, and writes the facts in
the language's own way.
"""

from collections.abc import Mapping
from typing import Any, Self


class Phrase(str):
    """An English text, made of a template with `%(name)s` in it and of facts."""

    __slots__ = ("facts", "template")

    template: str
    facts: Mapping[str, Any]

    def __new__(cls, template: str, facts: Mapping[str, Any] | None = None) -> Self:
        text = super().__new__(cls, template % facts if facts else template)
        text.template = template
        text.facts = facts or {}
        return text

    def __mod__(self, facts: Mapping[str, Any]) -> "Phrase":
        """Return the same phrase with its facts filled in."""
        return Phrase(self.template, {**self.facts, **facts})


def phrase(template: str, /, **facts: Any) -> Phrase:
    """Mark a text as one to be translated; catalogues are gathered from these calls."""
    return Phrase(template, facts)
