"""Says what is wrong with a text that is no YAML, and where its writer has to look.

The parser stops at the first line that makes no sense, which is often the one after the mistake. So each
line is also looked at for itself: tabs, colons without a space, signs that only look like those of YAML.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from ruamel.yaml.error import MarkedYAMLError

from bridge.errors import Fault
from bridge.phrases import NOTHING, Phrase, phrase
from bridge.yamlfile.hints import foreign_sign

_KEY = r"\s*(?:- +)?[^\W\d][\w-]*"
_TAB = re.compile(r" *\t")
_NO_SPACE = re.compile(rf"{_KEY}:(?=[^\s:/])")
_OPEN_QUOTE = re.compile(rf"""{_KEY}: +(?="(?:[^"\\]|\\.)*$|'(?:[^']|'')*$)""")
_UP_TO_VALUE = re.compile(rf"(?:{_KEY})?\W{{0,2}}")
_OPENED: Mapping[str, str] = {
    "[": "`[` is opened here; a comma or the closing `]` is missing",
    "{": "`{` is opened here; a comma or the closing `}` is missing",
}
_NEVER_CLOSED = phrase("a quote is opened here and never closed")
_AT_CONTEXT: Mapping[str, Phrase] = {
    "could not find expected ':'": phrase("a key without its `:`"),
    "found unexpected end of stream": _NEVER_CLOSED,
}
_AT_PROBLEM: Mapping[str, Phrase] = {
    "'\\t' that cannot start any token": phrase("a tab stands here; indent with spaces"),
    "that cannot start any token": phrase("a text cannot begin with this sign; put it in quotes"),
    "found unknown escape character": phrase(
        "`\\` has a meaning inside double quotes; put the text in single quotes"
    ),
    "expected chomping or indentation": phrase("a text cannot begin with this sign; put it in quotes"),
    "found '-'": phrase("a line with `-` stands among lines with `key: value`; check the indentation"),
    "found '<scalar>'": phrase("more text after a closing quote or bracket; put the whole text in quotes"),
    "found '<block mapping start>'": phrase(
        "this line begins farther left or right than the lines it belongs to; check the indentation"
    ),
    "found '}'": phrase("`}` closes nothing that was opened"),
    "found ']'": phrase("`]` closes nothing that was opened"),
    "<stream end>": phrase("the file ends where a value or a closing bracket is due"),
}
_SECOND_COLON = phrase("a second `:` on this line; put a text that holds `: ` in quotes")
_DEEPER = phrase("this line is indented deeper than the one above, which has a value already")


def syntax_faults(name: str, text: str, error: MarkedYAMLError) -> list[Fault]:
    """Return what is wrong with `text`, the content of the file `name`, that the parser stopped at."""
    lines = text.split("\n")
    found = [
        Fault(file=name, line=number, column=column, message=_not_yaml(words))
        for number, line in enumerate(lines, start=1)
        for column, words in _suspects(line)
    ]
    own = _own_fault(name, lines, error)
    # A line without a key of its own makes the parser stop one line later, an open quote anywhere below.
    blamed = any(
        own.line - 2 <= fault.line <= own.line or (fault.line < own.line and fault.message == _OPEN)
        for fault in found
    )
    return found if blamed else [*found, own]


def _not_yaml(words: Phrase) -> Phrase:
    return phrase("not valid YAML: {what}", what=words)


_OPEN = _not_yaml(_NEVER_CLOSED)


def _suspects(line: str) -> Iterator[tuple[int, Phrase]]:
    """Return the column of what is surely a mistake in a line, once something is known to be one."""
    if not line.strip() or line.lstrip().startswith("#"):
        return
    if _TAB.match(line):
        yield line.index("\t") + 1, phrase("a tab stands here; indent with spaces")
        return
    head = _UP_TO_VALUE.match(line)
    if head and (sign := foreign_sign(head[0])):
        yield sign[0] + 1, sign[1]
    elif found := _NO_SPACE.match(line):
        yield found.end() + 1, phrase("a space is missing after `:`")
    elif found := _OPEN_QUOTE.match(line):
        yield found.end() + 1, _NEVER_CLOSED


def _rest(lines: Sequence[str], line: int, column: int = 0) -> str:
    """Return a line from a column on; the parser also knows line breaks that end no line of an editor."""
    return lines[line][column:] if line < len(lines) else ""


def _own_fault(name: str, lines: Sequence[str], error: MarkedYAMLError) -> Fault:
    problem = str(error.problem or error.context)
    mark = error.problem_mark or error.context_mark
    advice: Phrase = NOTHING
    if "mapping values are not allowed" in problem and mark:
        advice = _SECOND_COLON if ": " in _rest(lines, mark.line)[: mark.column] else _DEEPER
    elif error.context_mark:
        opened = _rest(lines, error.context_mark.line, error.context_mark.column)[:1]
        at_context = next((words for part, words in _AT_CONTEXT.items() if part in problem), NOTHING)
        if opened in _OPENED and ("expected ','" in problem or "<stream end>" in problem):
            at_context = phrase(_OPENED[opened])
        advice, mark = (at_context, error.context_mark) if at_context else (NOTHING, mark)
    if not advice:
        words = (words for part, words in _AT_PROBLEM.items() if part in problem)
        advice = next(words, phrase(problem))
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    return Fault(file=name, line=line, column=column, message=_not_yaml(advice))
