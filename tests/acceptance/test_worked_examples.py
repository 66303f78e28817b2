"""The worked examples of docs/rules.md, through the whole program: API or tables in, invoices out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from bridge.domain.events import Event, EventKind
from bridge.sync.replay import Replay
from tests.acceptance.town import T0, Town, hours, town
from tests.servers import MariaDB

END = hours(130)
Deed = Callable[[Town, int], None]


@dataclass(frozen=True, kw_only=True)
class Example:
    """One customer's fault: what happens and when, and what must stand on the panel at the end.

    `expected` are the ledger's lines as (type, days, amount, status, reason); `balances` the amounts on the
    panel, oldest first.
    """

    name: str
    deeds: tuple[tuple[timedelta, Deed], ...] = ()
    opened: tuple[timedelta, ...] = (hours(0),)
    subject: str = "Sin internet"
    expected: tuple[tuple[str, str, str, str, str], ...] = ()
    balances: tuple[str, ...] = ()
    breaches: tuple[str, ...] = ("level_1_contact", "level_2_call")
    tickets: dict[str, int] = field(default_factory=dict)


def close(at: timedelta, number: int = 0) -> tuple[timedelta, Deed]:
    def deed(place: Town, first: int) -> None:
        place.staff("close", T0 + at, ticket=first + number, reason="Servicio restablecido")

    return at, deed


def reopen(at: timedelta) -> tuple[timedelta, Deed]:
    return at, lambda place, first: place.staff("reopen", T0 + at, ticket=first)


def blame_customer(at: timedelta) -> tuple[timedelta, Deed]:
    """Staff record it as `bridge fact` does: over the API alone no message can be trusted."""

    def deed(place: Town, first: int) -> None:
        ticket = place.store.snapshots.tickets([first])[first]
        said = Event(
            key=f"fact:{first}:attribution",
            kind=EventKind.ATTRIBUTED,
            client_id=ticket.client_id,
            ticket_id=first,
            at=T0 + at,
            seen_at=T0 + at,
            source="person:Ana",
            data={"attribution": "customer"},
        )
        place.store.events.append([said])

    return at, deed


REFUSED = ("days", "None", "0.00", "refused")
EXAMPLES = (
    Example(
        name="1:30:00",
        deeds=(close(hours(1.5)),),
        expected=((*REFUSED, "below_threshold"),),
        breaches=(),
    ),
    Example(
        name="71:59:59",
        deeds=(close(hours(72, -1)),),
        expected=((*REFUSED, "below_threshold"),),
    ),
    Example(
        name="72:00:00",
        deeds=(close(hours(72)),),
        expected=(("days", "3", "30.00", "invoiced", "days"),),
        balances=("-30.00",),
    ),
    Example(
        name="72:00:01",
        deeds=(close(hours(72, 1)),),
        expected=(("days", "4", "40.00", "invoiced", "days"),),
        balances=("-40.00",),
    ),
    Example(
        name="96:00:00",
        deeds=(close(hours(96)),),
        expected=(("days", "4", "40.00", "invoiced", "days"),),
        balances=("-40.00",),
    ),
    Example(
        name="96:00:01",
        deeds=(close(hours(96, 1)),),
        expected=(("month", "None", "300.00", "invoiced", "month"),),
        balances=("-300.00",),
    ),
    Example(
        name="open at 97:00:00",
        expected=(("month", "None", "300.00", "invoiced", "month"),),
        balances=("-300.00",),
    ),
    Example(
        name="closed 80 h, re-opened 10 h later, closed after 5 h more",
        deeds=(close(hours(80)), reopen(hours(90)), close(hours(95))),
        expected=(("days", "4", "40.00", "invoiced", "days"),),
        balances=("-40.00",),
    ),
    Example(
        name="closed 80 h, re-opened 10 h later, open at age 97 h",
        deeds=(close(hours(80)), reopen(hours(90))),
        expected=(
            ("days", "4", "40.00", "invoiced", "days"),
            ("month", "None", "260.00", "invoiced", "month"),
        ),
        balances=("-40.00", "-260.00"),
    ),
    Example(
        name="two tickets of one service, 0-50 h and 20-80 h",
        opened=(hours(0), hours(20)),
        deeds=(close(hours(50)), close(hours(80), 1)),
        expected=(("days", "4", "40.00", "invoiced", "days"),),
        balances=("-40.00",),
    ),
    Example(
        name="low speed closed at 90 h",
        subject="Internet muy lento",
        deeds=(close(hours(90)),),
        expected=((*REFUSED, "no_days_for_kind"),),
    ),
    Example(
        name="low speed open at 97 h",
        subject="Internet muy lento",
        expected=(("month", "None", "300.00", "invoiced", "month"),),
        balances=("-300.00",),
    ),
    Example(
        name="attributed to the customer, closed at 100 h",
        deeds=(blame_customer(hours(60)), close(hours(100))),
        expected=(
            (*REFUSED, "not_attributable"),
            ("charge", "None", "0.00", "awaiting_amount", "awaiting_amount"),
        ),
    ),
)


def play(place: Town) -> dict[str, int]:
    """Let all examples happen side by side, a customer each, with a sync after every deed and every 2 h.

    Returns each example's first ticket.
    """
    firsts = {
        example.name: number * 10 + 1 for number, example in enumerate(EXAMPLES)
    }  # ticket numbers are chosen, so that deeds can name them
    moments: dict[timedelta, list[Callable[[], None]]] = {hours(h): [] for h in range(0, 131, 2)}
    for customer, example in enumerate(EXAMPLES, 1):
        for number, opened in enumerate(example.opened):
            moments.setdefault(opened, []).append(
                lambda at=opened, customer=customer, example=example, number=number: place.ticket(
                    customer, T0 + at, example.subject, id=firsts[example.name] + number
                )
            )
        for at, deed in example.deeds:
            moments.setdefault(at, []).append(
                lambda deed=deed, example=example: deed(place, firsts[example.name])
            )
    for at, deeds in sorted(moments.items()):
        place.at(T0 + at)
        for deed in deeds:
            deed()
        place.sync()
    place.bill()
    place.sync(T0 + END + hours(1))
    return firsts


@pytest.fixture(scope="module", params=["sqlite-database", "sqlite-api", "mariadb-database", "mariadb-api"])
def played(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Town, dict[str, int]]]:
    engine, read = request.param.split("-")
    url = None
    if engine == "mariadb":
        server: MariaDB = request.getfixturevalue("mariadb")
        url = server.create_database(f"worked_{read}")
    folder: Path = tmp_path_factory.mktemp(request.param)
    with town(folder, customers=len(EXAMPLES), read=read, database=url) as place:
        yield place, play(place)


@pytest.mark.parametrize("number", range(len(EXAMPLES)), ids=[example.name for example in EXAMPLES])
def test_worked_example_of_rules_section_5(played: tuple[Town, dict[str, int]], number: int) -> None:
    """C-3 to C-9, X-2: the ledger, the panel's balances and its invoice all say what the rules do."""
    place, firsts = played
    example = EXAMPLES[number]

    lines = place.lines(firsts[example.name])
    balances = place.balances(number + 1)
    invoices = place.invoices(number + 1)

    assert (
        tuple(
            (str(line.type), str(line.days), str(line.amount), str(line.status), str(line.reason))
            for line in lines
        )
        == example.expected
    )
    assert [f"{amount}" for amount, _ in balances] == list(example.balances)
    credited = sum((amount for amount, _ in balances), Decimal(0))
    assert [Decimal(invoice["total"]) for invoice in invoices] == [Decimal("300.00") + credited]
    for line in lines:
        marked = [text for _, text in balances if line.marker in text]
        assert len(marked) == (1 if line.status == "invoiced" else 0)
        assert line.invoice_ids == ((invoices[0]["id"],) if marked else ())


