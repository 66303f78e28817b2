"""`bridge notices`: how the notices to customers and staff read, and what became of each."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from bridge.cli.options import Context, FormatOption
from bridge.cli.render import Column, Format, heading, many, say, show_json, show_table
from bridge.domain.sms import SmsLength
from bridge.store.notice_states import NoticeState
from bridge.store.notices import NoticeRow
from bridge.views.instants import clock
from bridge.views.notices import Preview, notice_as_json, preview_as_json, previews

app = typer.Typer(no_args_is_help=True, help="Notices to customers and staff (messages.yaml, `notices`).")

_COLUMNS = (
    Column("when"),
    Column("notice"),
    Column("to"),
    Column("state"),
    Column("why", fixed=False),
)
_SHOWN = 100


@app.callback()
def group() -> None:
    """Notices to customers and staff (messages.yaml, `notices`)."""


@app.command("preview")
def preview(
    context: Context,
    *,
    on: Annotated[bool, typer.Option("--on", help="Only those that are switched on.")] = False,
    format_: FormatOption = Format.TABLE,
) -> None:
    """Show every notice filled with invented words, and how many messages an SMS takes. Nothing is sent."""
    with context.obj.bridge() as bridge:
        loaded = bridge.mappings()
        shown = [one for one in previews(loaded.notices, loaded.rulebook.texts) if one.on or not on]
        if format_ is Format.JSON:
            show_json([preview_as_json(one) for one in shown])
            return
        for one in shown:
            _show(one)
        say()
        say(f"{many(sum(one.on for one in shown), 'notice')} switched on, of {len(shown)} shown.")


@app.command("list")
def list_(
    context: Context,
    *,
    all_: Annotated[
        bool, typer.Option("--all", help=f"Also those that were sent or dropped; the last {_SHOWN}.")
    ] = False,
    format_: FormatOption = Format.TABLE,
) -> None:
    """List the notices that wait, are on their way, or need a person."""
    with context.obj.bridge() as bridge:
        zone, store = bridge.settings.panel.timezone, bridge.store()
        rows = store.notices.latest(_SHOWN) if all_ else store.notices.unfinished()
        if format_ is Format.JSON:
            show_json([notice_as_json(row, zone) for row in rows])
            return
        cells = [
            (
                clock(row.notice.at, zone),
                row.notice.key,
                row.address or row.notice.channel or f"customer {row.notice.client_id}",
                row.state,
                _why(row, zone),
            )
            for row in rows
        ]
        show_table(_COLUMNS, cells, empty="No notice waits.")


def _why(row: NoticeRow, zone: ZoneInfo) -> str:
    if row.state is NoticeState.WAITING:
        return row.state.label
    again = f"; again at {clock(row.retry_at, zone)}" if row.retry_at is not None else ""
    return f"{row.reason}{again}"


def _show(one: Preview) -> None:
    where = f" to {', '.join(one.to)}" if one.to else ""
    heading(f"{one.audience} {one.topic} {one.medium}: {'on' if one.on else 'off'}{where}")
    if one.subject:
        say(one.subject, indent=2)
    for line in one.text.splitlines():
        say(line, indent=2)
    if one.length is not None:
        say(_length(one.length), indent=2)


def _length(length: SmsLength) -> str:
    why = f"; because of {length.costly} each holds 70, not 160" if length.costly else ""
    return f"[{length.places} letters, {length.messages} SMS{why}]"
