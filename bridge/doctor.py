"""The check-up: every dependency, right, route and mapping reference held against the live panel."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bridge.bootstrap import Bridge
from bridge.clock import Clock
from bridge.domain.intents import PushKind, Route
from bridge.domain.policy import Rulebook
from bridge.domain.words import normalise
from bridge.errors import BridgeError, FileFaults, NothingPushed
from bridge.mikrowisp.api import PanelApi
from bridge.mikrowisp.database.route import DatabaseRoute
from bridge.rulebook.loader import LoadedRulebook
from bridge.sync.guards import CLOCKS_APART
from bridge.sync.ports import PushRoute

_CONFIG, _PANEL = 1, 2


class Health(StrEnum):
    """How a check came out."""

    OK = "ok"
    NOTE = "note"  # works, and there is something to know
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One line of the check-up; `exit_code` is that of design section 5 where it failed."""

    subject: str
    health: Health
    found: str
    next_step: str = ""
    exit_code: int = 0

    def as_json(self) -> dict[str, str]:
        """The line with stable names."""
        return {
            "subject": self.subject,
            "health": str(self.health),
            "found": self.found,
            "next_step": self.next_step,
        }


def exit_code(checks: Collection[Check]) -> int:
    """The worst failure's code: 2 for the panel, 1 for files; 0 where nothing failed."""
    return max((check.exit_code for check in checks), default=0)


def examine(bridge: Bridge) -> Iterator[Check]:
    """Check everything in the order in which a newcomer would mend it. Writes nothing anywhere."""
    for warning in bridge.settings.warnings:
        yield _note("config", warning)
    try:
        store = bridge.store(rehearse=True)
    except BridgeError as fault:
        yield _fail(
            "store", str(fault), "mend state.url in config.yaml, or the file it names", fault.exit_code
        )
        return
    yield _ok("store", "can be opened")
    try:
        loaded = bridge.mappings(store)
    except FileFaults as found:
        for one in found.faults:
            yield _fail("mappings", str(one), "mend it, then `bridge mappings check`", _CONFIG)
        return
    yield _ok("mappings", f"{len(loaded.texts)} files in {bridge.settings.mappings}")
    yield from _panel(bridge, loaded)


def _panel(bridge: Bridge, loaded: LoadedRulebook) -> Iterator[Check]:
    api = bridge.api(loaded)
    reachable = list(_api(api, bridge.clock))
    yield from reachable
    opened = bridge.database(loaded)
    database = opened[1] if opened else None
    usable = None
    if database is None:
        yield _note("database", "not configured", "set panel.database.url: see docs/database-user.md")
    else:
        checks = list(_database(database))
        yield from checks
        usable = None if exit_code(checks) else database
    if not exit_code(reachable):
        yield from _references(loaded.rulebook, api, usable)
    yield from _reading(bridge, has_database=database is not None)
    yield from _pushes(bridge, bridge.push_routes(api, database))


def _api(api: PanelApi, clock: Clock) -> Iterator[Check]:
    try:
        panel_time = api.ping()
    except BridgeError as fault:
        yield _fail("panel API", str(fault), "check panel.base_url, panel.token and panel.verify_tls", _PANEL)
        return
    yield _ok("panel API", "answers, and takes the token")
    if panel_time is None:
        yield _note("clocks", "the panel's answers carry no time, so its clock cannot be compared")
        return
    apart = abs(panel_time - clock.real())
    found = f"{apart.total_seconds():.0f} s apart"
    if apart > CLOCKS_APART:
        yield _fail("clocks", found, "set the clocks of both machines by NTP", _PANEL)
    else:
        yield _ok("clocks", found)


def _database(database: DatabaseRoute) -> Iterator[Check]:
    try:
        remarks = database.remarks()
    except NothingPushed as fault:
        yield _fail("database", str(fault), "check panel.database.url: see docs/database-user.md", _PANEL)
        return
    yield _ok("database", "can be reached")
    for remark in remarks:
        yield _note("database", remark)


