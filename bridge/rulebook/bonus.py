"""bonus.yaml: the dated versions of the service credits (rules C-1 to C-12)."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from bridge.domain.policy import UNKNOWN, Attribution, BonusPolicy, DayCounting, KindCredit, MonthBasis
from bridge.errors import Fault
from bridge.phrases import phrase
from bridge.rulebook.examples import CreditExample
from bridge.rulebook.examples import faults as example_faults
from bridge.rulebook.files import Read, misdated, rules_of
from bridge.rulebook.kinds import FaultsFile
from bridge.yamlfile import FileModel, WrongValue, nearest
from bridge.yamlfile.scalars import Day, Duration, Some, SomeAmount, SomeDuration, Switch


def _somebodys(who: Attribution) -> Attribution:
    if who is Attribution.UNKNOWN:
        raise WrongValue(phrase("expected whose a fault of unknown cause counts as, such as `isp`"))
    return who


_SOMEBODYS = WithJsonSchema({"enum": [who.value for who in Attribution if who is not Attribution.UNKNOWN]})
_BASES = WithJsonSchema({"enum": [30, "30", "calendar_month"]})


class KindEarns(FileModel):
    """What a kind of fault earns (C-8)."""

    days: Switch
    month: Switch


class BonusVersion(FileModel):
    """The service credits from one day on."""

    effective_from: Day
    days_from: Duration
    month_over: SomeDuration
    month_replaces_days: Switch
    day_counting: DayCounting
    month_basis: Annotated[MonthBasis, BeforeValidator(str), _BASES]
    price_includes_tax: Switch
    unknown_attribution: Annotated[Attribution, AfterValidator(_somebodys), _SOMEBODYS]
    kinds: dict[str, KindEarns]
    monthly_cap: SomeAmount
    next_invoice_within: SomeDuration
    examples: tuple[CreditExample, ...] = ()


class BonusFile(FileModel):
    """The content of bonus.yaml."""

    versions: Annotated[tuple[BonusVersion, ...], Some]

    def policies(self) -> tuple[BonusPolicy, ...]:
        """Return the versions as the domain knows them."""
        return tuple(
            BonusPolicy(
                version=f"bonus@{version.effective_from}",
                **{
                    **rules_of(version),
                    "kinds": {
                        name: KindCredit(days=earns.days, month=earns.month)
                        for name, earns in version.kinds.items()
                    },
                },
            )
            for version in self.versions
        )


def faults(read: Read[BonusFile]) -> list[Fault]:
    """Return what is wrong across the keys of a version."""
    found = misdated(read.document, read.content.versions)
    found += example_faults(read.document, read.content.versions)
    for position, version in enumerate(read.content.versions):
        if version.month_over < version.days_from:
            place = ("versions", position, "month_over")
            found.append(read.document.unfit(place, phrase("expected no less than `{key}`", key="days_from")))
    return found


def kind_faults(read: Read[BonusFile], kinds: FaultsFile) -> list[Fault]:
    """Return kinds that faults.yaml does not know, and faults that the last version forgets (C-8)."""
    known = kinds.names("fault")
    last = len(read.content.versions) - 1
    found = [
        read.document.key_fault(
            ("versions", position, "kinds", name),
            phrase("faults.yaml has no fault `{name}`; {what}", name=name, what=nearest(name, known)),
        )
        for position, version in enumerate(read.content.versions)
        for name in version.kinds
        if name not in known
    ]
    found += [
        read.document.key_fault(
            ("versions", last, "kinds"),
            phrase("the fault `{name}` of faults.yaml is missing: what does it earn?", name=name),
        )
        for name in known
        if name not in read.content.versions[last].kinds and name != UNKNOWN
    ]
    return found
