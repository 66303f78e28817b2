"""The commands that the sandbox answers; it knows no others, and refuses what it does not know."""

from __future__ import annotations

from bridge.sandbox.call import Command
from bridge.sandbox.commands import customers, extension, invoices, organisation, payments, tickets

COMMANDS: dict[str, Command] = {
    command.name.lower(): command
    for module in (customers, tickets, invoices, payments, organisation, extension)
    for command in module.COMMANDS
}
