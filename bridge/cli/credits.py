"""`bridge credits`: the ledger, and what billing decides about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated

import typer

from bridge.cli.files import write_new
from bridge.cli.options import ByOption, Context, FormatOption, ReasonOption
from bridge.cli.render import Column, Format, say, show_json, show_table, write
from bridge.cli.spreadsheet import csv_text
from bridge.desk.credits import BillingDesk, Outcome
from bridge.desk.person import Deed, deed
from bridge.errors import UsageFault
from bridge.views.accounts import FIELDS, account_rows
from bridge.views.credits import CreditView, list_credits

app = typer.Typer(no_args_is_help=True, help="The ledger: credits, charges and reversals.")

_COLUMNS = (
    Column("credit"),
    Column("customer", right=True),
    Column("service", right=True),
    Column("type"),
    Column("days", right=True),
    Column("amount", right=True),
    Column("status"),
    Column("reason"),
    Column("invoice", right=True),
)
IdsArgument = Annotated[list[str], typer.Argument(metavar="ID...", help="Credits, such as RC-1201/C1.")]
RefusalsOption = Annotated[bool, typer.Option("--all", help="Also what a rule refused.")]


@app.command("list")
def list_(context: Context, *, all_: RefusalsOption = False, format_: FormatOption = Format.TABLE) -> None:
    """List what has or had an amount; with --all also every refusal."""
    with context.obj.bridge() as bridge:
        views = list_credits(bridge.store(), refusals=all_)
        if format_ is Format.JSON:
            show_json([view.as_json() for view in views])
        else:
            show_table(_COLUMNS, map(_row, views), empty="No credits.")


@app.command("approve")
def approve(context: Context, ids: IdsArgument, by: ByOption, reason: ReasonOption) -> None:
    """Release what waits for approval, is held, a proposed reversal, or stopped by a money guard."""
    _decide(context, by, reason, lambda desk, signed: desk.approve(ids, signed))


@app.command("hold")
def hold(context: Context, ids: IdsArgument, by: ByOption, reason: ReasonOption) -> None:
    """Keep credits back that are not on the panel yet."""
    _decide(context, by, reason, lambda desk, signed: desk.hold(ids, signed))


@app.command("void")
def void(context: Context, ids: IdsArgument, by: ByOption, reason: ReasonOption) -> None:
    """Give credits up for good that are not on the panel yet."""
    _decide(context, by, reason, lambda desk, signed: desk.void(ids, signed))


@app.command("set-amount")
def set_amount(
    context: Context,
    credit: Annotated[str, typer.Argument(metavar="ID", help="A credit or charge that waits.")],
    amount: Annotated[str, typer.Argument(help="The amount, such as 120.50.")],
    by: ByOption,
    reason: ReasonOption,
) -> None:
    """Set the amount of a credit or charge that waits for one, for approval, or is held."""
    try:
        value = Decimal(amount)
    except InvalidOperation as error:
        raise UsageFault(f"`{amount}` is no amount; write it as 120.50") from error
    _decide(context, by, reason, lambda desk, signed: [desk.set_amount(credit, value, signed)])


@app.command("export")
def export(
    context: Context,
    *,
    all_: RefusalsOption = False,
    history: Annotated[
        bool,
        typer.Option("--history", help="Every state of each line, with who and why; not to be added up."),
    ] = False,
    bom: Annotated[
        bool, typer.Option("--bom", help="Begin with a byte order mark, by which Excel reads accents.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="A new file; default: stdout.")
    ] = None,
) -> None:
    """Write the ledger as CSV for a spreadsheet: UTF-8, amounts with a point, times with their offset."""
    with context.obj.bridge() as bridge:
        zone = bridge.settings.panel.timezone
        rows = account_rows(bridge.store(), zone, refusals=all_, history=history)
        text = csv_text(FIELDS, rows, byte_order_mark=bom)
        if output is None:
            write(text)
        else:
            write_new(output, text)


def _decide(
    context: Context, by: str, reason: str, act: Callable[[BillingDesk, Deed], Iterable[Outcome]]
) -> None:
    with context.obj.bridge() as bridge:
        signed = deed(by, reason, bridge.clock.now())
        store = bridge.store()
        for outcome in act(BillingDesk(store, bridge.mappings(store).rulebook), signed):
            line = outcome.line
            say(f"{line.credit_id}  {line.amount} {line.amount.currency}  {line.status}: {outcome.words}.")


def _row(view: CreditView) -> tuple[object, ...]:
    line = view.line
    return (
        line.credit_id,
        line.client_id,
        line.service_id,
        line.type,
        line.days,
        line.amount,
        line.status,
        line.reason,
        line.invoice_ids[-1] if line.invoice_ids else None,
    )
