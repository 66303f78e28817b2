"""`bridge mappings`: what ops edit, checked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bridge.cli.files import make_folder, write_again
from bridge.cli.impact import impact
from bridge.cli.options import Context
from bridge.cli.render import say
from bridge.phrases import language_of, phrase
from bridge.rulebook.schema import schema_texts
from bridge.rulebook.shipped import SCHEMAS, shipped_mappings

app = typer.Typer(no_args_is_help=True, help="The mappings: deadlines, bonus table, technicians, texts.")


@app.callback()
def group() -> None:
    """The mappings: deadlines, bonus table, technicians, texts."""


@app.command("check")
def check(context: Context) -> None:
    """Check every mapping; each fault is told with its file, line and what to write instead (exit 1)."""
    with context.obj.bridge() as bridge:
        loaded = bridge.mappings()
        words = phrase(
            "{number} files ok in {folder}", number=len(loaded.texts), folder=bridge.settings.mappings
        )
        say(words.said(language_of(context.obj.environ)))


@app.command("schema")
def schema(
    context: Context,
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="DIR", help="Default: the folder `schema` beside the configured mappings."),
    ] = None,
) -> None:
    """Write the JSON Schemas by which an editor completes, checks and explains the mappings.

    The first line of each shipped mapping names its schema; VS Code reads it with its YAML extension. Files
    of the same names are replaced.
    """
    if folder is None:
        with context.obj.bridge() as bridge:
            folder = bridge.settings.mappings / SCHEMAS
    make_folder(folder)
    texts = schema_texts(shipped_mappings())
    for name, text in texts.items():
        write_again(folder / name, text)
    words = phrase("{number} schemas written to {folder}", number=len(texts), folder=folder)
    say(words.said(language_of(context.obj.environ)))


app.command("impact")(impact)
