"""The panel's commands one by one: the token, the clock, and whether each command is answered."""

from __future__ import annotations

from datetime import datetime

from bridge.clock import Clock
from bridge.doctor.check import Check, Checks, failed, ok, skipped, warning
from bridge.errors import AccessRefused, BrokenRecord, NothingPushed, PanelUnreachable
from bridge.mikrowisp.api import PanelApi
from bridge.mikrowisp.checkup import Answer, Asked, ask_all, writing_commands
from bridge.sync.guards import CLOCKS_APART

_LEARN = (
    "`bridge doctor --probe --client ID` learns the panel's words; or add them under errors in commands.yaml"
)
# What is lost where the panel does not know a command.
_LOST = {
    "GetClientsDetails": "prices of services cannot be read over the API: configure panel.database",
    "ListTicket": "tickets cannot be read over the API: configure panel.database",
    "GetAllClients": "customers are walked number by number: write `customers.source: walk` in commands.yaml",
    "GetInvoices": "credits cannot be looked for on invoices over the API: configure panel.database",
    "GetInvoice": "credits cannot be looked for on invoices over the API: configure panel.database",
    "GetDepartamentos": "departments.yaml cannot be compared over the API: configure panel.database",
    "GetOperadores": "technicians.yaml cannot be compared over the API: configure panel.database",
}
_READING = {"GetClientsDetails", "ListTicket"}


def token_checks(api: PanelApi, clock: Clock) -> Checks:
    """Prove that the panel answers and takes the token, and compare its clock."""
    try:
        theirs = api.ping()
    except AccessRefused as fault:
        step = (
            "compare panel.token with the API token of the bridge's operator in the panel; the operator must "
            "be active and allowed to use the API"
        )
        yield failed("token", "api", str(fault), step)
    except PanelUnreachable as fault:
        yield failed("token", "api", str(fault), "see the lines network, tls and certificate")
    except NothingPushed as fault:
        step = "check panel.base_url: it is the panel's own address, with no other page or login before it"
        yield failed("token", "api", str(fault), step)
    except BrokenRecord as fault:
        yield warning("token", "api", f"taken, but the answer is not understood: {fault}", _LEARN)
    else:
        yield ok("token", "api", "the panel answers and takes the token")
        yield clock_check("api", theirs, clock)


def clock_check(subject: str, theirs: datetime | None, clock: Clock) -> Check:
    """Compare a clock of the panel with this machine's."""
    if theirs is None:
        return skipped("clock", subject, "it tells no time, so its clock cannot be compared")
    apart = abs(theirs - clock.real())
    detail = f"{apart.total_seconds():.0f} s apart from this machine's"
    if apart > CLOCKS_APART:
        return failed("clock", subject, detail, "set the clocks of both machines by NTP; `timedatectl` shows")
    return ok("clock", subject, detail)


def command_checks(api: PanelApi, *, reads_by_api: bool) -> Checks:
    """Ask every reading command once; those that write are named and not tried."""
    answers = set()
    for asked in ask_all(api):
        answers.add(asked.answer)
        needed = asked.read_back_of is not None or (reads_by_api and asked.command in _READING)
        yield _checked(asked, needed=needed)
    if answers == {Answer.UNEXPLAINED}:
        detail = "no command answers but with an error that no word in commands.yaml explains"
        yield failed("command", "all", detail, "look at the panel: its own pages may say what ails it")
    for command in writing_commands(api):
        yield skipped("command", command, "not tried, it would write")


def _checked(asked: Asked, *, needed: bool) -> Check:
    lost = _LOST.get(asked.command, f"correct read_back of extensions.{asked.read_back_of} in commands.yaml")
    match asked.answer:
        case Answer.SUCCESS:
            return ok("command", asked.command, "answers")
        case Answer.NOTHING:
            return ok("command", asked.command, f"answers: {asked.words}")
        case Answer.UNEXPLAINED:
            detail = f"answers what no word in commands.yaml explains: {asked.words}"
            return warning("command", asked.command, detail, _LEARN)
        case Answer.REFUSED:
            step = f"let the bridge's operator use it in the panel; until then {lost}"
            return (
                failed("command", asked.command, asked.words, step)
                if needed
                else warning("command", asked.command, asked.words, step)
            )
        case Answer.UNKNOWN if not needed:
            return warning("command", asked.command, f"the panel does not know it ({asked.words})", lost)
        case Answer.UNKNOWN:
            return failed("command", asked.command, f"the panel does not know it ({asked.words})", lost)
        case Answer.FAILED:
            return failed(
                "command", asked.command, asked.words, "try again; if it stays so, look at the panel"
            )
