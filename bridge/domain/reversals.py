"""Taking back what was credited or charged: proposals that a person approves (C-13, X-4)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from bridge.domain.books import numbered_next
from bridge.domain.decisions import CreditStatus, CreditType, Line, Reason

_S = CreditStatus
_ON_PANEL = frozenset({_S.POSTED, _S.INVOICED})
_IN_EFFECT = _ON_PANEL | {_S.DUE, _S.REVERSED}


def withdrawn(lines: Sequence[Line], all_lines: Sequence[Line], since: datetime | None) -> tuple[Line, ...]:
    """Void what is not on the panel, and propose to take back what is there.

    `all_lines` are those of the incident. A reversal is final at `since`, when the word came that causes it.
    A line that vanished from the panel stays a person's matter where a reversal of it stands there, and so
    does the one that a person puts in its place.
    """
    undone = taken_back(all_lines)
    voided = [
        line
        for line in lines
        if (is_unsent(line) or line.has_vanished)
        and undone.isdisjoint({line.credit_id, *_before(line, all_lines)})
    ]
    gone = {line.credit_id for line in voided}
    moot = [line for line in all_lines if _is_open_reversal(line) and line.facts.get("of") in gone]
    on_panel = [line for line in lines if is_on_panel(line)]
    return (
        *(replace(line, status=_S.VOIDED, reason=Reason.ATTRIBUTION_CHANGED) for line in voided),
        *map(_fallen, moot),
        *proposed(on_panel, all_lines, Reason.ATTRIBUTION_CHANGED, since),
    )


def proposed(
    on_panel: Iterable[Line], all_lines: Sequence[Line], reason: Reason, since: datetime | None
) -> tuple[Line, ...]:
    """Propose to take lines back, each once: what a person gave up stays so (C-13).

    A line put back under another number is taken back with the one it replaces. A proposal of an amount
    that was corrected since gives way to one of the right amount.
    """
    known = [line for line in all_lines if line.type is CreditType.REVERSAL]
    changed: list[Line] = []
    for line in on_panel:
        names = {line.credit_id, *_before(line, all_lines)}
        mine = [one for one in known if one.facts.get("of") in names and not _fell_away(one)]
        stale = [one for one in mine if one.status is _S.REVERSAL_PROPOSED and one.amount != line.amount]
        changed += [_fallen(one) for one in stale]
        if len(mine) > len(stale):
            continue
        reversal = replace(
            line,
            type=CreditType.REVERSAL,
            status=_S.REVERSAL_PROPOSED,
            reason=reason,
            final_at=since or line.final_at,
            invoice_ids=(),
            facts={"of": line.credit_id},
        )
        changed.append(replace(reversal, credit_id=numbered_next(reversal, [*known, *changed])))
    return tuple(changed)


def dropped(lines: Sequence[Line], all_lines: Sequence[Line]) -> tuple[Line, ...]:
    """A reversal that did not go out falls away when the attribution turns back, held by a person or not."""
    mine = {line.credit_id for line in lines}
    return tuple(
        _fallen(line) for line in all_lines if _is_open_reversal(line) and line.facts.get("of") in mine
    )


def taken_back(lines: Iterable[Line]) -> frozenset[str]:
    """Return the lines that reversals among these take back: approved, on their way, or on the panel."""
    return frozenset(line.facts.get("of", "") for line in lines if _is_in_effect(line))


def sum_taken_back(own: Iterable[Line], lines: Iterable[Line]) -> Decimal:
    """Return what the reversals of `own` among `lines` take back."""
    mine = {line.credit_id for line in own}
    found = [line.amount.amount for line in lines if _is_in_effect(line) and line.facts.get("of") in mine]
    return sum(found, Decimal(0))


def is_unsent(line: Line) -> bool:
    """Whether a line is due, or may still become so, and has not left the bridge's hands."""
    return line.status is _S.DUE or (line.is_open and line.status is not _S.REFUSED)


def is_on_panel(line: Line) -> bool:
    """Whether a line stands on the panel as far as the ledger knows, also waiting in vain for an invoice."""
    waits_in_vain = line.status is _S.HELD and line.reason is Reason.NO_NEXT_INVOICE
    return line.status in _ON_PANEL or waits_in_vain


def _is_in_effect(line: Line) -> bool:
    return line.type is CreditType.REVERSAL and (line.status in _IN_EFFECT or is_on_panel(line))


def _is_open_reversal(line: Line) -> bool:
    waits = line.status is _S.REVERSAL_PROPOSED or (line.status is _S.HELD and line.is_open)
    return line.type is CreditType.REVERSAL and waits


def _fallen(reversal: Line) -> Line:
    """A proposal that the rules give up; that a person held it is no decision against taking back."""
    facts = {name: value for name, value in reversal.facts.items() if name != "decided_by"}
    return replace(reversal, status=_S.VOIDED, facts=facts)


def _fell_away(reversal: Line) -> bool:
    """Whether the rules gave a proposal up; what a person gave up counts as decided."""
    return reversal.status is _S.VOIDED and "decided_by" not in reversal.facts


def _before(line: Line, lines: Sequence[Line]) -> set[str]:
    """The lines whose place this one took on the panel, one after the other."""
    by_id = {other.credit_id: other for other in lines}
    names: set[str] = set()
    name = line.facts.get("replaces")
    while name is not None and name not in names:
        names.add(name)
        name = by_id[name].facts.get("replaces") if name in by_id else None
    return names
