"""escalation.yaml: the dated versions of the ladder (rules L-2 to L-9)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, WithJsonSchema

from bridge.domain.policy import ClockStart, EscalationPolicy
from bridge.domain.words import normalise
from bridge.errors import Fault
from bridge.phrases import phrase
from bridge.rulebook.examples import LadderExample
from bridge.rulebook.examples import faults as example_faults
from bridge.rulebook.files import Read, misdated, rules_of
from bridge.yamlfile import FileModel, Trail, nearest
from bridge.yamlfile.scalars import Day, Duration, Some, SomeDuration, TimeOfDay

NO_HALF_DAY = "ninguno"
_HALF_DAYS = ("mañana", "tarde", NO_HALF_DAY)
_SPELT = "^([mM]a[ñn]ana|[tT]arde|[nN]inguno)$"
HalfDay = Annotated[str, WithJsonSchema({"type": "string", "pattern": _SPELT})]


class LadderVersion(FileModel):
    """The ladder from one day on."""

    effective_from: Day
    level_1_contact: SomeDuration
    report_after: Duration
    level_2_call: SomeDuration
    level_2_counted_from: ClockStart
    severe_after: SomeDuration
    visit_hours: Duration
    visit_grace: Duration
    half_day_ends: dict[HalfDay, TimeOfDay] = Field(json_schema_extra={"required": [NO_HALF_DAY]})
    continues_within: Duration
    report_prefix: str = Field(
        pattern=r"^[A-Z][A-Z0-9]{0,7}-$", description="capital letters and digits, then a hyphen: `RC-`"
    )
    examples: tuple[LadderExample, ...] = ()


class EscalationFile(FileModel):
    """The content of escalation.yaml."""

    versions: Annotated[tuple[LadderVersion, ...], Some]

    def policies(self) -> tuple[EscalationPolicy, ...]:
        """Return the versions as the domain knows them."""
        return tuple(
            EscalationPolicy(
                version=f"escalation@{version.effective_from}",
                **{**rules_of(version), "half_day_ends": _half_days(version)},
            )
            for version in self.versions
        )


def faults(read: Read[EscalationFile]) -> list[Fault]:
    """Return what is wrong across the keys of a version."""
    found = misdated(read.document, read.content.versions)
    found += example_faults(read.document, read.content.versions)
    for position, version in enumerate(read.content.versions):
        here: Trail = ("versions", position)
        if version.report_after > version.level_2_call:
            words = phrase("expected no more than `{key}`", key="level_2_call")
            found.append(read.document.unfit((*here, "report_after"), words))
        if version.level_2_call > version.severe_after:
            words = phrase("expected no less than `{key}`", key="level_2_call")
            found.append(read.document.unfit((*here, "severe_after"), words))
        known = {normalise(name) for name in _HALF_DAYS}
        found += [
            read.document.key_fault(
                (*here, "half_day_ends", name),
                phrase("no half-day `{name}`; {what}", name=name, what=nearest(name, _HALF_DAYS)),
            )
            for name in version.half_day_ends
            if normalise(name) not in known
        ]
        if NO_HALF_DAY not in version.half_day_ends:
            words = phrase("`{name}` is missing: when a visit without half-day ends", name=NO_HALF_DAY)
            found.append(read.document.key_fault((*here, "half_day_ends"), words))
    return found


def _half_days(version: LadderVersion) -> dict[str, object]:
    return {
        "" if name == NO_HALF_DAY else normalise(name): end for name, end in version.half_day_ends.items()
    }
