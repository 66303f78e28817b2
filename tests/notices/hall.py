"""A town whose people are told: the panel's SMS, a mail server, and a web hook for each group of staff."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from bridge.bootstrap import Bridge
from bridge.notices.deliver import Delivery
from tests.acceptance.town import Town, town
from tests.intake.servers import Outbox
from tests.notify.hook import Hook, serving
from tests.servers import ROOT, Sandbox

GROUPS = ("oficina", "cobranza", "tecnicos")
EVERYTHING = "*"


@dataclass(kw_only=True)
class Hall:
    """A town, what delivers its notices, and what arrived where."""

    town: Town
    bridge: Bridge
    hooks: Mapping[str, Hook]
    smtp: Outbox

    @property
    def delivery(self) -> Delivery:
        return self.bridge.delivery(self.town.store)

    def sync(self, at: datetime | None = None) -> None:
        """A cycle, and what follows it in `bridge sync`."""
        self.town.sync(at)
        self.delivery.run()

    def later(self, minutes: float = 5) -> None:
        self.sync(self.town.clock.now() + timedelta(minutes=minutes))

    def sms(self, customer: int = 1) -> list[str]:
        """The texts that the panel was asked to send."""
        rows = self.town.panel.control("dump", {"sections": ["sms"]})["sms"]
        return [row["mensaje"] for row in rows if int(row["idcliente"]) == customer]

    def mails(self) -> list[tuple[str, str, str]]:
        """Address, subject and text of what the mail server took."""
        found = []
        for _, receivers, kept in self.smtp.messages:
            message = message_from_bytes(kept.as_bytes(), policy=default)
            body = message.get_body()
            assert body is not None
            found.append((receivers[0], message["Subject"], " ".join(body.get_content().split())))
        return found

    def staff(self, group: str) -> list[str]:
        """The lines that a group of staff has got, in their order."""
        return [line for message in self.hooks[group].taken for line in message["message"].splitlines()]

    def states(self) -> dict[str, str]:
        return {row.notice.key: str(row.state) for row in self.town.store.notices.latest(1000)}


def switched_on(folder: Path, *wanted: str, **settings: Any) -> Path:
    """Copy the shipped mappings with these notices on (`customers.severe.sms`, or all of them).

    `settings` change a key of an audience: `customers__at_most_a_day=1`.
    """
    mappings = folder / "mappings"
    shutil.copytree(ROOT / "mappings", mappings)
    yaml = YAML()
    document = yaml.load(mappings / "messages.yaml")
    notices = document["notices"]
    for audience, section in notices.items():
        for topic, told in section.items():
            if not isinstance(told, dict):
                continue
            switches = {"sms": told.get("sms"), "mail": told.get("mail")} if "sms" in told else {"": told}
            for medium, switch in switches.items():
                name = ".".join(filter(None, (audience, topic, medium)))
                switch["send"] = EVERYTHING in wanted or name in wanted
    notices["customers"]["quiet_hours"] = []
    notices["supervisors"]["to"] = ["oficina"]
    notices["billing"]["to"] = ["cobranza"]
    for name, value in settings.items():
        audience, _, key = name.partition("__")
        notices[audience][key] = value
    yaml.dump(document, mappings / "messages.yaml")
    people = yaml.load(mappings / "technicians.yaml")
    for person in people["technicians"]:
        person["notify"] = ["tecnicos"]
    yaml.dump(people, mappings / "technicians.yaml")
    return mappings


@contextmanager
def hall(
    folder: Path,
    panel: Sandbox,
    smtp: Outbox,
    mappings: Path,
    *,
    limits: str = "",
    as_it_stands: bool = False,
    **options: Any,
) -> Iterator[Hall]:
    """Start a town on a running panel, emptied unless `as_it_stands`, with a hook for each group of staff."""
    folder.mkdir(exist_ok=True)
    place_of = {"beside": panel} if as_it_stands else {"running": panel}
    with ExitStack() as stack:
        hooks = {name: stack.enter_context(serving()) for name in GROUPS}
        channels = "".join(f"    {name}: {{urls: ['{hook.url}']}}\n" for name, hook in hooks.items())
        config = (
            f"notices:\n  channels:\n{channels}"
            f"{limits}"
            "mail:\n"
            f"  smtp: {{host: 127.0.0.1, port: {smtp.port}, security: none, sender: soporte@example.com}}\n"
        )
        place = stack.enter_context(
            town(folder, customers=3, mappings=mappings, config=config, **place_of, **options)
        )
        bridge = stack.enter_context(Bridge.configured(folder / "config.yaml", {}, place.clock))
        yield Hall(town=place, bridge=bridge, hooks=hooks, smtp=smtp)
