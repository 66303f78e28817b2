"""Answers to customers with their ticket's number: once each, and to the address the panel has (I-3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

from bridge import logs
from bridge.clock import Clock
from bridge.config.mail import MailSettings
from bridge.domain.policy import Rulebook
from bridge.domain.post_states import PostState
from bridge.notify.post import Courier, Post, message_id
from bridge.store.answers import AnswerRow, Unanswered
from bridge.store.store import Store

log = logs.logger("bridge.intake")

ANSWER = "answer"
NO_ADDRESS = "el panel no tiene su correo"
NO_SERVER = "mail.smtp no está configurado"
ENOUGH = "ya se le contestó varias veces en un día"
_DAY = timedelta(days=1)


class Answering:
    """Writes the answers that are due, and has them sent."""

    def __init__(self, store: Store, settings: MailSettings, rulebook: Rulebook, clock: Clock) -> None:
        self._store = store
        self._sender = settings.smtp.sender if settings.smtp is not None else None
        self._courier = Courier(settings.smtp, clock)
        self._most = settings.answers_per_day
        self._queue = _Answers(store, rulebook)
        self._rulebook = rulebook
        self._clock = clock

    def run(self, beat: Callable[[], None]) -> Counter[PostState]:
        """Answer the letters whose ticket is known; `beat` keeps the lease `mail`, or says it is lost."""
        now = self._clock.now()
        for unanswered in self._store.answers.unanswered():
            self._write(unanswered, now)
        done = self._courier.deliver(self._queue, beat)
        if done:
            log.info("mail.answered", **{str(key): count for key, count in sorted(done.items())})
        return done

    def _write(self, unanswered: Unanswered, now: datetime) -> None:
        """Write an answer; one that is not to be sent is parked, and a person told where that helps."""
        texts = self._rulebook.texts
        problem = self._problem(unanswered, now)
        seed = f"{unanswered.letter_id}/{unanswered.ticket_id}/{now.isoformat()}"
        with self._store.transaction():
            self._store.answers.add(
                unanswered.letter_id,
                message_id=message_id(seed, self._sender or "invalid"),
                address=unanswered.answer_to,
                subject=texts.render("mail_answer_subject", ticket_id=unanswered.ticket_id),
                text=self._text(unanswered.ticket_id),
                at=now,
                parked=problem,
            )
            if problem == NO_ADDRESS:
                self._queue.tell(unanswered.letter_id, "-", problem, now)

    def _text(self, ticket_id: int) -> str:
        """A fault is promised a call of level 1, all else one of the department that has it (I-5)."""
        departments = self._rulebook.departments
        push = self._store.openings.reports([ticket_id]).get(ticket_id)
        number = push.department_id if push is not None else None
        name = departments.names.get(number) if number is not None else None
        if name is None or number == departments.levels[1]:
            return self._rulebook.texts.render("mail_answer", ticket_id=ticket_id)
        return self._rulebook.texts.render("mail_answer_enquiry", ticket_id=ticket_id, department=name)

    def _problem(self, unanswered: Unanswered, now: datetime) -> str:
        """Why an answer is not to be sent; empty where it is."""
        if self._sender is None:
            return NO_SERVER
        if not unanswered.answer_to:
            return NO_ADDRESS
        # A robot that hides what it is answers every answer.
        lately = self._store.answers.count_since(unanswered.client_id, now - _DAY)
        return ENOUGH if lately >= self._most else ""


class _Answers:
    """The answers as a queue of the courier (`bridge.notify.post.Queue`); a key is a letter's number."""

    def __init__(self, store: Store, rulebook: Rulebook) -> None:
        self._store = store
        self._rulebook = rulebook

    def stuck(self) -> list[Post]:
        return [self._post(row) for row in self._store.answers.on_the_way(PostState.SENDING)]

    def to_send(self, now: datetime) -> list[Post]:
        return [self._post(row) for row in self._store.answers.to_send(now)]

    def move(
        self, key: str, to: PostState, at: datetime, reason: str = "", retry_at: datetime | None = None
    ) -> None:
        self._store.answers.move(int(key), to, at, reason, retry_at)

    def park(self, post: Post, why: str, at: datetime) -> None:
        with self._store.transaction():
            self.move(post.key, PostState.PARKED, at, why)
            self.tell(int(post.key), post.address, why, at)

    def tell(self, letter_id: int, address: str, why: str, at: datetime) -> None:
        """Put on the worklist that a person must tell the customer."""
        letter = self._store.letters.get(letter_id)
        ticket_id = self._store.openings.ticket_of(letter.push_key or "")
        text = self._rulebook.texts.render(
            "mail_answer_parked", ticket_id=ticket_id, client_id=letter.client_id, address=address, why=why
        )
        key = f"{ANSWER}/{letter_id}"
        self._store.worklist.add(key, ANSWER, text, client_id=letter.client_id, ticket_id=ticket_id, at=at)

    def _post(self, row: AnswerRow) -> Post:
        """The answer as it goes out; its headers tell other robots to be silent (RFC 3834)."""
        answered = self._store.answers.answered_message(row.letter_id)
        # Whatever a letter calls itself: what is cut short, or holds other signs, is named by no header.
        is_whole = answered.endswith(">") and answered.isascii() and answered.isprintable()
        thread = {"In-Reply-To": answered, "References": answered} if is_whole else {}
        return Post(
            key=str(row.letter_id),
            message_id=row.message_id,
            address=row.address,
            subject=row.subject,
            text=row.text,
            attempts=row.attempts,
            headers={**thread, "Auto-Submitted": "auto-replied"},
        )
