"""The audit of dependencies passes only when all of them were asked about and none is known to be bad."""

from __future__ import annotations

import json
import re

from tests.audit import verdict
from tests.house.documents import read


def answer(*dependencies: dict[str, object]) -> str:
    return json.dumps({"dependencies": dependencies, "fixes": []})


FINE = {"name": "requests", "version": "2.34.2", "vulns": []}
SKIPPED = {"name": "rich", "skip_reason": "Dependency not found on PyPI and could not be audited"}
BAD = {
    "name": "idna",
    "version": "3.6",
    "vulns": [{"id": "PYSEC-2024-60", "fix_versions": ["3.7"], "aliases": [], "description": "slow"}],
}


def test_dependencies_without_a_known_vulnerability_pass():
    assert verdict(answer(FINE, FINE)) == (True, "2 dependencies, no known vulnerability.")


def test_a_known_vulnerability_fails_with_its_name_and_the_way_out():
    passed, words = verdict(answer(FINE, BAD))

    assert not passed
    assert words == "idna 3.6: PYSEC-2024-60, mended in 3.7"


def test_a_service_that_knows_nothing_of_a_package_is_no_pass():
    passed, words = verdict(answer(FINE, SKIPPED))

    assert not passed
    assert "did not answer for 1 of 2 dependencies" in words


def test_a_service_out_of_reach_is_no_pass():
    for silence in ("", "Traceback (most recent call last):", "{}", "[]"):
        passed, words = verdict(silence)
        assert not passed
        assert "did not answer" in words
    assert not verdict(answer())[0]


def test_a_vulnerability_is_told_beside_what_was_not_answered():
    _, words = verdict(answer(BAD, SKIPPED))

    assert "PYSEC-2024-60" in words
    assert "1 of 2" in words


def test_check_audits_and_ci_does_not_depend_on_the_service():
    targets = dict(re.findall(r"^(\w+):(.*)$", read("Makefile"), re.MULTILINE))

    assert set(targets["check"].split()) == {"lint", "test", "audit"}
    assert set(re.findall(r"^make (\w+)", read(".ci/run"), re.MULTILINE)) == {"lint", "test"}
