"""One fault from its opening to the invoice, with every notice switched on: who is told what, and when."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.acceptance.town import T0, hours
from tests.intake.servers import Outbox
from tests.notices.hall import EVERYTHING, Hall, hall, switched_on
from tests.servers import Sandbox


def new_since(place: Hall) -> Callable[[], dict[str, list[str]]]:
    """Return what tells which texts have arrived since it was asked last."""
    seen: dict[str, int] = {}

    def look() -> dict[str, list[str]]:
        present = {
            "sms": place.sms(),
            "mail": [subject for _, subject, _ in place.mails()],
            **{group: place.staff(group) for group in place.hooks},
        }
        fresh = {name: texts[seen.get(name, 0) :] for name, texts in present.items()}
        seen.update((name, len(texts)) for name, texts in present.items())
        return {name: texts for name, texts in fresh.items() if texts}

    return look


def test_everybody_is_told_what_concerns_them_once(tmp_path: Path, panel: Sandbox, smtp: Outbox) -> None:
    mappings = switched_on(tmp_path, EVERYTHING, customers__at_most_a_day=20)
    with hall(tmp_path, panel, smtp, mappings) as place:
        told = new_since(place)
        town = place.town
        place.sync(T0)
        ticket = town.ticket(1, T0 + hours(0.1))

        place.sync(T0 + hours(0.2))
        assert told() == {
            "tecnicos": [
                "RC-1, nivel 1: Cliente 1 (cliente 1), Sin acceso a internet, ticket 1 del 02/11/2026 08:06"
            ]
        }

        town.staff("tag", T0 + hours(1), ticket=ticket, text="#sin-servicio", operator=31)
        place.sync(T0 + hours(3))
        assert told() == {
            "sms": ["Reds Comm: su numero de reporte es RC-1. Conservelo hasta la solucion de la falla."],
            "mail": ["Su reporte RC-1"],
            "oficina": [
                (
                    "RC-1: nivel 1 no llamó antes del 02/11/2026 10:06. Cliente 1 (cliente 1). Técnico: "
                    "Norberto Galindo Sosa"
                )
            ],
            "tecnicos": [
                "RC-1, nivel 2: Cliente 1 (cliente 1), Sin acceso a internet, ticket 1 del 02/11/2026 08:06"
            ],
        }

        town.staff("tag", T0 + hours(5), ticket=ticket, text="#visita 04/11 10:00", operator=31)
        place.sync(T0 + hours(5.5))
        assert told() == {
            "sms": ["Reds Comm, reporte RC-1: un tecnico le visitara el 04/11/2026 10:00."],
            "mail": ["Visita del técnico, reporte RC-1"],
        }

        place.sync(T0 + hours(75))
        assert told() == {
            "sms": ["Reds Comm: su reporte RC-1 ya lo atiende nuestro equipo especializado."],
            "mail": ["Su reporte RC-1 lo atiende nuestro equipo especializado"],
            "tecnicos": [
                "RC-1, nivel 3: Cliente 1 (cliente 1), Sin acceso a internet, ticket 1 del 02/11/2026 08:06"
            ],
        }

        place.sync(T0 + hours(98))
        assert told() == {"mail": ["Bonificación por su reporte RC-1"]}
        place.later()
        assert told() == {
            "sms": ["Reds Comm, reporte RC-1: se le bonificaran $300.00 en su proxima factura."]
        }

        town.bill()
        place.later()
        assert told() == {
            "sms": ["Reds Comm, reporte RC-1: su bonificacion de $300.00 ya aparece en su factura 1."],
            "mail": ["Su bonificación está en la factura 1"],
        }

        place.later()
        town.staff("close", ticket=ticket, reason="Listo", operator=31)
        place.later()
        assert told() == {}
        assert set(place.states().values()) == {"sent", "handed"}
        assert {receiver for receiver, _, _ in place.mails()} == {"cliente1@example.com"}


def test_nothing_is_told_unless_it_is_switched_on(tmp_path: Path, panel: Sandbox, smtp: Outbox) -> None:
    with hall(tmp_path, panel, smtp, switched_on(tmp_path)) as place:
        told = new_since(place)
        place.town.ticket(1, T0)
        for age in (0.1, 3, 50, 75, 98, 98.1):
            place.sync(T0 + hours(age))
        place.town.bill()
        place.later()

        assert told() == {}
        assert place.states() == {}
