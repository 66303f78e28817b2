"""One line of the check-up, and how a check is kept from stopping or outlasting the others."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum

from bridge.errors import BridgeError

CONFIG, PANEL = 1, 2


class Status(StrEnum):
    """How a check came out."""

    OK = "ok"
    WARNING = "warning"  # the bridge works, and somebody should know or mend something
    FAILED = "failed"
    SKIPPED = "skipped"  # not made, with the reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One line of the check-up; `check` is its stable name, `subject` what it was made on.

    `exit_code` is that of design section 5 where it failed: 1 for files, 2 for panel and store.
    """

    check: str
    subject: str
    status: Status
    detail: str
    next_step: str = ""
    exit_code: int = 0

    def as_json(self) -> dict[str, str]:
        """The line with the names promised to users."""
        return {
            "check": self.check,
            "subject": self.subject,
            "status": str(self.status),
            "detail": self.detail,
            "next_step": self.next_step,
        }


Checks = Iterator[Check]


def ok(check: str, subject: str, detail: str) -> Check:
    """All is well."""
    return Check(check=check, subject=subject, status=Status.OK, detail=detail)


def warning(check: str, subject: str, detail: str, next_step: str = "") -> Check:
    """It works, and there is something to know."""
    return Check(check=check, subject=subject, status=Status.WARNING, detail=detail, next_step=next_step)


def failed(check: str, subject: str, detail: str, next_step: str, exit_code: int = PANEL) -> Check:
    """Something must be mended."""
    return Check(
        check=check,
        subject=subject,
        status=Status.FAILED,
        detail=detail,
        next_step=next_step,
        exit_code=exit_code,
    )


def skipped(check: str, subject: str, detail: str, next_step: str = "") -> Check:
    """The check was not made, for the reason in `detail`."""
    return Check(check=check, subject=subject, status=Status.SKIPPED, detail=detail, next_step=next_step)


def exit_code(checks: Collection[Check]) -> int:
    """The worst failure's code: 2 for panel and store, 1 for files; 0 where nothing failed."""
    return max((check.exit_code for check in checks), default=0)


def bounded(name: str, subject: str, seconds: float, make: Callable[[], Checks]) -> list[Check]:
    """Make the checks of one group, within `seconds` of real time.

    A fault or a group that does not come to an end becomes a failed check of its own beside those that
    were made, so that one broken dependency hides nothing else. A group that hangs is left behind on a
    thread that ends with the program.
    """
    made: list[Check] = []

    def work() -> None:
        try:
            # One by one: what was found before a fault stands.
            for check in make():
                made.append(check)  # noqa: PERF402
        except BridgeError as fault:
            made.append(failed(name, subject, str(fault), "see the other lines", fault.exit_code))
        except Exception as fault:  # noqa: BLE001 - whatever breaks one check must not hide the others
            detail = f"the check itself broke: {type(fault).__name__}: {fault}"
            made.append(failed(name, subject, detail, "please report this as a defect"))

    thread = threading.Thread(target=work, name=f"check {name}", daemon=True)
    thread.start()
    thread.join(seconds)
    found = list(made)
    if thread.is_alive():
        detail = f"no result within {seconds:g} s"
        found.append(failed(name, subject, detail, "look whether the machine at the other end is overloaded"))
    return found
