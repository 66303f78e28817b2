"""The courier and a queue that holds no answers: what waits goes out once, and is given up in the end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from bridge.clock import SetClock
from bridge.config.mail import Security, SmtpSettings
from bridge.domain.post_states import PostState
from bridge.notify.post import INTERRUPTED, Courier, Post, message_id
from bridge.notify.smtp import NOT_ASCII
from tests.intake.servers import PASSWORD, Outbox, start_smtp

NOW = datetime(2026, 11, 2, 14, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@dataclass
class Waiting:
    """Mails that wait, in memory."""

    posts: dict[str, Post] = field(default_factory=dict)
    states: dict[str, PostState] = field(default_factory=dict)
    again: dict[str, datetime | None] = field(default_factory=dict)
    told: list[tuple[str, str]] = field(default_factory=list)

    def add(self, key: str, state: PostState = PostState.PENDING) -> None:
        self.posts[key] = Post(
            key=key,
            message_id=message_id(key, "soporte@example.com"),
            address=f"{key}@example.com",
            subject="Visita fijada",
            text="Mañana a las diez.",
            attempts=0,
            headers={"Auto-Submitted": "auto-generated"},
        )
        self.states[key], self.again[key] = state, None

    def stuck(self) -> Sequence[Post]:
        return [post for key, post in self.posts.items() if self.states[key] is PostState.SENDING]

    def to_send(self, now: datetime) -> Sequence[Post]:
        ready = {PostState.PENDING, PostState.RETRY_AT}
        return [
            post
            for key, post in self.posts.items()
            if self.states[key] in ready and (self.again[key] or now) <= now
        ]

    def move(
        self,
        key: str,
        to: PostState,
        at: datetime,  # noqa: ARG002
        reason: str = "",  # noqa: ARG002
        retry_at: datetime | None = None,
    ) -> None:
        self.states[key], self.again[key] = to, retry_at
        if to is PostState.SENDING:
            self.posts[key] = replace(self.posts[key], attempts=self.posts[key].attempts + 1)

    def park(self, post: Post, why: str, at: datetime) -> None:  # noqa: ARG002
        self.states[post.key] = PostState.PARKED
        self.told.append((post.key, why))


@pytest.fixture
def smtp() -> Iterator[Outbox]:
    with start_smtp() as outbox:
        yield outbox


@pytest.fixture
def clock() -> SetClock:
    return SetClock(NOW)


@pytest.fixture
def settings(smtp: Outbox) -> SmtpSettings:
    return SmtpSettings(
        host="127.0.0.1",
        port=smtp.port,
        security=Security.NONE,
        sender="soporte@example.com",
        password=SecretStr(PASSWORD),
    )


@pytest.fixture
def courier(settings: SmtpSettings, clock: SetClock) -> Courier:
    return Courier(settings, clock)


def test_each_mail_goes_out_once_with_the_headers_of_its_kind(courier: Courier, smtp: Outbox) -> None:
    queue = Waiting()
    queue.add("ana")
    queue.add("beto")

    first, second = courier.deliver(queue, lambda: None), courier.deliver(queue, lambda: None)

    assert (first, second) == ({PostState.SENT: 2}, {})
    assert [receivers for _, receivers, _ in smtp.messages] == [["ana@example.com"], ["beto@example.com"]]
    said = smtp.messages[0][2]
    assert (said["Auto-Submitted"], said["In-Reply-To"]) == ("auto-generated", None)
    assert (said["From"], said["X-Loop"]) == ("soporte@example.com", "soporte@example.com")
    assert said.get_payload(decode=True).decode().strip() == "Mañana a las diez."


def test_the_pauses_grow_and_the_tenth_refusal_is_the_last(
    courier: Courier, smtp: Outbox, clock: SetClock
) -> None:
    queue = Waiting()
    queue.add("ana")
    smtp.plays = ["451 later"] * 20
    pauses = []

    while queue.states["ana"] is not PostState.PARKED:
        courier.deliver(queue, lambda: None)
        again = queue.again["ana"]
        if again is not None and queue.states["ana"] is PostState.RETRY_AT:
            pauses.append((again - clock.now()) // MINUTE)
            clock.set(again)

    assert pauses == [5, 10, 20, 40, 80, 160, 320, 320, 320]
    assert queue.told == [("ana", "451 later")]


def test_what_was_being_sent_when_a_process_died_is_told_and_not_sent(courier: Courier, smtp: Outbox) -> None:
    queue = Waiting()
    queue.add("ana", PostState.SENDING)

    courier.deliver(queue, lambda: None)

    assert queue.told == [("ana", INTERRUPTED)]
    assert smtp.messages == []


def test_an_address_that_no_server_takes_is_told_and_keeps_nobody_else_waiting(
    courier: Courier, smtp: Outbox
) -> None:
    queue = Waiting()
    queue.add("josé")
    queue.add("ana")

    courier.deliver(queue, lambda: None)

    assert queue.told == [("josé", NOT_ASCII)]
    assert [receivers for _, receivers, _ in smtp.messages] == [["ana@example.com"]]


def test_a_server_that_repeats_the_password_is_not_repeated(
    courier: Courier, smtp: Outbox, settings: SmtpSettings
) -> None:
    queue = Waiting()
    queue.add("ana")
    smtp.plays = [f"550 {settings.password.get_secret_value()} is not welcome"]

    courier.deliver(queue, lambda: None)

    assert queue.told == [("ana", "550 *** is not welcome")]


def test_a_line_that_breaks_keeps_the_rest_for_later(courier: Courier, smtp: Outbox) -> None:
    queue = Waiting()
    queue.add("ana")
    queue.add("beto")
    smtp.plays = ["data:lost"]

    courier.deliver(queue, lambda: None)

    assert queue.states == {"ana": PostState.PARKED, "beto": PostState.RETRY_AT}
    assert queue.posts["beto"].attempts == 0


def test_without_a_mail_server_everything_waits(clock: SetClock) -> None:
    queue = Waiting()
    queue.add("ana")

    assert Courier(None, clock).deliver(queue, lambda: None) == {}
    assert queue.states == {"ana": PostState.PENDING}


def test_the_message_id_is_the_seeds_own() -> None:
    one, same, other = (message_id(seed, "soporte@example.com") for seed in ("a", "a", "b"))

    assert one == same != other
    assert one.endswith("@example.com>")
