"""`bridge credits export`: the ledger as an accountant gets it, with no text that a spreadsheet would run."""

from __future__ import annotations

import csv
import stat

import pytest

from bridge.cli.spreadsheet import cell, csv_text
from bridge.clock import SystemClock
from bridge.domain.records import Client, ClientStatus

from .conftest import Isp
from .test_billing_desk import SIGNED, held

FORMULA = '=HYPERLINK("http://192.0.2.1";"ver")'


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines()))


@pytest.fixture
def credit(isp: Isp) -> str:
    """A month's credit that Ana approved and the bridge has posted."""
    credit_id = held(isp)
    assert isp("credits", "approve", credit_id, *SIGNED).code == 0
    isp.sync(97.5)
    return credit_id


def test_a_line_has_what_a_booking_needs(isp: Isp, credit: str) -> None:
    [row] = rows(isp("credits", "export").out)

    assert row | {"client_name": "", "entry_id": ""} == {
        "credit_id": credit,
        "client_id": "1",
        "service_id": "1",
        "report_number": "RC-1",
        "ticket_ids": "1",
        "type": "month",
        "days": "",
        "amount": "300.00",
        "currency": "MXN",
        "status": "posted",
        "reason": "above_approval",
        "invoice_id": "",
        "marker": f"[{credit}]",
        "invoice_ids": "",
        "client_name": "",
        "entry_id": "",
        "changed_at": "2026-11-06T09:30:00-06:00",
        "changed_by": "bridge",
        "why": row["why"],
    }
    assert row["client_name"]


def test_the_history_tells_every_state_who_and_why(isp: Isp, credit: str) -> None:
    told = rows(isp("credits", "export", "--history").out)

    assert [row["status"] for row in told if row["credit_id"] == credit] == [
        "awaiting_approval",
        "due",
        "posted",
    ]
    assert [row["changed_by"] for row in told] == ["bridge", "Ana", "bridge"]
    assert told[1]["why"] == "looked at it"
    numbers = [int(row["entry_id"]) for row in told]
    assert numbers == sorted(set(numbers))


def test_refusals_are_told_on_request(isp: Isp) -> None:
    ticket = isp.ticket()
    isp.sync(1)
    isp.staff("close", ticket=ticket)
    isp.sync(2)

    assert rows(isp("credits", "export").out) == []
    [row] = rows(isp("credits", "export", "--all").out)
    assert (row["status"], row["reason"], row["amount"]) == ("refused", "below_threshold", "0.00")


def test_a_file_is_new_and_private(isp: Isp, credit: str) -> None:
    file = isp.folder / "credits.csv"

    assert isp("credits", "export", "-o", file).code == 0
    assert isp("credits", "export", "-o", file).code == 1

    assert isp("credits", "export").out == file.read_text(encoding="utf-8")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_byte_order_mark_is_there_on_request(isp: Isp, credit: str) -> None:
    file = isp.folder / "credits.csv"

    isp("credits", "export", "--bom", "-o", file)

    assert file.read_bytes().startswith(b"\xef\xbb\xbfcredit_id,")
    assert rows(file.read_text(encoding="utf-8-sig")) == rows(isp("credits", "export").out)


def test_what_customers_and_staff_write_stays_text(isp: Isp) -> None:
    credit = held(isp)
    renamed = Client(client_id=1, name=f"{FORMULA}\x1b[2J", status=ClientStatus.ACTIVE)
    with isp.store() as store:
        store.snapshots.save_clients([renamed], SystemClock().now())
    isp("credits", "approve", credit, "--by", "@SUM(A1)", "--reason", "-2+3 líneas")

    [row] = rows(isp("credits", "export").out)

    assert row["client_name"] == f"'{FORMULA}\ufffd[2J"
    assert row["changed_by"] == "'@SUM(A1)"
    assert row["why"] == "'-2+3 líneas"


@pytest.mark.parametrize(
    "sign", ["=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", " =", "\t=", "\r+", "\n@"]
)
def test_no_text_begins_like_a_formula(sign: str) -> None:
    assert str(cell(f"{sign}1+1")).startswith("'")


@pytest.mark.parametrize("text", ["", "Ana", "[RC-1/C1]", "300.00", "'=1", "a=b"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert cell(text) == text


def test_commas_quotes_and_lines_stay_inside_their_cell() -> None:
    text = csv_text(("a", "b"), [{"a": 'x, "y"\nz', "b": None, "c": "left out"}])

    assert text == 'a,b\n"x, ""y"" z",\n'
    assert list(csv.reader(text.splitlines())) == [["a", "b"], ['x, "y" z', ""]]
