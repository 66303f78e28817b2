"""What the sender wrote now, apart from the history that was quoted and the signature (Spanish, English)."""

from __future__ import annotations

import re
from dataclasses import dataclass

_QUOTED = re.compile(r"^\s*(?:[|>]|&gt;)")
# "El lun, 23 nov 2026 a las 10:15, Soporte (<x@example.com>) escribió:", on up to three lines.
_ATTRIBUTION = re.compile(
    r"^\s*(?:El\b.{4,250}\bescribi[oó]|On\b.{4,250}\bwrote|.{4,200}\b(?:escribi[oó]|wrote))\s*:\s*$",
    re.IGNORECASE,
)
_BEGINS = re.compile(r"^\s*(?:El|On)\s+\S", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_ATTRIBUTION_LINES = 3
_RULE = re.compile(
    r"^[\s>*]*[-_=]{2,}\s*(?:mensaje original|mensaje reenviado|mensaje citado|original message|"
    r"forwarded message|mensagem original)\s*[-_=]*\s*$",
    re.IGNORECASE,
)
_BEGIN_FORWARD = re.compile(
    r"^\s*(?:Begin forwarded message|Inicio del mensaje reenviado)\s*:\s*$", re.IGNORECASE
)
# The head of a quoted message: at least three of these lines close together.
_HEAD = re.compile(
    r"^[\s>*]*(?:De|From|Enviado(?: el)?|Enviada?(?: em)?|Sent|Fecha|Date|Para|To|CC|Asunto|Subject|"
    r"Responder a|Reply-To)\s*:\*?\s*\S",
    re.IGNORECASE,
)
_FROM = re.compile(r"^[\s>*]*(?:De|From)\s*:\*?\s*\S", re.IGNORECASE)
_HEAD_LINES = 6
_LEAST_HEAD = 3
_SEPARATOR = re.compile(r"^\s*[_-]{10,}\s*$")
_SIGNATURE = re.compile(r"^\s*(?:--|—)\s*$")
_DEVICE = re.compile(
    r"^\s*(?:Enviado (?:desde|con|mediante|por) (?:mi |el |un |la )?\S.{0,80}|"
    r"Sent (?:from|with|via) (?:my )?\S.{0,60}|"
    r"Obtener Outlook\b.{0,80}|Get Outlook\b.{0,80}|Descarga(?:r)? Outlook\b.{0,80}|"
    r"Enviado desde Yahoo\b.{0,60}|Obtén Outlook\b.{0,80})\s*$",
    re.IGNORECASE,
)
_DISCLAIMER = re.compile(
    r"^\s*\W{0,3}(?:aviso de (?:confidencialidad|privacidad)|este (?:mensaje|correo)(?: electr[oó]nico)?,? "
    r"(?:y|es|puede|"
    r"contiene|va|est[aá])\b|la informaci[oó]n contenida en este|confidentiality notice|disclaimer\b|"
    r"this (?:e-?mail|message)(?: and| is| may| contains)|the information contained in this|"
    r"antes de imprimir|please consider the environment)",
    re.IGNORECASE,
)
_LONGEST = 200_000  # nobody writes more


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The sender's own words, and the signature below them."""

    words: str
    signature: str = ""


def own_words(text: str) -> Said:
    """Return what was written now. Where all is history (a message passed on), that is what is said."""
    lines = [line.rstrip() for line in text[:_LONGEST].replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    kept = _without_history(lines)
    if not _joined(kept):
        kept = [_QUOTED.sub("", line) for line in lines]
    return _split(kept)


def _without_history(lines: list[str]) -> list[str]:
    kept: list[str] = []
    place = 0
    while place < len(lines):
        line = lines[place]
        if _RULE.match(line) or _BEGIN_FORWARD.match(line) or _is_head(lines, place):
            while kept and _SEPARATOR.match(kept[-1]):
                kept.pop()
            break
        length = _attribution(lines, place)
        if length:
            after = _next(lines, place + length)
            # Below an answer line by line the sender goes on; below the other kind all is history.
            if after is None or not _QUOTED.match(lines[after]):
                break
            place = after
            continue
        if not _QUOTED.match(line):
            kept.append(line)
        place += 1
    return kept


def _attribution(lines: list[str], place: int) -> int:
    """How many lines a sentence such as "On … wrote:" takes here; 0 where there is none."""
    for length in range(1, _ATTRIBUTION_LINES + 1):
        sentence = " ".join(lines[place : place + length])
        if length > 1 and not _BEGINS.match(lines[place]):
            return 0
        if _ATTRIBUTION.match(sentence) and _DIGIT.search(sentence):
            return length
    return 0


def _is_head(lines: list[str], place: int) -> bool:
    if not _FROM.match(lines[place]):
        return False
    return sum(_HEAD.match(line) is not None for line in lines[place : place + _HEAD_LINES]) >= _LEAST_HEAD


def _next(lines: list[str], place: int) -> int | None:
    """The next line that is not blank."""
    return next((number for number in range(place, len(lines)) if lines[number].strip()), None)


def _split(lines: list[str]) -> Said:
    words: list[str] = []
    for place, line in enumerate(lines):
        if _DISCLAIMER.match(line) and _joined(words):
            break
        if _SIGNATURE.match(line) and _joined(words):
            below = [rest for rest in lines[place:] if not _DEVICE.match(rest)]
            return Said(words=_joined(words), signature=_joined(below))
        if not _DEVICE.match(line):
            words.append(line)
    return Said(words=_joined(words))


def _joined(lines: list[str]) -> str:
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
