"""What the YAML reader gives, what it refuses, and that it never fails in another way."""

from __future__ import annotations

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from bridge.errors import Fault, FileFaults
from bridge.phrases import phrase
from bridge.yamlfile import parse, read_text

TAB = "a tab stands here; indent with spaces"
RESERVED = "a text cannot begin with this sign; put it in quotes"
SECOND = "a second `:` on this line; put a text that holds `: ` in quotes"


def said(text: str) -> list[str]:
    with pytest.raises(FileFaults) as caught:
        parse("f.yaml", text)
    return [str(fault).removeprefix("f.yaml:") for fault in caught.value.faults]


def test_only_whole_numbers_truth_and_nothing_become_values_the_rest_stays_text():
    text = """\
whole: 42
minus: -7
yes: yes
truth: true
nothing:
tilde: ~
price: 349.00
time: 14:00
day: 2019-01-01
zeros: 007
exponent: 1e3
quoted: "42"
7: [1, {a: b}]
long: 1234567890123456789
"""

    document = parse("f.yaml", text)

    assert document.data == {
        "whole": 42,
        "minus": -7,
        "yes": "yes",
        "truth": True,
        "nothing": None,
        "tilde": None,
        "price": "349.00",
        "time": "14:00",
        "day": "2019-01-01",
        "zeros": "007",
        "exponent": "1e3",
        "quoted": "42",
        "7": [1, {"a": "b"}],
        "long": "1234567890123456789",
    }


def test_faults_point_at_keys_and_values():
    document = parse("f.yaml", "a:\n  b: [1, {c: 2}]\n")

    assert document.fault(("a", "b", 1, "c"), phrase("x")) == Fault(
        file="f.yaml", line=2, column=14, message=phrase("x")
    )
    assert document.key_fault(("a", "b", 1, "c"), phrase("x")) == Fault(
        file="f.yaml", line=2, column=11, message=phrase("x")
    )
    assert document.fault(("a", "z", "y"), phrase("x")) == Fault(
        file="f.yaml", line=2, column=3, message=phrase("x")
    )


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("", ["1:1: the file is empty"]),
        ("# nothing but a comment\n", ["1:1: the file is empty"]),
        ("just text", ["1:1: expected `key: value` lines at the top of the file"]),
        ("- a\n- b\n", ["1:1: expected `key: value` lines at the top of the file"]),
        ("a: 1\nb: 2\na: 3\n", ["3:1: `a` is written twice (first on line 1)"]),
        ("a: {b: 1, b: 2}\n1: x\n'1': y\n", [
            "1:11: `b` is written twice (first on line 1)",
            "3:1: `1` is written twice (first on line 2)",
        ]),
        ("a: &x 1\nb: *x\n", [
            "1:4: an anchor (`&`): remove it, or put the text in quotes",
            "2:4: an alias (`*`): write the value out, or put the text in quotes",
        ]),
        ("a: &a [*a]\n", [
            "1:4: an anchor (`&`): remove it, or put the text in quotes",
            "1:8: an alias (`*`): write the value out, or put the text in quotes",
        ]),
        ("a: !!python/object:os.system x\n", ["1:4: a tag (`!`): remove it, or put the text in quotes"]),
        ("a: 1\n---\nb: 2\n", ["2:1: a second document begins here; remove the `---` line"]),
        ("? [a]\n: 1\n", ["1:3: expected a plain word as key"]),
        ("a:\n\tb: 1\n", [
            f"2:1: not valid YAML: {TAB}",
        ]),
        ("a: @home\n", [
            f"1:4: not valid YAML: {RESERVED}",
        ]),
        ("a: b: c\n", [
            f"1:5: not valid YAML: {SECOND}",
        ]),
        ("a: 'x\nb: 1\n", ["1:4: not valid YAML: a quote is opened here and never closed"]),
        ("a: [1, 2\n", ["1:4: not valid YAML: `[` is opened here; a comma or the closing `]` is missing"]),
        ("a: 1\nb\n", ["2:1: not valid YAML: a key without its `:`"]),
        ("a: x\x01\n", ["1:5: a character that YAML does not allow"]),
        ('a: "\\UFFFFFFFF"\n', ["1:1: not valid YAML: Python int too large to convert to C int"]),
        ("a: " + "[" * 30 + "]" * 30, ["1:16: nested too deep"]),
    ],
)  # fmt: skip
def test_what_is_refused_is_said_with_its_place(text, faults):
    assert said(text) == faults


def test_a_byte_order_mark_is_no_fault(tmp_path):
    path = tmp_path / "f.yaml"
    path.write_bytes("\ufeffa: ñ\r\nb: 1\r\n".encode())

    assert parse("f.yaml", read_text(path, "f.yaml")).data == {"a": "ñ", "b": 1}


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        (
            "a: 1\nb: año\n".encode("latin-1"),
            "f.yaml:2:5: not UTF-8 (byte 0xF1, in Windows `ñ`); save the file as UTF-8",
        ),
        ("a: 1\n".encode("utf-16"), "f.yaml:1:1: saved as UTF-16; save it as UTF-8"),
        ("a: 1\n".encode("utf-16-le"), "f.yaml:1:1: saved as UTF-16; save it as UTF-8"),
        (b"a: 1\n" * 250_000, "f.yaml:1:1: larger than 1 MB; is it the right file?"),
    ],
)
def test_another_encoding_is_said(tmp_path, raw, fault):
    path = tmp_path / "f.yaml"
    path.write_bytes(raw)

    with pytest.raises(FileFaults) as caught:
        read_text(path, "f.yaml")

    assert str(caught.value) == fault


def test_a_file_that_cannot_be_read_is_said(tmp_path):
    with pytest.raises(FileFaults) as caught:
        read_text(tmp_path, "f.yaml")

    assert str(caught.value) == "f.yaml:1:1: cannot be read: Is a directory"


YAML_PIECES = st.lists(
    st.sampled_from(
        [
            *"abc019 \t\n\r:-?[]{},#&*!|>'\"%@`~.\\/\x00\x85\ufeffñ🎉",
            *(": ", "- ", "? ", "\n  ", "---\n", "...\n", "!!str ", "!<%FF>", "%YAML 1.1\n", "%TAG ! !\n"),
            *('"\\U', '"\\x', "<<: ", "&a ", "*a", "|2\n", "\u2028"),
        ]
    ),
    max_size=40,
).map("".join)


@given(st.one_of(st.text(), YAML_PIECES))
def test_any_text_is_parsed_or_gives_faults(text):
    """Nothing but FileFaults."""
    try:
        document = parse("f.yaml", text)
    except FileFaults:
        event("faults")
    else:
        assert isinstance(document.data, dict)
