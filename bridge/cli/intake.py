"""`bridge intake`: the other ways in, and the letters that wait for a person."""

from __future__ import annotations

from typing import Annotated

import typer

from bridge.cli.options import ByOption, Context, FormatOption
from bridge.cli.phone import phone
from bridge.cli.render import Column, Format, say, show_json, show_table, warn
from bridge.desk.letters import assign as assign_letter
from bridge.desk.letters import dismiss as dismiss_letter
from bridge.desk.person import named
from bridge.errors import UsageFault
from bridge.intake.files import enclosed_again
from bridge.store.letter_states import LetterOutcome
from bridge.views.instants import clock
from bridge.views.letters_in_review import letter_as_json

app = typer.Typer(
    no_args_is_help=True, help="Reports by telephone and mail, and those a person must look at."
)

LetterArgument = Annotated[int, typer.Argument(metavar="ID", help="The number of the letter.")]

_COLUMNS = (
    Column("letter", right=True),
    Column("received"),
    Column("sender"),
    Column("why"),
    Column("subject", fixed=False),
)


@app.callback()
def group() -> None:
    """Reports by telephone and mail, and those a person must look at."""


app.command("phone")(phone)


@app.command("mail")
def mail(context: Context, format_: FormatOption = Format.TABLE) -> None:
    """Read the mailbox once: letters become wishes for tickets, which the next sync opens.

    Letters whose ticket has its number are answered. `bridge run` does both around each of its cycles.
    """
    with context.obj.bridge() as bridge:
        intake = bridge.mail_intake(bridge.store())
        if intake is None:
            raise UsageFault(
                "config.yaml names no mailbox: write `imap` in the section `mail`; "
                "config.example.yaml shows its keys"
            )
        done = intake.run()
        counts = {str(outcome): done.letters[outcome] for outcome in LetterOutcome}
        counts |= {"again": done.again, "waiting": done.waiting, "unfiled": done.unfiled}
        if format_ is Format.JSON:
            show_json(counts)
            return
        said = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
        say(f"{done.read} letters: {said}" if said else "No letters.")


@app.command("letters")
def letters(context: Context, format_: FormatOption = Format.TABLE) -> None:
    """List the letters of which nobody knows yet whose they are, oldest first."""
    with context.obj.bridge() as bridge:
        zone = bridge.settings.panel.timezone
        found = bridge.store().letters.in_review()
        if format_ is Format.JSON:
            show_json([letter_as_json(letter, zone) for letter in found])
            return
        rows = [
            (letter.letter_id, clock(letter.received_at, zone), letter.sender, letter.reason, letter.subject)
            for letter in found
        ]
        show_table(_COLUMNS, rows, empty="No letter waits.")


@app.command("assign")
def assign(
    context: Context,
    letter: LetterArgument,
    client: Annotated[int, typer.Option("--client", metavar="N", help="The customer whose letter it is.")],
    by: ByOption,
) -> None:
    """Say whose a letter is: its ticket is opened with the next sync, its clock began when it came."""
    with context.obj.bridge() as bridge:
        store = bridge.store()
        loaded = bridge.mappings(store)
        contact = bridge.contacts(loaded).one(client)
        files = enclosed_again(store.letters.get(letter), bridge.settings.mail)
        push = assign_letter(store, letter, contact, files, loaded.rulebook, named(by), bridge.clock.now())
        say(f"Letter {letter}: the next sync opens a ticket for customer {client} ({push.key}).")
        if files.file is not None:
            say(f"{files.file.name} goes with it.")
        if files.unseen:
            warn(f"Files of the letter, if it has any, do not go with the ticket: {files.unseen}.")


@app.command("dismiss")
def dismiss(context: Context, letter: LetterArgument, by: ByOption) -> None:
    """Say that nothing is to be done about a letter."""
    with context.obj.bridge() as bridge:
        dismiss_letter(bridge.store(), letter, named(by), bridge.clock.now())
        say(f"Letter {letter} is dismissed.")
