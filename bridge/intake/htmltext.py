"""The words of an HTML letter: without what is hidden, and without the history and signature it marks."""

from __future__ import annotations

import re
from collections.abc import Mapping

from lxml.etree import HTMLParser

_UNSEEN = frozenset({"style", "script", "head", "title", "template", "object", "svg"})
_BLOCKS = frozenset({"p", "div", "tr", "li", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6", "pre"})
_BREAKS = frozenset({"br", "hr"})
# The marks that mail programs set around what is quoted and around signatures.
_OLD = re.compile(
    r"\b(gmail_quote|gmail_attr|gmail_signature|moz-cite-prefix|moz-signature|yahoo_quoted|protonmail_quote|"
    r"protonmail_signature_block|zmail_extra|OutlookMessageHeader|ms-outlook-mobile-signature|Signature|"
    r"tutanota_quote)\b"
)
# From here to the end everything is history.
_CUT = re.compile(r"divRplyFwdMsg|appendonsend|mail-editor-reference-message-container|x_divRplyFwdMsg")
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?:px|pt|em)?\s*(?:;|$)|mso-hide"
)
# The parser looks through all open elements for the one that an end tag means, so without a limit a nest
# of elements and as many wrong end tags cost their product. Long threads of tables stay far below.
MOST_TAGS = 20_000


def html_text(markup: str) -> str:
    """Return what the sender wrote, as plain text; where marks leave nothing, all that can be read.

    Hidden text is never returned: a person who reads the letter does not see it. What stands behind the
    first MOST_TAGS tags is not read, so whatever comes is read in time.
    """
    readable = "<".join(markup.split("<", MOST_TAGS + 1)[: MOST_TAGS + 1])
    new = _read(readable, all_of_it=False)
    return new if new.strip() else _read(readable, all_of_it=True)


def _read(markup: str, *, all_of_it: bool) -> str:
    gathered = _Gathered(all_of_it=all_of_it)
    parser = HTMLParser(
        target=gathered, encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True
    )
    parser.feed(markup.encode("utf-8", "replace"))
    parser.close()
    lines = (" ".join(line.split()) for line in "".join(gathered.found).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


class _Gathered:
    """What the parser tells, as text; `depth` counts the elements open inside one that is left out.

    The parser closes every element that it has opened, whatever the letter does.
    """

    def __init__(self, *, all_of_it: bool) -> None:
        self.found: list[str] = []
        self.depth = 0
        self.cut = False
        self.all_of_it = all_of_it

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Note a line break, or the beginning of what is left out."""
        if self.depth or self._is_left_out(tag, attributes):
            self.depth += 1
        elif tag in _BLOCKS or tag in _BREAKS:
            self.found.append("\n")

    def end(self, tag: str) -> None:
        """Note the end of what is left out, or of a block."""
        if self.depth:
            self.depth -= 1
        elif tag in _BLOCKS:
            self.found.append("\n")

    def data(self, words: str) -> None:
        """Keep the words; a line break in the source is none on the page."""
        if not self.depth and not self.cut:
            self.found.append(words.replace("\r", " ").replace("\n", " "))

    def close(self) -> None:
        """Do nothing: the protocol of the parser asks for it."""

    def _is_left_out(self, tag: str, attributes: Mapping[str, str]) -> bool:
        if tag in _UNSEEN or _HIDDEN.search(attributes.get("style", "")) or "hidden" in attributes:
            return True
        if self.all_of_it:
            return False
        marks = f"{attributes.get('class', '')} {attributes.get('id', '')}"
        self.cut = self.cut or _CUT.search(marks) is not None
        return tag == "blockquote" or _OLD.search(marks) is not None
