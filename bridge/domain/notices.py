"""Notices to people beside the panel's tickets: what is told to whom, once, and when it must be quiet."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from bridge.domain.policy import Shift, Texts


class Audience(StrEnum):
    """Who is told, as named under `notices` in messages.yaml."""

    CUSTOMERS = "customers"
    TECHNICIANS = "technicians"
    SUPERVISORS = "supervisors"
    BILLING = "billing"


class Medium(StrEnum):
    """How a notice travels: to customers by the panel's SMS or by mail, to staff by a named channel."""

    SMS = "sms"
    MAIL = "mail"
    CHANNEL = "channel"


class Topic(StrEnum):
    """What a notice is about, as named in messages.yaml."""

    REPORT_NUMBER = "report_number"  # L-3
    SEVERE = "severe"  # L-5
    VISIT_FIXED = "visit_fixed"  # L-4
    CREDIT_GRANTED = "credit_granted"  # C-9
    CREDIT_ON_INVOICE = "credit_on_invoice"  # C-11
    ASSIGNED = "assigned"  # L-1, L-3, L-5
    VISIT_GIVEN = "visit_given"  # L-6
    LATE_CONTACT = "level_1_contact"  # breach of L-2
    LATE_CALL = "level_2_call"  # breach of L-4
    NOBODY = "nobody"
    HELD = "held"  # C-6, C-8, C-12, C-16
    AWAITING_APPROVAL = "awaiting_approval"
    AWAITING_AMOUNT = "awaiting_amount"
    REVERSAL_PROPOSED = "reversal_proposed"  # C-13, X-4

    @property
    def audience(self) -> Audience:
        """Who is told of it."""
        return next(audience for audience, topics in TOPICS.items() if self in topics)


TOPICS: Mapping[Audience, tuple[Topic, ...]] = {
    Audience.CUSTOMERS: (
        Topic.REPORT_NUMBER,
        Topic.SEVERE,
        Topic.VISIT_FIXED,
        Topic.CREDIT_GRANTED,
        Topic.CREDIT_ON_INVOICE,
    ),
    Audience.TECHNICIANS: (Topic.ASSIGNED, Topic.VISIT_GIVEN),
    Audience.SUPERVISORS: (Topic.LATE_CONTACT, Topic.LATE_CALL, Topic.NOBODY),
    Audience.BILLING: (
        Topic.HELD,
        Topic.AWAITING_APPROVAL,
        Topic.AWAITING_AMOUNT,
        Topic.REVERSAL_PROPOSED,
    ),
}

# Of these the customer is told once, about the last (L-8).
LADDER = (Topic.REPORT_NUMBER, Topic.SEVERE)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticePolicy:
    """What is switched on (`notices` in messages.yaml), by which media, and when it must be quiet.

    `channels` are the names of those in config.yaml under which an audience is reached; `technicians` are
    theirs by operator id. `at_most_a_day` counts a customer's SMS and mails in a day of the panel's zone.
    """

    media: Mapping[Topic, frozenset[Medium]] = field(default_factory=dict)
    quiet: Mapping[Audience, tuple[Shift, ...]] = field(default_factory=dict)
    channels: Mapping[Audience, tuple[str, ...]] = field(default_factory=dict)
    technicians: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    at_most_a_day: int = 1

    def wants(self, topics: Iterable[Topic]) -> bool:
        """Whether any of these is switched on."""
        return any(self.media.get(topic) for topic in topics)

    def is_quiet(self, audience: Audience, at: datetime, zone: ZoneInfo) -> bool:
        """Whether these people are left alone at that moment."""
        local = at.astimezone(zone)
        return any(
            local.weekday() in hours.weekdays and hours.start <= local.time() and not _is_over(hours, local)
            for hours in self.quiet.get(audience, ())
        )


def _is_over(hours: Shift, local: datetime) -> bool:
    """Whether the hours ended before; those until midnight hold the day's last moment too."""
    return hours.end != hours.end.max and local.time() >= hours.end


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """Something that happened, and what is said of it.

    `name` tells it from every other of its topic, `at` is when it happened, `technician` who it concerns,
    `words` the fields of its texts. `credit_id` is the line of the ledger it is about, `over_at` when
    it is no longer worth telling, if ever.
    """

    topic: Topic
    name: str
    client_id: int
    incident_id: str
    at: datetime
    words: Mapping[str, object]
    technician: int | None = None
    credit_id: str | None = None
    over_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One message about one event by one medium, to one customer or over one named channel of staff.

    `key` is unique: the same event is told once. For staff `text` is a line of the message that goes out,
    which may hold several. `over_at` is when it is no longer worth telling, if ever.
    """

    key: str
    topic: Topic
    medium: Medium
    client_id: int
    incident_id: str
    at: datetime
    text: str
    subject: str = ""
    channel: str = ""
    credit_id: str | None = None
    technician_id: int | None = None
    over_at: datetime | None = None


def notices_of(news: News, policy: NoticePolicy, texts: Texts) -> Iterator[Notice]:
    """Write what is to be told of an event, by each medium that is switched on."""
    for medium in sorted(policy.media.get(news.topic, ())):
        for channel in _channels(news, medium, policy):
            end = f"/{channel}" if channel else ""
            yield Notice(
                key=f"{news.name}/{medium}/{news.topic}{end}",
                topic=news.topic,
                medium=medium,
                client_id=news.client_id,
                incident_id=news.incident_id,
                at=news.at,
                text=texts.render(text_name(news.topic, medium), **news.words),
                subject=(
                    texts.render(subject_name(news.topic), **news.words) if medium is Medium.MAIL else ""
                ),
                channel=channel,
                credit_id=news.credit_id,
                technician_id=news.technician,
                over_at=news.over_at,
            )


def text_name(topic: Topic, medium: Medium) -> str:
    """Return the name of a notice's text in `Texts`."""
    return f"notice_{topic}_{medium}"


def subject_name(of: Topic | Audience) -> str:
    """Return the name of the subject of a mail to customers, or of an audience's messages."""
    return f"notice_{of}_subject"


def _channels(news: News, medium: Medium, policy: NoticePolicy) -> tuple[str, ...]:
    if medium is not Medium.CHANNEL:
        return ("",)
    if news.topic.audience is Audience.TECHNICIANS:
        return policy.technicians.get(news.technician or 0, ())
    return policy.channels.get(news.topic.audience, ())


def overtaken(waiting: Collection[Notice]) -> Mapping[str, str]:
    """Return which notices to customers need not be told any more, by key, with the one that tells more.

    A later step or a later visit of an incident replaces the earlier one; that a credit stands on an
    invoice says that it was granted.
    """
    found: dict[str, str] = {}
    latest: dict[tuple[str, str, Medium], Notice] = {}
    for notice in sorted(waiting, key=lambda one: (one.at, one.topic is Topic.SEVERE)):
        subject = _subject(notice)
        if subject is None:
            continue
        place = (*subject, notice.medium)
        before = latest.get(place)
        if before is not None:
            found[before.key] = notice.key
        latest[place] = notice
    return found


def _subject(notice: Notice) -> tuple[str, str] | None:
    """What a notice tells the state of; a later one about the same thing makes it stale."""
    if notice.topic in LADDER:
        return notice.incident_id, "ladder"
    if notice.topic is Topic.VISIT_FIXED:
        return notice.incident_id, "visit"
    if notice.topic in {Topic.CREDIT_GRANTED, Topic.CREDIT_ON_INVOICE}:
        return notice.credit_id or "", "credit"
    return None
