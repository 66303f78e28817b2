"""Notices on their way: once each, whatever breaks, and a person hears of those that cannot go."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bridge.errors import LeaseHeld
from bridge.notices.deliver import Delivery
from bridge.store.lease import Lease
from bridge.store.notice_states import NoticeState
from tests.acceptance.town import T0, hours
from tests.intake.servers import Outbox
from tests.notices.hall import Hall, hall, switched_on
from tests.servers import Sandbox

MAIL, BREACH = "customers.report_number.mail", "supervisors.level_1_contact"
SMS = "customers.report_number.sms"
TEXT = "Reds Comm: su numero de reporte es RC-1. Conservelo hasta la solucion de la falla."


class Dead(BaseException):
    """The process ends here."""


def late_report(place: Hall) -> None:
    """A report whose level 1 did not call: the number is given and the breach noted, nothing sent yet."""
    place.town.sync(T0)
    place.town.ticket(1, T0)
    place.town.sync(T0 + hours(3))


def work(place: Hall) -> list[tuple[str, str]]:
    return [
        (line.kind, line.text) for line in place.town.store.worklist.open_lines() if line.kind == "notice"
    ]


def row(place: Hall, key: str) -> Mapping[str, Any]:
    found = place.town.store.notices.get(key)
    assert found is not None
    return {"state": str(found.state), "attempts": found.attempts, "reason": found.reason}


def test_a_channel_that_is_down_is_tried_again_and_given_up_at_last(
    tmp_path: Path, panel: Sandbox, smtp: Outbox
) -> None:
    with hall(tmp_path, panel, smtp, switched_on(tmp_path, BREACH)) as place:
        late_report(place)
        place.hooks["oficina"].status = 500
        place.delivery.run()
        key = "RC-1/channel/level_1_contact/oficina"
        assert row(place, key) == {
            "state": "retry_at",
            "attempts": 1,
            "reason": "el canal `oficina` no recibe mensajes",
        }

        place.town.at(place.town.clock.now() + timedelta(minutes=5) - timedelta(seconds=1))
        place.delivery.run()
        assert row(place, key)["attempts"] == 1

        for _ in range(9):
            place.town.at(place.town.clock.now() + timedelta(hours=6))
            place.delivery.run()
        assert row(place, key)["state"] == "parked"
        assert row(place, key)["attempts"] == 10
        [(_, text)] = work(place)
        assert "No se pudo avisar a oficina (el canal `oficina` no recibe mensajes)" in text
        assert "RC-1: nivel 1 no llamó antes del 02/11/2026 10:00." in text


def test_staff_are_told_twice_rather_than_never(
    tmp_path: Path, panel: Sandbox, smtp: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with hall(tmp_path, panel, smtp, switched_on(tmp_path, BREACH)) as place:
        late_report(place)
        dying(monkeypatch, place.delivery, NoticeState.SENT)
        assert len(place.staff("oficina")) == 1

        place.delivery.run()
        assert len(place.staff("oficina")) == 2
        assert row(place, "RC-1/channel/level_1_contact/oficina")["state"] == "sent"
        place.delivery.run()
        assert len(place.staff("oficina")) == 2


def dying(monkeypatch: pytest.MonkeyPatch, delivery: Delivery, at: NoticeState) -> None:
    """Let a delivery die just before it notes that state; its lease is left behind."""
    with monkeypatch.context() as patch:
        move = type(delivery._store.notices).move

        def fatal(self: Any, key: str, to: NoticeState, *rest: Any, **more: Any) -> None:
            if to is at:
                raise Dead
            move(self, key, to, *rest, **more)

        patch.setattr("bridge.store.notices.Notices.move", fatal)
        with pytest.raises(Dead):
            delivery.run()


def test_a_mail_that_may_have_gone_out_is_not_sent_again(
    tmp_path: Path, panel: Sandbox, smtp: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with hall(tmp_path, panel, smtp, switched_on(tmp_path, MAIL)) as place:
        late_report(place)
        dying(monkeypatch, place.delivery, NoticeState.SENT)
        assert len(place.mails()) == 1

        place.delivery.run()
        place.delivery.run()
        assert len(place.mails()) == 1
        assert row(place, "RC-1/mail/report_number")["state"] == "parked"
        [(_, text)] = work(place)
        assert "cliente1@example.com (el envío se interrumpió y pudo haber salido)" in text


def test_a_mail_server_that_is_down_is_waited_for(tmp_path: Path, panel: Sandbox, smtp: Outbox) -> None:
    with hall(tmp_path, panel, smtp, switched_on(tmp_path, MAIL)) as place:
        late_report(place)
        smtp.plays.append("451 4.3.0 later")
        place.delivery.run()
        assert row(place, "RC-1/mail/report_number")["state"] == "retry_at"

        place.town.at(place.town.clock.now() + timedelta(minutes=5))
        place.delivery.run()
        assert [(to, subject) for to, subject, _ in place.mails()] == [
            ("cliente1@example.com", "Su reporte RC-1")
        ]
        [(_, _, kept)] = smtp.messages
        assert kept["Auto-Submitted"] == "auto-generated"


def test_a_customer_without_an_address_gets_no_mail_and_nobody_is_bothered(
    tmp_path: Path, panel: Sandbox, smtp: Outbox
) -> None:
    with hall(tmp_path, panel, smtp, switched_on(tmp_path, MAIL)) as place:
        place.town.sync(T0)
        place.town.panel.control(
            "seed", {"customers": [{"id": 9, "nombre": "Cliente 9", "price": "300.00", "correo": ""}]}
        )
        place.town.ticket(9, T0)
        place.town.sync(T0 + hours(3))
        place.delivery.run()

        assert row(place, "RC-1/mail/report_number") == {
            "state": "dropped",
            "attempts": 0,
            "reason": "the panel has no mail address of the customer",
        }
        assert place.mails() == []
        assert work(place) == []


def test_a_panel_that_is_away_delays_mails_and_no_other_notice(
    tmp_path: Path, panel: Sandbox, smtp: Outbox
) -> None:
    with hall(tmp_path, panel, smtp, switched_on(tmp_path, MAIL, BREACH)) as place:
        late_report(place)
        place.town.panel.control("faults", {"command": "GetClientsDetails", "kind": "http500", "times": 20})
        place.delivery.run()
        assert row(place, "RC-1/mail/report_number")["state"] == "pending"
        assert len(place.staff("oficina")) == 1

        place.town.panel.control("faults/clear")
        place.delivery.run()
        assert len(place.mails()) == 1


def test_two_processes_do_not_deliver_at_once(tmp_path: Path, panel: Sandbox, smtp: Outbox) -> None:
    with hall(tmp_path, panel, smtp, switched_on(tmp_path, BREACH)) as place:
        late_report(place)
        other = Lease(place.town.store.database, "notices", "another process on another machine")
        other.acquire(place.town.clock.real(), timedelta(minutes=10))
        assert not place.delivery.run()
        assert place.staff("oficina") == []

        other.release()
        assert place.delivery.run() == {"sent": 1}
        assert len(place.staff("oficina")) == 1


def test_an_event_is_told_once_though_the_process_dies_in_between(
    tmp_path: Path, panel: Sandbox, smtp: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The news are read and the notices written in one transaction, or neither."""
    with hall(tmp_path, panel, smtp, switched_on(tmp_path, SMS)) as place:
        place.town.sync(T0)
        place.town.ticket(1, T0)
        with monkeypatch.context() as patch:
            patch.setattr("bridge.store.notices.Notices.release", _die)
            with pytest.raises(Dead):
                place.town.sync(T0 + hours(3))
        assert place.sms() == []
        assert place.states() == {}

        place.town.sync(T0 + hours(3.1))
        place.town.sync(T0 + hours(3.2))
        assert place.sms() == [TEXT]


