"""`bridge mappings impact`: what an edit would change, before it goes live."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bridge.cli.options import Context, FormatOption
from bridge.cli.render import Column, Format, heading, many, say, show_json, show_table
from bridge.errors import UsageFault
from bridge.rulebook import LoadedRulebook, load_rulebook
from bridge.rulebook.differences import changed_keys
from bridge.rulebook.revision import load_revision
from bridge.store.store import Store
from bridge.sync.archived import in_force
from bridge.sync.impact import Impact, Totals
from bridge.sync.impact import impact as impact_of
from bridge.views.impact import impact_as_json, impact_rows, keys_in_words

IN_FORCE = "in force"
_GIT = "git:"
_COLUMNS = (
    Column("incident"),
    Column("customer", right=True),
    Column("what"),
    Column("before", fixed=False),
    Column("after", fixed=False),
    Column("rule"),
)


def impact(
    context: Context,
    *,
    against: Annotated[
        str | None,
        typer.Option(
            "--against",
            metavar="DIR|git:REV",
            help="Compare with another folder, or with the same folder at a git revision. "
            "Default: the mappings that are in force.",
        ),
    ] = None,
    format_: FormatOption = Format.TABLE,
) -> None:
    """Show what the mappings in the folder would change in incidents under way; write and push nothing.

    What has fired stays as it is, and so do credits that are final. Exit 1: the edit is not valid.
    """
    with context.obj.bridge() as bridge:
        zone = bridge.settings.panel.timezone
        store = bridge.store(rehearse=True)
        after = bridge.mappings(store)
        before = _before(against, after, store, bridge.settings.mappings)
        keys = changed_keys(before.archive, after.archive) if before is not None else []
        found = (
            impact_of(store, before, after, bridge.clock)
            if before is not None
            else Impact(at=bridge.clock.now())
        )
        if format_ is Format.JSON:
            show_json(impact_as_json(found, keys, against or IN_FORCE, zone))
            return
        if before is None:
            say("No cycle has run yet: no mappings are in force, and no incident can change.")
            return
        for line in keys_in_words(keys):
            say(line)
        if not keys:
            say("The mappings do not differ.")
        if found.affected:
            heading("Incidents under way that would change")
        show_table(
            _COLUMNS, impact_rows(found, before.rulebook, after.rulebook), empty="No incident would change."
        )
        _show_totals(found)


def _before(against: str | None, after: LoadedRulebook, store: Store, folder: Path) -> LoadedRulebook | None:
    if against is None:
        return in_force(store)
    if against.startswith(_GIT):
        return load_revision(folder, against.removeprefix(_GIT), after.given)
    if not Path(against).is_dir():
        raise UsageFault(f"--against: {against} is no folder; write a folder, or git:REV such as git:HEAD")
    given = after.given
    return load_rulebook(
        Path(against),
        zone=given.zone,
        enforce_from=given.enforce_from,
        approval_above=given.approval_above,
    )


def _show_totals(found: Impact) -> None:
    say()
    say(
        f"{many(len(found.affected), 'incident')} would change, "
        f"{found.unchanged} open {'one' if found.unchanged == 1 else 'ones'} would not."
    )
    say(f"Credits not on the panel yet: {_sums(found.credits)}.")
    say(f"If every incident stays open until its credit is final: {_sums(found.credits_later)}.")


def _sums(totals: Totals) -> str:
    more = totals.difference
    sign = "+" if more.amount > 0 else ""
    return f"{totals.before} before, {totals.after} after, {sign}{more} {more.currency}"
