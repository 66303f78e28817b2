"""Breaks the rules one at a time and sees whether a test notices: `make mutation`.

mutmut writes the mutants of bridge/domain and learns which tests reach which function. Its own runner
collects the tests again for every mutant, which is far slower. This plugin collects once and forks for each
mutant; the results are written where `mutmut results` and `mutmut show` read them. It runs in mutmut's copy
of the tree: `cd mutants && python -m tests.mutants`.
"""

from __future__ import annotations

import fnmatch
import gc
import json
import os
import re
import resource
import signal
import sys
import time
import tomllib
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from _pytest.runner import runtestprotocol

CHILDREN = int(os.environ.get("MUTATION_CHILDREN", "2"))
SECONDS = int(os.environ.get("MUTATION_SECONDS", "0"))  # 0: until done
NAMES = os.environ.get("MUTATION_NAMES", "*").split()  # as mutmut takes them: bridge.domain.credits.*
SLOWEST_TEST_RUN = 60  # seconds of a processor: more is an endless loop
KILLED, SURVIVED, NO_TESTS, TIMEOUT = 1, 0, 33, 36  # mutmut's codes
RULE = re.compile(r"(?<![A-Za-z])([LCXIlcxi])[-_](\d+)(?!\d)")


@dataclass
class Run:
    """What is known of every mutant, and what is under way."""

    items: dict[str, pytest.Item]
    tests: dict[str, list[str]]
    codes: dict[str, int] = field(default_factory=dict)
    killers: dict[str, str] = field(default_factory=dict)
    busy: dict[int, tuple[str, int]] = field(default_factory=dict)

    def start(self, mutant: str) -> None:
        """Break this one, in a process of its own."""
        names = self.tests.get(_function(mutant), [])
        if not names:
            self.codes[mutant] = NO_TESTS
            return
        said, saying = os.pipe()
        pid = os.fork()
        if not pid:
            os.close(said)
            self._child(mutant, names, saying)
        os.close(saying)
        self.busy[pid] = (mutant, said)

    def _child(self, mutant: str, names: Sequence[str], saying: int) -> None:
        code = KILLED
        try:
            resource.setrlimit(resource.RLIMIT_CPU, (SLOWEST_TEST_RUN, SLOWEST_TEST_RUN + 5))
            signal.signal(signal.SIGXCPU, signal.SIG_DFL)
            nothing = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nothing, 1)
            os.dup2(nothing, 2)
            os.environ["MUTANT_UNDER_TEST"] = mutant
            gc.disable()
            warnings.simplefilter("error")
            items = [self.items[name] for name in names]
            failed = next(_failures(items), "")
            os.write(saying, failed.encode())
            code = KILLED if failed else SURVIVED
        finally:
            os._exit(code)

    def finish_one(self) -> None:
        """Wait for a child and write down what it found."""
        pid, status = os.wait()
        mutant, said = self.busy.pop(pid)
        killer = os.read(said, 4096).decode()
        os.close(said)
        if os.WIFSIGNALED(status):
            self.codes[mutant] = TIMEOUT
            return
        self.codes[mutant] = os.WEXITSTATUS(status)
        if killer:
            self.killers[mutant] = killer
            names = self.tests[_function(mutant)]
            names.remove(killer)
            names.insert(0, killer)


def _failures(items: Sequence[pytest.Item]) -> Iterator[str]:
    """The names of the tests that fail; plain ones first, called without pytest's ceremony."""
    plain = [item for item in items if _is_plain(item)]
    for item in plain:
        try:
            item.obj(**_parameters(item))
        except BaseException:  # noqa: BLE001  # whatever it is, it is noticed
            yield item.nodeid
    others = [item for item in items if not _is_plain(item)]
    for item, following in zip(others, [*others[1:], None], strict=False):
        if any(report.failed for report in runtestprotocol(item, nextitem=following, log=False)):
            yield item.nodeid


def _is_plain(item: pytest.Item) -> bool:
    return (
        isinstance(item, pytest.Function)
        and item.cls is None
        and set(item.fixturenames) == set(_parameters(item))
        and all(mark.name == "parametrize" for mark in item.iter_markers())
    )


