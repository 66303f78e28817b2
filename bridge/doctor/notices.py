"""Which notices are switched on, and which technicians none of theirs would reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bridge.doctor.check import Checks, failed, ok, warning
from bridge.domain.notices import TOPICS, Audience, NoticePolicy
from bridge.domain.policy import Roster
from bridge.errors import UsageFault
from bridge.notify.channels import Channels


def notice_checks(policy: NoticePolicy, roster: Roster, channels: Mapping[str, Sequence[str]]) -> Checks:
    """One line for each channel that no address leads to, and for each audience that is told anything."""
    for name, addresses in channels.items():
        try:
            Channels(addresses, f"notices.channels.{name}.urls")
        except UsageFault as fault:
            step = "correct the address: until then no cycle runs"
            yield failed("notices", name, str(fault), step, UsageFault.exit_code)
    if not policy.wants(topic for topics in TOPICS.values() for topic in topics):
        yield ok("notices", "messages.yaml", "all are off")
    for audience, topics in TOPICS.items():
        on = {topic: sorted(policy.media[topic]) for topic in topics if policy.media.get(topic)}
        if not on:
            continue
        if audience is Audience.CUSTOMERS:
            yield ok(
                "notices", audience, ", ".join(f"{topic} by {' and '.join(by)}" for topic, by in on.items())
            )
            continue
        to = policy.channels.get(audience, ()) or dict.fromkeys(
            name for names in policy.technicians.values() for name in names
        )
        told = f"{', '.join(on)} to {', '.join(to) or 'nobody'}"
        deaf = [one.name for one in roster.technicians if one.operator_id not in policy.technicians]
        if audience is Audience.TECHNICIANS and deaf:
            step = (
                "give them a channel of config.yaml with `notify` in technicians.yaml, if they are to be told"
            )
            yield warning("notices", audience, f"{told}; not to {', '.join(deaf)}", step)
        else:
            yield ok("notices", audience, told)
