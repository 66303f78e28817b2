"""The billing job issues invoices on pay days and takes up pending saldos (contract, sections 4 and 5.7)."""

import pytest

from tests.sandbox.conftest import switch


def _credit(panel, amount, customer=77, text="BONIF [RC-1/C1]"):
    panel.control("staff", {"action": "add_saldo", "customer": customer, "amount": amount, "text": text})


def _bill(panel, day="2026-02-10"):
    panel.control("billing", {"day": day, "customers": [77]})
    return panel.control("dump", {"customer": 77})


def _money(invoice):
    return invoice["total"], invoice["sub_total"], invoice["iva_igv"], invoice["saldo"]


def _rows(state):
    return [(row["monto"], row["estado"], row["idorigen"], row["iddestino"]) for row in state["saldos"]]


def test_passing_0330_of_the_pay_day_bills_by_itself(panel):
    """The job runs when the clock passes 03:30, once, and not for customers without services."""
    before = panel.control("clock", {"set": "2026-02-10T03:29:59"})["invoices"]
    at = panel.control("clock", {"set": "2026-02-10T03:30:00"})["invoices"]
    after = panel.control("clock", {"set": "2026-02-10T03:30:01"})["invoices"]

    rows = panel.control("dump")["invoices"]
    assert (before, at, after) == ([], [1, 2], [])
    assert [
        (row["idcliente"], row["tipo"], row["emitido"], row["vencimiento"], row["total"]) for row in rows
    ] == [
        (77, 1, "2026-02-10", "2026-02-19", "300.00"),
        (78, 1, "2026-02-10", "2026-02-19", "349.00"),
    ]


def test_moving_over_several_months_bills_each_pay_day_once(panel):
    """A jump catches up on every night; going back and forth again issues nothing twice."""
    panel.control("clock", {"set": "2026-04-15T00:00:00"})
    panel.control("clock", {"set": "2026-02-03T10:00:00"})
    again = panel.control("clock", {"set": "2026-04-15T00:00:00"})["invoices"]

    days = [row["emitido"] for row in panel.control("dump", {"customer": 77})["invoices"]]
    assert (days, again) == (["2026-02-10", "2026-03-10", "2026-04-10"], [])


def test_pay_day_31_falls_on_the_last_day_of_a_short_month(panel):
    """A pay day that a month lacks is its last day."""
    panel.control("staff", {"action": "pay_day", "customer": 77, "pay_day": 31})

    panel.control("clock", {"set": "2026-04-01T00:00:00"})

    days = [row["emitido"] for row in panel.control("dump", {"customer": 77})["invoices"]]
    assert days == ["2026-02-28", "2026-03-31"]


def test_the_same_day_bills_twice_only_when_forced(panel):
    """On request the job still guards against a second invoice of the day."""
    issued = [
        panel.control("billing", {"day": "2026-02-10", "force": force})["invoices"]
        for force in (False, False, True)
    ]

    assert issued == [[1, 2], [], [3, 4]]


def test_suspended_customers_are_billed_unless_switched_off(panel):
    """Switch bill_suspended."""
    switch(panel, bill_suspended=False)

    assert panel.control("billing", {"day": "2026-02-10"})["invoices"] == [1]


def test_credit_lowers_the_next_invoice_and_is_an_item(panel):
    """By default a saldo is an item line, taken off the total; sub_total and tax still add up to it."""
    _credit(panel, "-40.00")

    state = _bill(panel)

    invoice = state["invoices"][0]
    assert _money(invoice) == ("260.00", "224.14", "35.86", "0.00")
    assert [(item["descripcion"], item["cantidad"]) for item in invoice["items"]][1:] == [
        ("BONIF [RC-1/C1]", "-40.00")
    ]
    assert _rows(state) == [("-40.00", "cobrado", 0, 1)]


def test_debt_and_credit_are_two_lines(panel):
    """Positive saldos raise the invoice before credits are taken."""
    _credit(panel, "-310.00")
    _credit(panel, "50.00", text="CARGO")

    state = _bill(panel)

    assert state["invoices"][0]["total"] == "40.00"
    assert [item["cantidad"] for item in state["invoices"][0]["items"]] == ["300.00", "50.00", "-310.00"]


