"""The guards of design section 4 as pure checks: what stops a cycle, and what holds money back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from bridge.domain.intents import Push
from bridge.errors import GuardStopped

CLOCKS_APART = timedelta(minutes=10)
BACKWARDS = timedelta(seconds=5)  # small corrections by a time server are no reason to stop


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The `limits` of config.yaml."""

    credits_per_cycle: int
    amount_per_cycle: Decimal
    shrink_percent: Decimal
    pushes_per_cycle: int


def check_shrink(what: str, before: int, now: int, limits: Limits) -> None:
    """Raise GuardStopped when `what` (customers, tickets) shrank by more than `shrink_percent`."""
    lost = before - now
    if before and Decimal(100 * lost) > limits.shrink_percent * before:
        raise GuardStopped(
            "shrink",
            f"the panel shows {now} {what} where it showed {before}, {100 * lost // before} % fewer than "
            f"before (limit {limits.shrink_percent} %). Nothing was pushed. If that is right, run "
            "`bridge sync --accept-shrink` once.",
        )


def check_clock(last: datetime | None, now: datetime) -> None:
    """Raise GuardStopped when the clock runs behind an earlier cycle."""
    if last is not None and now < last - BACKWARDS:
        raise GuardStopped(
            "clock_backwards",
            f"the clock says {now.isoformat()}, but a cycle already ran at {last.isoformat()}. Nothing was "
            "pushed. Set the machine's clock (NTP) and run again.",
        )


def check_panel_clock(panel: datetime | None, real: datetime) -> None:
    """Raise GuardStopped when the panel's clock and ours are more than ten minutes apart."""
    if panel is not None and abs(panel - real) > CLOCKS_APART:
        raise GuardStopped(
            "clocks_apart",
            f"the panel's clock says {panel.isoformat()}, ours {real.isoformat()}. Nothing was pushed. "
            "Set both by NTP and run again.",
        )


def money_stop(pushes: Sequence[Push], limits: Limits) -> str | None:
    """Return why no money may move this cycle, None where it may."""
    total = sum((push.amount.amount for push in pushes if push.amount is not None), Decimal(0))
    if len(pushes) > limits.credits_per_cycle:
        return (
            f"{len(pushes)} credits and charges are due at once (limit {limits.credits_per_cycle}): no money "
            "was pushed. Look at `bridge credits list`, then release them with `bridge credits approve`."
        )
    if total > limits.amount_per_cycle:
        return (
            f"{total} MXN are due at once (limit {limits.amount_per_cycle}): no money was pushed. Look at "
            "`bridge credits list`, then release them with `bridge credits approve`."
        )
    return None
