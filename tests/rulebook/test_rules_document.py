"""docs/rules.md names every rule, and only keys that exist."""

from __future__ import annotations

import re
from pathlib import Path

from bridge.yamlfile import parse

ROOT = Path(__file__).parents[2]
RULES = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
CITED = re.compile(
    r"`(config|escalation|bonus|charges|faults|departments|technicians|signals|messages|calendar)\.([a-z0-9_.]+)`"
)


def keys_of(name: str) -> set[str]:
    """Every key of a file by its dotted way, list positions and the level `versions` left out."""
    path = ROOT / "config.example.yaml" if name == "config" else ROOT / "mappings" / f"{name}.yaml"
    document = parse(name, path.read_text(encoding="utf-8"))
    ways = (
        [step for step in trail if isinstance(step, str) and step != "versions"] for trail in document.keys
    )
    return {".".join(way) for way in ways}


def test_every_rule_has_its_row():
    numbers = re.findall(r"^\| ([A-Z]-\d+) \|", RULES, re.MULTILINE)

    expected = [("I", 8), ("L", 10), ("C", 16), ("X", 4)]
    assert numbers == [f"{letter}-{number}" for letter, last in expected for number in range(1, last + 1)]


def test_every_key_that_is_cited_exists():
    cited = {(name, key) for name, key in CITED.findall(RULES) if key != "yaml"}

    assert {f"{name}.{key}" for name, key in cited if key not in keys_of(name)} == set()


def test_every_key_of_a_policy_is_cited():
    """A key that no rule names is either dead or undocumented."""
    cited = {f"{name}.{key}" for name, key in CITED.findall(RULES)}

    for name in ("escalation", "bonus", "charges"):
        top = {key for key in keys_of(name) if key and "." not in key} - {"effective_from"}
        assert {f"{name}.{key}" for key in top} <= cited
