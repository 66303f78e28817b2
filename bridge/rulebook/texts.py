"""What a text of messages.yaml may say: its fields, its length, signs the panel stores, no tags of staff."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from string import Formatter
from typing import Any

from bridge.domain.words import normalise
from bridge.phrases import NOTHING, Phrase, phrase
from bridge.yamlfile import nearest

_PANEL_CHARACTERS = "cp1252"  # the panel's text columns (contract, section 5)
_CUT = phrase("; a `#` after a space begins a comment: put the text in quotes")
_TYPOGRAPHIC = "\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}"
_HASHED = re.compile(r"#([\w-]+)")


@dataclass(frozen=True, slots=True)
class Template:
    """The fields a text may use, those it must use, and how long it may be before they are filled in."""

    fields: frozenset[str]
    required: frozenset[str] = frozenset()
    longest: int = 2000
    one_line: bool = False

    def schema(self) -> dict[str, Any]:
        """Return what an editor is told: the fields that may and those that must stand in the text."""
        names = "|".join(sorted(self.fields))
        field = rf"|\{{({names})\}}" if names else ""
        required = [{"pattern": rf"\{{{name}\}}"} for name in sorted(self.required)]
        sign = r"[^{}\n]" if self.one_line else "[^{}]"
        return {
            "type": "string",
            "minLength": 1,
            "maxLength": self.longest,
            "pattern": rf"^({sign}|\{{\{{|\}}\}}{field})*$",
            **({"allOf": required} if required else {}),
        }


def template(fields: str, longest: int = 2000, *, one_line: bool = False) -> Template:
    """Return what a text may say; `fields` are its fields, those that it must hold with a star behind."""
    names = fields.split()
    required = frozenset(name.removesuffix("*") for name in names if name.endswith("*"))
    return Template(frozenset(name.removesuffix("*") for name in names), required, longest, one_line)


def lines(properties: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of `key: value` lines, all of them required."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def complaints(template: Template, text: str, *, cut: bool) -> list[Phrase]:
    """Return what is wrong with a text; `cut` says that a comment follows it on its line."""
    try:
        parts = list(Formatter().parse(text))
    except ValueError:
        return [phrase("a brace `{` or `}` without its other half; for the sign itself write it twice")]
    used = [name for _, name, _, _ in parts if name is not None]
    found = [
        phrase("unknown field `{{{name}}}`; {what}", name=name, what=nearest(name, template.fields))
        for name in used
        if name not in template.fields
    ]
    if any(form or conversion for _, name, form, conversion in parts if name is not None):
        found.append(phrase("a field is its name alone, without `:` or `!`"))
    found += [
        phrase("the field `{{{name}}}` is missing", name=name) + (_CUT if cut else NOTHING)
        for name in sorted(template.required.difference(used))
    ]
    if len(text) > template.longest:
        found.append(
            phrase("{number} characters; expected {limit} or less", number=len(text), limit=template.longest)
        )
    if template.one_line and len(text.splitlines()) > 1:
        found.append(phrase("expected one line"))
    if text[:1] in _TYPOGRAPHIC and text[-1:] in _TYPOGRAPHIC:
        found.append(phrase('the text begins with a typographic quote, which people would see; write `"`'))
    strange = "".join(sorted({letter for letter in text if not _fits_panel(letter)}))
    if strange:
        found.append(phrase("the panel cannot store `{signs}`", signs=strange))
    return found


def tags_in(text: str, tags: Collection[str]) -> list[Phrase]:
    """Return a complaint for every tag of staff in a text, `tags` being their words, normalised.

    What the bridge writes into a ticket, or a person pastes, must not be read back as a fact.
    """
    hashed = (word.rstrip("-") for word in _HASHED.findall(normalise(text)))
    return [
        phrase(
            "`#{word}` is a tag of staff (signals.yaml); the bridge could read it back as theirs", word=word
        )
        for word in dict.fromkeys(hashed)
        if word in tags
    ]


def _fits_panel(letter: str) -> bool:
    try:
        letter.encode(_PANEL_CHARACTERS)
    except UnicodeEncodeError:
        return False
    return True
