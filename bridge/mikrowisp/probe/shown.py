"""Step 9, its second half: how the panel shows a ticket whose every word is known."""

from __future__ import annotations

import html
from datetime import datetime, timedelta

from bridge.domain.records import Channel, TicketState
from bridge.domain.words import normalise
from bridge.mikrowisp.probe import said
from bridge.mikrowisp.probe.opening import TEXT, Subject
from bridge.mikrowisp.probe.record import Record
from bridge.mikrowisp.probe.said import Row
from bridge.mikrowisp.translate import channel_of, half_day_of, instant_of, plain_text
from bridge.rulebook.commands import Tickets

_CLOSE_ENOUGH = timedelta(minutes=10)
_SPECIAL = html.escape(TEXT)
_ESCAPES = {"none": TEXT, "special": _SPECIAL, "entities": _SPECIAL.replace("é", "&eacute;")}


def look_at(row: Row, subject: Subject, words: Tickets, record: Record, now: datetime) -> None:
    """Compare a ticket that was opened at `now` with what it was opened with."""
    record.found("id_type", said.form_of(said.raw_id(row)), f"such as {said.raw_id(row)!r}")
    _department(row, subject, record)
    _half_day(row, words, record)
    learn_state(said.state_word(row), TicketState.OPEN, "a new ticket", words, record)
    channel = said.channel_word(row)
    if channel_of(channel, words) is Channel.OTHER:
        record.saw(f"the channel came back as `{channel}`, which no word of tickets.channels explains")
    _message(row, record)
    _zone(row, subject, record, now)


def learn_state(word: str, state: TicketState, of: str, words: Tickets, record: Record) -> None:
    """Ask for the panel's word for a state that a ticket is known to be in, where it is a new one."""
    known = words.states.get(state, ())
    if any(normalise(one) == normalise(word) for one in known):
        return
    record.found(f"{state.value}_state", word, f"{of} is `{word}`")
    record.add(("tickets", "states", state.value), known, word, f"{of} is `{word}`")


def _department(row: Row, subject: Subject, record: Record) -> None:
    word = said.department_word(row)
    if word.strip().lstrip("0") == str(subject.department_id):
        record.found("dp_as", "id", f"`{word}`")
    elif normalise(word) == normalise(subject.department):
        record.found("dp_as", "name", f"`{word}`")
    else:
        number = subject.department_id
        record.found("dp_as", None, f"`{word}`, which departments.yaml does not call {number}")


def _half_day(row: Row, words: Tickets, record: Record) -> None:
    shown, wanted = said.half_day_word(row), words.opening.half_day
    record.found("turno_brackets", shown.startswith("("), f"`{shown}` for `{wanted}`")
    for name, known in words.half_days.items():
        if half_day_of(wanted, words) == name and half_day_of(shown, words) != name:
            bare = shown.strip(" ()[]{}")
            record.add(("tickets", "half_days", name), known, bare, f"it came back for `{wanted}`")


def _message(row: Row, record: Record) -> None:
    texts = said.message_texts(row)
    if not texts:
        record.found("message_escape", None, "the list shows no messages")
        return
    form = next((name for name, text in _ESCAPES.items() if text == texts[0]), None)
    reads = plain_text(texts[0]) == plain_text(TEXT)
    record.found("message_escape", form, "the bridge reads it right" if reads else texts[0])
    keys = said.message_keys(row)
    record.found("message_extra_keys", bool(keys), f"beside the text: {', '.join(keys) or 'nothing'}")


def _zone(row: Row, subject: Subject, record: Record, now: datetime) -> None:
    opened = instant_of(said.opened(row), subject.zone)
    if opened is None:
        record.found("time_zone", None, "the ticket shows no time")
        return
    apart = opened - now
    fits = abs(apart) <= _CLOSE_ENOUGH
    seen = f"opened now, the ticket says {said.opened(row)}, in {subject.zone.key}"
    record.found("time_zone", "fits" if fits else f"{apart / timedelta(hours=1):+.1f} h", seen)
