"""The ledger against the panel: where people, billing or a lost store made them differ."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from bridge.domain.decisions import CreditStatus, CreditType, Line, Reason
from bridge.domain.intents import Posting, Sight, Visibility
from bridge.domain.labels import Labelled

# Whatever the prefix of the report number: the mappings of the day name only those of today.
_MARKER = re.compile(r"\[[A-Z][A-Z0-9]{0,7}-[0-9]+(?:-[0-9]+)?/[CRX][1-9][0-9]*\]")


class Differs(Labelled):
    """How a line of the ledger and the panel disagree; the value is stable, the label is for people."""

    GONE = "gone", "it stood on the panel and is not there any more"
    INVOICE_GONE = "invoice_gone", "the invoice that carried it was cancelled or deleted"
    PART_GONE = "part_gone", "one of the invoices that carried it was cancelled or deleted"
    AMOUNT = "amount", "the panel holds another amount"
    COPIES = "copies", "it stands on the panel more than once"
    PAID_BEFORE = "paid_before", "the invoice that carries it had been paid before"
    TAKEN_OFF = "taken_off", "the panel says it was charged, and no invoice carries it"
    REMAINDER_LOST = "remainder_lost", "the invoice was smaller, and the rest of it vanished"
    CLIENT_LEFT = "client_left", "it waits for an invoice of a customer who has left"
    OTHER_CLIENT = "other_client", "it stands at another customer"
    CAME_BACK = "came_back", "it was given up or put back under another number, and counts again"
    UNSENT = "unsent", "the bridge never sent it, and it stands on the panel"
    VOIDED = "voided", "it was given up, and stands on the panel all the same"
    UNKNOWN = "unknown", "the panel holds a marker of the bridge that the ledger does not know"


# What the line itself becomes: it is not on any invoice, so it waits for a person who puts it there again.
HELD_FOR: Mapping[Differs, Reason] = {
    Differs.GONE: Reason.GONE_FROM_PANEL,
    Differs.INVOICE_GONE: Reason.INVOICE_GONE,
    Differs.TAKEN_OFF: Reason.GONE_FROM_PANEL,
}

# Found by searching all balances, whatever the ledger holds.
STRAYS = frozenset({Differs.OTHER_CLIENT, Differs.UNSENT, Differs.VOIDED, Differs.UNKNOWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One disagreement about one line. `facts` are the numbers for the person who settles it, as text."""

    kind: Differs
    credit_id: str
    client_id: int
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The same disagreement has the same key in every cycle."""
        return f"differs/{self.credit_id}/{self.kind}"


def differences(line: Line, sight: Sight, *, client_left: bool) -> tuple[Difference, ...]:
    """Compare a line that was verified on the panel with what a look shows of it now.

    What the look cannot tell is no difference. A line that was given up because it had vanished, or put
    on the panel again under another number, differs as soon as its balance counts again.
    """
    if sight.visibility is Visibility.HIDDEN:
        return ()
    if line.status is CreditStatus.VOIDED:
        return (_of(line, Differs.CAME_BACK),) if _counts(sight) else ()
    if sight.visibility is Visibility.ABSENT:
        return (_of(line, Differs.GONE),)
    return tuple(_apart(line, sight, client_left=client_left))


def _apart(line: Line, sight: Sight, *, client_left: bool) -> list[Difference]:
    found = []
    if sight.copies > 1:
        found.append(_of(line, Differs.COPIES, copies=str(sight.copies), on_panel=str(sight.amount or "")))
    elif sight.amount is not None and sight.amount != line.amount:
        found.append(_of(line, Differs.AMOUNT, on_panel=str(sight.amount)))
    if sight.dead_invoices:
        kind = Differs.PART_GONE if _counts(sight) else Differs.INVOICE_GONE
        found.append(_of(line, kind, invoices=_listed(sight.dead_invoices)))
    elif sight.taken_off and not _counts(sight):
        found.append(_of(line, Differs.TAKEN_OFF))
    if sight.paid_before:
        found.append(_of(line, Differs.PAID_BEFORE, invoices=_listed(sight.paid_before)))
    if sight.lost is not None:
        found.append(_of(line, Differs.REMAINDER_LOST, rest=str(sight.lost)))
    if sight.pending and client_left:
        found.append(_of(line, Differs.CLIENT_LEFT))
    return found


def strays(postings: Iterable[Posting], lines: Mapping[str, Line], *, since: date) -> tuple[Difference, ...]:
    """Return the balances whose marker should not be there: another customer's, unsent, given up, unknown.

    `lines` are those of the ledger by their id. A marker that the ledger does not know is strange only
    where it was written after `since`, the day from which the store remembers. A line put on the panel
    again under another number may leave its old balance on the cancelled invoice.
    """
    found: dict[str, Difference] = {}
    for posting in postings:
        credit_id = posting.marker[1:-1]
        line = lines.get(credit_id)
        client_id = posting.client_id
        if line is None:
            if posting.written_on is None or posting.written_on <= since:
                continue
            one = Difference(kind=Differs.UNKNOWN, credit_id=credit_id, client_id=client_id)
        elif line.client_id != client_id:
            one = _of(line, Differs.OTHER_CLIENT, other_client=str(client_id))
        elif line.is_open or line.status is CreditStatus.REVERSAL_PROPOSED:
            one = _of(line, Differs.UNSENT)
        elif line.status is CreditStatus.VOIDED and (posting.pending or "replaced_by" not in line.facts):
            one = _of(line, Differs.VOIDED)
        else:
            continue
        found.setdefault(one.key, one)
    return tuple(found.values())


def markers_in(text: str) -> list[str]:
    """Return the markers of credits, charges and reversals in a text, e.g. `[RC-1201/C1]`."""
    return [match.group() for match in _MARKER.finditer(text)]


def numbered_next(line: Line, lines: Iterable[Line]) -> str:
    """Return the id after the highest of the same letter in the incident: after `RC-1201/C1` `RC-1201/C2`."""
    stem = f"{line.incident_id}/{letter_of(line.type)}"
    numbers = [other.credit_id.removeprefix(stem) for other in lines if other.credit_id.startswith(stem)]
    return f"{stem}{max(map(int, numbers), default=0) + 1}"


def letter_of(kind: CreditType) -> str:
    """Return the letter of a line's id: credit, extra charge or reversal."""
    match kind:
        case CreditType.DAYS | CreditType.MONTH:
            return "C"
        case CreditType.CHARGE:
            return "X"
        case CreditType.REVERSAL:
            return "R"


def _of(line: Line, kind: Differs, **facts: str) -> Difference:
    return Difference(kind=kind, credit_id=line.credit_id, client_id=line.client_id, facts=facts)


def _counts(sight: Sight) -> bool:
    """Whether some of it is on a living invoice or waits for one."""
    return sight.pending or bool(sight.invoice_ids)


def _listed(invoice_ids: Iterable[int]) -> str:
    return ", ".join(map(str, invoice_ids))
