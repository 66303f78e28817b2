"""Which incident of today was which one before: what staff say later can put tickets together, or apart.

Incidents are told afresh from all events (`timeline.tell`), so a corrected kind or service can merge two of
them, split one, or make an enquiry of it. What was decided, told to the customer and paid under the names of
before goes on where their first tickets are now (L-3, L-9, L-10, C-9).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count

from bridge.domain.assess import Memory
from bridge.domain.books import letter_of
from bridge.domain.decisions import CreditStatus, Decision, Line
from bridge.domain.escalation import StepName
from bridge.domain.timeline import ClientStory, Incident

Fired = Mapping[str, Mapping[str, Decision]]

_GIVEN = frozenset({CreditStatus.DUE, CreditStatus.POSTED, CreditStatus.INVOICED})
_NUMBER = re.compile(r"(?:^|-)([0-9]+)(?:-[0-9]+)?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kin:
    """An incident under the name it keeps, with all decisions taken of it.

    `names` are those of before; `tickets` are those of every incident of the customer, by their names now.
    """

    incident: Incident
    fired: Mapping[str, Decision]
    names: frozenset[str]
    tickets: Mapping[str, frozenset[int]]

    def memory(self, lines: Iterable[Line]) -> Memory:
        """What the ledger's lines of the customer mean to this incident."""
        lines = list(lines)
        if not lines:
            return Memory(fired=self.fired, lines=lines, others=lines)
        own = self.incident.incident_id
        others = [line for line in lines if line.incident_id not in {own, *self.names}]
        return Memory(
            fired=self.fired,
            lines=[line for line in lines if line.incident_id == own],
            inherited=[line for line in lines if line.incident_id in self.names],
            others=others,
            told_apart=any(self._was_paid_by(line) for line in others),
        )

    def _was_paid_by(self, line: Line) -> bool:
        """Whether another incident's credit was for a ticket that has left it and is here now."""
        left = {*line.ticket_ids} - self.tickets.get(line.incident_id, frozenset())
        is_credit = letter_of(line.type) == "C" and line.status in _GIVEN
        return is_credit and not left.isdisjoint(self.incident.ticket_ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """A customer's incidents, oldest first, and the names that no incident bears any more.

    The lines of `homeless` names belong to no fault: their tickets prove to be enquiries.
    """

    kin: tuple[Kin, ...]
    gone: frozenset[str]
    homeless: frozenset[str]


def trace(story: ClientStory, fired: Fired, lines: Iterable[Line]) -> Lineage:
    """Find for every name of before the incident that it is now.

    The name under which a customer was given a report number stays (L-3); where two were given one, the
    older incident's does. A name is not used again for one that began at another instant.
    """
    begun = {name: steps[StepName.LEVEL_1].at for name, steps in fired.items() if StepName.LEVEL_1 in steps}
    present = {
        one.incident_id
        for one in story.incidents
        if begun.get(one.incident_id, one.opened_at) == one.opened_at
    }
    tickets = _gone(fired, lines, present)
    heirs: dict[str, list[str]] = {}
    homeless = set()
    for name in sorted(tickets):
        heir = _heir(tickets[name], story.incidents, begun.get(name))
        if heir is None:
            homeless.add(name)
        else:
            heirs.setdefault(heir.incident_id, []).append(name)
    tickets_now: dict[str, frozenset[int]] = {}
    taken = {*tickets, *present}
    kin: list[Kin] = []
    for incident in story.incidents:
        names = heirs.get(incident.incident_id, [])
        keeps = incident.incident_id in present or incident.incident_id in names
        own = incident if keeps else _renamed(incident, names, begun, taken)
        taken.add(own.incident_id)
        kin.append(_kin(own, names, fired, tickets_now))
    for one in kin:
        tickets_now[one.incident.incident_id] = frozenset(one.incident.ticket_ids)
    return Lineage(
        kin=tuple(kin),
        gone=frozenset(tickets.keys() - tickets_now.keys()),
        homeless=frozenset(homeless),
    )


def _gone(fired: Fired, lines: Iterable[Line], present: AbstractSet[str]) -> dict[str, Sequence[int]]:
    """The names of before that are not among the present ones, with their tickets, the first at least."""
    gone: dict[str, Sequence[int]] = {}
    for name, decisions in fired.items():
        if name not in present and StepName.LEVEL_1 in decisions:
            gone[name] = tickets_named(name)
    for line in lines:
        if line.incident_id not in present:
            gone[line.incident_id] = (*tickets_named(line.incident_id), *line.ticket_ids)
    return gone


def tickets_named(name: str) -> tuple[int, ...]:
    """Return the ticket a report number is built from (L-3): 1201 of `RC-1201-2`; none where it has none."""
    found = _NUMBER.search(name)
    return (int(found.group(1)),) if found else ()


def _renamed(
    incident: Incident, names: Iterable[str], begun: Mapping[str, datetime], taken: AbstractSet[str]
) -> Incident:
    """Under its name of before, else the ticket's next that nobody bore: after `RC-1201` `RC-1201-2`."""
    known = [name for name in names if begun.get(name) == incident.opened_at]
    found = _NUMBER.search(incident.incident_id)
    stem = incident.incident_id[: found.end(1)] if found else incident.incident_id
    free = (name for name in map(f"{stem}-{{}}".format, count(2)) if name not in taken)
    return replace(incident, incident_id=known[0] if known else next(free))


def _heir(tickets: Iterable[int], incidents: Sequence[Incident], begun: datetime | None) -> Incident | None:
    """The incident of the first of these tickets that is in any: the latest that had begun by then."""
    for ticket in tickets:
        homes = [one for one in reversed(incidents) if ticket in one.ticket_ids]
        if homes:
            return next((one for one in homes if begun is None or one.opened_at <= begun), homes[-1])
    return None


def _kin(
    incident: Incident, names: Sequence[str], fired: Fired, tickets: Mapping[str, frozenset[int]]
) -> Kin:
    own = incident.incident_id
    if not names:
        return Kin(incident=incident, fired=fired.get(own, {}), names=frozenset(), tickets=tickets)
    name = own
    if StepName.REPORT_NUMBER not in fired.get(own, {}):
        told = [one for one in names if StepName.REPORT_NUMBER in fired.get(one, {})]
        name = min(told, key=lambda one: fired[one][StepName.REPORT_NUMBER].at, default=own)
    others = {own, *names} - {name}
    decisions: dict[str, Decision] = {}
    for one in (*sorted(others), name):
        decisions |= fired.get(one, {})
    return Kin(
        incident=incident if name == own else replace(incident, incident_id=name),
        fired=dict(sorted(decisions.items(), key=lambda item: item[1].at)) if others else decisions,
        names=frozenset(others),
        tickets=tickets,
    )
