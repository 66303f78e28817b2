"""A customer's words as they may stand in a ticket: nothing in them is a tag, or a marker of the bridge."""

from __future__ import annotations

import re
import unicodedata

from bridge.mikrowisp.plaintext import plain_text

_MARKER = re.compile(r"\[([^\[\]\s]{1,90})\]")
_TAG = re.compile(r"#(?=[\s_-]*[^\W\d_])")
_PANEL_CHARACTERS = "cp1252"  # the panel's text columns (contract, section 5)
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "So", "Sk"})
_LONGEST = 6000
_PASSES = 6
_CUT = " […]"


def harmless(text: str, longest: int = _LONGEST) -> str:
    """Return `text` as plain words, no longer than `longest`, in letters that the panel can store.

    Markup and entities are resolved first, as the panel's readers do, so that nothing comes into being
    later, however often it was escaped. A `#` before a word becomes `*`, and brackets around a word become
    round ones.
    """
    plain = text
    for _ in range(_PASSES):
        before, plain = plain, _plainer(plain)
        if plain == before:
            break
    else:
        # Nobody who reports a fault escapes it so often: what is left of it comes to nothing.
        plain = _plainer(plain.replace("&", " "))
    return plain if len(plain) <= longest else plain[: longest - len(_CUT)].rstrip() + _CUT


def _plainer(text: str) -> str:
    """One pass; what it takes out may bring other signs together."""
    plain = unicodedata.normalize("NFC", plain_text(text))
    stored = "".join(_storable(letter) for letter in plain)
    stored = "\n".join(" ".join(line.split()) for line in stored.split("\n")).strip()
    return _MARKER.sub(r"(\1)", _TAG.sub("*", stored))


def one_line(text: str, longest: int) -> str:
    """Return harmless words on one line, for a subject."""
    return harmless(" ".join(text.split()), longest).replace("\n", " ")


def _storable(letter: str) -> str:
    if letter == "\n":
        return letter
    if unicodedata.category(letter) in _INVISIBLE:
        return ""
    try:
        letter.encode(_PANEL_CHARACTERS)
    except UnicodeEncodeError:
        plain = unicodedata.normalize("NFKD", letter)
        bare = "".join(sign for sign in plain if not unicodedata.combining(sign))
        return bare if bare.isascii() and bare else "?"
    return letter