def test_what_accrues_is_not_sent(tmp_path: Path) -> None:
    """C-9: open at 80:00:00 shows 4 days, 40.00, accruing; nothing goes to the panel."""
    with town(tmp_path, customers=1) as place:
        ticket = place.ticket(1, T0)

        for at in (0, 3, 49, 73, 80):
            place.sync(T0 + hours(at))

        [line] = place.lines(ticket)
        assert (line.status, line.days, str(line.amount)) == ("accruing", Decimal(4), "40.00")
        assert place.balances(1) == []


def test_breaches_and_levels_of_every_example(played: tuple[Town, dict[str, int]]) -> None:
    """L-2 to L-5: nobody called, so every fault open long enough broke both promises and became severe."""
    place, firsts = played

    found = {example.name: place.store.incidents.by_ticket(firsts[example.name]) for example in EXAMPLES}

    for example in EXAMPLES:
        row = found[example.name]
        assert row is not None
        assert row.breaches == example.breaches, example.name
        assert row.level == (3 if example.breaches else 1), example.name
        assert row.report_number == (row.incident_id if example.breaches else None), example.name


def test_a_second_cycle_changes_nothing(played: tuple[Town, dict[str, int]]) -> None:
    """L-10: quiet cycles decide nothing and push nothing."""
    place, _ = played

    before, after = (place.sync(T0 + END + hours(2 + extra)) for extra in (0, 1))

    assert [sum(report.pushed.values()) for report in (before, after)] == [0, 0]
    assert [report.exit_code for report in (before, after)] == [0, 0]
    assert all(earlier.started_at <= later.started_at for earlier, later in pairwise(place.reports))


def test_every_decision_comes_out_the_same_again(played: tuple[Town, dict[str, int]]) -> None:
    """Design section 3: the same events, policy and now give the same decision."""
    place, _ = played

    replayed = Replay(place.store).run()

    assert (replayed.differences, replayed.decisions > len(EXAMPLES)) == ([], True)
