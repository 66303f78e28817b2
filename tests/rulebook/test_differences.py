"""Which keys differ: values only, each by the way to it."""

from __future__ import annotations

from bridge.rulebook.differences import KeyChange, changed_keys

BEFORE = """\
# Comments
versions:
  - effective_from: 2019-01-01
    limit: 2 h
    kinds: {a: {days: true}, b: null}
people: [{id: 3, levels: [1]}, {id: 4, levels: [2]}]
words: [uno, dos]
"""


def changed(found: str, wanted: str) -> list[tuple[str, str | None, str | None]]:
    assert BEFORE.count(found) == 1
    after = BEFORE.replace(found, wanted)
    return [(one.key, one.before, one.after) for one in changed_keys({"a.yaml": BEFORE}, {"a.yaml": after})]


def test_a_value_is_named_by_the_way_to_it():
    assert changed("2 h", "4 h") == [("versions[2019-01-01].limit", "2 h", "4 h")]
    assert changed("days: true", "days: false") == [("versions[2019-01-01].kinds.a.days", "true", "false")]
    assert changed("levels: [2]", "levels: [2, 3]") == [("people[4].levels[2]", None, "3")]
    assert changed("uno", "tres") == [("words[1]", "uno", "tres")]


def test_what_is_new_or_gone_has_nothing_on_the_other_side():
    assert changed("b: null", "b: null, c: [1]") == [("versions[2019-01-01].kinds.c", None, "[1]")]
    assert changed("b: null", "d: null") == [
        ("versions[2019-01-01].kinds.b", "null", None),
        ("versions[2019-01-01].kinds.d", None, "null"),
    ]
    assert changed("{id: 3, levels: [1]}, ", "") == [("people[3]", "{id: 3, levels: [1]}", None)]


def test_a_person_moved_up_the_list_is_no_change():
    three, four = "{id: 3, levels: [1]}", "{id: 4, levels: [2]}"

    assert changed(f"{three}, {four}", f"{four}, {three}") == [("", None, None)]


def test_comments_and_layout_name_the_file_alone():
    assert changed("# Comments", "# Other") == [("", None, None)]
    assert changed("words: [uno, dos]", "words:\n  - uno\n  - dos") == [("", None, None)]


def test_files_that_are_the_same_are_left_out_and_missing_ones_named():
    assert changed_keys({"a.yaml": BEFORE, "b.yaml": "x: 1\n"}, {"a.yaml": BEFORE}) == [
        KeyChange(file="b.yaml", key="", before="{x: 1}", after=None)
    ]
