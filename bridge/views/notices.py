"""Notices as `bridge notices` shows them: how each would read, and what became of those that were written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from bridge.domain.notices import TOPICS, Audience, Medium, NoticePolicy, Topic, subject_name, text_name
from bridge.domain.policy import Texts
from bridge.domain.sms import SmsLength, sms_length
from bridge.store.notices import NoticeRow
from bridge.views.instants import iso

# Invented, and as long as such words are.
SAMPLE = {
    "report_number": "RC-12345",
    "ticket": 12345,
    "client_id": 1077,
    "client": "María Guadalupe Hernández",
    "kind": "Sin acceso a internet",
    "level": 2,
    "opened": "25/11/2026 09:14",
    "due": "25/11/2026 11:14",
    "visit": "26/11/2026 16:00",
    "technician": "Mayra Peña Zúñiga",
    "amount": "1234.50",
    "invoice": 4521,
    "credit_id": "RC-12345/C1",
    "reason": "Falta precisar qué tipo de falla tuvo.",
    "count": 2,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """One notice as it would read. `to` are the channels of staff; `length` is that of an SMS."""

    audience: Audience
    topic: Topic
    medium: Medium
    on: bool
    to: tuple[str, ...]
    subject: str
    text: str
    length: SmsLength | None


def previews(policy: NoticePolicy, texts: Texts) -> Iterator[Preview]:
    """Fill every text with invented words of usual length."""
    for audience, topics in TOPICS.items():
        is_customers = audience is Audience.CUSTOMERS
        for topic in topics:
            for medium in (Medium.SMS, Medium.MAIL) if is_customers else (Medium.CHANNEL,):
                text = texts.render(text_name(topic, medium), **SAMPLE)
                subject = "" if medium is Medium.SMS else subject_name(topic if is_customers else audience)
                yield Preview(
                    audience=audience,
                    topic=topic,
                    medium=medium,
                    on=medium in policy.media.get(topic, ()),
                    to=_channels(audience, policy),
                    subject=texts.render(subject, **SAMPLE) if subject else "",
                    text=text,
                    length=sms_length(text) if medium is Medium.SMS else None,
                )


def _channels(audience: Audience, policy: NoticePolicy) -> tuple[str, ...]:
    if audience is Audience.TECHNICIANS:
        return tuple(dict.fromkeys(name for names in policy.technicians.values() for name in names))
    return policy.channels.get(audience, ())


def preview_as_json(preview: Preview) -> dict[str, Any]:
    """Return a preview for a program."""
    length = preview.length
    return {
        "audience": preview.audience,
        "topic": preview.topic,
        "medium": preview.medium,
        "on": preview.on,
        "to": list(preview.to),
        "subject": preview.subject,
        "text": preview.text,
        "sms": None
        if length is None
        else {"places": length.places, "messages": length.messages, "costly": length.costly},
    }


def notice_as_json(row: NoticeRow, zone: ZoneInfo) -> dict[str, Any]:
    """Return a notice and what became of it for a program."""
    notice = row.notice
    return {
        "key": notice.key,
        "audience": notice.topic.audience,
        "topic": notice.topic,
        "medium": notice.medium,
        "client_id": notice.client_id,
        "report_number": notice.incident_id,
        "to": row.address or notice.channel,
        "subject": notice.subject,
        "text": notice.text,
        "at": iso(notice.at, zone),
        "state": row.state,
        "attempts": row.attempts,
        "retry_at": iso(row.retry_at, zone),
        "released_at": iso(row.released_at, zone),
        "reason": row.reason,
    }
