"""The mappings as they stand in a revision of their git repository."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

from bridge.errors import FileFaults, UsageFault
from bridge.rulebook.given import NAME, Given
from bridge.rulebook.loader import LoadedRulebook, rulebook_of


def load_revision(folder: Path, revision: str, given: Given) -> LoadedRulebook:
    """Read the mappings of `folder` as they were at `revision`, under the present config.

    Raises UsageFault where there is no git, no repository, no such revision, or no mapping in it, and
    FileFaults where the mappings of that revision are not valid.
    """
    if revision.startswith("-") or not revision:
        raise UsageFault(f"`git:{revision}` names no revision; write for example `git:HEAD` or `git:HEAD~1`")
    _git(folder, "rev-parse", "--git-dir", fault=f"{folder} is in no git repository")
    _git(
        folder, "rev-parse", "--verify", f"{revision}^{{commit}}", fault=f"git knows no revision `{revision}`"
    )
    listed = _git(folder, "ls-tree", "--name-only", revision, "./", fault=f"`{revision}` cannot be listed")
    names = [name for name in listed.splitlines() if name.endswith(".yaml")]
    if not names:
        raise UsageFault(f"git has no mappings in {folder} at `{revision}`")
    texts = {
        name: _git(folder, "show", f"{revision}:./{name}", fault=f"{name} at `{revision}` cannot be read")
        for name in names
    }
    try:
        return rulebook_of({**texts, NAME: given.text()})
    except FileFaults as faults:
        raise FileFaults(
            [replace(fault, file=f"git:{revision}:{fault.file}") for fault in faults.faults]
        ) from faults


def _git(folder: Path, *arguments: str, fault: str) -> str:
    """Run git in `folder` and return what it says. Raises UsageFault with `fault` and git's own words."""
    try:
        # A list without a shell, and a revision that is no option; git is looked for in PATH as people do.
        done = subprocess.run(  # noqa: S603 - see above
            ["git", "-C", str(folder), *arguments],  # noqa: S607 - see above
            capture_output=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise UsageFault("git is not installed, so `--against git:REV` cannot be used") from error
    if done.returncode:
        words = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise UsageFault(f"{fault}" + (f" ({words[-1]})" if words else ""))
    return done.stdout.decode("utf-8", "replace").removeprefix("\ufeff")
