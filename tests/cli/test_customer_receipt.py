"""The receipt for the customer: whole letters, one incident of each kind (`letters.md`)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.conftest import Isp

LETTERS = (Path(__file__).parent / "letters.md").read_text(encoding="utf-8")


def expected(name: str, **numbers: object) -> str:
    """The letter of `letters.md` under this name."""
    sections = dict(re.findall(r"^## (.+)\n((?:(?!## ).*\n?)*)", LETTERS, re.MULTILINE))
    text: str = sections[name]
    return text.strip().format(**numbers) + "\n"


def letter(isp: Isp, ticket: int) -> str:
    result = isp("tickets", "show", ticket, "--receipt")
    assert result.code == 0, result.err
    return result.out


def climbed(isp: Isp, subject: str = "Sin internet") -> int:
    """A fault that reached level 3 without anybody calling."""
    ticket = isp.ticket(subject=subject)
    isp.sync(3)
    isp.sync(49)
    return ticket


def closed(isp: Isp, ticket: int, hours: float) -> None:
    isp.at(hours)
    isp.staff("close", ticket=ticket)
    isp.sync(hours)


def test_c_4_days_on_an_invoice(isp: Isp) -> None:
    ticket = isp.ticket()
    isp.at(1)
    isp.staff("reply", ticket=ticket, text="Le llamamos. #visita 2026-11-03 16:00")
    isp.sync(3)
    isp.at(34.5)
    isp.staff("reply", ticket=ticket, text="Ya fuimos #visita-hecha")
    isp.sync(73)
    closed(isp, ticket, 80)
    [invoice] = isp.panel.control("billing", {"customers": [1], "force": True})["invoices"]
    isp.sync(81)

    assert letter(isp, ticket) == expected("C-4 days on an invoice", ticket=ticket, invoice=invoice)


def test_c_5_a_month_while_the_fault_is_still_open(isp: Isp) -> None:
    ticket = climbed(isp)
    isp.sync(97)

    assert letter(isp, ticket) == expected("C-5 a month while the fault is still open", ticket=ticket)


def test_c_9_the_difference_after_the_fault_came_back(isp: Isp) -> None:
    ticket = climbed(isp)
    closed(isp, ticket, 80)
    isp.at(90)
    isp.staff("reopen", ticket=ticket)
    isp.sync(90)
    isp.sync(107)

    assert letter(isp, ticket) == expected("C-9 the difference after the fault came back", ticket=ticket)


def test_c_9_days_that_are_still_growing(isp: Isp) -> None:
    ticket = climbed(isp)
    isp.sync(80)

    assert letter(isp, ticket) == expected("C-9 days that are still growing", ticket=ticket)


def test_c_3_below_the_threshold(isp: Isp) -> None:
    ticket = isp.ticket()
    isp.sync(1)
    closed(isp, ticket, 1.5)

    assert letter(isp, ticket) == expected("C-3 below the threshold", ticket=ticket)


def test_c_8_low_speed_earns_no_days(isp: Isp) -> None:
    ticket = climbed(isp, "Internet lento")
    closed(isp, ticket, 90)

    assert letter(isp, ticket) == expected("C-8 low speed earns no days", ticket=ticket)


def test_c_1_a_fault_that_is_not_the_isps_with_its_charge(isp: Isp) -> None:
    """The note, its author and the technician stay inside."""
    ticket = climbed(isp)
    isp("fact", ticket, "attribution", "customer", "--by", "Irma", "--note", "cortó el cable con la pala")
    closed(isp, ticket, 100)

    name = "C-1 a fault that is not the ISP's, with its charge"
    assert letter(isp, ticket) == expected(name, ticket=ticket)


def test_c_12_a_credit_that_billing_looks_at(isp: Isp) -> None:
    ticket = climbed(isp)
    isp.at(80)
    isp("fact", ticket, "cancelled", "--by", "Irma")
    isp.sync(80)

    assert letter(isp, ticket) == expected("C-12 a credit that billing looks at", ticket=ticket)


def test_i_5_an_enquiry(isp: Isp) -> None:
    ticket = isp.ticket(subject="Duda sobre mi factura")
    isp.sync(1)

    assert letter(isp, ticket) == expected("I-5 an enquiry", ticket=ticket)


def test_i_6_what_matches_no_category(isp: Isp) -> None:
    ticket = isp.ticket(subject="Hola", body="Buenas tardes")
    isp.sync(1)

    assert letter(isp, ticket) == expected("I-6 what matches no category", ticket=ticket)


def test_an_approval_is_awaited_and_then_given_up(isp: Isp) -> None:
    isp.configure(database=True, limits={"approval_above": 10})
    ticket = climbed(isp)
    closed(isp, ticket, 80)

    waiting = letter(isp, ticket)
    isp("credits", "void", f"RC-{ticket}/C1", "--by", "Irma", "--reason", "no procede")
    voided = letter(isp, ticket)

    assert "\n\nSu bonificación está en revisión en nuestro departamento de facturación; le " in waiting
    assert "$" not in waiting
    assert "\n\nDespués de una revisión, nuestro departamento de facturación determinó que " in voided


def test_c_13_a_credit_that_is_taken_back_has_its_reason(isp: Isp) -> None:
    isp.configure(database=True, limits={"approval_above": 10})
    ticket = climbed(isp)
    closed(isp, ticket, 80)
    isp("fact", ticket, "attribution", "customer", "--by", "Irma")
    isp.sync(81)

    assert "se encontró que la causa de la falla es ajena a nuestra red." in letter(isp, ticket)


def test_programs_get_the_letter_as_one_text(isp: Isp) -> None:
    ticket = isp.ticket()
    isp.sync(1)

    found = isp("tickets", "show", ticket, "--receipt", "--format", "json").json

    assert (found["ticket_id"], found["report_number"]) == (ticket, None)
    assert found["text"].startswith("Estimado cliente:\n\nEl 2 de noviembre")


@pytest.mark.parametrize("wanted", ["999999", "RC-999999"])
def test_an_unknown_number_gets_no_letter(isp: Isp, wanted: str) -> None:
    isp.sync(1)

    result = isp("tickets", "show", wanted, "--receipt")

    assert (result.code, result.out) == (1, "")


def test_l_5_a_visit_by_half_day_and_a_single_day(isp: Isp) -> None:
    """The second closing credits the one day that came on top, and the invoice says so."""
    ticket = isp.ticket()
    isp.at(1)
    isp.staff("reply", ticket=ticket, text="Le llamamos. #visita 3/11 en la tarde")
    isp.sync(1)
    closed(isp, ticket, 72)
    isp.at(80)
    isp.staff("reopen", ticket=ticket)
    isp.sync(80)
    closed(isp, ticket, 81)

    found = letter(isp, ticket)

    assert "acordamos una visita para el 3 de noviembre de 2026 por la tarde.\n" in found
    assert "Le bonificamos $30.00 por 3 días sin servicio." in found
    assert "Le bonificamos $10.00 por un día sin servicio." in found
    written = [push["text"] for push in isp("tickets", "show", ticket, "--format", "json").json["pushes"]]
    assert f"Bonificación por un día sin servicio, reporte RC-{ticket} [RC-{ticket}/C2]" in written


def test_c_13_only_the_attribution_that_stands_is_told(isp: Isp) -> None:
    isp.configure(database=True, limits={"approval_above": 10})
    ticket = climbed(isp)
    closed(isp, ticket, 80)
    isp("fact", ticket, "attribution", "customer", "--by", "Irma")
    isp.sync(81)
    isp.at(82)
    isp("fact", ticket, "attribution", "isp", "--by", "Irma")
    isp.sync(82)
    isp("credits", "approve", f"RC-{ticket}/C2", "--by", "Irma", "--reason", "revisado")
    isp.sync(83)

    found = letter(isp, ticket)

    assert "Le bonificamos $40.00 por 4 días sin servicio." in found
    assert "No hay bonificación" not in found
    assert "ajena a nuestra red" not in found


def test_c_10_a_credit_that_was_too_much_keeps_its_amount_and_loses_its_reason(isp: Isp) -> None:
    ticket = climbed(isp)
    isp.sync(97)
    isp.at(98)
    isp.staff("reply", ticket=ticket, text="#resuelto 4/11 7:50")
    isp.sync(98)

    name = "C-10 a month that the fault turned out not to have lasted"
    assert letter(isp, ticket) == expected(name, ticket=ticket)


def test_c_13_a_credit_that_may_be_taken_back_and_then_is(isp: Isp) -> None:
    ticket = climbed(isp)
    closed(isp, ticket, 80)
    isp.at(81)
    isp("fact", ticket, "attribution", "customer", "--by", "Irma")
    isp.sync(81)
    doubted = letter(isp, ticket)
    isp("credits", "approve", f"RC-{ticket}/R1", "--by", "Irma", "--reason", "revisado")
    isp.sync(82)

    given = "\n\nLe bonificamos $40.00 por este reporte. Su bonificación está en revisión en nuestro "
    assert given in doubted
    assert "próxima factura" not in doubted
    assert letter(isp, ticket) == expected("C-13 a credit taken back", ticket=ticket)


def test_x_4_a_charge_that_is_taken_back_has_its_reason(isp: Isp) -> None:
    ticket = climbed(isp)
    isp("fact", ticket, "attribution", "customer", "--by", "Irma")
    closed(isp, ticket, 60)
    isp("credits", "set-amount", f"RC-{ticket}/X1", "150.00", "--by", "Irma", "--reason", "revisado")
    isp("credits", "approve", f"RC-{ticket}/X1", "--by", "Irma", "--reason", "revisado")
    isp.sync(61)
    isp.at(62)
    isp("fact", ticket, "attribution", "isp", "--by", "Irma")
    isp.sync(62)
    doubted = letter(isp, ticket)
    isp("credits", "approve", f"RC-{ticket}/R1", "--by", "Irma", "--reason", "revisado")
    isp.sync(63)

    assert "\n\nSu cargo adicional está en revisión" in doubted
    assert "\n\nLe habíamos cobrado $150.00 por este reporte; " in letter(isp, ticket)
    assert "ajena a nuestra red" not in doubted + letter(isp, ticket)


def test_c_6_a_growing_credit_without_its_service_names_no_amount(isp: Isp) -> None:
    two = [{"id": 7, "services": [{"id": 70, "price": "300.00"}, {"id": 71, "price": "400.00"}]}]
    isp.panel.control("seed", {"customers": two})
    ticket = isp.ticket(customer=7)
    isp.sync(1)
    isp.sync(80)

    found = letter(isp, ticket)

    assert "para calcularla falta precisar cuál de sus servicios tuvo la falla." in found
    assert "$" not in found


def test_what_vanished_from_the_panel_is_under_review_with_its_reason(isp: Isp) -> None:
    ticket = climbed(isp)
    closed(isp, ticket, 80)
    [invoice] = isp.panel.control("billing", {"customers": [1], "force": True})["invoices"]
    isp.sync(81)
    isp.panel.control("switches", {"cancel_releases_saldos": False})
    isp.staff("cancel_invoice", invoice=invoice)
    isp.sync(82)

    assert "le confirmaremos el resultado. La factura en la que se había descontado se canceló." in letter(
        isp, ticket
    )
