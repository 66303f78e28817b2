"""Which way reads and pushes will take, and why the earlier ways of each list are passed over."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.config.settings import Routes
from bridge.doctor.check import CONFIG, Check, Checks, failed, ok, warning
from bridge.domain.intents import PushKind, Route
from bridge.errors import NothingPushed
from bridge.sync.ports import PushRoute

_UNSEEN = (
    "by the API, customer by customer. It shows neither author nor time of a message, so tags in messages "
    "are not trusted: signals are state, closing reason, visit date, department and `bridge fact`. Nor does "
    "it show technicians and pending balances"
)


def reading_check(routes: Routes, *, has_database: bool) -> Check:
    """Tell the first usable read route, and what it cannot see."""
    order = routes.read_tickets
    chosen = next((route for route in order if route is Route.API or has_database), None)
    if chosen is None:
        step = "add `api` to routes.read_tickets, or configure panel.database"
        return failed("reading", "tickets", "routes.read_tickets names no configured route", step, CONFIG)
    if chosen is Route.API:
        step = "configure panel.database to have staff's tags read"
        return warning("reading", "tickets", _UNSEEN, step)
    detail = "by the database: authors and times of messages are known, tags are read"
    return ok("reading", "tickets", detail)


def push_checks(wanted: Routes, routes: Mapping[Route, PushRoute], shut: Mapping[Route, str]) -> Checks:
    """Tell the route of each kind of push, and why not an earlier one; `shut` are those out of reach now."""
    for kind in PushKind:
        passed: list[str] = []
        chosen = None
        for name in wanted.of(kind):
            reason = _reason(routes, shut, name, kind)
            if reason is None:
                chosen = name
                break
            passed.append(f"{name}: {reason}")
        yield _told(kind, chosen, passed)


def _told(kind: PushKind, chosen: Route | None, passed: list[str]) -> Check:
    why = f" ({'; '.join(passed)})" if passed else ""
    if chosen is None:
        return failed("push", kind, f"no route can carry it{why}", f"add `manual` to routes.{kind}", CONFIG)
    if chosen is Route.MANUAL:
        return warning("push", kind, f"a person does it, from `bridge work list`{why}")
    return ok("push", kind, f"by {chosen}{why}")


def _reason(
    routes: Mapping[Route, PushRoute], shut: Mapping[Route, str], name: Route, kind: PushKind
) -> str | None:
    if name is Route.MANUAL:
        return None
    if name not in routes:
        return shut.get(name, "not configured")
    try:
        return routes[name].serves(kind)
    except NothingPushed as fault:
        return str(fault)
