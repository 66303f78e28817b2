"""What is told late, or again, or of what is no longer so: by night, by retries, after a restore."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from ruamel.yaml import YAML

from bridge.cli.main import main
from bridge.desk.credits import BillingDesk
from bridge.desk.person import Deed
from bridge.notify import post
from bridge.notify.channels import Channels
from bridge.store.lease import Lease
from tests.acceptance.town import T0, hours
from tests.intake.servers import Outbox
from tests.notices.hall import hall, switched_on
from tests.servers import Sandbox

SMSN, SMSV = "customers.report_number.sms", "customers.visit_fixed.sms"
MAILN, BREACH = "customers.report_number.mail", "supervisors.level_1_contact"
CG, CI = "customers.credit_granted.sms", "customers.credit_on_invoice.sms"


def night() -> list[str]:
    return ["diario 21:00-8:00"]


def test_no_mail_goes_out_twice_when_a_delivery_outlives_its_lease(
    tmp_path: Path, panel: Sandbox, smtp: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with hall(tmp_path, panel, smtp, switched_on(tmp_path, MAILN)) as p:
        p.town.sync(T0)
        for n in (1, 2, 3):
            p.town.ticket(n, T0)
        p.town.sync(T0 + hours(3))
        first, second = p.delivery, p.delivery
        second._lease = Lease(p.town.store.database, "notices", "another process on another machine")

        class Later:  # the real clock goes on 11 minutes while the first mail is handed over
            extra = timedelta()

            def real(self) -> Any:
                return p.town.clock.real() + self.extra

            def __getattr__(self, name: str) -> Any:
                return getattr(p.town.clock, name)

        first._clock = second._clock = clock = Later()
        hand_over, begun = post.hand_over, []

        def slow(*words: Any) -> None:
            begun.append(1)
            if len(begun) == 1:
                clock.extra = timedelta(minutes=11)
                second.run()
            hand_over(*words)

        monkeypatch.setattr(post, "hand_over", slow)
        first.run()
        told = [address for address, _, _ in p.mails()]
        assert sorted(told) == ["cliente1@example.com", "cliente2@example.com", "cliente3@example.com"]


def test_a_restored_store_mails_nothing_again(tmp_path: Path, panel: Sandbox, smtp: Outbox) -> None:
    config = str(tmp_path / "config.yaml")
    with hall(tmp_path, panel, smtp, switched_on(tmp_path, MAILN, customers__quiet_hours=night())) as p:
        p.sync(T0)
        p.town.ticket(1, T0 + hours(11))
        p.sync(T0 + hours(13.5))
        with mock.patch.dict(os.environ, BRIDGE_NOW=(T0 + hours(14)).isoformat()):
            assert main(["-c", config, "backup", str(tmp_path / "b.db")]) == 0
        p.sync(T0 + hours(24.1))
        assert len(p.mails()) == 1
        p.town.at(T0 + hours(25))
    with mock.patch.dict(os.environ, BRIDGE_NOW=(T0 + hours(25)).isoformat()):
        assert main(["-c", config, "restore", str(tmp_path / "b.db"), "--by", "Ana", "--reason", "x"]) == 0
        main(["-c", config, "sync"])
    assert len(p.mails()) == 1


def test_l_7_an_sms_that_could_not_go_out_is_called_back_when_it_is_over(
    tmp_path: Path, panel: Sandbox, smtp: Outbox
) -> None:
    mappings = switched_on(tmp_path, SMSN, SMSV, customers__quiet_hours=night())
    with hall(tmp_path, panel, smtp, mappings) as p:
        p.sync(T0)
        t = p.town.ticket(1, T0 + hours(10.5))
        p.sync(T0 + hours(10.6))
        p.town.staff("tag", T0 + hours(12.6), ticket=t, text="#visita 02/11 23:00", operator=31)
        p.town.panel.control("faults", {"command": "NewSMS", "kind": "token_lost", "times": None})
        p.sync(T0 + hours(12.8))
        p.town.staff("close", T0 + hours(13.5), ticket=t, reason="Listo", operator=31)
        p.sync(T0 + hours(14))
        p.town.panel.control("faults/clear")
        p.sync(T0 + hours(18))  # 02:00: the report ended at 21:30, the visit was at 23:00
        assert p.sms() == []


def test_an_sms_beyond_the_limit_of_a_cycle_waits_for_the_morning(
    tmp_path: Path, panel: Sandbox, smtp: Outbox
) -> None:
    mappings = switched_on(tmp_path, SMSN, customers__quiet_hours=night())
    with hall(tmp_path, panel, smtp, mappings, limits="limits: {pushes_per_cycle: 3}\n") as p:
        p.sync(T0)
        for n in (1, 2, 3):
            p.town.ticket(n, T0 + hours(10.8))
        for age in (10.9, 10.95, 10.97, 12.9):
            p.sync(T0 + hours(age))
        before = [len(p.sms(n)) for n in (1, 2, 3)]
        for age in (14, 14.1, 14.2):  # after 22:00
            p.sync(T0 + hours(age))
        assert [len(p.sms(n)) for n in (1, 2, 3)] == before


def test_the_sms_of_a_credit_waits_for_the_morning(tmp_path: Path, panel: Sandbox, smtp: Outbox) -> None:
    with hall(tmp_path, panel, smtp, switched_on(tmp_path, CG, customers__quiet_hours=night())) as p:
        p.sync(T0)
        p.town.ticket(1, T0)
        p.sync(T0 + hours(0.5))
        p.sync(T0 + hours(96 + 12.8))  # 20:48, posts the credit
        p.sync(T0 + hours(96 + 14))  # 22:00
        assert p.sms() == []


def test_what_is_tried_again_heeds_the_hours_and_the_end(
    tmp_path: Path, panel: Sandbox, smtp: Outbox
) -> None:
    mappings = switched_on(
        tmp_path, MAILN, BREACH, customers__quiet_hours=night(), supervisors__quiet_hours=night()
    )
    with hall(tmp_path, panel, smtp, mappings) as p:
        p.sync(T0)
        t = p.town.ticket(1, T0 + hours(10.5))
        p.sync(T0 + hours(10.6))
        smtp.plays.append("451 later")
        p.hooks["oficina"].status = 500
        p.sync(T0 + hours(12.8))
        p.hooks["oficina"].status = 200
        p.hooks["oficina"].taken.clear()
        p.town.staff("close", T0 + hours(13), ticket=t, reason="Listo", operator=31)
        p.sync(T0 + hours(18))
        assert (p.mails(), p.staff("oficina")) == ([], [])


def test_c_13_a_credit_that_was_taken_back_is_not_announced(
    tmp_path: Path, panel: Sandbox, smtp: Outbox
) -> None:
    with hall(tmp_path, panel, smtp, switched_on(tmp_path, CG, customers__quiet_hours=night())) as p:
        day = 96
        p.sync(T0)
        t = p.town.ticket(1, T0 + hours(1))
        p.sync(T0 + hours(1.5))
        p.sync(T0 + hours(day + 13.5))
        p.town.staff("tag", T0 + hours(day + 14), ticket=t, text="#no-atribuible cliente", operator=31)
        p.sync(T0 + hours(day + 14.2))
        deed = Deed(by="Ana", at=p.town.clock.now(), reason="x")
        BillingDesk(p.town.store, p.town.cycle.parts.rulebook).approve(["RC-1/R1"], deed)
        p.sync(T0 + hours(day + 15))
        assert sum(amount for amount, _ in p.town.balances(1)) == 0
        p.sync(T0 + hours(day + 24.5))
        p.sync(T0 + hours(day + 24.7))
        assert p.sms() == []


def test_i_5_an_enquiry_is_named_by_its_ticket(tmp_path: Path, panel: Sandbox, smtp: Outbox) -> None:
    with hall(tmp_path, panel, smtp, switched_on(tmp_path, SMSV)) as p:
        p.sync(T0)
        t = p.town.ticket(1, T0 + hours(1), subject="Cambio de domicilio", body="me mudo de casa")
        p.sync(T0 + hours(1.5))
        p.town.staff("tag", T0 + hours(2), ticket=t, text="#visita 04/11 10:00", operator=31)
        p.sync(T0 + hours(2.5))
        assert not any("T-1" in text for text in p.sms())


def test_a_technician_is_not_told_of_what_is_another_ones_by_then(
    tmp_path: Path, panel: Sandbox, smtp: Outbox
) -> None:
    mappings = switched_on(tmp_path, "technicians.assigned", technicians__quiet_hours=night())
    with hall(tmp_path, panel, smtp, mappings) as p:
        p.sync(T0)
        p.town.ticket(1, T0 + hours(13.2))
        p.sync(T0 + hours(13.4))
        p.sync(T0 + hours(16))
        p.sync(T0 + hours(25))
        assert [line for line in p.staff("tecnicos") if "nivel 1" in line] == []


def test_a_technician_is_not_told_of_a_visit_whose_time_has_come(
    tmp_path: Path, panel: Sandbox, smtp: Outbox
) -> None:
    mappings = switched_on(tmp_path, "technicians.visit_given", technicians__quiet_hours=night())
    with hall(tmp_path, panel, smtp, mappings) as p:
        p.sync(T0)
        t = p.town.ticket(1, T0 + hours(10))
        p.sync(T0 + hours(10.5))
        p.town.staff("tag", T0 + hours(12.5), ticket=t, text="#grave", operator=31)
        p.sync(T0 + hours(12.6))
        p.town.staff("tag", T0 + hours(14), ticket=t, text="#visita 03/11 06:30", operator=31)
        p.sync(T0 + hours(14.1))
        p.town.staff("tag", T0 + hours(15), ticket=t, text="#visita 05/11 10:00", operator=31)
        p.sync(T0 + hours(15.1))
        p.sync(T0 + hours(25))
        assert [line[:27] for line in p.staff("tecnicos")] == ["Visita del 05/11/2026 10:00"]


def test_supervisors_do_not_hear_of_nobody_where_somebody_has_it(
    tmp_path: Path, panel: Sandbox, smtp: Outbox
) -> None:
    mappings = switched_on(tmp_path, "supervisors.nobody", supervisors__quiet_hours=night())
    yaml, file = YAML(), mappings / "technicians.yaml"
    people = yaml.load(file)
    for one in people["technicians"]:
        if 1 in one["levels"]:
            one["shifts"] = ["diario 6:00-20:00"]
    yaml.dump(people, file)
    with hall(tmp_path, panel, smtp, mappings) as p:
        p.sync(T0)
        t = p.town.ticket(1, T0 + hours(20.2))
        p.sync(T0 + hours(20.4))
        p.sync(T0 + hours(22.1))
        assert p.town.store.incidents.by_ticket(t).technician_id == 11
        p.sync(T0 + hours(25))
        assert p.staff("oficina") == []


def test_the_visit_fixed_last_is_told_not_the_one_read_last(
    tmp_path: Path, panel: Sandbox, smtp: Outbox
) -> None:
    with hall(tmp_path, panel, smtp, switched_on(tmp_path, SMSV)) as p:
        p.sync(T0)
        t, u = p.town.ticket(1, T0), p.town.ticket(1, T0 + hours(0.1))
        p.sync(T0 + hours(0.5))
        p.town.staff("tag", T0 + hours(1.5), ticket=t, text="#visita 06/11 10:00", operator=31)
        p.town.staff("tag", T0 + hours(1), ticket=u, text="#visita 04/11 10:00", operator=31)
        p.sync(T0 + hours(1.8))
        assert p.sms() == ["Reds Comm, reporte 1: un tecnico le visitara el 06/11/2026 10:00."]


def test_a_visit_of_this_morning_is_not_told_in_the_evening(
    tmp_path: Path, panel: Sandbox, smtp: Outbox
) -> None:
    mappings = switched_on(tmp_path, SMSV, customers__quiet_hours=["diario 8:00-17:00"])
    with hall(tmp_path, panel, smtp, mappings) as p:
        p.sync(T0)
        t = p.town.ticket(1, T0 + hours(0.1))
        p.sync(T0 + hours(0.2))
        p.town.staff("tag", T0 + hours(0.5), ticket=t, text="#visita hoy por la mañana", operator=31)
        p.sync(T0 + hours(1))
        p.sync(T0 + hours(10))  # 18:00
        assert p.sms() == []


def test_a_long_message_is_split_and_words_are_no_markup() -> None:
    line = (
        "RC-12345: nivel 1 no llamó antes del 25/11/2026 11:14. María Guadalupe Hernández de la Cruz "
        "(cliente 1077), lo tiene ahora Mayra Peña Zúñiga"
    )
    sent: list[str] = []

    def request(url: str, *_: Any, **words: Any) -> mock.Mock:
        sent.append(str(words.get("data") or words.get("json")))
        answer = mock.Mock(status_code=200, content=b"{}", text="{}", headers={})
        answer.json.return_value = {"ok": True}
        return answer

    with (
        mock.patch("requests.post", request),
        mock.patch("requests.Session.request", lambda _, __, url, **words: request(url, **words)),
    ):
        Channels(["tgram://123456789:abcdefg_hijklmnop/-100200300"]).send(
            "Avisos: 30", "\n".join([line] * 30)
        )
        Channels(["tgram://123456789:abcdefg_hijklmnop/-100200300"]).send(
            "Avisos: 1", "RC-1: <López & Hijos>"
        )
    assert all(len(json.loads(one)["text"]) <= 4096 for one in sent)
    assert "<López" not in json.loads(sent[-1])["text"]  # parse_mode HTML


def test_another_invoice_for_the_same_credit_is_told_too(
    tmp_path: Path, panel: Sandbox, smtp: Outbox
) -> None:
    with hall(tmp_path, panel, smtp, switched_on(tmp_path, CI)) as p:
        p.sync(T0)
        p.town.ticket(1, T0)
        for age in (1, 98, 98.1):
            p.sync(T0 + hours(age))
        p.town.bill()
        p.sync(T0 + hours(98.3))
        p.sync(T0 + hours(98.5))
        p.town.staff("cancel_invoice", T0 + hours(99), invoice=1, operator=31)
        p.sync(T0 + hours(99.2))
        p.town.bill()
        p.sync(T0 + hours(100))
        p.sync(T0 + hours(100.2))
        [line] = p.town.store.ledger.lines()
        assert f"factura {line.invoice_ids[0]}." in p.sms()[-1]


def test_a_channel_that_is_down_makes_one_line_of_work(tmp_path: Path, panel: Sandbox, smtp: Outbox) -> None:
    with hall(tmp_path, panel, smtp, switched_on(tmp_path, BREACH)) as p:
        p.sync(T0)
        for n in (1, 2, 3):
            p.town.ticket(n, T0)
        p.sync(T0 + hours(0.5))
        p.hooks["oficina"].status = 500
        for age in range(3, 90, 6):
            p.sync(T0 + hours(age))
        assert len([one for one in p.town.store.worklist.open_lines() if one.kind == "notice"]) == 1


def test_a_report_of_no_known_kind_is_named_in_spanish(tmp_path: Path, panel: Sandbox, smtp: Outbox) -> None:
    with hall(tmp_path, panel, smtp, switched_on(tmp_path, "technicians.assigned")) as p:
        p.sync(T0)
        p.town.ticket(1, T0, subject="Ayuda", body="Ayuda")
        p.sync(T0 + hours(0.5))
        assert not any("unrouted" in line for line in p.staff("tecnicos"))
