"""What the probe may conclude from words: only what is said twice, of one thing, and adds up."""

from __future__ import annotations

import pytest

from bridge.domain.records import TicketState
from bridge.mikrowisp.probe.states import settled
from bridge.mikrowisp.probe.words import word_for

KNOWN = {
    TicketState.OPEN: ("abierto",),
    TicketState.ANSWERED: ("respondido",),
    TicketState.CUSTOMER_REPLIED: ("respuesta cliente",),
    TicketState.CLOSED: ("cerrado",),
}


@pytest.mark.parametrize(
    ("texts", "others", "word"),
    [
        (("Acceso denegado.", "Acceso denegado."), (), "Acceso denegado"),
        (("Cliente 7 sin reportes (0)", "Cliente 12 sin reportes (0)"), (), "sin reportes"),
        (("Folio #00017 no encontrado", "Folio #00018 no encontrado"), (), "no encontrado"),
        (("Acceso denegado",), (), None),
        (("Acceso denegado", "Base de datos ocupada"), (), None),
        (("Inexistente", "Inexistente"), (), None),
        (("Sin uso", "Sin uso"), (), None),
        (("Acceso denegado", "Acceso denegado"), ("ACCESO DENEGADO al comando",), None),
        (("1234", "1235"), (), None),
        (("", ""), (), None),
    ],
)
def test_a_word_is_said_twice_has_two_parts_and_means_one_thing(texts, others, word) -> None:
    assert word_for(texts, others) == word


def counted(abierto: int = 0, respondido: int = 0, cliente: int = 0, cerrado: int = 0) -> dict[str, int]:
    return {"open": abierto, "answered": respondido, "customer_replied": cliente, "closed": cerrado}


@pytest.mark.parametrize(
    ("said", "counts", "found"),
    [
        (["contestado"], counted(cliente=1), (TicketState.CUSTOMER_REPLIED, "contestado")),
        (["Nuevo", "nuevo", "abierto"], counted(abierto=3), (TicketState.OPEN, "nuevo")),
        (
            ["contestado", "cerrado"],
            counted(cliente=1, cerrado=1),
            (TicketState.CUSTOMER_REPLIED, "contestado"),
        ),
        (["contestado", "cerrado"], counted(cliente=1), None),
        (["contestado"], counted(abierto=1, cliente=1), None),
        (["contestado"], counted(), None),
        (["contestado"], {"customer_replied": 1}, None),
        (["contestado", "visto"], counted(cliente=2), None),
        (["abierto"], counted(abierto=1), None),
        ([], counted(), None),
    ],
)
def test_a_state_is_settled_where_the_counters_leave_one_meaning(said, counts, found) -> None:
    assert settled(said, counts, KNOWN) == found
