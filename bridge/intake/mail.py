"""A round of the mailbox: every letter is decided once, in one transaction, and only then moved (I-3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy.exc import IntegrityError

from bridge import logs
from bridge.clock import Clock
from bridge.config.mail import MailSettings
from bridge.domain.intents import Attachment, Push
from bridge.domain.policy import Rulebook
from bridge.errors import BridgeError, StoreUnusable
from bridge.intake.answering import Answering
from bridge.intake.files import enclosed
from bridge.intake.filing import Filing
from bridge.intake.letter import Letter
from bridge.intake.mailbox import Envelope, Mailbox, OpenMailbox
from bridge.intake.matching import Doubt
from bridge.intake.people import People
from bridge.intake.reading import identity_by_head, read
from bridge.intake.rounds import BROKEN, LAST_READ, TROUBLE, UNFILED, Round
from bridge.intake.screening import Aside
from bridge.intake.tickets import Report, note, opening
from bridge.intake.verdict import Join, Judge, NotYet, Open, Verdict
from bridge.store.lease import Lease
from bridge.store.letter_states import LetterOutcome
from bridge.store.process import this_process
from bridge.store.store import Store

log = logs.logger("bridge.intake")

LEASE = timedelta(minutes=3)
BY_BRIDGE = "bridge"
REVIEW = "letter"
_SENDER_SHOWN = 120
_LONGEST_WAIT = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What is written about a letter: its outcome, and what follows from it."""

    outcome: LetterOutcome
    reason: str = ""
    client_id: int | None = None
    push: Push | None = None
    file: Attachment | None = None
    answer_to: str = ""


