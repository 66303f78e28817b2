"""The command `bridge`: puts the groups together, and turns every fault into words and an exit code."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from bridge.cli import backup as backup_
from bridge.cli import credits as credits_
from bridge.cli import (
    demo,
    doctor,
    fact,
    init,
    intake,
    mappings,
    notices,
    outbox,
    plan,
    replay,
    run,
    sandbox,
    status,
    sync,
    tickets,
    work,
)
from bridge.cli.crash import told
from bridge.cli.options import Context
from bridge.cli.render import warn
from bridge.cli.session import Session
from bridge.errors import AccessRefused, BridgeError, FileFaults, PanelUnreachable, PanelUnusable
from bridge.phrases import language_of

WRONG_USE = 1
CRASHED = 1
INTERRUPTED = 130
_TYPERS_WRONG_USE = 2  # typer's own code for wrong options; here 2 says that nothing was pushed

EPILOG = (
    "Exit codes: 0 done; 1 wrong use, config or mapping; 2 nothing pushed (panel unreachable, a guard, "
    "another cycle at work); 3 done, and something waits for a person; 4 `plan` only: changes pending."
)

app = typer.Typer(
    name="bridge",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    epilog=EPILOG,
    help="Escalations, technicians and service credits for an ISP that runs MikroWISP.",
)

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "-c", "--config", metavar="PATH", help="config.yaml. Default: BRIDGE_CONFIG, else ./config.yaml."
    ),
]


@app.callback()
def options(context: Context, config: ConfigOption = None) -> None:
    """Remember where the configuration is."""
    context.obj.config = config


app.command("demo")(demo.demo)
app.command("init")(init.init)
app.command("doctor")(doctor.doctor)
app.command("sync")(sync.sync)
app.command("run")(run.run)
app.command("status")(status.status)
app.command("plan")(plan.plan)
app.command("apply")(plan.apply)
app.add_typer(tickets.app, name="tickets")
app.command("fact")(fact.fact)
app.add_typer(credits_.app, name="credits")
app.add_typer(work.app, name="work")
app.add_typer(outbox.app, name="outbox")
app.add_typer(mappings.app, name="mappings")
app.add_typer(intake.app, name="intake")
app.add_typer(notices.app, name="notices")
app.command("replay")(replay.replay)
app.command("backup")(backup_.backup)
app.command("restore")(backup_.restore)
app.add_typer(sandbox.app, name="sandbox")


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return the exit code of design section 5."""
    session = Session(environ=os.environ)
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        app(
            args=_config_first(sys.argv[1:] if arguments is None else arguments),
            prog_name="bridge",
            obj=session,
        )
    except SystemExit as stop:
        return _code(stop, session)
    except FileFaults as faults:
        for fault in faults.faults:
            warn(fault.said(language_of(session.environ)))
        return faults.exit_code
    except BridgeError as fault:
        warn(f"bridge: {fault}")
        if isinstance(fault, PanelUnreachable | AccessRefused | PanelUnusable):
            warn("Nothing was pushed. `bridge doctor` says what to check.")
        return fault.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - Python's own traceback would show secrets
        warn(told(error, session.settings))
        return CRASHED
    finally:
        signal.signal(signal.SIGTERM, before)
    return session.exit_code


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    """SIGTERM ends a command as Ctrl-C does: the lease is given back, and nothing is left half done."""
    raise KeyboardInterrupt


def _config_first(arguments: list[str]) -> list[str]:
    """Let `-c PATH` stand after the command as well as before it; what is passed on stays as it is."""
    if arguments[:2] == ["sandbox", "serve"]:
        return arguments
    for position, word in enumerate(arguments):
        if word == "--":
            break
        if word.startswith("--config="):
            return [word, *arguments[:position], *arguments[position + 1 :]]
        if word in {"-c", "--config"}:
            return [*arguments[position : position + 2], *arguments[:position], *arguments[position + 2 :]]
    return arguments


def _code(stop: SystemExit, session: Session) -> int:
    if stop.code in {None, 0}:
        return session.exit_code
    return WRONG_USE if stop.code == _TYPERS_WRONG_USE else INTERRUPTED
