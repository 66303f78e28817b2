"""Whom the probe may work on, and when: everything else is a UsageFault before anything is written."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from bridge.bootstrap import Bridge
from bridge.doctor.hours import BILLING_BY_DEFAULT
from bridge.domain.records import Client, ClientStatus
from bridge.errors import BridgeError, BrokenRecord, UsageFault
from bridge.mikrowisp.api import PanelApi
from bridge.mikrowisp.database.checkup import DatabaseCheckup
from bridge.store.store import Store

_NEAR_BILLING = timedelta(minutes=30)


def examined(api: PanelApi, client_id: int) -> Client:
    """Return the customer; refuses one who is not there or not active."""
    client = api.client(client_id)
    if client is None:
        raise UsageFault(f"the panel has no customer {client_id}")
    if client.status is not ClientStatus.ACTIVE:
        raise UsageFault(
            f"customer {client_id} is {client.status}: choose an active one, for a payment gives service back"
        )
    return client


def refuse_open(api: PanelApi, store: Store, client_id: int) -> str:
    """Refuse a customer with something open; returns words where the panel's cannot be understood yet."""
    unread, found = "", []
    try:
        found = [ticket.ticket_id for ticket in api.tickets(client_id).records if ticket.is_open]
    except BrokenRecord as fault:
        unread = f"whether the customer has open tickets cannot be told: {fault}"
    if found:
        listed = ", ".join(map(str, found))
        raise UsageFault(
            f"customer {client_id} has open tickets ({listed}); --despite-open probes all the same"
        )
    if client_id in store.incidents.open_clients():
        raise UsageFault(f"customer {client_id} has an open incident; --despite-open probes all the same")
    return unread


def refuse_near_billing(bridge: Bridge, checkup: DatabaseCheckup | None) -> None:
    """Refuse to move money while the panel is about to write invoices, or has just done so."""
    try:
        said = checkup.setting("cron_factura") if checkup is not None else None
        hour = time.fromisoformat(said) if said else BILLING_BY_DEFAULT
    except (BridgeError, ValueError):
        hour = BILLING_BY_DEFAULT
    zone = bridge.settings.panel.timezone
    now = bridge.clock.now().astimezone(zone)
    days = (now.date() + timedelta(days=shift) for shift in (-1, 0, 1))
    if any(abs(datetime.combine(day, hour, zone) - now) < _NEAR_BILLING for day in days):
        raise UsageFault(
            f"the panel writes invoices at {hour:%H:%M}, less than half an hour away: wait, or add --no-money"
        )