class MailIntake:
    """Reads the mailbox into the store. Letters that cannot be decided now stay where they are."""

    def __init__(  # noqa: PLR0913 - the parts of the intake, wired in one place
        self,
        *,
        store: Store,
        mailbox: Mailbox,
        people: People,
        rulebook: Rulebook,
        settings: MailSettings,
        answering: Answering,
        clock: Clock,
    ) -> None:
        self._store = store
        self._mailbox = mailbox
        self._rulebook = rulebook
        self._settings = settings
        self._answering = answering
        self._clock = clock
        self._judge = Judge(
            store=store,
            people=people,
            own=settings.own_addresses,
            since=rulebook.enforce_from,
            prefixes=frozenset(policy.report_prefix for policy in rulebook.escalation),
            letters_per_day=settings.letters_per_day,
        )
        self._lease = Lease(store.database, "mail", this_process())

    def run(self, stop: Callable[[], bool] = lambda: False) -> Round:
        """Read what lies in the inbox; `stop` is asked before each letter.

        Raises MailUnreachable, LeaseHeld, StoreUnusable, or PanelUnreachable, AccessRefused and PanelUnusable
        where the panel cannot say whose a letter is.
        """
        with self._alone(), self._remembered():
            self._store.openings.forget_files()
            self._answering.run(self._beat)
            done = self._read_all(stop)
        self._store.meta.set_time(LAST_READ, self._clock.now())
        self._store.meta.set(TROUBLE, UNFILED if done.unfiled else "")
        return done

    def answer(self) -> None:
        """Answer the letters whose ticket has become known. Raises LeaseHeld or StoreUnusable."""
        with self._alone():
            self._answering.run(self._beat)

    def _beat(self) -> None:
        self._lease.beat(self._clock.real())

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other processes away: what was being sent when one died must not be sent by two."""
        self._lease.acquire(self._clock.real(), LEASE)
        try:
            yield
        finally:
            self._lease.release()

    @contextmanager
    def _remembered(self) -> Iterator[None]:
        """Keep what ends a round early, for `bridge status` and for the alert."""
        try:
            yield
        except Exception as fault:
            trouble = logs.reaction_to(fault) if isinstance(fault, BridgeError) else BROKEN
            with suppress(StoreUnusable):
                self._store.meta.set(TROUBLE, trouble)
            raise

    def _read_all(self, stop: Callable[[], bool]) -> Round:
        done = Round()

        def leave() -> bool:
            self._beat()
            return stop()

        try:
            with self._mailbox.opened() as box:
                filing = Filing(box)
                try:
                    for envelope in box.envelopes():
                        if done.is_full(self._settings.letters_per_round) or leave():
                            break
                        self._one(filing, envelope, done)
                    filing.file_decided(self._store.letters, self._settings.message_bytes, leave)
                finally:
                    done.unfiled = filing.unfiled.total()
        finally:
            if done.read:
                counts = {str(outcome): count for outcome, count in sorted(done.letters.items())}
                log.info("mail.read", again=done.again, waiting=done.waiting, unfiled=done.unfiled, **counts)
        return done

    def _one(self, filing: Filing, envelope: Envelope, done: Round) -> None:
        """Decide about a letter, and file it. One that stayed after its decision is known by its headers."""
        known = self._store.letters.known(identity_by_head(filing.box, envelope) or "")
        if known is not None:
            done.again += 1
            filing.file(envelope.uid, known.outcome)
            return
        letter = self._read(filing.box, envelope)
        outcome = self._outcome(letter, done) if letter is not None else None
        if outcome is not None:
            filing.file(envelope.uid, outcome)

    def _outcome(self, letter: Letter, done: Round) -> LetterOutcome | None:
        """Return what was decided about a letter, None where it waits."""
        known = self._store.letters.known(letter.identity)
        if known is not None:
            done.again += 1
            return known.outcome
        try:
            outcome = self._decide(letter)
        except NotYet:
            done.waiting += 1
            return None
        done.letters[outcome] += 1
        return outcome

    def _read(self, box: OpenMailbox, envelope: Envelope) -> Letter | None:
        # A server's clock may be ahead of ours; nobody has written in the future.
        received_at = min(envelope.received_at, self._clock.now())
        return read(box, replace(envelope, received_at=received_at), self._settings.message_bytes)

    def _decide(self, letter: Letter) -> LetterOutcome:
        decided = self._decided(letter, self._verdict(letter))
        try:
            with self._store.transaction():
                self._write(letter, decided)
        except IntegrityError:
            # Another process was quicker; what it wrote stands.
            known = self._store.letters.known(letter.identity)
            if known is None:
                raise
            return known.outcome
        return decided.outcome

    def _verdict(self, letter: Letter) -> Verdict:
        """Return what becomes of a letter. Raises NotYet for a day at most; then a person decides."""
        try:
            return self._judge.verdict(letter)
        except NotYet as wait:
            if wait.since is not None and self._clock.now() - wait.since <= _LONGEST_WAIT:
                raise
            return Doubt.NO_NUMBER

    def _decided(self, letter: Letter, verdict: Verdict) -> Decided:
        match verdict:
            case Aside():
                return Decided(outcome=LetterOutcome.ASIDE, reason=str(verdict))
            case Doubt():
                return Decided(outcome=LetterOutcome.REVIEW, reason=str(verdict))
            case Join():
                names = tuple(file.name for file in letter.files)
                report = report_of(letter, verdict.contact.client_id, names)
                return Decided(
                    outcome=LetterOutcome.JOINED,
                    client_id=report.client_id,
                    push=note(report, verdict.ticket_id, self._rulebook),
                )
            case Open():
                files = enclosed(letter.files, self._settings)
                report = report_of(letter, verdict.contact.client_id, files.left_out)
                return Decided(
                    outcome=LetterOutcome.OPENED,
                    client_id=report.client_id,
                    push=self._opening(report),
                    file=files.file,
                    answer_to=verdict.answer_to,
                )

    def _opening(self, report: Report) -> Push:
        known = self._store.snapshots.clients([report.client_id])
        loads = self._store.loads()
        client = known.get(report.client_id)
        return opening(report, client, loads, self._rulebook, self._clock.now())

    def _write(self, letter: Letter, decided: Decided) -> None:
        now = self._clock.now()
        if decided.push is not None:
            self._store.outbox.add(decided.push, incident_id=None, credit_id=None, at=now)
            if decided.file is not None:
                self._store.openings.enclose(decided.push.key, decided.file)
        letter_id = self._store.letters.add(
            identity=letter.identity,
            message_id=letter.message_id,
            received_at=letter.received_at,
            seen_at=now,
            sender=letter.sender,
            subject=letter.subject,
            text=letter.words if decided.outcome is LetterOutcome.REVIEW else "",
            outcome=decided.outcome,
            reason=decided.reason,
            client_id=decided.client_id,
            push_key=decided.push.key if decided.push is not None else None,
            answer_to=decided.answer_to,
            decided_by=BY_BRIDGE,
        )
        if decided.outcome is LetterOutcome.REVIEW:
            self._to_review(letter_id, letter, decided.reason)

    def _to_review(self, letter_id: int, letter: Letter, reason: str) -> None:
        texts = self._rulebook.texts
        received = letter.received_at.astimezone(self._rulebook.zone)
        text = texts.render(
            "mail_review",
            letter=letter_id,
            sender=(letter.sender or "?")[:_SENDER_SHOWN],
            received=f"{received:%d/%m/%Y %H:%M}",
            subject=letter.subject[:_SENDER_SHOWN],
            why=texts.render(f"mail_why_{reason}"),
        )
        self._store.worklist.add(f"{REVIEW}/{letter_id}", REVIEW, text, at=self._clock.now())


def report_of(letter: Letter, client_id: int, left_out: tuple[str, ...]) -> Report:
    """Return what a letter reports."""
    return Report(
        identity=letter.identity,
        client_id=client_id,
        reported_at=letter.received_at,
        subject=letter.subject,
        words=letter.words,
        left_out=left_out,
    )
