"""The routes by which tickets are read, in the order of the configuration."""

from __future__ import annotations

from collections.abc import Callable

from bridge.config import Settings
from bridge.domain.intents import Route
from bridge.errors import UsageFault
from bridge.mikrowisp.api import PanelApi
from bridge.mikrowisp.customers import ClientList
from bridge.mikrowisp.database.reader import DatabaseReader
from bridge.mikrowisp.sweep import ApiReader
from bridge.sync.ports import TicketReader


def ticket_readers(settings: Settings, api: PanelApi, database: DatabaseReader | None) -> list[TicketReader]:
    """Return the routes of `routes.read_tickets` that are configured; `database` is None where it is not.

    Raises UsageFault where none is.
    """
    panel = settings.panel
    readers: dict[Route, TicketReader] = {
        Route.API: ApiReader(
            api,
            concurrency=panel.concurrency,
            sweep=panel.sweep,
            every=settings.schedule.every,
            customers=_listed_by(api, database),
        )
    }
    if database is not None:
        readers[Route.DATABASE] = database
    usable = [readers[route] for route in settings.routes.read_tickets if route in readers]
    if not usable:
        raise UsageFault(
            "routes.read_tickets names only the database, and panel.database is not configured: "
            "add `api`, or the database's url"
        )
    return usable


def _listed_by(api: PanelApi, database: DatabaseReader | None) -> Callable[[], ClientList] | None:
    """Where the API's sweep takes the list of customers from, if not from the API (commands.yaml)."""
    if api.dialect.customers.source != "database":
        return None
    if database is None:
        raise UsageFault(
            "commands.yaml: customers.source is `database`, and panel.database is not configured: "
            "write `api` or `walk`, or configure the database"
        )
    return database.customers
