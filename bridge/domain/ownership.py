"""Who owns an incident now, from the bridge's own choices and what people did in the panel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bridge.domain.assess import Assessment
from bridge.domain.assign import Need, choose
from bridge.domain.decisions import Because, Decision
from bridge.domain.events import EventKind
from bridge.domain.policy import Rulebook
from bridge.domain.timeline import Incident

_RULES = {1: "L-1", 2: "L-3", 3: "L-5"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ownership:
    """The owner, the decision if one was taken now, and whether nobody could be found.

    `by_hand` says that a person assigned the owner after the bridge's last choice.
    """

    operator_id: int | None
    decision: Decision | None
    nobody: bool = False
    by_hand: bool = False


def own(
    assessment: Assessment,
    fired: Mapping[str, Decision],
    loads: Mapping[int, int],
    rulebook: Rulebook,
    now: datetime,
) -> Ownership:
    """Keep the owner, or choose one for the level that was just reached (L-1, L-3, L-5, L-6).

    A level whose technician was decided once is not decided again.
    """
    incident, level = assessment.incident, assessment.level
    owner, by_hand = _present_owner(incident, fired)
    subject = f"assign:L{level}"
    if level is None or incident.ended_at is not None or subject in fired:
        return Ownership(operator_id=owner, decision=None, by_hand=by_hand)
    subscription = incident.subscription
    services = subscription.services if subscription else ()
    need = Need(
        level=level,
        zone=subscription.zone if subscription else "",
        nodes=frozenset(service.node for service in services if service.node is not None),
        current=owner,
        level_rose=level > 1 and not _chosen_for_level(incident, fired.get(f"level_{level}")),
    )
    choice = choose(need, rulebook.roster, loads, now, rulebook.zone)
    if choice.because is Because.NOBODY or choice.operator_id is None:
        return Ownership(operator_id=owner, decision=None, nobody=True)
    decision = Decision(
        incident_id=incident.incident_id,
        subject=subject,
        rule=_RULES[level],
        because=choice.because,
        at=now,
        decided_at=now,
        policy="",
        facts={
            "technician": str(choice.operator_id),
            "open_incidents": str(loads.get(choice.operator_id, 0)),
        },
    )
    return Ownership(operator_id=choice.operator_id, decision=decision)


def _chosen_for_level(incident: Incident, reached: Decision | None) -> bool:
    """Whether a person assigned somebody after the level was reached (None: it is being reached now)."""
    by_hand = incident.all_of(EventKind.TECHNICIAN_SET)
    return reached is not None and any(event.seen_at > reached.decided_at for event in by_hand)


def _present_owner(incident: Incident, fired: Mapping[str, Decision]) -> tuple[int | None, bool]:
    """The latest word, and whether it is a person's: an assignment in the panel after the bridge's choice."""
    chosen = [
        (decision.decided_at, int(decision.facts["technician"]), False)
        for subject, decision in fired.items()
        if subject.startswith("assign:")
    ]
    by_hand = [
        (event.seen_at, int(event.data["technician_id"]), True)
        for event in incident.all_of(EventKind.TECHNICIAN_SET)
    ]
    _, owner, is_by_hand = max((*chosen, *by_hand), key=lambda word: word[0], default=(None, None, False))
    return owner, is_by_hand
