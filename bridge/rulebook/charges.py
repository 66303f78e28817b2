"""charges.yaml: the dated versions of the extra charges and their price list (rules X-1 to X-3)."""

from __future__ import annotations

from typing import Annotated

from pydantic import TypeAdapter, WithJsonSchema

from bridge.domain.money import Money
from bridge.domain.policy import Attribution, ChargePolicy, Support
from bridge.errors import Fault
from bridge.phrases import phrase
from bridge.rulebook.examples import ChargeExample
from bridge.rulebook.examples import faults as example_faults
from bridge.rulebook.files import Read, misdated
from bridge.yamlfile import FileModel
from bridge.yamlfile.scalars import Amount, Day, Some, SomeAmount, Switch

_FREE = phrase("expected more than 0, or null where billing sets the amount")

_EARNING = frozenset({Attribution.ISP, Attribution.UNKNOWN})
_CHARGED = WithJsonSchema({"enum": [who.value for who in Attribution if who not in _EARNING]})
_PRICE = WithJsonSchema({"anyOf": [TypeAdapter(SomeAmount).json_schema(), {"type": "null"}]})


class ChargesVersion(FileModel):
    """The extra charges from one day on; a support without price waits for billing."""

    effective_from: Day
    attributions: tuple[Annotated[Attribution, _CHARGED], ...]
    prices: dict[Support, Annotated[Amount | None, _PRICE]]
    needs_approval: Switch
    examples: tuple[ChargeExample, ...] = ()


class ChargesFile(FileModel):
    """The content of charges.yaml."""

    versions: Annotated[tuple[ChargesVersion, ...], Some]

    def policies(self) -> tuple[ChargePolicy, ...]:
        """Return the versions as the domain knows them."""
        return tuple(
            ChargePolicy(
                version=f"charges@{version.effective_from}",
                effective_from=version.effective_from,
                attributions=frozenset(version.attributions),
                prices={
                    support: Money(price) if price else None for support, price in version.prices.items()
                },
                needs_approval=version.needs_approval,
            )
            for version in self.versions
        )


def faults(read: Read[ChargesFile]) -> list[Fault]:
    """Return what is wrong across the versions; `isp` never pays for its own faults (C-1)."""
    found = misdated(read.document, read.content.versions)
    found += example_faults(read.document, read.content.versions)
    for position, version in enumerate(read.content.versions):
        found += [
            read.document.unfit(("versions", position, "prices", support.value), _FREE)
            for support, price in version.prices.items()
            if price == 0
        ]
        for place, attribution in enumerate(version.attributions):
            if attribution in _EARNING:
                words = phrase("`{name}` earns credits; it cannot be charged", name=attribution)
                found.append(read.document.fault(("versions", position, "attributions", place), words))
    return found
