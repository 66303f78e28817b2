"""The mappings' departments and operators against the panel's lists, with the nearest name for each fault."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence

from bridge.doctor.check import CONFIG, Checks, failed, ok, warning
from bridge.domain.policy import Rulebook
from bridge.domain.records import Department, Operator
from bridge.domain.words import normalise


def department_checks(rulebook: Rulebook, listed: Sequence[Department]) -> Checks:
    """Every department of departments.yaml must exist on the panel under that name."""
    known = {one.department_id: one.name for one in listed}
    named = rulebook.departments.names
    wrong = {number for number, name in named.items() if normalise(known.get(number, "")) != normalise(name)}
    free = {number: name for number, name in known.items() if number not in named or number in wrong}
    for number in sorted(wrong):
        name = named[number]
        found = f"calls it `{known[number]}`" if number in known else "does not have it"
        step = f"correct departments.yaml: {_nearest(name, free, known)}"
        yield failed("departments", str(number), f"`{name}`: the panel {found}", step, CONFIG)
    if not wrong:
        detail = f"{len(named)} departments are as the panel names them"
        yield ok("departments", "departments.yaml", detail)


def technician_checks(rulebook: Rulebook, listed: Sequence[Operator]) -> Checks:
    """Every operator of technicians.yaml must exist on the panel, be active, and be the same person."""
    known = {one.operator_id: one for one in listed}
    names = {number: one.name for number, one in known.items()}
    wanted = {one.operator_id: one.name for one in rulebook.roster.technicians}
    free = {number: name for number, name in names.items() if number not in wanted}
    wrong = 0
    for number, name in wanted.items():
        if number not in known:
            step = f"correct technicians.yaml: {_nearest(name, free, names)}"
            yield failed(
                "technicians", str(number), f"{name}: the panel has no operator {number}", step, CONFIG
            )
        elif not known[number].active:
            step = "take the person out of technicians.yaml, or activate the operator in the panel"
            yield failed("technicians", str(number), f"{name}: operator {number} is not active", step, CONFIG)
        elif not _may_be_same(name, names[number]):
            step = f"make sure that it is the same person; {_nearest(name, free, names)}"
            detail = f"{name}: the panel calls operator {number} `{names[number]}`"
            yield warning("technicians", str(number), detail, step)
        else:
            continue
        wrong += 1
    own = rulebook.roster.bridge_operator
    if own and (own not in known or not known[own].active):
        wrong += 1
        step = f"correct bridge_operator in technicians.yaml: {_listed(names)}"
        yield failed("technicians", str(own), f"bridge_operator: no active operator {own}", step, CONFIG)
    if not wrong:
        detail = f"{len(wanted)} operators of technicians.yaml are active on the panel"
        yield ok("technicians", "technicians.yaml", detail)


def _may_be_same(ours: str, theirs: str) -> bool:
    """Whether two names share a word: a panel may hold a short form, or the family name first."""
    return not theirs or bool(set(normalise(ours).split()) & set(normalise(theirs).split()))


def _nearest(name: str, free: Mapping[int, str], known: Mapping[int, str]) -> str:
    """Return the entry most likely meant among those the mapping does not use, else the whole list."""
    spelled = {normalise(one): number for number, one in free.items()}
    close = difflib.get_close_matches(normalise(name), spelled, n=1)
    if not close:
        return _listed(known)
    number = spelled[close[0]]
    return f"did you mean {number} `{known[number]}`?"


def _listed(known: Mapping[int, str]) -> str:
    return "the panel lists " + (", ".join(f"{number} {name}" for number, name in known.items()) or "none")
