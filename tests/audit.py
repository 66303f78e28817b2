"""`make audit`: every pinned dependency held against PyPI's list of known vulnerabilities.

Where the service does not answer for a package, pip-audit by itself says that nothing is known, which reads
like a pass; here it is a failure of its own, in words.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

CONSTRAINTS = Path(__file__).resolve().parent.parent / "constraints.txt"
UNANSWERED = (
    "Not audited: the vulnerability service did not answer for {} of {} dependencies, so nothing is known "
    "about them. Run `make audit` where PyPI can be reached."
)


def verdict(answer: str) -> tuple[bool, str]:
    """Return whether all is well, and the words for it, from what pip-audit printed as JSON."""
    try:
        dependencies = json.loads(answer)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return False, UNANSWERED.format("all", "all")
    bad = [
        f"{one['name']} {one['version']}: {known['id']}, mended in {', '.join(known['fix_versions']) or '-'}"
        for one in dependencies
        for known in one.get("vulns", [])
    ]
    skipped = [one["name"] for one in dependencies if "skip_reason" in one]
    words = [*bad, UNANSWERED.format(len(skipped), len(dependencies))] if skipped else bad
    if words or not dependencies:
        return False, "\n".join(words) or "Not audited: no dependency was given."
    return True, f"{len(dependencies)} dependencies, no known vulnerability."


def main() -> int:
    """Ask, tell, and return the exit code."""
    command = [sys.executable, "-m", "pip_audit", "--requirement", str(CONSTRAINTS)]
    options = ["--no-deps", "--disable-pip", "--format", "json", "--progress-spinner", "off"]
    asked = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
    passed, words = verdict(asked.stdout)
    if not asked.stdout.strip():
        words = f"{asked.stderr.strip().rpartition(chr(10))[2]}\n{words}"
    print(words, file=sys.stdout if passed else sys.stderr)
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
