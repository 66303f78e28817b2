"""`bridge status`: how the bridge is doing, whether or not one runs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from bridge.bootstrap import Bridge
from bridge.cli.options import Context, FormatOption
from bridge.cli.render import Column, Format, heading, say, show_json, show_table
from bridge.daemon.edits import told
from bridge.errors import UserFault
from bridge.phrases import Language, language_of
from bridge.store.store import Store
from bridge.views.instants import clock, hours
from bridge.views.status import NO_LEVEL, Status, status_of, version

NO_GOOD_CYCLE = 2
_COLUMNS = (Column("what"), Column("now", fixed=False))
_CREDITS = (Column("type"), Column("status"), Column("lines", right=True), Column("amount", right=True))


def status(
    context: Context,
    *,
    check: Annotated[
        bool,
        typer.Option(
            "--check",
            help="Exit with 2 when the last good cycle, or the last reading of the mailbox, is older than "
            "alerts.no_good_cycle_minutes.",
        ),
    ] = False,
    format_: FormatOption = Format.TABLE,
) -> None:
    """Show the last good cycle, errors, open incidents, credits, and what waits for a person."""
    with context.obj.bridge() as bridge:
        store = bridge.store()
        found = status_of(
            store,
            now=bridge.clock.now(),
            real_now=bridge.clock.real(),
            reads_mail=bridge.settings.imap is not None,
        )
        folder, faults = _folder(bridge, store, found, language_of(context.obj.environ))
        patience, zone = bridge.settings.patience, bridge.settings.panel.timezone
        is_stale = _is_stale(found.good_age, patience)
        is_silent = found.mailbox is not None and _is_stale(found.mail_age, patience)
        if format_ is Format.JSON:
            shown = found.as_json(zone)
            limit = int(patience.total_seconds())
            shown["last_good_cycle"] |= {"limit_seconds": limit, "is_stale": is_stale}
            if found.mailbox is not None:
                shown["mailbox"] |= {"limit_seconds": limit, "is_stale": is_silent}
            mappings = {"in_force": found.mappings, "folder": folder, "faults": list(faults)}
            show_json(shown | {"mappings": mappings})
        else:
            _show(found, folder, faults, zone, patience)
        if check and (is_stale or is_silent):
            context.obj.exit_code = NO_GOOD_CYCLE


def _folder(bridge: Bridge, store: Store, found: Status, language: Language) -> tuple[str, tuple[str, ...]]:
    """How the folder of the mappings stands beside the version in force, and its faults."""
    try:
        digest = bridge.mappings(store).rulebook.digest
    except UserFault as fault:
        return "faulty", tuple(told(fault, language))
    return ("in force" if version(digest) == found.mappings else "edited"), ()


def _show(found: Status, folder: str, faults: tuple[str, ...], zone: ZoneInfo, patience: timedelta) -> None:
    rows: list[tuple[str, str]] = [
        ("last good cycle", _good(found, zone, patience)),
        ("last cycle", _last(found, zone)),
        *([("mailbox read", _mailbox(found, zone, patience))] if found.mailbox is not None else []),
        ("errors, last 24 h", _listed(found.errors)),
        ("open incidents", _listed({_level(name): n for name, n in found.incidents.items()})),
        ("breaches", _listed(found.breaches)),
        ("pushes", _listed(found.pushes)),
        ("worklist", _work(found, zone)),
        ("lease", _lease(found, zone)),
        ("mappings", _mappings(found, folder)),
    ]
    show_table(_COLUMNS, rows, empty="")
    for fault in faults:
        say(fault, indent=2)
    if found.credits:
        heading("Credits, charges and reversals")
        show_table(
            _CREDITS,
            [
                (one.type, one.status, one.lines, f"{one.amount} {one.amount.currency}")
                for one in found.credits
            ],
            empty="",
        )


def _good(found: Status, zone: ZoneInfo, patience: timedelta) -> str:
    return _ago(found.last_good_at, found.good_age, zone, patience)


def _mailbox(found: Status, zone: ZoneInfo, patience: timedelta) -> str:
    if found.mailbox is None:
        return ""
    trouble = f"; last trouble: {found.mailbox.trouble}" if found.mailbox.trouble else ""
    return _ago(found.mailbox.read_at, found.mail_age, zone, patience) + trouble


def _ago(at: datetime | None, age: timedelta | None, zone: ZoneInfo, patience: timedelta) -> str:
    if age is None:
        return "none yet"
    late = f": LATE, the limit is {hours(patience)} h" if age > patience else ""
    return f"{clock(at, zone)}, {hours(age)} h ago{late}"


def _is_stale(age: timedelta | None, patience: timedelta) -> bool:
    return age is None or age > patience


def _last(found: Status, zone: ZoneInfo) -> str:
    last = found.last_cycle
    if last is None:
        return "none yet"
    began = clock(last.started_at, zone)
    if last.seconds is None:
        return f"{began}, under way or killed"
    return f"{began}, {last.seconds:.1f} s, {last.calls} calls, exit code {last.exit_code}"


def _work(found: Status, zone: ZoneInfo) -> str:
    if found.oldest_work_at is None or found.work_age is None:
        return "nothing"
    since = clock(found.oldest_work_at, zone)
    return f"{_listed(found.waiting.work)}; the oldest since {since}, {hours(found.work_age)} h"


def _mappings(found: Status, folder: str) -> str:
    words = {
        "in force": "the folder holds the same",
        "edited": "the folder holds others, for the next cycle",
        "faulty": "the folder is FAULTY, so these stay:",
    }
    return f"{found.mappings or 'none used yet'}; {words[folder]}"


def _lease(found: Status, zone: ZoneInfo) -> str:
    if found.lease is None:
        return "free: no cycle is at work"
    return f"{found.lease.owner}, since {clock(found.lease.taken_at, zone)}"


def _level(name: str) -> str:
    return "without level" if name == NO_LEVEL else f"level {name}"


def _listed(numbers: Mapping[Any, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in numbers.items()) or "none"
