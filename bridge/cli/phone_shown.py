"""What an agent reads during a call, in Spanish: the caller, what is open, the number to be read aloud."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich import box
from rich.panel import Panel
from rich.text import Text

from bridge.cli.render import clean, heading, say, show
from bridge.desk.calls import Caller, Taken
from bridge.desk.continuing import Continued
from bridge.domain.contacts import Contact
from bridge.domain.intents import Push
from bridge.domain.policy import LOW_SPEED, UNROUTED, FaultKind, Rulebook
from bridge.domain.records import Client, ClientStatus
from bridge.domain.terms import escalation_at
from bridge.store.push_states import PushState
from bridge.sync.at_once import STOPPED
from bridge.views.moments import ago, brief, spoken
from bridge.views.standing import Coming, Ended, Matter, Standing

SPANISH_STATUS = {
    ClientStatus.ACTIVE: "activo",
    ClientStatus.SUSPENDED: "suspendido",
    ClientStatus.RETIRED: "DADO DE BAJA",
}
_TELEPHONE_END = 4
_KIND_WIDTH = 44
_THROUGH = frozenset({PushState.SENT, PushState.VERIFIED})
_BY_ITS_MARK = "La siguiente sincronización lo busca en el panel por su marca {marker}"
_ON_THE_LIST = "Quedó en la lista de pendientes (bridge work list)."
_CLOSED_LATER = "Se cierra con la siguiente sincronización."
_WHY = {
    PushState.RETRY_AT: "El panel no respondió y no se abrió nada. Se abre con la siguiente sincronización.",
    PushState.IN_DOUBT: f"No llegó la respuesta del panel. {_BY_ITS_MARK}: si está, toma su número; "
    "si no, lo abre. No lo abra a mano.",
    PushState.PARKED: f"El panel no lo aceptó. {_ON_THE_LIST}",
    PushState.MANUAL: f"Aquí los tickets se abren a mano. {_ON_THE_LIST}",
}
_STOPPED = f"Se interrumpió mientras se abría. {_BY_ITS_MARK}: si está, toma su número; si no, lo abre."
_NO_NUMBER = f"El panel lo abrió y no dijo el número. {_BY_ITS_MARK}."


def short_telephone(person: Contact) -> str:
    """Return the last digits of the customer's telephones, as much as the agent needs to ask for."""
    ends = dict.fromkeys(number[-_TELEPHONE_END:] for number in person.telephones)
    return " ".join(f"…{end}" for end in ends)


def person_line(person: Contact) -> str:
    """Return a customer on one line."""
    return f"{person.client_id:>6}  {person.name}  {short_telephone(person)}  {SPANISH_STATUS[person.status]}"


def distinguished(client: Client) -> str:
    """Return what tells a customer from others of the same name: zone and plans."""
    return ", ".join([*([client.zone] if client.zone else []), *(one.plan for one in client.services or ())])


def caller_shown(caller: Caller) -> None:
    """Say who is on the line, and whether the panel has confirmed it."""
    client = caller.client
    heading(f"Cliente {client.client_id}: {client.name} ({SPANISH_STATUS[client.status]})")
    if not caller.is_fresh:
        say("El panel no responde: es lo último que se leyó de este cliente.")


def kinds_shown(kinds: Sequence[FaultKind]) -> None:
    """List the kinds by number, two on a line, and what to take where none fits."""
    named = [f"{number:>3} {clean(kind.label)}" for number, kind in enumerate(kinds, start=1)]
    named.append("  0 Nada de esto: a recepción")
    for left, right in zip(named[::2], [*named[1::2], ""], strict=False):
        show(Text(f"{left:<{_KIND_WIDTH}} {right}"))


