"""`notices` in messages.yaml: who is told of what, by which medium, in which words, when it is quiet."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from bridge.domain.notices import TOPICS, Audience, Medium, NoticePolicy, Topic, subject_name, text_name
from bridge.domain.policy import Shift
from bridge.errors import Fault
from bridge.phrases import Phrase, phrase
from bridge.rulebook.shifts import SHIFT_SCHEMA, read_shifts
from bridge.rulebook.texts import Template, lines, template
from bridge.yamlfile import Document, FileModel, Trail, nearest
from bridge.yamlfile.scalars import Switch, Words

SECTION = "notices"
_LONGEST_SUBJECT = 150
# The fields of each text, those that it must hold with a star.
_FIELDS: Mapping[Topic, str] = {
    Topic.REPORT_NUMBER: "report_number*",
    Topic.SEVERE: "report_number*",
    Topic.VISIT_FIXED: "visit* report_number",
    Topic.CREDIT_GRANTED: "amount* report_number",
    Topic.CREDIT_ON_INVOICE: "amount* invoice* report_number",
    Topic.ASSIGNED: "report_number* ticket client_id client kind level opened technician",
    Topic.VISIT_GIVEN: "visit* report_number* ticket client_id client technician",
    Topic.LATE_CONTACT: "report_number* ticket client_id client kind due technician",
    Topic.LATE_CALL: "report_number* ticket client_id client kind due technician",
    Topic.NOBODY: "report_number* level* ticket client_id client",
    Topic.HELD: "credit_id* reason* client_id client amount ticket",
    Topic.AWAITING_APPROVAL: "credit_id* amount* client_id client ticket",
    Topic.AWAITING_AMOUNT: "credit_id* client_id client ticket",
    Topic.REVERSAL_PROPOSED: "credit_id* amount* client_id client ticket",
}
_LONGEST = {Medium.SMS: 130, Medium.MAIL: 2000, Medium.CHANNEL: 500}
_OF_MANY = template("count", _LONGEST_SUBJECT, one_line=True)

_Quiet = Annotated[tuple[Shift, ...], BeforeValidator(read_shifts), SHIFT_SCHEMA]


class _About:
    """Tells editors which fields the texts of a topic may and must hold."""

    def __init__(self, topic: Topic) -> None:
        self._topic = topic

    def __get_pydantic_json_schema__(
        self, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        send = {"type": "boolean"}
        if self._topic.audience is not Audience.CUSTOMERS:
            return lines({"send": send, "text": _template(self._topic, Medium.CHANNEL).schema()})
        sms, mail = (_template(self._topic, medium).schema() for medium in (Medium.SMS, Medium.MAIL))
        subject = _subject(self._topic).schema()
        return lines(
            {
                "sms": lines({"send": send, "text": sms}),
                "mail": lines({"send": send, "subject": subject, "text": mail}),
            }
        )


class Sms(FileModel):
    """A notice by the panel's SMS."""

    send: Switch
    text: Words


class Mail(FileModel):
    """A notice by mail."""

    send: Switch
    subject: Words
    text: Words


class ToCustomer(FileModel):
    """A notice to a customer, by either medium."""

    sms: Sms
    mail: Mail


class ToStaff(FileModel):
    """A line for staff."""

    send: Switch
    text: Words


class _Section(FileModel):
    """What all audiences have: hours in which they are left alone, each by a line of shifts."""

    quiet_hours: tuple[_Quiet, ...] = ()


class Customers(_Section):
    """What customers are told."""

    at_most_a_day: Annotated[int, Field(ge=1, le=20)]
    report_number: Annotated[ToCustomer, _About(Topic.REPORT_NUMBER)]
    severe: Annotated[ToCustomer, _About(Topic.SEVERE)]
    visit_fixed: Annotated[ToCustomer, _About(Topic.VISIT_FIXED)]
    credit_granted: Annotated[ToCustomer, _About(Topic.CREDIT_GRANTED)]
    credit_on_invoice: Annotated[ToCustomer, _About(Topic.CREDIT_ON_INVOICE)]


class Technicians(_Section):
    """What a technician is told; technicians.yaml says by which channels (`notify`)."""

    subject: Words
    assigned: Annotated[ToStaff, _About(Topic.ASSIGNED)]
    visit_given: Annotated[ToStaff, _About(Topic.VISIT_GIVEN)]


class Supervisors(_Section):
    """What supervisors are told; `to` names channels of config.yaml."""

    to: tuple[Words, ...] = ()
    subject: Words
    level_1_contact: Annotated[ToStaff, _About(Topic.LATE_CONTACT)]
    level_2_call: Annotated[ToStaff, _About(Topic.LATE_CALL)]
    nobody: Annotated[ToStaff, _About(Topic.NOBODY)]


