"""Words compared the way people read them: without case, accents or stray spaces."""

from __future__ import annotations

import unicodedata


def normalise(text: str) -> str:
    """Return `text` casefolded, without accents, with every run of spaces or line breaks as one space.

    `VÍA  Telefónica ` becomes `via telefonica`. The ñ loses its tilde like any other letter.
    """
    # Taking signs apart can uncover capitals (™), and casefolding can uncover accents: hence twice.
    return " ".join(_bare(_bare(text).casefold()).split())


def _bare(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
