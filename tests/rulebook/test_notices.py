"""`notices` in messages.yaml, `notify` in technicians.yaml: what they become, whom they cannot reach."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time
from pathlib import Path

import pytest

from bridge.domain.notices import Audience, Medium, NoticePolicy, Topic
from bridge.domain.policy import Shift
from bridge.errors import FileFaults
from bridge.phrases import Language
from bridge.rulebook import LoadedRulebook
from bridge.rulebook.notices import Reach

Edit = Callable[[str, str, str], None]
Load = Callable[..., LoadedRulebook]

EVERY_DAY = frozenset(range(7))
ALL = Reach(channels=frozenset({"supervision", "caja", "hugo"}), mail=True)


def refused(load: Load, folder: Path, reach: Reach, language: Language = Language.ENGLISH) -> list[str]:
    with pytest.raises(FileFaults) as caught:
        load(folder, reach=reach)
    return [fault.said(language).removeprefix("mappings/") for fault in caught.value.faults]


def place(folder: Path, name: str, words: str, nth: int = 1) -> str:
    """Where the nth line with these words stands, and where in it they begin."""
    lines = (folder / name).read_text(encoding="utf-8").splitlines()
    number = [position for position, line in enumerate(lines, start=1) if words in line][nth - 1]
    return f"{name}:{number}:{lines[number - 1].index(words) + 1}"


def test_what_is_switched_on_when_it_is_quiet_and_over_which_channels(small: Path, load: Load) -> None:
    on = {
        Topic.REPORT_NUMBER: frozenset({Medium.SMS}),
        Topic.SEVERE: frozenset({Medium.MAIL}),
        Topic.ASSIGNED: frozenset({Medium.CHANNEL}),
        Topic.LATE_CONTACT: frozenset({Medium.CHANNEL}),
    }

    assert load(small).notices == NoticePolicy(
        media=dict.fromkeys(Topic, frozenset()) | on,
        quiet={
            Audience.CUSTOMERS: (
                Shift(weekdays=EVERY_DAY, start=time(22), end=time.max),
                Shift(weekdays=EVERY_DAY, start=time(0), end=time(7)),
            ),
            Audience.TECHNICIANS: (),
            Audience.SUPERVISORS: (),
            Audience.BILLING: (),
        },
        channels={Audience.SUPERVISORS: ("supervision",), Audience.BILLING: ()},
        technicians={},
        at_most_a_day=2,
    )


def test_a_technician_is_told_over_the_channels_of_their_own_line(
    small: Path, edit: Edit, load: Load
) -> None:
    edit("technicians.yaml", "levels: [3]", "levels: [3], notify: [hugo, taller]")

    assert load(small).notices.technicians == {31: ("hugo", "taller")}


def test_both_media_of_a_topic_can_be_on(small: Path, edit: Edit, load: Load) -> None:
    edit("messages.yaml", "mail: {send: false, subject: Visita", "mail: {send: true, subject: Visita")
    edit("messages.yaml", 'sms: {send: false, text: "{visit}"}', 'sms: {send: true, text: "{visit}"}')

    assert load(small).notices.media[Topic.VISIT_FIXED] == {Medium.SMS, Medium.MAIL}


def test_texts_and_subjects_have_names_of_their_own(small: Path, load: Load) -> None:
    texts = load(small).rulebook.texts

    assert texts.render("notice_report_number_sms", report_number="RC-7") == "RC-7"
    assert texts.render("notice_credit_on_invoice_mail", amount="40.00", invoice="12") == "40.00 12"
    assert texts.render("notice_visit_fixed_subject", visit="x") == "Visita"
    assert texts.render("notice_nobody_channel", report_number="RC-7", level=2) == "RC-7 2"
    assert texts.render("notice_billing_subject", count=3) == "3"


def test_what_can_be_reached_is_accepted(small: Path, edit: Edit, load: Load) -> None:
    edit("technicians.yaml", "levels: [3]", "levels: [3], notify: [hugo]")

    assert load(small, reach=ALL).notices.technicians == {31: ("hugo",)}


def test_channels_that_the_configuration_does_not_have_are_told_at_their_place(
    small: Path, edit: Edit, load: Load
) -> None:
    """The nearest name is offered; where there is none at all, where to write it."""
    edit("messages.yaml", "to: [supervision]", "to: [supervision, caxa]")
    edit("technicians.yaml", "levels: [3]", "levels: [3], notify: [hugo, ugo]")
    wrong = place(small, "messages.yaml", "caxa")
    persons = place(small, "technicians.yaml", "ugo]")

    assert refused(load, small, ALL) == [
        f"{wrong}: config.yaml has no channel `caxa` (notices.channels); did you mean `caja`?",
        f"{persons}: config.yaml has no channel `ugo` (notices.channels); did you mean `hugo`?",
    ]
    assert refused(load, small, ALL, Language.SPANISH) == [
        f"{wrong}: config.yaml no tiene el canal `caxa` (notices.channels); ¿quiso decir `caja`?",
        f"{persons}: config.yaml no tiene el canal `ugo` (notices.channels); ¿quiso decir `hugo`?",
    ]


def test_without_any_channel_it_is_told_where_to_name_one(small: Path, load: Load) -> None:
    nothing = Reach(channels=frozenset(), mail=True)
    where = place(small, "messages.yaml", "supervision]")

    assert refused(load, small, nothing) == [
        f"{where}: config.yaml has no channel `supervision`: name it under notices.channels"
    ]
    assert refused(load, small, nothing, Language.SPANISH) == [
        f"{where}: config.yaml no tiene el canal `supervision`: póngalo en notices.channels"
    ]


def test_a_notice_that_is_on_and_goes_to_nobody_is_told(small: Path, edit: Edit, load: Load) -> None:
    edit("messages.yaml", "    to: [supervision]\n", "")
    where = place(small, "messages.yaml", "supervisors:")

    assert refused(load, small, ALL) == [f"{where}: a notice is switched on, and `to` names no channel"]
    assert refused(load, small, ALL, Language.SPANISH) == [
        f"{where}: hay un aviso encendido, y `to` no nombra ningún canal"
    ]


def test_an_audience_of_which_all_is_off_needs_no_channel(small: Path, edit: Edit, load: Load) -> None:
    edit("messages.yaml", "    to: [supervision]\n", "")
    edit("messages.yaml", "level_1_contact: {send: true", "level_1_contact: {send: false")

    assert load(small, reach=ALL).notices.channels[Audience.SUPERVISORS] == ()


def test_mail_that_is_on_needs_a_server(small: Path, load: Load) -> None:
    reach = Reach(channels=ALL.channels, mail=False)
    where = place(small, "messages.yaml", "true, subject: Grave")

    assert refused(load, small, reach) == [f"{where}: config.yaml has no `mail.smtp` to send it"]
    assert refused(load, small, reach, Language.SPANISH) == [
        f"{where}: config.yaml no tiene `mail.smtp` para mandarlo"
    ]


def test_mail_that_is_off_needs_none(small: Path, edit: Edit, load: Load) -> None:
    edit("messages.yaml", "mail: {send: true, subject: Grave", "mail: {send: false, subject: Grave")

    assert load(small, reach=Reach(channels=ALL.channels, mail=False)).notices


def test_all_that_reaches_nobody_is_told_at_once(small: Path, edit: Edit, load: Load) -> None:
    edit("technicians.yaml", "levels: [3]", "levels: [3], notify: [hugo]")

    said = refused(load, small, Reach(channels=frozenset(), mail=False))

    assert [line.partition(":")[0] for line in said] == ["messages.yaml", "messages.yaml", "technicians.yaml"]


def test_without_a_configuration_nothing_is_compared(small: Path, load: Load) -> None:
    """An archived text is read by whoever replays it; its channels may be gone."""
    assert load(small).notices.channels[Audience.SUPERVISORS] == ("supervision",)


def test_a_subject_is_one_line(small: Path, edit: Edit, load: Load) -> None:
    edit("messages.yaml", "subject: Grave", 'subject: "Grave\\nde verdad"')

    [said] = refused(load, small, ALL)
    assert said.endswith("expected one line")
    [said] = refused(load, small, ALL, Language.SPANISH)
    assert said.endswith("se espera un solo renglón")
