"""C-11 over HTTP alone: an invoice that vanished is noticed, and its credit waits for a person."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.desk.credits import BillingDesk
from bridge.desk.person import Deed
from bridge.domain.intents import PushKind
from tests.acceptance.town import T0, Town, hours, town

ASKED = (0, 1, 3, 4, 49, 50, 73, 97, 98)


@pytest.fixture(params=["extension", "public"])
def place(request: pytest.FixtureRequest, tmp_path: Path, extended_mappings: Path) -> Iterator[Town]:
    """A town where customer 1's credit of 300.00 is on an invoice, by an extension or a person's hand."""
    extension = request.param == "extension"
    where = {"mappings": extended_mappings} if extension else {}
    with town(tmp_path, customers=1, read="api", http_only=True, **where) as one:
        one.panel.control("switches", {"extension": extension, "cancel_releases_saldos": False})
        one.ticket(1, T0)
        for at in ASKED:
            one.sync(T0 + hours(at))
        if not extension:
            [work] = [line for line in one.store.worklist.open_lines() if line.kind == PushKind.CREDIT]
            text = work.text.partition("descripción: ")[2]
            one.staff("add_saldo", customer=1, amount="-300.00", text=text)
        one.bill()
        one.sync(T0 + hours(99))
        assert standing(one) == ("invoiced", one.invoices(1)[0]["id"])
        yield one


def standing(place: Town) -> tuple[str, ...]:
    line = place.store.ledger.line("RC-1/C1")
    assert line is not None
    return (line.status.value, *line.invoice_ids)


def later(place: Town, times: int = 1) -> None:
    for _ in range(times):
        place.sync(place.clock.now() + timedelta(minutes=5))


def cancel(place: Town) -> None:
    place.staff("cancel_invoice", invoice=place.invoices(1)[0]["id"])


def delete(place: Town) -> None:
    place.panel.control("switches", {"delete_invoice": "remove"})
    invoice = place.invoices(1)[0]["id"]
    place.panel.post("/api/v1/DeleteInvoice", {"token": place.panel.token, "idfactura": invoice})


def listed(place: Town) -> list[str]:
    return [line.key for line in place.store.worklist.open_lines() if line.kind == "difference"]


@pytest.mark.parametrize("vanish", [cancel, delete])
def test_an_invoice_that_vanished_is_noticed(place: Town, vanish: Callable[[Town], None]) -> None:
    vanish(place)
    later(place, 3)

    assert listed(place) == ["differs/RC-1/C1/invoice_gone"]
    assert standing(place) == ("held",)

    deed = Deed(by="Ana", at=place.clock.now(), reason="lo revisé")
    BillingDesk(place.store, place.cycle.parts.rulebook).approve(["RC-1/C1"], deed)
    later(place, 2)

    assert listed(place) == []
    assert standing(place) == ("voided",)


def test_a_living_invoice_is_left_alone(place: Town) -> None:
    later(place, 3)

    assert listed(place) == []
    assert standing(place) == ("invoiced", place.invoices(1)[0]["id"])


def test_while_invoices_cannot_be_read_everything_stays_as_it_was(place: Town) -> None:
    cancel(place)
    later(place)
    place.panel.control("faults", {"command": "GetInvoices", "kind": "http500"})
    later(place, 2)

    assert listed(place) == ["differs/RC-1/C1/invoice_gone"]
    assert standing(place) == ("held",)
