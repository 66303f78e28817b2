"""`bridge replay`: every stored decision taken again, from what was known then."""

from __future__ import annotations

from bridge.cli.options import Context, FormatOption
from bridge.cli.render import Column, Format, many, say, show_json, show_table
from bridge.sync.replay import Difference, Finding, Replay
from bridge.views.instants import clock
from bridge.views.replays import replay_as_json

DIFFERS = 3

_COLUMNS = (
    Column("incident"),
    Column("decided"),
    Column("what"),
    Column("difference", fixed=False),
)
_WORDS = {
    Finding.CHANGED: "decided otherwise",
    Finding.NOT_DECIDED_AGAIN: "stored, but the rules do not say so",
    Finding.NOT_STORED: "the rules say so, but it is not stored",
    Finding.LEDGER_CHANGED: "the ledger holds something else",
    Finding.LEDGER_MISSING: "the ledger does not hold it",
    Finding.POLICY_UNREADABLE: "the policy texts cannot be used",
}


def replay(context: Context, format_: FormatOption = Format.TABLE) -> None:
    """Decide everything again from the stored events and the policy texts of the time; 3 = differences."""
    with context.obj.bridge() as bridge:
        zone = bridge.settings.panel.timezone
        replayed = Replay(bridge.store()).run()
        if replayed.differences:
            context.obj.exit_code = DIFFERS
        if format_ is Format.JSON:
            show_json(replay_as_json(replayed, zone))
            return
        say(
            f"{many(replayed.decisions, 'decision')} about {many(replayed.customers, 'customer')} decided "
            f"again, under {many(replayed.rulebooks, 'policy version')}."
        )
        rows = [
            (one.incident_id, clock(one.decided_at, zone), one.subject, _words(one))
            for one in replayed.differences
        ]
        show_table(_COLUMNS, rows, empty="No difference.")


def _words(difference: Difference) -> str:
    values = "; ".join(
        f"{name}: stored `{stored}`, again `{again}`" for name, (stored, again) in difference.values.items()
    )
    more = values or difference.detail
    return _WORDS[difference.finding] + (f" ({more})" if more else "")
