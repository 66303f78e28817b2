"""An HTML letter is read as a person sees it, and in time whatever its markup is."""

from __future__ import annotations

import pytest

from bridge.intake.htmltext import MOST_TAGS, html_text
from bridge.intake.messages import read_letter
from tests.acceptance.town import T0
from tests.intake.corpus import html, parts

MANY = 200_000


@pytest.mark.parametrize(
    "markup",
    [
        "<a " * MANY,
        '<a href="' * MANY,
        "<!--" * MANY,
        "<![CDATA[" * MANY,
        "<? " * MANY,
        "</ " * MANY,
        "<script></scrip" * MANY,
        "<blockquote>" + "<i>" * MANY + "</b>" * MANY,
        "<div>" * MANY + "</b>" * MANY,
        "<b><p></b>" * MANY,
    ],
    ids=lambda markup: markup[:12].replace("[", ""),
)
def test_a_letter_made_to_keep_its_reader_busy_is_read_to_its_end(markup: str) -> None:
    letter = read_letter(html(f"<p>No navega</p>{markup}"), T0)

    assert (letter.fault, letter.words) == ("", "No navega")


def test_what_stands_behind_the_last_tag_that_is_read_is_left_out() -> None:
    assert html_text("<b>" * MOST_TAGS + "hola<b>tarde") == "hola"


def test_the_limit_is_for_all_parts_of_a_letter_together() -> None:
    part = "<i></i>" * (MOST_TAGS // 3)
    pieces = [("Content-Type: text/html", f"{word}{part}".encode()) for word in ("uno", "dos", "tres")]

    assert read_letter(parts(*pieces), T0).words == "uno\ndos"


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("<p>Tengo <5 Mbps & pago 50</p>", "Tengo <5 Mbps & pago 50"),
        ("<p style='display:none'>oculto<div>visible</div>", "visible"),
        ("hola<blockquote><i>viejo</b></blockquote>adi&oacute;s", "holaadiós"),
        ("<html><body>uno</body></html><br><html><body>dos</body></html>", "uno\ndos"),
        ("uno<br>dos<hr/>tres<p>cuatro", "uno\ndos\ntres\ncuatro"),
        ("uno\ud800dos\x00tres", "uno?dos\N{REPLACEMENT CHARACTER}tres"),
        ("", ""),
    ],
)
def test_it_says_what_a_person_reads(markup: str, words: str) -> None:
    assert html_text(markup) == words


def test_a_comment_of_any_length_is_not_read() -> None:
    assert html_text(f"uno<!--{'x' * 11_000_000}-->dos") == "unodos"