@pytest.mark.parametrize(
    ("form", "items", "column"), [("item", 2, "0.00"), ("column", 1, "-40.00"), ("total", 1, "0.00")]
)
def test_saldo_shows_as_switched(panel, form, items, column):
    """Switch saldo_form: the total is the same."""
    switch(panel, saldo_form=form)
    _credit(panel, "-40.00")

    invoice = _bill(panel)["invoices"][0]

    assert (invoice["total"], len(invoice["items"]), invoice["saldo"]) == ("260.00", items, column)


def test_saldo_before_tax_lowers_the_base(panel):
    """Switch saldo_tax: before tax, a credit of 40.00 is worth its tax too."""
    switch(panel, saldo_tax="before")
    _credit(panel, "-40.00")

    assert _money(_bill(panel)["invoices"][0]) == ("253.60", "218.62", "34.98", "0.00")


def test_prices_can_come_without_tax(panel):
    """Switch price_includes_tax."""
    switch(panel, price_includes_tax=False)

    assert _money(_bill(panel)["invoices"][0]) == ("348.00", "300.00", "48.00", "0.00")


@pytest.mark.parametrize(
    ("form", "text", "total", "rows"),
    [
        ("row", "default", "0.00", [("-500.00", "cobrado", 0, 1), ("-200.00", "no cobrado", 1, 0)]),
        ("row", "original", "0.00", [("-500.00", "cobrado", 0, 1), ("-200.00", "no cobrado", 1, 0)]),
        ("lost", "default", "0.00", [("-500.00", "cobrado", 0, 1)]),
        ("wait", "default", "300.00", [("-500.00", "no cobrado", 0, 0)]),
    ],
)
def test_credit_above_the_invoice(panel, form, text, total, rows):
    """Switches remainder and remainder_text; the total never falls below 0."""
    switch(panel, remainder=form, remainder_text=text)
    _credit(panel, "-500.00")

    state = _bill(panel)

    assert (state["invoices"][0]["total"], _rows(state)) == (total, rows)
    if form == "row":
        words = {"default": "Saldo generado Automático", "original": "BONIF [RC-1/C1]"}
        assert state["saldos"][1]["descripcion"] == words[text]


def test_the_rest_of_a_credit_lowers_the_invoice_after(panel):
    """500.00 of credit on invoices of 300.00: 0.00, then 100.00."""
    _credit(panel, "-500.00")
    _bill(panel)

    state = _bill(panel, "2026-03-10")

    assert [row["total"] for row in state["invoices"]] == ["0.00", "100.00"]


def test_credit_beyond_an_empty_invoice_stays_as_it_is(panel):
    """Nothing of the second credit can be used, so it waits untouched."""
    _credit(panel, "-300.00")
    _credit(panel, "-10.00")

    assert _rows(_bill(panel)) == [("-300.00", "cobrado", 0, 1), ("-10.00", "no cobrado", 0, 0)]


@pytest.mark.parametrize(("delays", "total"), [(True, "300.00"), (False, "260.00")])
def test_a_saldo_of_a_later_date(panel, delays, total):
    """Switch saldo_date_delays."""
    switch(panel, saldo_date_delays=delays)
    panel.control("clock", {"set": "2026-02-20T10:00:00", "billing": False})
    _credit(panel, "-40.00")

    assert _bill(panel)["invoices"][0]["total"] == total


@pytest.mark.parametrize(("takes", "total"), [(True, "260.00"), (False, "300.00")])
def test_create_invoice_takes_saldos_where_switched(panel, takes, total):
    """Switch create_invoice_takes_saldos."""
    switch(panel, create_invoice_takes_saldos=takes)
    _credit(panel, "-40.00")

    panel.api("CreateInvoice", idcliente=77, vencimiento="2026-02-10")

    assert panel.control("dump")["invoices"][0]["total"] == total


def test_due_days_are_switched(panel):
    """Switch invoice_due_days."""
    switch(panel, invoice_due_days=3)

    assert _bill(panel)["invoices"][0]["vencimiento"] == "2026-02-13"
