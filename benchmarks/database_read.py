"""What years of closed tickets add to one read over the database: nothing, it should be.

    python -m benchmarks.database_read [--reads 40]

The same 300 open tickets beside 1,000 and beside 200,000 closed ones, each with two messages, on SQLite.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bridge.domain.reading import Wanted
from bridge.mikrowisp.database.connect import open_engine
from bridge.mikrowisp.database.reader import DatabaseReader
from tests.servers import start_sandbox

NOW = datetime(2026, 11, 20, 18, tzinfo=UTC)
OPEN = 300
FEW, MANY = 1_000, 200_000
ZERO = "0000-00-00 00:00:00"


def fill(url: str, closed: int) -> None:
    """Put the closed tickets first, the open ones after them."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        soporte, ticket = (_table(connection, name) for name in ("soporte", "ticket"))
        total = closed + OPEN
        for first in range(1, total + 1, 5000):
            numbers = range(first, min(first + 5000, total + 1))
            connection.execute(soporte.insert(), [_ticket(number, closed) for number in numbers])
            connection.execute(
                ticket.insert(), [_message(number, author) for number in numbers for author in (0, 11)]
            )
        connection.exec_driver_sql("ANALYZE")
    engine.dispose()


def _table(connection: sa.Connection, name: str) -> sa.Table:
    return sa.Table(name, sa.MetaData(), autoload_with=connection)


def _ticket(number: int, closed: int) -> dict[str, object]:
    is_closed = number <= closed
    opened = "2020-01-01 10:00:00" if is_closed else "2026-11-19 10:00:00"
    return {
        "id": number,
        "idcliente": 1 + number % 600,
        "idsoporte": 11,
        "asunto": "Sin internet",
        "fecha_soporte": opened,
        "estado": "cerrado" if is_closed else "abierto",
        "operador": "cliente",
        "fecha_cerrado": "2020-01-02 10:00:00" if is_closed else ZERO,
        "procede": "",
        "solicitante": "TITULAR",
        "fechavisita": "0000-00-00",
        "turno": "",
        "agendado": "PAGINA WEB",
        "lastdate": opened,
        "dp": 1,
        "cun": "",
        "motivo_cierre": "",
    }


def _message(number: int, author: int) -> dict[str, object]:
    return {
        "idticket": number,
        "contenido": "No navega",
        "adjunto": "",
        "fecha_hora": "2020-01-01 10:00:00",
        "idtecnico": author,
        "state": 0,
        "nota": 0,
    }


def read(url: str, closed: int, times: int) -> list[float]:
    """Time reads as a cycle makes them: every open ticket is known, nothing is new."""
    opened = range(closed + 1, closed + OPEN + 1)
    wanted = Wanted(
        now=NOW,
        known_open={number: 1 + number % 600 for number in opened},
        last_ticket_id=closed + OPEN,
        last_message_id=2 * (closed + OPEN),
    )
    found = []
    reader = DatabaseReader(open_engine(url), zone=ZoneInfo("America/Mexico_City"), bridge_operator=9)
    with closing(reader):
        reader.read(wanted)
        for _ in range(times):
            start = time.perf_counter()
            reading = reader.read(wanted)
            found.append(time.perf_counter() - start)
            assert len(reading.tickets) == OPEN
    return found


def main() -> None:
    """Measure and print; the reads of both take turns, so that a busy machine disturbs both alike."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reads", type=int, default=40)
    reads = parser.parse_args().reads
    with tempfile.TemporaryDirectory() as name:
        urls = {}
        for closed in (FEW, MANY):
            with start_sandbox(Path(name) / f"{closed}.db", customers=600) as panel:
                urls[closed] = panel.database_url
            fill(urls[closed], closed)
        taken: dict[int, list[float]] = {FEW: [], MANY: []}
        for _ in range(reads // 5):
            for closed, url in urls.items():
                taken[closed] += read(url, closed, 5)
    for closed, seconds in taken.items():
        print(f"{OPEN} open beside {closed:7} closed tickets: {1000 * statistics.median(seconds):6.1f} ms")
    ratio = statistics.median(taken[MANY]) / statistics.median(taken[FEW])
    print(f"ratio {ratio:.2f} (wanted: about 1)")


if __name__ == "__main__":
    main()
