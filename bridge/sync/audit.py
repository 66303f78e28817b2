"""Each cycle holds the ledger against the panel: credits are followed to invoices, differences are listed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bridge.domain.books import HELD_FOR, STRAYS, Difference, Differs, differences, strays
from bridge.domain.decisions import CreditStatus, Line, Reason
from bridge.domain.intents import Posting, Sight, Visibility
from bridge.domain.lines import is_overdue
from bridge.domain.policy import Rulebook
from bridge.domain.terms import in_force
from bridge.errors import AccessRefused, PanelUnreachable
from bridge.store.outbox_rows import OutboxRow
from bridge.store.push_states import PushState
from bridge.store.store import Store
from bridge.sync.eyes import Eyes, Fresh
from bridge.sync.memory import remembers_since
from bridge.sync.ports import Books
from bridge.sync.posting import BY_BRIDGE, post
from bridge.sync.report import RunReport

FOLLOWED_FOR = timedelta(days=400)  # an invoice older than this is not cancelled any more
_KEY = "differs/"
_SENT = frozenset(
    {
        CreditStatus.POSTED,
        CreditStatus.INVOICED,
        CreditStatus.REVERSED,
        CreditStatus.HELD,
        CreditStatus.VOIDED,
    }
)


class Auditor:
    """Compares what the bridge sent with what stands there now, and repairs nothing.

    `books` shows every balance with a marker of the bridge, where a route can.
    """

    def __init__(
        self, store: Store, eyes: Eyes, books: Books | None, rulebook: Rulebook, now: datetime
    ) -> None:
        self.store = store
        self.eyes = eyes
        self.books = books
        self.rulebook = rulebook
        self.now = now

    def run(self, fresh: Fresh, report: RunReport) -> None:
        """Follow what was verified to its invoices, and list where ledger and panel disagree.

        What cannot be seen in this cycle stays listed, or not, as it was.
        """
        looked_at = self._look(fresh)
        postings = self._postings()
        retired = self.store.snapshots.retired()
        found: list[Difference] = []
        unseen = {
            line.credit_id: line for line, _, sight in looked_at if sight.visibility is Visibility.HIDDEN
        }
        with self.store.transaction():
            for line, row, sight in looked_at:
                if self.store.ledger.line(line.credit_id) != line:
                    continue  # a person decided while the panel was looked at
                apart = differences(line, sight, client_left=line.client_id in retired)
                self._follow(line, row, sight, apart)
                found += apart
            found += self._strays(postings or (), looked_at)
            self._list(found, unseen, whole=postings is not None)
        if found:
            report.notes.append(
                f"{len(found)} differences between the ledger and the panel: `bridge work list`"
            )

    def _look(self, fresh: Fresh) -> list[tuple[Line, OutboxRow, Sight]]:
        oldest = self.now - FOLLOWED_FOR
        lines = {
            line.credit_id: line
            for line in self.store.ledger.lines(_SENT)
            if not line.is_open and (line.final_at or self.now) >= oldest
        }
        rows = [row for row in self.store.outbox.of_credits(lines) if row.state is PushState.VERIFIED]
        known = {row.push.key: lines[row.credit_id or ""].invoice_ids for row in rows}
        seen = self.eyes.follow(rows, known, fresh)
        return [(lines[row.credit_id or ""], row, sight) for row, sight in seen]

    def _postings(self) -> Sequence[Posting] | None:
        """Every balance with a marker; None where no route can show them now."""
        if self.books is None:
            return None
        since = (self.now - FOLLOWED_FOR).astimezone(self.rulebook.zone).date()
        try:
            return self.books.marked(since)
        except (PanelUnreachable, AccessRefused):
            return None

    def _strays(
        self, postings: Sequence[Posting], looked_at: Sequence[tuple[Line, OutboxRow, Sight]]
    ) -> tuple[Difference, ...]:
        """Markers where they should not be. What an earlier store wrote is no stranger to the panel."""
        at_home = {(line.client_id, line.marker) for line, _, _ in looked_at}
        others = [one for one in postings if (one.client_id, one.marker) not in at_home]
        found = [self.store.ledger.line(credit_id) for credit_id in {one.marker[1:-1] for one in others}]
        known = {line.credit_id: line for line in found if line is not None}
        born = remembers_since(self.store, self.now).astimezone(self.rulebook.zone).date()
        return strays(others, known, since=born)

    def _follow(self, line: Line, row: OutboxRow, sight: Sight, apart: Sequence[Difference]) -> None:
        """Bring the ledger to what is seen: on an invoice, waiting for one, or neither (C-11, C-12)."""
        if line.status is CreditStatus.VOIDED:
            return
        reason = next((HELD_FOR[one.kind] for one in apart if one.kind in HELD_FOR), None)
        if reason is not None:
            self._hold(line, reason, ())
        elif sight.visibility is Visibility.SHOWN and (sight.pending or sight.invoice_ids):
            waits_in_vain = line.reason is Reason.NO_NEXT_INVOICE and not sight.invoice_ids
            status = CreditStatus.POSTED if sight.pending else CreditStatus.INVOICED
            moved = status is not line.status or sight.invoice_ids != line.invoice_ids
            if moved and not waits_in_vain and line.status is not CreditStatus.REVERSED:
                post(self.store, row, self.now, status, sight)
        self._hold_uninvoiced(line.credit_id)

    def _hold_uninvoiced(self, credit_id: str) -> None:
        line = self.store.ledger.line(credit_id)
        incident = self.store.incidents.get(line.incident_id) if line is not None else None
        if line is None or incident is None:
            return
        policy = in_force(self.rulebook.bonus, incident.opened_at, self.rulebook.zone)
        if policy is not None and is_overdue(line, policy, self.now):
            self._hold(line, Reason.NO_NEXT_INVOICE, line.invoice_ids)

    def _hold(self, line: Line, reason: Reason, invoice_ids: tuple[int, ...]) -> None:
        if line.status is not CreditStatus.REVERSED:
            held = replace(line, status=CreditStatus.HELD, reason=reason, invoice_ids=invoice_ids)
            self.store.ledger.record(held, at=self.now, actor=BY_BRIDGE)

    def _list(self, found: Sequence[Difference], unseen: Mapping[str, Line], *, whole: bool) -> None:
        """Put differences on the worklist, and take off those that are over.

        `unseen` are the lines that no look could show, `whole` says that strays were looked for.
        """
        for one in found:
            line = self.store.ledger.line(one.credit_id)
            self.store.worklist.add(
                one.key,
                "difference",
                self.rulebook.texts.render(
                    f"differs_{_words(one, line)}",
                    credit_id=one.credit_id,
                    client_id=one.client_id,
                    amount=line.amount if line is not None else "",
                    marker=f"[{one.credit_id}]",
                    **one.facts,
                ),
                client_id=one.client_id,
                at=self.now,
            )
        present = {one.key for one in found}
        for key in self.store.worklist.lasting(_KEY):
            credit_id, kind = key.removeprefix(_KEY).rsplit("/", 1)
            if _is_told(kind, unseen.get(credit_id), whole=whole) and key not in present:
                self.store.worklist.close_key(key, BY_BRIDGE, self.now)


def _words(one: Difference, line: Line | None) -> str:
    """Which text tells of a difference: a reversal that was carried out cannot be released once more."""
    is_over = line is not None and line.status is CreditStatus.REVERSED
    return "reversal_lost" if is_over and one.kind in HELD_FOR else str(one.kind)


def _is_told(kind: str, unseen: Line | None, *, whole: bool) -> bool:
    """Whether this cycle can tell if a difference lasts; of a line given up, only its coming back could."""
    if kind in STRAYS:
        return whole
    return unseen is None or (unseen.status is CreditStatus.VOIDED) is (kind != Differs.CAME_BACK)