def _references(rulebook: Rulebook, api: PanelApi, database: DatabaseRoute | None) -> Iterator[Check]:
    """Every department and operator that the mappings name must exist on the panel."""
    departments = _named(api.departments, database.departments if database else None)
    yield from _department_checks(rulebook, departments)
    operators = _named(api.operators, database.operators if database else None)
    if operators is None:
        yield _note("technicians", "the panel shows no operators, so technicians.yaml cannot be compared")
        return
    known = {one.operator_id: one for one in operators}
    wanted = {one.operator_id: one.name for one in rulebook.roster.technicians}
    if rulebook.roster.bridge_operator:
        wanted[rulebook.roster.bridge_operator] = "bridge_operator"
    step = "correct the id in technicians.yaml, or the operator in the panel"
    for operator_id, name in wanted.items():
        if operator_id not in known:
            yield _fail("technicians", f"{name}: the panel has no operator {operator_id}", step, _CONFIG)
        elif not known[operator_id].active:
            yield _fail("technicians", f"{name}: operator {operator_id} is not active", step, _CONFIG)
    if wanted.keys() <= {one.operator_id for one in operators if one.active}:
        yield _ok("technicians", f"{len(wanted)} operators of technicians.yaml are active on the panel")


def _department_checks(rulebook: Rulebook, departments: Any) -> Iterator[Check]:
    if departments is None:
        yield _note("departments", "the panel shows no departments, so departments.yaml cannot be compared")
        return
    known = {one.department_id: one.name for one in departments}
    step = "correct departments.yaml: the panel lists " + ", ".join(
        f"{n} {name}" for n, name in known.items()
    )
    wrong = {
        number: name
        for number, name in rulebook.departments.names.items()
        if normalise(known.get(number, "")) != normalise(name)
    }
    for number, name in wrong.items():
        on_panel = f"calls it `{known[number]}`" if number in known else "does not have it"
        yield _fail("departments", f"department {number} `{name}`: the panel {on_panel}", step, _CONFIG)
    if not wrong:
        yield _ok("departments", f"{len(rulebook.departments.names)} departments are as the panel names them")


def _named(by_api: Any, by_database: Any) -> Any:
    """A list of the panel's own, by the database where it can be read, else over the API; None: not shown."""
    if by_database is not None:
        return by_database()
    found = by_api()
    return found.records if found is not None else None


def _reading(bridge: Bridge, *, has_database: bool) -> Iterator[Check]:
    order = bridge.settings.routes.read_tickets
    chosen = next((route for route in order if route is Route.API or has_database), None)
    if chosen is None:
        yield _fail("reading", "routes.read_tickets names no configured route", "add `api` to it", _CONFIG)
    elif chosen is Route.API:
        yield _note(
            "reading",
            "by the API, customer by customer: its messages show neither author nor time, so tags in "
            "messages are not trusted. Signals are state, closing reason, visit date, department and "
            "`bridge fact`",
            "configure panel.database to have staff's tags read",
        )
    else:
        yield _ok("reading", "by the database: authors and times of messages are known, tags are read")


def _pushes(bridge: Bridge, routes: Mapping[Route, PushRoute]) -> Iterator[Check]:
    """Which route each kind of push will take, and why not an earlier one."""
    for kind in PushKind:
        subject, passed = f"push {kind}", []
        for name in bridge.settings.routes.of(kind):
            reason = _reason(routes, name, kind)
            if reason is None:
                break
            passed.append(f"{name}: {reason}")
        else:
            yield _fail(
                subject,
                "no route can carry it. " + "; ".join(passed),
                f"add `manual` to routes.{kind}",
                _CONFIG,
            )
            continue
        why = f" ({'; '.join(passed)})" if passed else ""
        if name is Route.MANUAL:
            yield _note(subject, f"a person does it, from `bridge work list`{why}")
        else:
            yield _ok(subject, f"by {name}{why}")


def _reason(routes: Mapping[Route, PushRoute], name: Route, kind: PushKind) -> str | None:
    if name is Route.MANUAL:
        return None
    if name not in routes:
        return "not configured"
    try:
        return routes[name].serves(kind)
    except NothingPushed as fault:
        return str(fault)


def _ok(subject: str, found: str) -> Check:
    return Check(subject=subject, health=Health.OK, found=found)


def _note(subject: str, found: str, next_step: str = "") -> Check:
    return Check(subject=subject, health=Health.NOTE, found=found, next_step=next_step)


def _fail(subject: str, found: str, next_step: str, code: int) -> Check:
    return Check(subject=subject, health=Health.FAIL, found=found, next_step=next_step, exit_code=code)