class Billing(_Section):
    """What billing is told; `to` names channels of config.yaml."""

    to: tuple[Words, ...] = ()
    subject: Words
    held: Annotated[ToStaff, _About(Topic.HELD)]
    awaiting_approval: Annotated[ToStaff, _About(Topic.AWAITING_APPROVAL)]
    awaiting_amount: Annotated[ToStaff, _About(Topic.AWAITING_AMOUNT)]
    reversal_proposed: Annotated[ToStaff, _About(Topic.REVERSAL_PROPOSED)]


class Notices(FileModel):
    """The section `notices`."""

    customers: Customers
    technicians: Technicians
    supervisors: Supervisors
    billing: Billing

    def policy(self, technicians: Mapping[int, tuple[str, ...]]) -> NoticePolicy:
        """Return what is switched on; `technicians` are the names of their channels by operator id."""
        sections = {audience: getattr(self, audience) for audience in Audience}
        return NoticePolicy(
            media={topic: _switched_on(getattr(sections[topic.audience], topic)) for topic in Topic},
            quiet={
                audience: tuple(hours for line in section.quiet_hours for hours in line)
                for audience, section in sections.items()
            },
            channels={
                Audience.SUPERVISORS: self.supervisors.to,
                Audience.BILLING: self.billing.to,
            },
            technicians=technicians,
            at_most_a_day=self.customers.at_most_a_day,
        )

    def texts(self) -> Iterator[tuple[Trail, str, Template, str]]:
        """Return every text: its place in the file, its name in `Texts`, its fields, and its words."""
        for audience, topics in TOPICS.items():
            section = getattr(self, audience)
            if audience is not Audience.CUSTOMERS:
                place: Trail = (SECTION, audience, "subject")
                yield place, subject_name(audience), _OF_MANY, section.subject
            for topic in topics:
                place = (SECTION, audience, topic)
                told = getattr(section, topic)
                if isinstance(told, ToCustomer):
                    subject: Trail = (*place, "mail", "subject")
                    yield subject, subject_name(topic), _subject(topic), told.mail.subject
                    yield _text((*place, "sms"), topic, Medium.SMS, told.sms.text)
                    yield _text((*place, "mail"), topic, Medium.MAIL, told.mail.text)
                else:
                    yield _text(place, topic, Medium.CHANNEL, told.text)


def _text(place: Trail, topic: Topic, medium: Medium, words: str) -> tuple[Trail, str, Template, str]:
    return (*place, "text"), text_name(topic, medium), _template(topic, medium), words


def _template(topic: Topic, medium: Medium) -> Template:
    return template(_FIELDS[topic], _LONGEST[medium])


def _subject(topic: Topic) -> Template:
    return template(_FIELDS[topic].replace("*", ""), _LONGEST_SUBJECT, one_line=True)


def _switched_on(told: ToCustomer | ToStaff) -> frozenset[Medium]:
    if isinstance(told, ToStaff):
        return frozenset({Medium.CHANNEL} if told.send else ())
    media = {Medium.SMS: told.sms.send, Medium.MAIL: told.mail.send}
    return frozenset(medium for medium, send in media.items() if send)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What config.yaml configures for notices: the names of channels, and whether mail goes out."""

    channels: frozenset[str]
    mail: bool


def reach_faults(document: Document, notices: Notices, reach: Reach) -> list[Fault]:
    """Return the channels that config.yaml does not have, and what is switched on and reaches nobody."""
    found = []
    policy = notices.policy({})
    for audience, topics in TOPICS.items():
        names = policy.channels.get(audience, ())
        place: Trail = (SECTION, audience)
        found += [
            document.fault((*place, "to", number), no_channel(name, reach.channels))
            for number, name in enumerate(names)
            if name not in reach.channels
        ]
        if audience in policy.channels and not names and policy.wants(topics):
            found.append(
                document.key_fault(place, phrase("a notice is switched on, and `to` names no channel"))
            )
        found += [
            document.fault(
                (*place, topic, "mail", "send"), phrase("config.yaml has no `mail.smtp` to send it")
            )
            for topic in topics
            if Medium.MAIL in policy.media[topic] and not reach.mail
        ]
    return found


def no_channel(name: str, channels: Collection[str]) -> Phrase:
    """Say that config.yaml has no such channel, and which it has."""
    if not channels:
        return phrase("config.yaml has no channel `{name}`: name it under notices.channels", name=name)
    return phrase(
        "config.yaml has no channel `{name}` (notices.channels); {what}",
        name=name,
        what=nearest(name, channels),
    )
