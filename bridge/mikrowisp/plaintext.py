"""Panel HTML to plain text, and back: no tags, no entities, line breaks kept (contract section 6)."""

from __future__ import annotations

import re
from html import escape, unescape

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_UNSEEN = re.compile(r"<(script|style|head|title)\b[^<>]*>.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_DECLARATION = re.compile(r"<[!?][^<>]*>")
_TAG = re.compile(r"</?([a-zA-Z][a-zA-Z0-9]*)(?:[\s/][^<>]*)?>")
_BLOCK = re.compile(
    "address|article|blockquote|br|dd|div|dl|dt|footer|h[1-6]|header|hr|li|ol|p|pre|section|table|td|th|tr|ul"
)
_INLINE = re.compile(
    "a|abbr|b|big|body|caption|center|cite|code|col|colgroup|del|em|figure|font|form|html|i|iframe|img|input|"
    "ins|kbd|label|link|main|mark|meta|nav|o|q|s|samp|small|span|strike|strong|sub|sup|tbody|tfoot|thead|tt|"
    "u|var|video"
)
# The panel escapes the HTML it holds once more, and some editors escape it a second time.
_PASSES = 4


def plain_text(markup: str) -> str:
    """Return what a person reads in `markup`: no tags, no entities, one line break for each block.

    Escaped markup is unescaped and stripped again until nothing changes. Words between angle brackets
    that are no HTML tag, such as `<5 Mbps>`, stay. Runs of spaces become one, blank lines are dropped.
    """
    text = markup
    for _ in range(_PASSES):
        plainer = unescape(_strip(text))
        if plainer == text:
            break
        text = plainer
    lines = (" ".join(line.split()) for line in _strip(text).splitlines())
    return "\n".join(line for line in lines if line)


def as_markup(text: str) -> str:
    """Return plain text as the HTML that the panel holds in a ticket's messages (contract 2.1)."""
    return escape(text, quote=False).replace("\n", "<br>")


def _strip(text: str) -> str:
    for unseen in (_COMMENT, _UNSEEN, _DECLARATION):
        text = unseen.sub(" ", text)
    return _TAG.sub(_break_or_nothing, text)


def _break_or_nothing(tag: re.Match[str]) -> str:
    name = tag[1].lower()
    if _BLOCK.fullmatch(name):
        return "\n"
    return "" if _INLINE.fullmatch(name) else tag[0]