def _die(*_: Any) -> None:
    raise Dead


def test_a_new_store_does_not_tell_customers_what_the_lost_one_told(
    tmp_path: Path, panel: Sandbox, smtp: Outbox
) -> None:
    mappings = switched_on(tmp_path, SMS, BREACH, "customers.credit_on_invoice.sms")
    with hall(tmp_path, panel, smtp, mappings) as place:
        late_report(place)
        place.delivery.run()
        place.town.sync(T0 + hours(98))
        place.town.bill()
        place.town.sync(T0 + hours(98.5))
        place.town.sync(T0 + hours(98.6))
        assert place.sms() == [
            TEXT,
            "Reds Comm, reporte RC-1: su bonificacion de $300.00 ya aparece en su factura 1.",
        ]

    with hall(tmp_path / "fresh", panel, smtp, mappings, as_it_stands=True) as again:
        again.town.sync(T0 + hours(99))
        again.delivery.run()
        again.town.sync(T0 + hours(99.1))
        assert len(again.sms()) == 2
        assert again.staff("oficina") == []


def test_what_is_tried_again_waits_for_the_morning_too(tmp_path: Path, panel: Sandbox, smtp: Outbox) -> None:
    night = ["diario 21:00-8:00"]
    mappings = switched_on(
        tmp_path, MAIL, BREACH, customers__quiet_hours=night, supervisors__quiet_hours=list(night)
    )
    with hall(tmp_path, panel, smtp, mappings) as place:
        place.town.sync(T0)
        place.town.ticket(1, T0 + hours(10.9))
        place.town.sync(T0 + hours(12.95))  # 20:57
        smtp.plays.append("451 4.3.0 later")
        place.hooks["oficina"].status = 500
        place.delivery.run()
        place.hooks["oficina"].status = 200
        assert set(place.states().values()) == {"retry_at"}
        before = len(place.staff("oficina"))

        place.town.at(T0 + hours(13))
        place.delivery.run()
        place.town.at(T0 + hours(24, -1))
        place.delivery.run()
        assert (len(place.mails()), len(place.staff("oficina"))) == (0, before)

        place.town.at(T0 + hours(24))
        place.delivery.run()
        assert (len(place.mails()), len(place.staff("oficina"))) == (1, before + 1)


def test_who_has_lost_the_lease_sends_nothing_more(
    tmp_path: Path, panel: Sandbox, smtp: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with hall(tmp_path, panel, smtp, switched_on(tmp_path, MAIL, BREACH)) as place:
        late_report(place)
        with monkeypatch.context() as patch:

            def taken(*_: Any) -> None:
                raise LeaseHeld("another process has it")

            patch.setattr("bridge.store.lease.Lease.beat", taken)
            assert not place.delivery.run()
        assert (place.mails(), place.staff("oficina")) == ([], [])

        place.delivery.run()
        assert (len(place.mails()), len(place.staff("oficina"))) == (1, 1)
