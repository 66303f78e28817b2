"""What is said to whoever edits a file, in English and in Spanish."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bridge.phrases.spanish import SPANISH


class Language(StrEnum):
    """The languages that faults of files are told in."""

    ENGLISH = "en"
    SPANISH = "es"


@dataclass(frozen=True, slots=True, order=True)
class Phrase:
    """The same words in both languages; `str()` is English."""

    english: str
    spanish: str

    def __str__(self) -> str:
        return self.english

    def __add__(self, other: Phrase | str) -> Phrase:
        return phrase("{first}{second}", first=self, second=other)

    def __bool__(self) -> bool:
        return bool(self.english)

    def said(self, language: Language) -> str:
        """Return the words in a language."""
        return self.spanish if language is Language.SPANISH else self.english


def phrase(template: str, **fields: object) -> Phrase:
    """Return an English template and its Spanish one, filled in; a field may be a phrase itself.

    Without fields the text stands as it is, its braces too. What the catalogue does not know, such as the
    words of the operating system, is the same in both languages.
    """
    spanish = SPANISH.get(template, template)
    if not fields:
        return Phrase(template, spanish)
    return Phrase(
        template.format_map({name: str(value) for name, value in fields.items()}),
        spanish.format_map(
            {
                name: value.spanish if isinstance(value, Phrase) else str(value)
                for name, value in fields.items()
            }
        ),
    )


NOTHING = Phrase("", "")


def language_of(environ: Mapping[str, str]) -> Language:
    """Return the language that an environment asks for: `BRIDGE_LANG`, else the locale, else English.

    The locale is the first of LC_ALL, LC_MESSAGES and LANG that is set, as POSIX has it; `es`, `es_MX` and
    `es_MX.UTF-8` are Spanish.
    """
    names = ("BRIDGE_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
    asked = next((environ[name] for name in names if environ.get(name)), "")
    return Language.SPANISH if asked.strip().casefold()[:2] == Language.SPANISH else Language.ENGLISH