class Board:
    """Prints for an agent by the words of the mappings, with times in the panel's zone."""

    def __init__(self, rulebook: Rulebook, now: datetime) -> None:
        self._rulebook = rulebook
        self._now = now

    @property
    def _zone(self) -> ZoneInfo:
        return self._rulebook.zone

    def standing(self, standing: Standing) -> None:
        """List what is open by number: what it is, where it stands, what comes next, what was done last."""
        heading("Ya está abierto")
        for number, one in enumerate(standing.joinable, start=1):
            if isinstance(one, Coming):
                say(f"{number}. {self._coming(one)}, ticket {one.ticket_id}")
                continue
            say(f"{number}. {', '.join(self._matter(one))}")
            for line in self._details(one):
                say(line, indent=3)
        for one in standing.coming:
            if one.ticket_id is None:
                say(f"-  {self._coming(one)}, todavía sin número")

    def ended(self, ended: Sequence[Ended]) -> None:
        """List what has just ended, the latest first: the same fault goes on with it."""
        heading("Cerrado hace poco (la misma falla sigue con su número)")
        for one in reversed(ended):
            say(", ".join(self._ended(one)))

    def _ended(self, one: Ended) -> Iterable[str]:
        when = f"Cerrado a {spoken(one.ended_at, self._now, self._zone)} ({ago(one.ended_at, self._now)})"
        number = f"ticket {one.ticket_id}" if one.ticket_id is not None else "todavía sin número"
        yield f"{when}: {one.report_number or number}"
        if one.report_number is not None:
            yield number
        yield self._kind(one.kind)

    def _coming(self, one: Coming) -> str:
        where = "Pendiente de abrirse a mano" if one.by_hand else "Se está abriendo"
        return f"{where}: {one.push.subject}, desde {self._at(one.push.due_at)}"

    def _at(self, at: datetime) -> str:
        return brief(at, self._now, self._zone)

    def _matter(self, matter: Matter) -> Iterable[str]:
        row = matter.row
        if row.report_number is not None:
            yield row.report_number
        yield f"ticket {matter.ticket_id}"
        yield self._kind(row.kind)
        if row.level is not None:
            yield f"nivel {row.level}{' GRAVE' if row.severe else ''}"
        yield f"desde {self._at(row.opened_at)}"

    def _details(self, matter: Matter) -> Iterable[str]:
        row = matter.row
        if row.next_deadline_at is not None:
            yield f"Siguiente límite: {self._at(row.next_deadline_at)}"
        if row.technician_id:
            yield f"Lo atiende: {self._technician(row.technician_id)}"
        if matter.visit is not None:
            yield f"Visita: {matter.visit}"
        if matter.last is not None:
            at, what = matter.last
            yield f"Lo último, {self._at(at)}: {what}"

    def taken(self, taken: Taken) -> None:
        """Say the number, and what to tell the caller."""
        if taken.outcome.ticket_id is None:
            heading("TODAVÍA SIN NÚMERO")
            words = _STOPPED if taken.outcome.why == STOPPED else _WHY.get(taken.outcome.state, _NO_NUMBER)
            say(words.format(marker=taken.push.marker))
        else:
            _aloud(taken.outcome.ticket_id)
            if taken.solved and taken.closing not in _THROUGH:
                by_hand = taken.closing in {PushState.PARKED, PushState.MANUAL}
                say(f"Falta cerrarlo. {_ON_THE_LIST}" if by_hand else _CLOSED_LATER)
        heading("Dígale:")
        for line in self.said(taken):
            say(line, indent=2)
        if taken.kind == LOW_SPEED and not taken.solved:
            say()
            say(self._rulebook.texts.render("phone_evidence"))

    def told_again(self, coming: Push) -> None:
        """Say what to tell who asks for a ticket that has no number yet."""
        heading("Dígale:")
        say(self._unknown(coming), indent=2)

    def _unknown(self, push: Push) -> str:
        registered = spoken(push.due_at, self._now, self._zone)
        return self._rulebook.texts.render("phone_say_unknown", time=registered)

    def said(self, taken: Taken) -> Iterable[str]:
        """What the caller is told."""
        say_ = self._rulebook.texts.render
        began = taken.push.due_at
        if taken.outcome.ticket_id is None:
            yield self._unknown(taken.push)
        elif taken.joined is not None:
            yield say_("phone_say_continued", ticket_id=taken.outcome.ticket_id)
            if isinstance(taken.joined, Matter):
                yield from self._of_matter(taken.joined)
        elif taken.solved:
            is_fault = self._rulebook.kinds.is_fault(taken.kind)
            yield say_("phone_say_solved" if is_fault else "phone_say_solved_enquiry")
        elif taken.goes_on_with is not None:
            yield from self._of_continued(taken.goes_on_with)
        elif self._rulebook.kinds.is_fault(taken.kind):
            due = began + escalation_at(began, self._rulebook).level_1_contact
            if due > self._now:
                yield say_("phone_say_fault", due=f"a {spoken(due, self._now, self._zone)}")
        else:
            departments = self._rulebook.departments
            name = departments.names.get(taken.push.department_id or 0, "")
            yield say_("phone_say_enquiry", department=name)

    def _of_continued(self, continued: Continued) -> Iterable[str]:
        """The report that goes on; an hour only where its clock is known."""
        say_, fault = self._rulebook.texts.render, continued.fault
        number = f"ticket {fault.ticket_id}" if fault.ticket_id is not None else "reporte anterior"
        report = f"reporte {fault.report_number}" if fault.report_number is not None else number
        yield say_("phone_say_goes_on" if continued.is_sure else "phone_say_may_go_on", report=report)
        if continued.is_sure and isinstance(fault, Matter):
            yield from self._of_matter(fault)
        elif continued.is_sure and isinstance(fault, Ended) and fault.report_number is not None:
            yield say_("phone_say_report", report_number=fault.report_number, level=fault.level)

    def _of_matter(self, matter: Matter) -> Iterable[str]:
        say_, row = self._rulebook.texts.render, matter.row
        if row.report_number is not None:
            yield say_("phone_say_report", report_number=row.report_number, level=row.level)
        if matter.call_by is not None:
            yield say_("phone_say_deadline", due=f"a {spoken(matter.call_by, self._now, self._zone)}")
        if matter.visit is not None:
            yield say_("phone_say_visit", visit=matter.visit)

    def _kind(self, name: str) -> str:
        if name == UNROUTED:
            return "sin clasificar"
        return next((kind.label for kind in self._rulebook.kinds.kinds if kind.name == name), name)

    def _technician(self, operator_id: int) -> str:
        roster = self._rulebook.roster.technicians
        return next((one.name for one in roster if one.operator_id == operator_id), f"operador {operator_id}")


def taken_as_json(taken: Taken) -> dict[str, Any]:
    """Return what became of a call with the field names promised to scripts."""
    row = taken.joined.row if isinstance(taken.joined, Matter) else None
    goes_on = taken.goes_on_with
    continued = goes_on.fault.report_number if goes_on is not None and goes_on.is_sure else None
    return {
        "ticket_id": taken.outcome.ticket_id,
        "push_key": taken.push.key,
        "state": str(taken.outcome.state),
        "client_id": taken.push.client_id,
        "report_number": row.report_number if row is not None else continued,
        "kind": taken.kind,
        "technician_id": row.technician_id if row is not None else taken.push.technician_id,
    }


def _aloud(ticket_id: int) -> None:
    """A ticket's number, its digits apart."""
    number = Text(f"TICKET   {'  '.join(str(ticket_id))}", style="bold")
    show(Text(""))
    show(Panel(number, box=box.HEAVY, expand=False, padding=(0, 4)))
