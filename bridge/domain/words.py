"""Words compared the way people read them: without case, accents or stray spaces."""

from __future__ import annotations

import unicodedata


def normalise(text: str) -> str:
    """Return `text` casefolded, without accents, with every run of spaces or line breaks as one space.

    `VÍA  Telefónica ` becomes `via telefonica`. The ñ loses its tilde like any other letter.
    """
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return " ".join(plain.split())
