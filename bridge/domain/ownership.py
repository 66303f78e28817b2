"""Who owns an incident now, and who helps: the bridge's own choices and what people did in the panel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bridge.domain.assess import Assessment
from bridge.domain.assign import Need, choose, is_away, next_leave
from bridge.domain.decisions import Because, Decision
from bridge.domain.escalation import StepName
from bridge.domain.events import EventKind
from bridge.domain.policy import Rulebook
from bridge.domain.timeline import Incident

_RULES = {1: "L-1", 2: "L-3", 3: "L-5"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ownership:
    """The owner, and the decision if one was taken now.

    `nobody` says that nobody could be found, `by_hand` that a person assigned the owner after the bridge's
    last choice. `round` counts the bridge's choices for this level. `again_at` is when the owner goes on
    leave.
    """

    operator_id: int | None
    decision: Decision | None = None
    nobody: bool = False
    by_hand: bool = False
    round: int = 1
    again_at: datetime | None = None


def own(
    assessment: Assessment,
    fired: Mapping[str, Decision],
    loads: Mapping[int, int],
    rulebook: Rulebook,
    now: datetime,
) -> Ownership:
    """Keep the owner, or choose one for the level that was just reached (L-1, L-3, L-5, L-6).

    A level whose technician was decided once is decided again only when that technician goes on leave or
    off the roster; whom a person assigned is left alone.
    """
    incident, level = assessment.incident, assessment.level
    owner, by_hand = _present_owner(incident, fired)
    if level is None or incident.ended_at is not None:
        return Ownership(operator_id=owner, by_hand=by_hand)
    before = sum(subject.partition(":")[2].startswith(f"L{level}") for subject in fired)
    away = owner is not None and not by_hand and is_away(owner, rulebook.roster, now, rulebook.zone)
    if before and not away:
        again_at = (
            None if by_hand or owner is None else next_leave(owner, rulebook.roster, now, rulebook.zone)
        )
        return Ownership(operator_id=owner, by_hand=by_hand, round=before, again_at=again_at)
    need = _need(incident, level, None if before else owner, fired)
    choice = choose(need, rulebook.roster, loads, now, rulebook.zone)
    if choice.operator_id is None:
        return Ownership(operator_id=owner, nobody=True, round=max(before, 1))
    decision = Decision(
        incident_id=incident.incident_id,
        subject=f"assign:L{level}:{before + 1}" if before else f"assign:L{level}",
        rule=_RULES[level],
        because=Because.HANDED_OVER if before else choice.because,
        at=now,
        decided_at=now,
        policy="",
        facts=_facts(choice.operator_id, level, loads, rulebook),
    )
    again_at = next_leave(choice.operator_id, rulebook.roster, now, rulebook.zone)
    return Ownership(operator_id=choice.operator_id, decision=decision, round=before + 1, again_at=again_at)


def visit_helper(
    assessment: Assessment,
    fired: Mapping[str, Decision],
    loads: Mapping[int, int],
    rulebook: Rulebook,
    now: datetime,
) -> Decision | None:
    """L-6: a visit fixed while at level 3 is given to a level-2 technician, beside the owner.

    None where there is no such visit, it has a helper, or nobody of level 2 is available.
    """
    incident = assessment.incident
    visit = incident.last_of(EventKind.VISIT_FIXED)
    now_fired = {decision.subject: decision for decision in assessment.decisions}
    reached = fired.get(StepName.LEVEL_3) or now_fired.get(StepName.LEVEL_3)
    if visit is None or reached is None or incident.ended_at is not None or visit.at < reached.at:
        return None
    over = incident.last_of(EventKind.VISIT_DONE, EventKind.VISIT_FAILED)
    subject = f"visit_helper:{visit.key}"
    if subject in fired or (over is not None and over.at > visit.at):
        return None
    choice = choose(_need(incident, 2, None, fired), rulebook.roster, loads, now, rulebook.zone)
    if choice.operator_id is None:
        return None
    when = {"visit": visit.data.get("start") or visit.data["date"]}
    if visit.data.get("half_day"):
        when["half_day"] = visit.data["half_day"]
    return Decision(
        incident_id=incident.incident_id,
        subject=subject,
        rule="L-6",
        because=choice.because,
        at=now,
        decided_at=now,
        policy="",
        events=(visit.key,),
        facts={**_facts(choice.operator_id, 2, loads, rulebook), **when},
    )


def _facts(operator_id: int, level: int, loads: Mapping[int, int], rulebook: Rulebook) -> dict[str, str]:
    """Who was chosen, and how many open incidents each technician of the level had then."""
    serving = [one.operator_id for one in rulebook.roster.technicians if level in one.levels]
    return {
        "technician": str(operator_id),
        "open_incidents": str(loads.get(operator_id, 0)),
        "loads": " ".join(f"{one}:{loads.get(one, 0)}" for one in sorted(serving)),
    }


def loads_noted(decision: Decision) -> dict[int, int]:
    """The open incidents of each technician when this one was chosen, as the decision noted them."""
    pairs = (word.split(":") for word in decision.facts.get("loads", "").split())
    noted = {int(operator_id): int(load) for operator_id, load in pairs}
    return {int(decision.facts["technician"]): int(decision.facts["open_incidents"])} | noted


def _need(incident: Incident, level: int, owner: int | None, fired: Mapping[str, Decision]) -> Need:
    subscription = incident.subscription
    services = subscription.services if subscription else ()
    return Need(
        level=level,
        zone=subscription.zone if subscription else "",
        nodes=frozenset(service.node for service in services if service.node is not None),
        current=owner,
        level_rose=level > 1 and not _chosen_for_level(incident, fired.get(f"level_{level}")),
    )


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
    if not chosen and not by_hand:
        return _opened_with(incident), False
    _, owner, is_by_hand = max((*chosen, *by_hand), key=lambda word: word[0])
    return owner, is_by_hand


def _opened_with(incident: Incident) -> int | None:
    """Whom the bridge gave the first ticket to when it opened it for a letter or a call (L-1)."""
    opened = incident.all_of(EventKind.OPENED)
    found = opened[0].data.get("technician_id") if opened else None
    return None if found is None else int(found)
