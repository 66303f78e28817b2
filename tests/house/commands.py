"""The commands as the program itself knows them."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator, Sequence
from typing import Any

import typer

from bridge.cli.main import _config_first, app
from bridge.cli.session import Session
from bridge.sandbox.__main__ import _parser

ROOT_COMMAND: Any = typer.main.get_command(app)


def leaves(command: Any = ROOT_COMMAND, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Every command by its full name, such as `credits approve`."""
    for name, child in getattr(command, "commands", {}).items():
        yield from leaves(child, (*path, name))
    if not hasattr(command, "commands"):
        yield " ".join(path)


def fault(words: Sequence[str], *, whole: bool) -> str | None:
    """What is wrong with a call of `bridge`; None if it would be accepted. Nothing is run.

    A call that is not `whole` has to name a command and options that exist, and may leave the rest out.
    """
    rest = _config_first(list(words))
    if rest[:1] in (["-c"], ["--config"]):
        rest = rest[2:]
    command, path = ROOT_COMMAND, []
    while hasattr(command, "commands"):
        if not rest:
            return None if not whole else f"`{' '.join(path)}` is not a whole command"
        if rest[0] not in command.commands:
            return None if not whole and rest[0].isupper() else f"there is no command {[*path, rest[0]]}"
        command = command.commands[rest[0]]
        path.append(rest.pop(0))
    return _options_fault(command, path, rest, whole=whole)


def _options_fault(command: Any, path: list[str], rest: list[str], *, whole: bool) -> str | None:
    if path == ["sandbox", "serve"]:
        known = {name for action in _parser()._actions for name in action.option_strings}
    else:
        known = {name for param in command.params for name in (*param.opts, *param.secondary_opts)} | {
            "--help"
        }
    unknown = [word for word in rest if word.startswith("-") and word.partition("=")[0] not in known]
    if unknown:
        return f"{path} has no option {unknown}"
    if not whole or path == ["sandbox", "serve"]:
        return None
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            command.make_context(path[-1], rest, obj=Session(environ={})).close()
    except Exception as error:  # noqa: BLE001 - whichever click it is, it says what is wrong
        return f"{path}: {getattr(error, 'message', error)}"
    return None
