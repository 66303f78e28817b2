"""The words of an HTML letter: without what is hidden, and without the history and signature it marks."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_UNSEEN = frozenset({"style", "script", "head", "title", "template", "object", "svg"})
_VOID = frozenset(
    {"br", "hr", "img", "input", "meta", "link", "area", "base", "col", "embed", "wbr", "source"}
)
_BLOCKS = frozenset(
    {"p", "div", "br", "tr", "li", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "hr"}
)
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


def html_text(markup: str) -> str:
    """Return what the sender wrote, as plain text; where marks leave nothing, all that can be read.

    Hidden text is never returned: a person who reads the letter does not see it.
    """
    new = _read(markup, all_of_it=False)
    return new if new.strip() else _read(markup, all_of_it=True)


def _read(markup: str, *, all_of_it: bool) -> str:
    reader = _Reader(all_of_it=all_of_it)
    reader.feed(markup)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.found).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


class _Reader(HTMLParser):
    """Gathers text; `skipping` is the elements open inside one whose content is left out."""

    def __init__(self, *, all_of_it: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.skipping: list[str] = []
        self.cut = False
        self.all_of_it = all_of_it

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a line break, or the beginning of what is left out."""
        if tag in _BLOCKS and not self.skipping:
            self.found.append("\n")
        if tag in _VOID:
            return
        if self.skipping:
            self.skipping.append(tag)
        elif self._is_left_out(tag, {name: value or "" for name, value in attrs}):
            self.skipping = [tag]

    def handle_endtag(self, tag: str) -> None:
        """Note the end of what is left out; tags that were never closed end with it."""
        if tag in self.skipping:
            while self.skipping.pop() != tag:
                pass
        elif tag in _BLOCKS and not self.skipping:
            self.found.append("\n")

    def handle_data(self, data: str) -> None:
        """Keep the words; a line break in the source is none on the page."""
        if not self.skipping and not self.cut:
            self.found.append(data.replace("\r", " ").replace("\n", " "))

    def _is_left_out(self, tag: str, attributes: dict[str, str]) -> bool:
        if tag in _UNSEEN or _HIDDEN.search(attributes.get("style", "")) or "hidden" in attributes:
            return True
        if self.all_of_it:
            return False
        marks = f"{attributes.get('class', '')} {attributes.get('id', '')}"
        self.cut = self.cut or _CUT.search(marks) is not None
        return tag == "blockquote" or _OLD.search(marks) is not None
