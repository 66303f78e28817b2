"""Step 9, its first half: saying NewTicket until the panel takes it, the fullest way first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from bridge.errors import PanelUnusable, Refused
from bridge.mikrowisp.probe import said
from bridge.mikrowisp.probe.record import Record
from bridge.mikrowisp.probe.wire import Wire
from bridge.mikrowisp.translate import CUT_AT
from bridge.rulebook.commands import Tickets

TEXT = "<p>Prueba técnica del puente. Se cierra sola; no hay que atenderla.</p>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """On whom the probe works. `technician_id` is an operator whom a test ticket bothers least."""

    client_id: int
    department_id: int
    department: str
    technician_id: int
    marker: str
    zone: ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """One way of saying it: the channel's word, and the names under which the priority is sent."""

    channel: str
    priorities: tuple[str, ...]


def open_ticket(wire: Wire, subject: Subject, record: Record, day: date) -> int:
    """Open a ticket in the first way the panel takes, and return its number; `day` is that of the visit.

    What is refused opens nothing, and says what the panel does not take. Raises Refused where it takes none.
    """
    words = wire.api.dialect.tickets
    fault: Refused | None = None
    for way in _ways(words):
        try:
            reply = wire.open_ticket(_fields(subject, words, way, day))
        except Refused as refused:
            named = ", ".join(way.priorities) or "no priority"
            record.saw(f"refused with `{way.channel}` and {named}: {said.words_of(refused)}")
            fault = refused
            continue
        ticket_id, form = said.new_number(reply)
        record.found("idticket_type", form, f"ticket {ticket_id}")
        _accepted(words, way, record)
        return ticket_id
    raise fault or PanelUnusable("no way to say NewTicket is known")


def _ways(words: Tickets) -> Iterator[_Way]:
    opening, all_words = words.opening, _channel_words(words)
    longest = max(all_words, key=len)
    fitting = next((word for word in all_words if len(word) <= CUT_AT), longest)
    names = dict.fromkeys([opening.priority_keys, *((key,) for key in opening.priority_keys), ()])
    for channel in dict.fromkeys((longest, fitting)):
        for priorities in names:
            yield _Way(channel=channel, priorities=priorities)


def _channel_words(words: Tickets) -> list[str]:
    """The words that the bridge would open tickets with, then the others it knows."""
    return [*words.opening.channels.values(), *(word for many in words.channels.values() for word in many)]


def _fields(subject: Subject, words: Tickets, way: _Way, day: date) -> dict[str, Any]:
    fields = said.opening(
        client_id=subject.client_id,
        department_id=subject.department_id,
        subject=f"Prueba del puente {subject.marker}",
        text=TEXT,
        day=day,
        half_day=words.opening.half_day,
        channel=way.channel,
    )
    return said.with_technician(fields, subject.technician_id, way.priorities)


def _accepted(words: Tickets, way: _Way, record: Record) -> None:
    refused = way.priorities != words.opening.priority_keys
    record.found("priority_key", "refused" if refused else "ignored", "no answer shows a priority")
    if refused:
        trail = ("tickets", "opening", "priority_keys")
        record.change(trail, way.priorities, "the panel refuses tickets with the others")
    strict = len(way.channel) <= CUT_AT < max(len(word) for word in _channel_words(words))
    record.found("strict_lengths", strict, f"channel `{way.channel}` was taken")
    if strict:
        _shorten(words, record)


def _shorten(words: Tickets, record: Record) -> None:
    """Ask for a word that fits for every channel whose own the panel would refuse."""
    for channel, word in words.opening.channels.items():
        if len(word) <= CUT_AT:
            continue
        known = words.channels.get(channel, ())
        short = next((one for one in known if len(one) <= CUT_AT), word[:CUT_AT].strip())
        trail = ("tickets", "opening", "channels", channel.value)
        record.change(trail, short, f"the panel refuses `{word}`: more than {CUT_AT} letters")
