"""The check-up: every dependency, right, route and mapping reference held against the live panel."""

from bridge.doctor.check import Check, Status, exit_code
from bridge.doctor.examine import examine

__all__ = ["Check", "Status", "examine", "exit_code"]
