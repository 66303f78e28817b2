"""Nothing in a letter becomes a tag or a marker later, however it is disguised."""

from __future__ import annotations

import re
from html import unescape

import pytest

from bridge.intake.harmless import harmless
from bridge.mikrowisp.plaintext import as_markup, plain_text

_COMES_ALIVE = re.compile(r"#\s*resuelto|\[RC-1/N2\]")


def escaped(sign: str, times: int) -> str:
    return f"&{'amp;' * times}{sign};"


def read_to_the_end(words: str) -> str:
    """As a reader that resolves whatever is left."""
    text = plain_text(as_markup(words))
    for _ in range(len(text)):
        text = unescape(text)
    return text


@pytest.mark.parametrize("times", [0, 1, 3, 4, 5, 12, 24, 25, 26, 60, 500])
def test_signs_that_were_escaped_any_number_of_times_stay_harmless(times: int) -> None:
    number, left, right = escaped("num", times), escaped("lbrack", times), escaped("rbrack", times)

    words = harmless(f"No navega {number}resuelto {left}RC-1/N2{right}")

    assert words.startswith("No navega")
    assert not _COMES_ALIVE.search(read_to_the_end(words))


@pytest.mark.parametrize(
    "text",
    [
        "&nu\u200bm;resuelto",
        "&am\u00adp;num;resuelto",
        "&#3\u200b5;resuelto",
        "<\u200bb>#<b>resuelto",
        "&<b>num;resuelto",
        "[<i></i>RC-1/N2]",
        "&lsq\U0001f600b;RC-1/N2&rsqb;",
    ],
)
def test_signs_that_come_together_when_others_are_taken_out_stay_harmless(text: str) -> None:
    assert not _COMES_ALIVE.search(read_to_the_end(harmless(text)))


@pytest.mark.parametrize("text", ["R&D, 5 < 6 y 7 > 3", "Pago & factura", "tengo <5 Mbps>", "100 % (ayer)"])
def test_honest_words_stay_as_they_are(text: str) -> None:
    assert harmless(text) == text
