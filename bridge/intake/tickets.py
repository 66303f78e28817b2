"""What a report asks of the panel: a ticket with department and technician, or a note on the one it joins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bridge.domain.assign import Need, choose
from bridge.domain.classify import classify
from bridge.domain.intents import Push, PushKind
from bridge.domain.policy import UNROUTED, Rulebook
from bridge.domain.records import Channel, Client
from bridge.intake.harmless import harmless, one_line

_SUBJECT = 150  # contract 2.1
_KEY_SIGNS = 16
_NAME = 80


@dataclass(frozen=True, slots=True)
class _Door:
    """A way in: what its keys begin with, and its texts in messages.yaml."""

    prefix: str
    ticket: str
    note: str
    no_subject: str


_DOORS = {
    Channel.MAIL: _Door("MAIL", "mail_ticket", "mail_reply", "mail_no_subject"),
    Channel.PHONE: _Door("TEL", "phone_ticket", "phone_note", "phone_no_subject"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a customer reported, by letter or by telephone.

    `identity` tells it from every other report, `reported_at` is when the customer did it (t0, I-4).
    `left_out` names the files that do not go to the panel, `taken_by` who answered the telephone. `kind` is
    what a person said it is; None leaves it to the words.
    """

    identity: str
    client_id: int
    reported_at: datetime
    subject: str
    words: str
    left_out: tuple[str, ...] = ()
    channel: Channel = Channel.MAIL
    kind: str | None = None
    taken_by: str = ""

    def key(self, letter: str) -> str:
        """Return the key of a push that carries it; its marker is the key in brackets."""
        return f"{_DOORS[self.channel].prefix}-{self.identity[:_KEY_SIGNS]}/{letter}"


def department_of(kind: str, rulebook: Rulebook) -> int:
    """Return where a new report goes: level 1 for faults, else who handles it, or reception (I-5, I-6)."""
    departments = rulebook.departments
    if kind == UNROUTED:
        return departments.reception
    return departments.levels[1] if rulebook.kinds.is_fault(kind) else departments.enquiries[kind]


def opening(
    report: Report,
    client: Client | None,
    loads: Mapping[int, int],
    rulebook: Rulebook,
    now: datetime,
) -> Push:
    """Return the push that opens a ticket for a letter or a call (I-2, I-3), at its department (I-5, I-6).

    A fault is given to a technician of level 1 at once (L-1), where one is available; `client` is the
    customer as the store knows them, for zone and nodes.
    """
    door = _DOORS[report.channel]
    subject = one_line(report.subject, _SUBJECT) or rulebook.texts.render(door.no_subject)
    words = harmless(report.words)
    kind = report.kind or classify(subject, words, rulebook.kinds)
    key = report.key("T")
    return Push(
        key=key,
        kind=PushKind.OPEN,
        client_id=report.client_id,
        due_at=report.reported_at,
        marker=f"[{key}]",
        text=_text(door.ticket, report, words or subject, key, rulebook),
        subject=subject,
        channel=report.channel,
        department_id=department_of(kind, rulebook),
        technician_id=_technician(client, loads, rulebook, now) if rulebook.kinds.is_fault(kind) else None,
    )


def note(report: Report, ticket_id: int, rulebook: Rulebook) -> Push:
    """Return the push that puts a customer's words on their ticket, as an internal note that says so."""
    key = report.key("R")
    words = harmless(report.words) or one_line(report.subject, _SUBJECT)
    return Push(
        key=key,
        kind=PushKind.NOTE,
        client_id=report.client_id,
        ticket_id=ticket_id,
        due_at=report.reported_at,
        marker=f"[{key}]",
        text=_text(_DOORS[report.channel].note, report, words, key, rulebook),
        internal=True,
    )


def _text(template: str, report: Report, words: str, key: str, rulebook: Rulebook) -> str:
    names = ", ".join(one_line(name, 100) for name in report.left_out)
    received = report.reported_at.astimezone(rulebook.zone)
    said = rulebook.texts.render(
        template,
        text=words,
        files=rulebook.texts.render("mail_files", names=names) if names else "",
        received=f"{received:%d/%m/%Y %H:%M:%S}",
        by=one_line(report.taken_by, _NAME),
        marker=f"[{key}]",
    )
    return "\n".join(line for line in said.splitlines() if line.strip())


def _technician(
    client: Client | None, loads: Mapping[int, int], rulebook: Rulebook, now: datetime
) -> int | None:
    services = client.services or () if client is not None else ()
    need = Need(
        level=1,
        zone=(client.zone if client is not None else None) or "",
        nodes=frozenset(service.node for service in services if service.node is not None),
        current=None,
        level_rose=False,
    )
    return choose(need, rulebook.roster, loads, now, rulebook.zone).operator_id
