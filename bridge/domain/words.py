"""Words compared the way people read them: without case, accents or stray spaces, every hyphen alike."""

from __future__ import annotations

import unicodedata

# What editors and telephones put for a hyphen, by code: from the hyphen to the horizontal bar, and a minus.
_HYPHENS = dict.fromkeys((*range(0x2010, 0x2016), 0x2043, 0x2212), "-")
# What nobody sees: the soft hyphen, spaces and joiners without width, the byte order mark.
_INVISIBLE = dict.fromkeys((0x00AD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF), "")
_FOLDED = {**_HYPHENS, **_INVISIBLE}


def normalise(text: str) -> str:
    """Return `text` casefolded, without accents, with every run of spaces or line breaks as one space.

    `VÍA  Telefónica ` becomes `via telefonica`. The ñ loses its tilde like any other letter; dashes and
    hyphens of every kind become `-`.
    """
    # Taking signs apart can uncover capitals (™), and casefolding can uncover accents: hence twice.
    return " ".join(_bare(_bare(text).casefold()).split())


def _bare(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    kept = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return kept.translate(_FOLDED)
