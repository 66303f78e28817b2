"""The check-up: every dependency, right, route and mapping reference held against the live panel."""

from bridge.doctor.check import Check, Status, exit_code
from bridge.doctor.examine import examine
from bridge.doctor.probe import Outcome, Probe
from bridge.mikrowisp.probe.record import Left
from bridge.mikrowisp.probe.record import Step as ProbeStep

__all__ = ["Check", "Left", "Outcome", "Probe", "ProbeStep", "Status", "examine", "exit_code"]
