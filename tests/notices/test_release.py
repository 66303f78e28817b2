"""When notices go out: not in quiet hours, not too many a day, and only what is still worth telling."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bridge.desk.credits import BillingDesk
from bridge.desk.person import Deed
from bridge.domain.notices import NoticePolicy
from bridge.sync.cycle import Cycle
from tests.acceptance.town import T0, hours
from tests.intake.servers import Outbox
from tests.notices.hall import Hall, hall, switched_on
from tests.servers import Sandbox

NIGHT = ["diario 21:00-8:00"]
NUMBER = "Reds Comm: su numero de reporte es {}. Conservelo hasta la solucion de la falla."
LEVEL_3 = "Reds Comm: su reporte {} ya lo atiende nuestro equipo especializado."
NUMBER_BY_SMS, SEVERE_BY_SMS = "customers.report_number.sms", "customers.severe.sms"


def states(place: Hall) -> set[tuple[str, str]]:
    return set(place.states().items())


def why(place: Hall, key: str) -> str:
    row = place.town.store.notices.get(key)
    assert row is not None
    return row.reason


def test_what_happens_at_night_is_told_in_the_morning(tmp_path: Path, panel: Sandbox, smtp: Outbox) -> None:
    mappings = switched_on(tmp_path, NUMBER_BY_SMS, customers__quiet_hours=NIGHT)
    with hall(tmp_path, panel, smtp, mappings) as place:
        place.sync(T0)
        place.town.ticket(1, T0 + hours(11))  # 19:00; the number is given at 21:00
        place.sync(T0 + hours(13, 1))
        assert states(place) == {("RC-1/sms/report_number", "waiting")}

        place.sync(T0 + hours(24, -1))
        assert place.sms() == []

        place.sync(T0 + hours(24))
        assert place.sms() == [NUMBER.format("RC-1")]


def test_l_8_a_later_step_replaces_one_that_still_waits(tmp_path: Path, panel: Sandbox, smtp: Outbox) -> None:
    mappings = switched_on(tmp_path, NUMBER_BY_SMS, SEVERE_BY_SMS, customers__quiet_hours=NIGHT)
    with hall(tmp_path, panel, smtp, mappings) as place:
        place.sync(T0)
        ticket = place.town.ticket(1, T0 + hours(11))
        place.sync(T0 + hours(13.5))
        place.town.staff("tag", T0 + hours(15), ticket=ticket, text="#grave", operator=31)
        place.sync(T0 + hours(15.5))
        place.sync(T0 + hours(24.5))

        assert place.sms() == [LEVEL_3.format("RC-1")]
        assert why(place, "RC-1/sms/report_number") == "RC-1/sms/severe says more"


def test_what_was_switched_off_while_it_waited_is_not_told(
    tmp_path: Path, panel: Sandbox, smtp: Outbox
) -> None:
    mappings = switched_on(tmp_path, NUMBER_BY_SMS, customers__quiet_hours=NIGHT)
    with hall(tmp_path, panel, smtp, mappings) as place:
        place.sync(T0)
        place.town.ticket(1, T0 + hours(11))
        place.sync(T0 + hours(13.5))
        place.town.cycle = Cycle(replace(place.town.cycle.parts, notices=NoticePolicy()))
        place.sync(T0 + hours(24.5))

        assert why(place, "RC-1/sms/report_number") == "it was switched off"
        assert place.sms() == []


def test_l_7_what_ended_in_the_night_is_not_told_in_the_morning(
    tmp_path: Path, panel: Sandbox, smtp: Outbox
) -> None:
    mappings = switched_on(tmp_path, NUMBER_BY_SMS, customers__quiet_hours=NIGHT)
    with hall(tmp_path, panel, smtp, mappings) as place:
        place.sync(T0)
        ticket = place.town.ticket(1, T0 + hours(11))
        place.sync(T0 + hours(13.5))
        place.town.staff("close", T0 + hours(16), ticket=ticket, reason="Listo", operator=31)
        place.sync(T0 + hours(16.5))
        place.sync(T0 + hours(25))

        assert place.sms() == []
        assert states(place) == {("RC-1/sms/report_number", "dropped")}
        assert why(place, "RC-1/sms/report_number") == "RC-1 has ended"


def test_a_customer_is_told_so_much_a_day(tmp_path: Path, panel: Sandbox, smtp: Outbox) -> None:
    mappings = switched_on(tmp_path, NUMBER_BY_SMS, "customers.visit_fixed.sms", customers__at_most_a_day=1)
    with hall(tmp_path, panel, smtp, mappings) as place:
        place.sync(T0)
        one, other = place.town.ticket(1, T0 + hours(1)), place.town.ticket(2, T0 + hours(1))
        place.sync(T0 + hours(4))
        place.town.staff("tag", T0 + hours(5), ticket=one, text="#visita 04/11 10:00", operator=31)
        place.sync(T0 + hours(5.5))
        place.sync(T0 + hours(16, -1))  # a second before midnight
        assert place.sms() == [NUMBER.format("RC-1")]
        assert place.sms(2) == [NUMBER.format(f"RC-{other}")]

        place.sync(T0 + hours(16))
        assert place.sms()[1:] == ["Reds Comm, reporte RC-1: un tecnico le visitara el 04/11/2026 10:00."]


def test_sms_and_mail_count_together(tmp_path: Path, panel: Sandbox, smtp: Outbox) -> None:
    mappings = switched_on(
        tmp_path, NUMBER_BY_SMS, "customers.report_number.mail", customers__at_most_a_day=1
    )
    with hall(tmp_path, panel, smtp, mappings) as place:
        place.sync(T0)
        place.town.ticket(1, T0)
        place.sync(T0 + hours(3))
        assert len(place.sms()) + len(place.mails()) == 1

        place.sync(T0 + hours(17))
        assert len(place.sms()) == len(place.mails()) == 1


def test_a_visit_that_was_moved_is_told_once_and_a_past_one_never(
    tmp_path: Path, panel: Sandbox, smtp: Outbox
) -> None:
    mappings = switched_on(tmp_path, "customers.visit_fixed.sms", customers__quiet_hours=NIGHT)
    with hall(tmp_path, panel, smtp, mappings) as place:
        place.sync(T0)
        one, other = place.town.ticket(1, T0 + hours(12)), place.town.ticket(2, T0 + hours(12))
        place.sync(T0 + hours(13.5))
        place.town.staff("tag", T0 + hours(14), ticket=one, text="#visita 04/11 10:00", operator=31)
        place.town.staff("tag", T0 + hours(14), ticket=other, text="#visita 03/11 07:30", operator=31)
        place.sync(T0 + hours(14.5))
        place.town.staff("tag", T0 + hours(15), ticket=one, text="#visita 05/11 12:00", operator=31)
        place.sync(T0 + hours(15.5))
        place.sync(T0 + hours(24.5))

        assert place.sms(1) == ["Reds Comm, reporte RC-1: un tecnico le visitara el 05/11/2026 12:00."]
        assert place.sms(2) == []
        reasons = {row.reason for row in place.town.store.notices.latest(9) if row.state == "dropped"}
        assert "its time has come" in reasons
        assert len(reasons) == 2


def test_several_breaches_of_one_cycle_are_one_message(tmp_path: Path, panel: Sandbox, smtp: Outbox) -> None:
    with hall(tmp_path, panel, smtp, switched_on(tmp_path, "supervisors.level_1_contact")) as place:
        place.sync(T0)
        for number in (1, 2, 3):
            place.town.ticket(number, T0 + timedelta(minutes=number))
        place.sync(T0 + hours(3))

        [message] = place.hooks["oficina"].taken
        assert message["title"] == "Avisos de supervisión: 3"
        assert [line.partition(":")[0] for line in message["message"].splitlines()] == [
            "RC-1",
            "RC-2",
            "RC-3",
        ]


def test_billing_is_told_of_what_waits_for_it_and_not_of_what_it_did_itself(
    tmp_path: Path, panel: Sandbox, smtp: Outbox
) -> None:
    on = ("billing.held", "billing.awaiting_approval", "customers.credit_granted.sms")
    limits = "limits: {approval_above: 100.00}\n"
    mappings = switched_on(tmp_path, *on)
    with hall(tmp_path, panel, smtp, mappings, limits=limits) as place:
        place.sync(T0)
        one, other = place.town.ticket(1, T0), place.town.ticket(2, T0, subject="Ayuda", body="Ayuda")
        place.sync(T0 + hours(0.5))
        for ticket in (one, other):
            place.town.staff("close", T0 + hours(100), ticket=ticket, reason="Listo", operator=31)
        place.sync(T0 + hours(101))
        assert sorted(place.staff("cobranza")) == [
            "RC-1/C1, cliente 1, $300.00: espera aprobación",
            "RC-2/C1, cliente 2, $300.00: retenido. Falta precisar qué tipo de falla tuvo.",
        ]
        assert place.sms() == []

        rulebook = place.town.cycle.parts.rulebook
        deed = Deed(by="Ana", at=place.town.clock.now(), reason="lo revisé")
        BillingDesk(place.town.store, rulebook).approve(["RC-1/C1"], deed)
        BillingDesk(place.town.store, rulebook).hold(["RC-2/C1"], deed)
        place.later()
        place.later()
        assert len(place.staff("cobranza")) == 2
        assert place.sms() == ["Reds Comm, reporte RC-1: se le bonificaran $300.00 en su proxima factura."]