def _parameters(item: pytest.Item) -> dict[str, object]:
    spec = getattr(item, "callspec", None)
    return spec.params if spec else {}


def _function(mutant: str) -> str:
    return mutant.partition("__mutmut_")[0]


def pytest_runtestloop(session: pytest.Session) -> bool:
    """Instead of the tests: the mutants, each against the tests that reach it."""
    begun = time.monotonic()
    stats = json.loads(Path("mutmut-stats.json").read_text(encoding="utf-8"))
    items = {item.nodeid: item for item in session.items}
    reached = stats["tests_by_mangled_function_name"]
    tests = {name: _numbered_first(set(ids) & items.keys()) for name, ids in reached.items()}
    everything = Run(items=items, tests={"": [*items], "fail": [*items]})
    metas = {
        path: json.loads(path.read_text(encoding="utf-8")) for path in sorted(Path("bridge").rglob("*.meta"))
    }
    run = Run(items=items, tests=tests)
    gc.collect()
    gc.freeze()
    for name in ("", "fail"):
        everything.start(name)
        everything.finish_one()
    if everything.codes != {"": SURVIVED, "fail": KILLED}:
        raise pytest.UsageError(f"the tests do not pass without a mutant: {everything.killers}")
    for mutant in _wanted(metas):
        if SECONDS and time.monotonic() - begun > SECONDS:
            break
        while len(run.busy) >= CHILDREN:
            run.finish_one()
        run.start(mutant)
    while run.busy:
        run.finish_one()
    for path, meta in metas.items():
        meta["exit_code_by_key"].update(
            {name: run.codes[name] for name in meta["exit_code_by_key"] if name in run.codes}
        )
        path.write_text(json.dumps(meta, indent=4), encoding="utf-8")
    Path("killers.json").write_text(json.dumps(run.killers, indent=1), encoding="utf-8")
    os.write(2, _told(run, time.monotonic() - begun).encode())
    return True


def _numbered_first(names: set[str]) -> list[str]:
    """Tests that carry a rule's number go first, so that it is they who are seen to notice."""
    return sorted(names, key=lambda name: (not RULE.search(name.partition("::")[2]), name))


def _wanted(metas: dict[Path, dict[str, dict[str, int]]]) -> Iterator[str]:
    names = [name for meta in metas.values() for name in meta["exit_code_by_key"]]
    for pattern in NAMES:
        yield from (name for name in names if fnmatch.fnmatch(name, pattern))


def _told(run: Run, seconds: float) -> str:
    modules: dict[str, Counter[int]] = defaultdict(Counter)
    for mutant, code in run.codes.items():
        modules[_function(mutant).rpartition(".")[0]][code] += 1
    modules["all"] = Counter(run.codes.values())
    lines = [f"\n{'module':32} mutants  killed  timeout  survived  no test  score"]
    for name, codes in modules.items():
        dead = codes[KILLED] + codes[TIMEOUT]
        lines.append(
            f"{name:32} {codes.total():7} {codes[KILLED]:7} {codes[TIMEOUT]:8} {codes[SURVIVED]:9}"
            f" {codes[NO_TESTS]:8} {dead / codes.total():6.1%}"
        )
    rules = Counter(
        f"{letter.upper()}-{number}"
        for killer in run.killers.values()
        for letter, number in set(RULE.findall(killer.partition("::")[2]))
    )
    noticed = sorted(rules, key=lambda rule: (rule[0], int(rule[2:])))
    lines += ["", "mutants first noticed by a test that carries the rule's number:"]
    lines.append(", ".join(f"{rule} {rules[rule]}" for rule in noticed))
    lines.append(f"{len(run.codes)} mutants in {seconds:.0f} seconds\n")
    return "\n".join(lines)


def main() -> int:
    """Run pytest with this plugin, on the tests that mutmut was told to use."""
    settings = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["tool"]["mutmut"]
    args = [*settings["pytest_add_cli_args"], *settings["pytest_add_cli_args_test_selection"]]
    return int(pytest.main(["--rootdir=.", "-q", "-p", "tests.mutants", *args]))


if __name__ == "__main__":
    sys.exit(main())
