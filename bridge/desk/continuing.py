"""What a new fault would go on with, so that nobody promises by clocks that do not count (L-9)."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.domain.policy import Kinds
from bridge.domain.records import Client
from bridge.views.standing import Coming, Ended, Joinable, Matter, Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Continued:
    """The fault that a new ticket goes on with. `is_sure`: no other service or fault leaves a doubt."""

    fault: Matter | Coming | Ended
    is_sure: bool


def continued(
    kind: str, service_id: int | None, client: Client, at: Standing, kinds: Kinds
) -> Continued | None:
    """Return what a new ticket of a kind would go on with, the oldest where there are several; None for none.

    What is open goes on whatever its kind, what has ended only with the same one; neither does where the
    services are known to differ.
    """
    if not kinds.is_fault(kind):
        return None
    ended = (one for one in at.ended if one.kind == kind)
    faults: list[Matter | Coming | Ended] = [*ended, *at.open, *at.coming]
    found = [one for one in faults if one.is_fault and _may_be_same(service_id, one.service_id)]
    if not found:
        return None
    has_one = client.services is not None and len(client.services) <= 1
    is_same = service_id is not None and found[0].service_id == service_id
    return Continued(fault=found[0], is_sure=len(found) == 1 and (has_one or is_same))


def would_end(kind: str, service_id: int | None, at: Standing, kinds: Kinds) -> Joinable | None:
    """Return the open fault that a solved one of this kind would end as well: both are one."""
    if not kinds.is_fault(kind):
        return None
    faults: list[Joinable] = [*at.open, *at.coming]
    same = (one for one in faults if one.is_fault and _may_be_same(service_id, one.service_id))
    return next(same, None)


def _may_be_same(one: int | None, other: int | None) -> bool:
    return None in {one, other} or one == other
