"""People, billing and accidents in any order: ledger and panel agree, or a line names the difference."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bridge.desk.facts import Fact, FactDesk, Statement
from bridge.desk.pushes import discard, retry
from bridge.domain.decisions import CreditStatus, CreditType, Line, Reason
from bridge.domain.intents import PushKind
from bridge.errors import UsageFault
from bridge.store.push_states import PushState
from tests.acceptance.town import T0, Town, hours, town
from tests.servers import Sandbox
from tests.sync.test_audit import by_hand, credited, deed, desk, difference, later

_MARKER = re.compile(r"\[(?P<report>RC-[0-9-]+)/[CRX][0-9]+\]")
_STANDS = {CreditStatus.POSTED, CreditStatus.INVOICED, CreditStatus.REVERSED}
_UNDER_WAY = set(PushState) - {PushState.DISCARDED}


def fact(place: Town, ticket: int, what: Fact, value: str) -> None:
    statement = Statement(ticket=str(ticket), what=what, by="Ana", value=value)
    FactDesk(place.store, place.cycle.parts.rulebook, place.clock).record(statement)


def rows(place: Town) -> list[dict[str, str]]:
    """The customer's balances that still count: they wait, or stand on an invoice that lives."""
    alive = {int(one["id"]) for one in place.invoices(1) if one["estado"] != "anulado"} | {0}
    found = place.panel.control("dump", {"sections": ["saldos"], "customer": 1})["saldos"]
    return [
        row
        for row in found
        if int(row["iddestino"] or 0) in alive and (int(row["iddestino"] or 0) or row["estado"] != "cobrado")
    ]


def on_panel(place: Town) -> dict[str, Decimal]:
    """What the panel gives the customer, net, by report."""
    net: defaultdict[str, Decimal] = defaultdict(Decimal)
    for row in rows(place):
        marker = _MARKER.search(row["descripcion"])
        if marker is not None:
            net[marker["report"]] -= Decimal(row["monto"])
    return net


def in_ledger(lines: Mapping[str, Line]) -> dict[str, Decimal]:
    """What the ledger says stands on the panel, net, by report."""
    net: defaultdict[str, Decimal] = defaultdict(Decimal)
    for line in lines.values():
        waits = line.status is CreditStatus.HELD and line.reason is Reason.NO_NEXT_INVOICE
        if line.status in _STANDS or waits:
            turned = line.type is CreditType.REVERSAL
            what = lines[line.facts["of"]] if turned else line
            sign = -1 if (what.type is CreditType.CHARGE) is not turned else 1
            net[line.incident_id] += sign * line.amount.amount
    return net


def assert_accounted_for(place: Town, story: list[str]) -> None:
    lines = {line.credit_id: line for line in place.store.ledger.lines()}
    told = [one.key for one in place.store.worklist.open_lines()]
    panel, ledger = on_panel(place), in_ledger(lines)
    for report in {*panel, *ledger}:
        if not any(report in key for key in told):
            assert panel.get(report, 0) == ledger.get(report, 0), (report, story)
    for line in lines.values():
        push = place.store.outbox.get(line.credit_id)
        if line.status is CreditStatus.DUE:
            assert push is not None, story
            assert push.state in _UNDER_WAY, story
        elif line.status is CreditStatus.VOIDED and push is not None:
            assert push.state not in {PushState.PENDING, PushState.RETRY_AT, PushState.MANUAL}, story


