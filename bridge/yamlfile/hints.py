"""Leads from what somebody wrote to what was meant: the nearest name, and signs that only look right."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping

from bridge.domain.words import normalise
from bridge.phrases import NOTHING, Phrase, phrase

_SIGNS: Mapping[str, tuple[str, str]] = {
    "\N{NO-BREAK SPACE}": ("an unbreakable space", " "),
    "\N{NARROW NO-BREAK SPACE}": ("an unbreakable space", " "),
    "\N{IDEOGRAPHIC SPACE}": ("a full-width space", " "),
    "\N{ZERO WIDTH SPACE}": ("an invisible sign", ""),
    "\N{ZERO WIDTH NO-BREAK SPACE}": ("an invisible sign", ""),
    "\N{FULLWIDTH COLON}": ("a full-width colon", ":"),
    "\N{FULLWIDTH COMMA}": ("a full-width comma", ","),
    "\N{FULLWIDTH FULL STOP}": ("a full-width point", "."),
    "\N{EN DASH}": ("a long dash", "-"),
    "\N{EM DASH}": ("a long dash", "-"),
    "\N{MINUS SIGN}": ("a long dash", "-"),
    "\N{NON-BREAKING HYPHEN}": ("a long dash", "-"),
    "\N{LEFT DOUBLE QUOTATION MARK}": ("a typographic quote", '"'),
    "\N{RIGHT DOUBLE QUOTATION MARK}": ("a typographic quote", '"'),
    "\N{LEFT SINGLE QUOTATION MARK}": ("a typographic quote", "'"),
    "\N{RIGHT SINGLE QUOTATION MARK}": ("a typographic quote", "'"),
    **{chr(0xFF10 + number): ("a full-width digit", str(number)) for number in range(10)},
}
_MOST_LISTED = 40
_FOREIGN = re.compile(f"[{re.escape(''.join(_SIGNS))}]")

# What ops call in Spanish a thing whose name is English. Only names that are allowed are ever offered.
_IN_SPANISH: Mapping[str, tuple[str, ...]] = {
    "isp": ("empresa", "proveedor", "reds comm", "nosotros", "nuestra"),
    "customer": ("cliente", "del cliente"),
    "third_party": ("tercero", "terceros"),
    "force_majeure": ("fuerza mayor", "fuerza-mayor", "fuerza_mayor"),
    "planned": ("programado", "programada", "mantenimiento"),
    "unknown": ("desconocido", "desconocida", "no se sabe"),
    "fault": ("falla", "averia"),
    "enquiry": ("consulta", "pregunta"),
    "no_access": ("sin acceso", "sin servicio", "sin internet", "sin_servicio"),
    "low_speed": ("baja velocidad", "lento", "lentitud", "baja_velocidad"),
    "opening": ("apertura",),
    "report_number": ("numero de reporte", "reporte"),
    "open": ("abierto",),
    "answered": ("respondido", "contestado"),
    "customer_replied": ("respuesta cliente", "respuesta del cliente"),
    "closed": ("cerrado",),
    "contact": ("contacto", "llamada"),
    "contact_failed": ("sin solucion", "sin-solucion"),
    "severe": ("grave",),
    "resolved": ("resuelto", "resuelta", "solucionado"),
    "cancelled": ("cancelado", "cancelada"),
    "visit": ("visita",),
    "remote": ("remoto", "a distancia", "telefono"),
    "calendar_month": ("mes", "mes calendario"),
    "days": ("dias", "dia"),
    "month": ("mes", "meses"),
    "refused": ("rechazado", "rechazada"),
    "due": ("por abonar",),
    "continuous": ("continuo", "24 horas", "siempre"),
    "database": ("base de datos", "base"),
    "manual": ("a mano",),
}


def closest(word: str, names: Iterable[str]) -> str | None:
    """Return the name that `word` most likely stands for, misspelt or in Spanish; None for none."""
    known = list(names)
    plain = normalise(word)
    for name in known:
        if plain in _IN_SPANISH.get(name, ()):
            return name
    by_fold = {normalise(name): name for name in known}
    close = difflib.get_close_matches(plain, by_fold, n=1)
    return by_fold[close[0]] if close else None


def nearest(word: str, names: Iterable[str]) -> Phrase:
    """Return words that lead to the right name: the nearest one, else all of them."""
    known = sorted(set(names))
    close = closest(word, known)
    return did_you_mean(close) if close else one_of(known)


def did_you_mean(meant: str) -> Phrase:
    """Return `did you mean …?`."""
    return phrase("did you mean `{name}`?", name=meant)


def one_of(names: Iterable[str]) -> Phrase:
    """Return `expected one of a, b, c`."""
    known = list(names)
    if not known:
        return phrase("there is none to name")
    if len(known) == 1:
        return phrase("expected {name}", name=known[0])
    if len(known) > _MOST_LISTED:
        return phrase("expected one of {number} names; the file as it comes has them all", number=len(known))
    return phrase("expected one of {names}", names=", ".join(known))


def plain(text: str) -> str:
    """Return `text` with the signs of a keyboard in place of those that only look like them."""
    return _FOREIGN.sub(lambda found: _SIGNS[found[0]][1], text)


def foreign_sign(text: str) -> tuple[int, Phrase] | None:
    """Return where the first sign that only looks right stands in `text`, and what it is."""
    found = _FOREIGN.search(text)
    if not found:
        return None
    name, instead = _SIGNS[found[0]]
    what = phrase("{what} ({code})", what=phrase(name), code=f"U+{ord(found[0]):04X}")
    if not instead:
        return found.start(), phrase("{what} stands here; remove it", what=what)
    if instead == " ":
        return found.start(), phrase("{what} stands here; write a plain space", what=what)
    return found.start(), phrase("{what} stands here; write `{sign}`", what=what, sign=instead)


def lookalike(text: str) -> Phrase:
    """Return a hint where `text` holds a sign that only looks right; else nothing."""
    found = foreign_sign(text)
    return phrase("; {what}", what=found[1]) if found else NOTHING
