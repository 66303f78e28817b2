"""The panel's database: whether it can be entered, and each right with the GRANT that gives it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bridge.doctor.check import Check, Checks, Status, failed, ok
from bridge.domain.intents import PushKind, Route
from bridge.errors import AccessRefused, BridgeError
from bridge.mikrowisp.database.checkup import DatabaseCheckup
from bridge.mikrowisp.database.permissions import (
    AUDIT,
    BALANCES,
    DEPARTMENTS,
    INVOICES,
    NODE,
    OPERATORS,
    PUSH,
    READ,
    TAX,
    ZONES,
    Need,
    Right,
)

_GUIDE = "check panel.database.url: docs/database-user.md has the user and its rights"


def connection_check(database: DatabaseCheckup) -> Check:
    """Enter the database and look its tables up."""
    try:
        schema = database.schema()
    except AccessRefused as fault:
        return failed("database", "connection", str(fault), _GUIDE)
    except BridgeError as fault:
        step = "check host, port and name in panel.database.url, and that MariaDB listens for this machine"
        return failed("database", "connection", str(fault), step)
    who = f" as {schema.account}" if schema.account else ""
    return ok("database", "connection", f"entered{who}, {len(schema.columns)} of the panel's tables seen")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Use:
    """What a right is for, and how a missing one is told."""

    what: str
    needs: tuple[Need, ...]
    missing: Status
    then: str


def rights_checks(database: DatabaseCheckup, wanted: Iterable[PushKind]) -> Checks:
    """Hold this user's rights against every statement of the bridge; `wanted` kinds name the database."""
    schema = database.schema()
    for use in (*_READS, *_pushes(wanted)):
        lacking = [(need, missing) for need in use.needs if (missing := schema.missing(need))]
        if not lacking:
            shown = ", ".join(dict.fromkeys(f"{need.right} {need.table}" for need in use.needs))
            yield ok("database_right", use.what, f"may {shown}")
        for need, missing in lacking:
            less = Need(right=need.right, table=need.table, columns=missing)
            yield Check(
                check="database_right",
                subject=use.what,
                status=use.missing,
                detail=f"no {need.right} {need.table} ({', '.join(missing)}): {use.then}",
                next_step=database.grant(less) or "this panel's release lacks it: see docs/database-user.md",
                exit_code=2 if use.missing is Status.FAILED else 0,
            )


_READS = (
    _Use(what="read tickets", needs=READ, missing=Status.FAILED, then="nothing can be read by this route"),
    *(
        _Use(what=what, needs=needs, missing=Status.WARNING, then=then)
        for what, needs, then in (
            ("read nodes", (NODE,), "technicians are not chosen by node"),
            ("read taxes", (TAX,), "prices are taken as they stand"),
            ("read zones", ZONES, "technicians are not chosen by zone"),
            ("read operators", (OPERATORS,), "technicians.yaml cannot be compared here"),
            ("read departments", (DEPARTMENTS,), "departments.yaml cannot be compared here"),
            ("read invoices", INVOICES, "credits are not followed onto invoices"),
            ("read balances", (BALANCES,), "credits cannot be seen once written"),
            ("write the panel's log", (AUDIT,), "changes by the bridge leave no entry there"),
        )
    ),
)


def _pushes(wanted: Iterable[PushKind]) -> list[_Use]:
    return [
        _Use(
            what=f"push {kind}",
            needs=tuple(need for need in PUSH[kind] if need.right is not Right.SELECT),
            missing=Status.WARNING,
            then="the next route is taken",
        )
        for kind in wanted
        if kind in PUSH
    ]


def wanted_by(routes_of: Iterable[tuple[PushKind, tuple[Route, ...]]]) -> list[PushKind]:
    """Return the kinds of push whose routes name the database."""
    return [kind for kind, routes in routes_of if Route.DATABASE in routes]