class Walk:
    """Random deeds, each as a person or the panel would do it; what the desk refuses is no deed."""

    def __init__(self, place: Town, tickets: tuple[int, int], seed: int) -> None:
        self.place = place
        self.short, self.long = tickets
        self.dice = random.Random(seed)  # noqa: S311 - a story, no secret
        self.story: list[str] = []

    def step(self) -> None:
        deeds: list[Callable[[], str]] = [
            *[self.decide] * 4,
            *[self.attribute] * 3,
            *[self.delete] * 2,
            self.edit,
            self.bill,
            self.cancel,
            self.regroup,
            self.enquire,
            self.push,
        ]
        try:
            self.story.append(self.dice.choice(deeds)())
        except UsageFault as fault:
            self.story.append(f"refused: {fault}")

    def decide(self) -> str:
        line = self.dice.choice(list(self.place.store.ledger.lines()))
        what = self.dice.choice(("approve", "approve", "hold", "void", "set_amount"))
        if what == "set_amount":
            desk(self.place).set_amount(line.credit_id, Decimal(25), deed(self.place))
        else:
            getattr(desk(self.place), what)([line.credit_id], deed(self.place))
        return f"{what} {line.credit_id}"

    def attribute(self) -> str:
        who = self.dice.choice(("customer", "isp"))
        fact(self.place, self.long, Fact.ATTRIBUTION, who)
        return who

    def delete(self) -> str:
        for row in rows(self.place)[:1]:
            by_hand(self.place, "DELETE FROM saldos WHERE id = ?", int(row["id"]))
        return "delete"

    def edit(self) -> str:
        amount = self.dice.choice(("-25", "-40.000", "0", "40"))
        by_hand(self.place, "UPDATE saldos SET monto = ? WHERE iduser = 1 AND iddestino = 0", amount)
        return f"edit {amount}"

    def bill(self) -> str:
        self.place.at(self.place.clock.now() + timedelta(days=1))
        self.place.bill()
        return "bill"

    def cancel(self) -> str:
        for one in self.place.invoices(1)[-1:]:
            if one["estado"] != "anulado":
                self.place.staff("cancel_invoice", invoice=one["id"])
        return "cancel"

    def regroup(self) -> str:
        kind = self.dice.choice(("no_access", "low_speed"))
        fact(self.place, self.short, Fact.KIND, kind)
        return f"first ticket is {kind}"

    def enquire(self) -> str:
        kind = self.dice.choice(("enquiry_billing", "no_access"))
        fact(self.place, self.long, Fact.KIND, kind)
        return f"second ticket is {kind}"

    def push(self) -> str:
        kinds = {PushKind.CREDIT, PushKind.CHARGE}
        row = self.dice.choice(self.place.store.outbox.in_states(*PushState, kinds=kinds))
        if self.dice.random() < 0.5:
            retry(self.place.store, row.push.key, "Beto", self.place.clock.now())
        else:
            discard(self.place.store, row.push.key, deed(self.place))
        return f"push {row.push.key}"


@pytest.mark.parametrize("released", [True, False], ids=["balances released", "balances kept"])
@pytest.mark.parametrize("route", ["database", "manual"])
@pytest.mark.parametrize("seed", range(2))
def test_whatever_happens_is_accounted_for(
    tmp_path: Path, panel: Sandbox, seed: int, route: str, released: bool
) -> None:
    """Net by report: what counts on the panel is what the ledger says, or an open line names the report."""
    routes = f", credit: [{route}], charge: [{route}]"
    with town(tmp_path, customers=1, running=panel, routes=routes) as place:
        place.panel.control("switches", {"cancel_releases_saldos": released})
        short = place.ticket(1, T0, subject="Internet lento")
        place.sync(T0 + hours(0.1))
        place.staff("close", T0 + hours(5), ticket=short, reason="Listo", operator=31)
        long = place.ticket(1, T0 + hours(20))
        place.sync(T0 + hours(20.5))
        place.staff("tag", T0 + hours(21), ticket=long, text="#sin-servicio", operator=31)
        place.staff("close", T0 + hours(101), ticket=long, reason="Listo", operator=31)
        place.sync(T0 + hours(101.5))
        walk = Walk(place, (short, long), seed)
        for _ in range(12):
            walk.step()
            place.store.incidents.touch(1, place.clock.now())
            later(place, 2)
            assert_accounted_for(place, walk.story)


def test_an_attribution_that_goes_to_and_fro_leaves_one_credit(tmp_path: Path, panel: Sandbox) -> None:
    """C-13: each credit is taken back once, by approval, and earned again once."""
    with town(tmp_path, customers=1, running=panel) as place:
        ticket = credited(place)
        for _ in range(2):
            fact(place, ticket, Fact.ATTRIBUTION, "customer")
            later(place, 2)
            proposed = place.store.ledger.lines({CreditStatus.REVERSAL_PROPOSED})
            desk(place).approve([line.credit_id for line in proposed], deed(place))
            later(place, 2)
            assert on_panel(place) == {f"RC-{ticket}": 0}
            place.at(place.clock.now() + timedelta(days=1))
            place.bill()
            fact(place, ticket, Fact.ATTRIBUTION, "isp")
            later(place, 2)
            assert on_panel(place) == {f"RC-{ticket}": 40}
        assert difference(place) == []


def test_a_text_that_resembles_the_marker_is_not_the_credit(tmp_path: Path, panel: Sandbox) -> None:
    """`RC-1` in a word of staff, `RC-1/C11`, another case: none is a copy, none takes its place."""
    with town(tmp_path, customers=1, running=panel) as place:
        credit = f"RC-{credited(place)}/C1"
        alike = [credit, f"[{credit}", f"[{credit} ]", f"[{credit.lower()}]"]
        for text in alike:
            place.staff("add_saldo", customer=1, amount="-1.00", text=f"Cortesía {text}")
        later(place)
        assert difference(place) == []

        by_hand(place, "DELETE FROM saldos WHERE monto = -40")
        later(place)
        assert difference(place) == [f"differs/{credit}/gone"]
