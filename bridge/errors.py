"""The error tree: one class for each way the program reacts, with the evidence in attributes.

BridgeError
├── UserFault           somebody can mend it in a file or a command line      exit 1
│   ├── UsageFault      a wrong command, argument or reference
│   └── FileFaults      faults in config.yaml or a mapping, all at once
├── NothingPushed       the cycle stops before it writes anything             exit 2
│   ├── PanelUnreachable
│   ├── AccessRefused   the token, the database user or the TLS chain
│   ├── PanelUnusable   an answer or a schema that cannot be trusted
│   ├── GuardStopped
│   └── LeaseHeld
├── StoreUnusable       the bridge's own store is locked, full or damaged      exit 2
├── MailUnreachable     the mailbox cannot be read: letters wait where they are  exit 2
├── BrokenRecord        one record is set aside, the rest goes on             exit 3
└── PushFault           one push did not go through as hoped                  exit 3
    ├── NotApplied      surely not applied: try again later
    ├── Refused         the panel said no: a person must look
    └── OutcomeUnknown  it may have been applied: look before sending again
"""

from __future__ import annotations

from dataclasses import dataclass

from bridge.phrases import Language, Phrase


class BridgeError(Exception):
    """Anything the bridge raises on purpose; `str()` is fit to be shown."""

    exit_code = 2


class UserFault(BridgeError):
    """Somebody can mend it: wrong use, configuration or mapping (exit 1)."""

    exit_code = 1


class UsageFault(UserFault):
    """A wrong argument or a reference to something that does not exist."""


class UnknownCustomer(UsageFault):
    """The panel knows no customer of this number."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Fault:
    """One fault of a file: where it is (1-based line and column) and what to write instead."""

    file: str
    line: int
    column: int
    message: Phrase

    def __str__(self) -> str:
        return self.said(Language.ENGLISH)

    def said(self, language: Language) -> str:
        """Return `file:line:column: words` in a language."""
        return f"{self.file}:{self.line}:{self.column}: {self.message.said(language)}"


class FileFaults(UserFault):
    """Every fault found in one or several files, sorted by place; `str()` tells them in English."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = tuple(sorted(faults))
        super().__init__("\n".join(str(fault) for fault in self.faults))


class NothingPushed(BridgeError):
    """The cycle ends before anything is written to the panel (exit 2)."""


class PanelUnreachable(NothingPushed):
    """No connection, a time-out, or a server error on a read."""


class AccessRefused(NothingPushed):
    """The panel refused the token, the database user or its rights."""


class PanelUnusable(NothingPushed):
    """An answer or a schema that does not fit the contract (HTML, empty, a missing column)."""


class GuardStopped(NothingPushed):
    """A guard of design section 4 stopped the cycle; `guard` names it."""

    def __init__(self, guard: str, message: str) -> None:
        self.guard = guard
        super().__init__(message)


class LeaseHeld(NothingPushed):
    """Another cycle is at work on the same store."""


class StoreUnusable(BridgeError):
    """The bridge's own store cannot be read or written: locked, disk full, damaged, no rights (exit 2)."""


class BrokenRecord(BridgeError):
    """One record of the panel cannot be read; `subject` is e.g. `client 77` or `ticket 1201`."""

    exit_code = 3

    def __init__(self, subject: str, client_id: int | None, message: str) -> None:
        self.subject = subject
        self.client_id = client_id
        super().__init__(f"{subject}: {message}")


class PushFault(BridgeError):
    """One push did not end as hoped."""

    exit_code = 3


class NotApplied(PushFault):
    """The panel surely did not apply it (never sent, or refused before any effect): try again later."""


class Refused(PushFault):
    """The panel answered with a business error: a person must look."""


class OutcomeUnknown(PushFault):
    """The write may have taken effect: look for its marker before sending again."""


class MailUnreachable(BridgeError):
    """The mailbox cannot be read, or refuses the password (exit 2); letters wait where they are."""
